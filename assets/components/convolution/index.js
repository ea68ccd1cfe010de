// One output map and how its pixels come about: each input map × its kernel, all partial results and the bias summed.
// The window follows the pointer over the output or any input map, slides by itself on request, and rests when hovered.

const PACE = 250; // ms a pixel

const most = (values) => {
  let found = 0;
  for (const v of values) if (Math.abs(v) > found) found = Math.abs(v);
  return found || 1;
};

function plain(value) {
  const text = Number.isFinite(value) ? String(Number(Math.fround(value).toPrecision(8))) : short(value);
  return text.replace(/-/g, "−");
}

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
    const [row, col] = under(input.box, event, state.data.shape[1], state.data.shape[2]);
    move(state, Math.round((row + padding[0] - (kh - 1) / 2) / stride[0]), Math.round((col + padding[1] - (kw - 1) / 2) / stride[1]));
  };
  partial.box.onpointermove = (event) => move(state, ...under(partial.box, event, ...state.data.out));
  return (state.channels[c] = { button, name, input, kernel, partial, value });
}

function under(box, event, rows, cols) {
  const { left, top, width, height } = box.getBoundingClientRect();
  const within = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
  return [within((event.clientY - top) / height, rows), within((event.clientX - left) / width, cols)];
}

function move(state, row, col) {
  const [rows, cols] = state.data.out;
  state.at = [Math.max(0, Math.min(rows - 1, row)), Math.max(0, Math.min(cols - 1, col))];
  state.frame ??= requestAnimationFrame(() => {
    state.frame = null;
    place(state);
  });
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
    channel.value.textContent = (value > 0 ? "+" : "") + short(value);
  }
  ring(state.output, row, col, 1, 1, rows, cols);
  const bias = arrays.bias[0], value = arrays.output[pixel];
  const [, ...chosen] = state.data.position;
  const away = row !== chosen[0] || col !== chosen[1];
  state.title.textContent = `Row ${row}, column ${col}` + (away ? ` (chosen: row ${chosen[0]}, column ${chosen[1]})` : "");
  state.sum.textContent = plain(sum);
  state.bias.textContent = plain(bias);
  state.value.textContent = plain(value);
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
  const fill = (table, values, unit) => {
    table.style.gridTemplateColumns = `repeat(${kw}, 1fr)`;
    while (table.children.length < values.length) make(table, "b");
    while (table.children.length > values.length) table.lastChild.remove();
    values.forEach((value, i) => {
      const cell = table.children[i];
      const colour = signed(state.theme, (0.85 * value) / unit);
      cell.textContent = kw > 5 ? "" : short(value);
      cell.title = plain(value);
      cell.style.background = css(colour);
      cell.style.color = inkOn(colour);
    });
  };
  fill(state.patch, patch, most(arrays.inputs));
  fill(state.weights, weights, most(arrays.kernels));
  fill(state.products, products, most(products));
  state.total.textContent = plain(arrays.partial[(c * rows + row) * cols + col]);
}

function draw(state) {
  const { shape: [count, height, width], out: [rows, cols], kernel: [kh, kw], arrays } = state.data;
  const theme = (state.theme = themeOf(state.wall));
  const [ofInput, ofKernel, ofPartial, ofOutput] = [most(arrays.inputs), most(arrays.kernels), most(arrays.partial), most(arrays.output)];
  const map = (canvas, values, start, h, w, unit) => paint(canvas, w, h, (i) => signed(theme, values[start + i] / unit));
  for (let c = 0; c < count; c++) {
    const { name, input, kernel, partial, button } = channelOf(state, c);
    name.textContent = sourceOf(state.data, c);
    button.setAttribute("aria-label", `${sourceOf(state.data, c)}, its kernel and its partial result`);
    map(input.canvas, arrays.inputs, c * height * width, height, width, ofInput);
    map(kernel.canvas, arrays.kernels, c * kh * kw, kh, kw, ofKernel);
    map(partial.canvas, arrays.partial, c * rows * cols, rows, cols, ofPartial);
  }
  state.channels.splice(count).forEach(({ button }) => button.remove());
  map(state.output.canvas, arrays.output, 0, rows, cols, ofOutput);
  state.scales.textContent = `Full colour: inputs ±${short(ofInput)}, kernels ±${short(ofKernel)}, partial results ±${short(ofPartial)}, output ±${short(ofOutput)}.`;
  state.root.setAttribute("aria-label", `${state.data.layer}, how one pixel comes about`);
  place(state);
}

function slide(state, on) {
  clearInterval(state.timer);
  state.timer = on ? setInterval(() => {
    const [rows, cols] = state.data.out;
    const next = (state.at[0] * cols + state.at[1] + 1) % (rows * cols);
    move(state, Math.floor(next / cols), next % cols);
  }, PACE) : null;
  state.play.textContent = on ? "Pause" : "Slide the kernel";
  state.play.setAttribute("aria-pressed", String(on));
}

function step(state, event) {
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
  if (down === undefined) return;
  event.preventDefault();
  slide(state, false);
  move(state, state.at[0] + down, state.at[1] + right);
}

function frame(parent) {
  const root = make(parent, "section", { className: "convolution" });
  const state = { root, channels: [], channel: 0, timer: null };
  const left = make(root, "div", { className: "made" });
  const detail = make(left, "div", { className: "detail" });
  state.about = make(detail, "h4");
  const line = make(detail, "div", { className: "line" });
  const grid = (text) => {
    const figure = make(line, "figure");
    const table = make(figure, "div", { className: "grid" });
    make(figure, "figcaption", { textContent: text });
    return table;
  };
  state.patch = grid("patch");
  line.append("×");
  state.weights = grid("kernel");
  line.append("=");
  state.products = grid("products");
  line.append("Σ");
  state.total = make(line, "strong");
  state.wall = make(left, "div", { className: "wall" });
  state.scales = make(left, "p", { className: "scales" });
  const right = make(root, "div", { className: "result" });
  state.title = make(right, "h3");
  state.output = mapOn(right, "large");
  Object.assign(state.output.box, { tabIndex: 0 });
  state.output.box.setAttribute("role", "application");
  state.output.box.setAttribute("aria-label", "The output map. Arrow keys move the pixel.");
  state.play = make(right, "button", { type: "button", className: "play", textContent: "Slide the kernel" });
  const sum = make(right, "dl");
  const row = (name) => make(make(sum, "div", {}, make(null, "dt", { textContent: name })), "dd");
  state.sum = row("all partial results");
  state.bias = row("+ bias");
  state.value = row("= the pixel");
  state.residual = make(right, "p", { className: "scales" });
  state.output.box.onpointermove = (event) => move(state, ...under(state.output.box, event, ...state.data.out));
  state.output.box.onkeydown = (event) => step(state, event);
  root.onpointermove = (event) => event.target !== state.play && state.timer && slide(state, false); // any hover pauses
  state.play.onclick = () => slide(state, !state.timer);
  onTheme(root, () => draw(state));
  return state;
}

// The input map whose partial result weighs most in a pixel.
function heaviest({ shape: [count], out: [rows, cols], arrays }, row, col) {
  const weight = (c) => Math.abs(arrays.partial[(c * rows + row) * cols + col]);
  return [...Array(count).keys()].reduce((best, c) => (weight(c) > weight(best) ? c : best), 0);
}

export default function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = unpack(data);
  const [, row, col] = state.data.position;
  state.at = [row, col];
  state.channel = heaviest(state.data, row, col);
  draw(state);
  return () => slide(state, false);
}
