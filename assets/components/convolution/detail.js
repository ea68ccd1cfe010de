// One input map large: what of it is under the window, times its kernel, number by number, and what that adds up to.

const ADDED = 9; // digits of what is added up, as on the card

function detailOf(root) {
  const box = make(root, "div", { className: "detail" });
  const name = make(box, "h3");
  const line = make(box, "div", { className: "grids" });
  const sign = (text) => make(line, "span", { className: "sign", textContent: text, "aria-hidden": "true" });
  const map = (title) => {
    const part = headed(line, "part whole");
    part.name.textContent = title;
    return [part, mapOn(part.box, "middle")];
  };
  const grid = (title, className) => {
    const part = headed(line, `part ${className}`);
    part.name.textContent = title;
    return { ...part, grid: make(part.box, "div", { className: "grid" }) };
  };
  const [input, inputMap] = map("Input");
  sign("→");
  const patch = grid("Under the window", "seen");
  sign("×");
  const kernel = grid("Kernel", "times");
  sign("=");
  const products = grid("Products", "equals");
  sign("→");
  const [partial, partialMap] = map("Partial result");
  const sum = make(partial.box, "p", { className: "sum" });
  return { box, name, input, inputMap, patch, kernel, products, partial, partialMap, sum };
}

function drawDetail(state) {
  const { data, ink, into, detail } = state, { shape: [, ...size], kernel, out, arrays } = data;
  detail.name.textContent = data.names.length > 1 ? `${data.names[into]}, times its kernel` : "Input, times the kernel";
  state.channels.forEach(({ button, edge }, c) => {
    button.setAttribute("aria-pressed", String(c === state.channel));
    edge.classList.toggle("lit", c === into);
  });
  drawMap(detail.inputMap, arrays.inputs, into, size, ink.input);
  drawMap(detail.partialMap, arrays.partial, into, out, ink.partial, state.built);
  const products = aboutZero(state.theme, unitOf(arrays.inputs) * unitOf(arrays.kernels), 0.85);
  Object.assign(state, { ofProducts: products });
  for (const [part, colours, sizes] of [[detail.input, ink.input, size], [detail.patch, ink.input, kernel], [detail.kernel, ink.kernel, kernel], [detail.products, products, kernel], [detail.partial, ink.partial, out]]) {
    showEnds(part, colours);
    part.size.textContent = sizes.join(" × ");
  }
}

// Where the window is now.
function placeDetail(state) {
  const { data, at, into, detail, ink } = state, { shape: [, ...size], kernel, out, stride, padding, dilation, arrays } = data;
  ring(detail.inputMap, ...windowAt(data, at), size);
  ring(detail.partialMap, at, [1, 1], out);
  const cells = windowCells(kernel, size, stride, padding, dilation[0], at).map(({ u, v, r, c, inside }) => {
    const seen = inside ? arrays.inputs[(into * size[0] + r) * size[1] + c] : 0;
    const weight = arrays.kernels[(into * kernel[0] + u) * kernel[1] + v];
    return { inside, seen, weight, product: seen * weight };
  });
  const numbers = (name) => cells.map((cell) => ({ value: cell[name], inside: cell.inside || name !== "seen" }));
  showNumbers(detail.patch.grid, numbers("seen"), kernel[1], ink.input);
  showNumbers(detail.kernel.grid, numbers("weight"), kernel[1], ink.kernel);
  showNumbers(detail.products.grid, numbers("product"), kernel[1], state.ofProducts);
  detail.sum.textContent = `Σ ${exactly(partialAt(state, into), ADDED)}`;
}

const partialAt = ({ data: { out, arrays }, at: [row, col] }, c) => arrays.partial[(c * out[0] + row) * out[1] + col];
