// What the window sees at one place, what comes of it, and the table that says it.

// Enough digits to add it up again.
const exactly = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(12))).replace(/-/g, "−") : short(value));
const times = (side) => `${side} × ${side}`;
const largest = (values) => values.reduce((found, value) => Math.max(found, Math.abs(value)), 0) || 1;
const paddedSide = ({ image, padding }) => image.length + 2 * padding;

// Every cell of the window: where it lies in the image, the pixel there (in the padding 0; a maximum never takes it),
// its weight and their product.
function seen({ operation, kernel_size: size, stride, padding, dilation, image, kernel }, [row, col]) {
  const filled = operation === "max-pool" ? -Infinity : 0;
  return Array.from({ length: size * size }, (_, place) => {
    const [u, v] = [Math.floor(place / size), place % size];
    const [r, c] = [row * stride + u * dilation - padding, col * stride + v * dilation - padding];
    const found = image[r]?.[c], pixel = found ?? filled, weight = kernel?.[u][v];
    return { u, v, r, c, inside: found !== undefined, pixel, weight, product: pixel * weight };
  });
}

// The lines of the sum, and what they come to.
function arithmetic({ operation, bias }, cells) {
  const all = `${cells.length}`, add = (name) => cells.reduce((sum, cell) => sum + cell[name], 0);
  if (operation === "max-pool") {
    const value = Math.max(...cells.map(({ pixel }) => pixel));
    return { lines: [[`largest of ${all} pixels`, exactly(value)]], value };
  }
  if (operation === "average-pool") {
    const sum = add("pixel");
    return { lines: [[`sum of ${all} pixels`, exactly(sum)], ["divided by", all]], value: sum / cells.length };
  }
  const sum = add("product");
  return { lines: [[`sum of ${all} products`, exactly(sum)], ["+ bias", exactly(bias)]], value: sum + bias };
}

const OF_CELLS = { convolution: ["pixel", "weight", "product"], "max-pool": ["pixel"], "average-pool": ["pixel"] };

// The same in a table, while it is open.
function table(state, cells, lines, value) {
  if (!state.twin.open) return;
  const names = OF_CELLS[state.data.operation];
  const sheet = make(null, "table", {}, make(null, "caption", { textContent: state.title.textContent }));
  const head = make(make(sheet, "thead"), "tr");
  for (const text of ["In the window", "In the digit", ...names]) make(head, "th", { textContent: text, scope: "col" });
  const row = (parent, [name, ...texts]) => {
    const line = make(parent, "tr", {}, make(null, "th", { textContent: name, scope: "row" }));
    for (const text of texts) make(line, "td", { textContent: text });
  };
  const body = make(sheet, "tbody"), foot = make(sheet, "tfoot");
  for (const cell of cells) {
    const where = cell.inside ? `row ${cell.r}, column ${cell.c}` : "padding";
    row(body, [`row ${cell.u}, column ${cell.v}`, where, ...names.map((name) => exactly(cell[name]))]);
  }
  for (const [name, text] of [...lines, ["= the output’s pixel", exactly(value)]]) row(foot, [name, ...names.map(() => ""), text]);
  state.sheet.replaceChildren(sheet);
}
