// What the window sees at one place, what comes of it, and the table that says it.

// Enough digits of sums of doubles to add them up again.
const inFull = (value) => exactly(value, 12);
const times = (side) => `${side} × ${side}`;
const paddedSide = ({ image, padding }) => image.length + 2 * padding;

// Every cell of the window: where it lies in the image, the pixel there (in the padding 0; a maximum never takes it),
// its weight and their product.
function seen({ operation, kernel_size: size, stride, padding, dilation, image, kernel }, at) {
  const filled = operation === "max-pool" ? -Infinity : 0, side = image.length;
  return windowCells([size, size], [side, side], [stride, stride], [padding, padding], dilation, at).map((cell) => {
    const { u, v, r, c, inside } = cell, pixel = inside ? image[r][c] : filled, weight = kernel?.[u][v];
    return { ...cell, pixel, weight, product: pixel * weight };
  });
}

// The lines of the sum, and what they come to.
function arithmetic({ operation, bias }, cells) {
  const all = `${cells.length}`, add = (name) => cells.reduce((sum, cell) => sum + cell[name], 0);
  if (operation === "max-pool") {
    const value = Math.max(...cells.map(({ pixel }) => pixel));
    return { lines: [[`largest of ${all} pixels`, inFull(value)]], value };
  }
  if (operation === "average-pool") {
    const sum = add("pixel");
    return { lines: [[`sum of ${all} pixels`, inFull(sum)], ["divided by", all]], value: sum / cells.length };
  }
  const sum = add("product");
  return { lines: [[`sum of ${all} products`, inFull(sum)], ["+ bias", inFull(bias)]], value: sum + bias };
}

const OF_CELLS = { convolution: ["pixel", "weight", "product"], "max-pool": ["pixel"], "average-pool": ["pixel"] };

// The same in a table.
function tables({ data, at, title }, parent) {
  const names = OF_CELLS[data.operation], cells = seen(data, at), { lines, value } = arithmetic(data, cells);
  const body = table(parent, ["In the window", "In the digit", ...names], title.textContent), foot = make(body.parentElement, "tfoot");
  for (const cell of cells) {
    const where = cell.inside ? `row ${cell.r}, column ${cell.c}` : "padding";
    line(body, [`row ${cell.u}, column ${cell.v}`, where, ...names.map((name) => inFull(cell[name]))]);
  }
  for (const [name, text] of [...lines, ["= the output’s pixel", inFull(value)]]) line(foot, [name, ...names.map(() => ""), text]);
}
