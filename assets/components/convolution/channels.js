// Every input map beside its kernel and its partial result, and what one place of the window makes of them.

const inFull = (value) => exactly(Math.fround(value));
const unitOf = (values) => largest(values) || 1;

const sourceOf = ({ sources, shape: [count] }, c) => (count === 1 ? sources : `${sources} ${c}`);

// A map on a canvas, as large as its box; rings are a second canvas above it.
function mapOn(parent, className) {
  const box = make(parent, "div", { className: `map ${className}` });
  return { box, canvas: make(box, "canvas", { "aria-hidden": "true" }), ring: make(box, "i", { "aria-hidden": "true" }) };
}

function ring({ ring: element }, top, left, height, width, rows, cols) {
  const part = (v, all) => (100 * v) / all + "%";
  const from = (v) => Math.max(0, v);
  Object.assign(element.style, {
    top: part(from(top), rows), left: part(from(left), cols),
    height: part(Math.min(rows, top + height) - from(top), rows), width: part(Math.min(cols, left + width) - from(left), cols),
  });
}

function channelOf(state, c) {
  if (state.channels[c]) return state.channels[c];
  const button = make(state.wall, "button", { type: "button" });
  const name = make(button, "span", { className: "source" });
  const line = make(button, "span", { className: "line" });
  const input = mapOn(line, "small");
  line.append("×");
  const kernel = mapOn(line, "kernel");
  line.append("→");
  const partial = mapOn(line, "small");
  const value = make(button, "span", { className: "part" });
  button.onpointerenter = button.onfocus = () => {
    state.channel = c;
    numbers(state);
  };
  input.box.onpointermove = (event) => {
    const { padding, kernel: [kh, kw], stride } = state.data;
    const [row, col] = cellUnder(input.box, event, state.data.shape[1], state.data.shape[2]);
    move(state, Math.round((row + padding[0] - (kh - 1) / 2) / stride[0]), Math.round((col + padding[1] - (kw - 1) / 2) / stride[1]));
  };
  partial.box.onpointermove = (event) => move(state, ...cellUnder(partial.box, event, ...state.data.out));
  return (state.channels[c] = { button, name, input, kernel, partial, value });
}

// Everything that moves with the window.
function place(state) {
  const { out: [rows, cols], shape: [, height, width], kernel: [kh, kw], padding, stride, arrays } = state.data;
  const [row, col] = state.at;
  const pixel = row * cols + col;
  const [top, left] = [row * stride[0] - padding[0], col * stride[1] - padding[1]];
  let sum = 0;
  for (const [c, channel] of state.channels.entries()) {
    const value = arrays.partial[c * rows * cols + pixel];
    sum += value;
    ring(channel.input, top, left, kh, kw, height, width);
    ring(channel.partial, row, col, 1, 1, rows, cols);
    channel.value.textContent = summand(value);
  }
  ring(state.output, row, col, 1, 1, rows, cols);
  const bias = arrays.bias[0], value = arrays.output[pixel];
  const [, ...chosen] = state.data.position;
  const away = row !== chosen[0] || col !== chosen[1];
  state.title.textContent = `Row ${row}, column ${col}` + (away ? ` (chosen: row ${chosen[0]}, column ${chosen[1]})` : "");
  state.sum.textContent = inFull(sum);
  state.bias.textContent = inFull(bias);
  state.value.textContent = inFull(value);
  state.residual.textContent = `The sum misses the network’s own number by ${short(Math.abs(sum + bias - value))}.`;
  numbers(state);
}

// Patch × kernel of the channel looked at, number by number.
function numbers(state) {
  const { shape: [count, height, width], out: [rows, cols], kernel: [kh, kw], padding, stride, arrays } = state.data;
  const [row, col] = state.at;
  const c = Math.min(state.channel, count - 1);
  const patch = [], weights = [], products = [];
  for (let u = 0; u < kh; u++) {
    for (let v = 0; v < kw; v++) {
      const [r, s] = [row * stride[0] - padding[0] + u, col * stride[1] - padding[1] + v];
      const inside = r >= 0 && r < height && s >= 0 && s < width;
      patch.push(inside ? arrays.inputs[(c * height + r) * width + s] : 0);
      weights.push(arrays.kernels[(c * kh + u) * kw + v]);
      products.push(patch.at(-1) * weights.at(-1));
    }
  }
  state.about.textContent = sourceOf(state.data, c);
  state.channels.forEach(({ button }, i) => button.setAttribute("aria-pressed", String(i === c)));
  showNumbers(state, state.patch, patch, unitOf(arrays.inputs));
  showNumbers(state, state.weights, weights, unitOf(arrays.kernels));
  showNumbers(state, state.products, products, unitOf(products));
  state.total.textContent = inFull(arrays.partial[(c * rows + row) * cols + col]);
}

function showNumbers(state, grid, values, unit) {
  const columns = state.data.kernel[1];
  grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  fill(grid, values, (parent) => make(parent, "b"), (cell, value) => {
    cell.textContent = columns > 5 ? "" : short(value);
    cell.title = inFull(value);
    tint(cell, signed(state.theme, (0.85 * value) / unit));
  });
}
