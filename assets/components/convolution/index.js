// One output map and how its pixels come about: each input map × its kernel, all partial results and the bias summed.
// The window follows the pointer over the output or any input map, slides by itself on request, and rests when hovered.

const PACE = 250; // ms a pixel

function move(state, row, col) {
  const [rows, cols] = state.data.out;
  state.at = [within(row, rows), within(col, cols)];
  nextFrame(state, () => place(state));
}

function draw(state) {
  const { shape: [count, height, width], out: [rows, cols], kernel: [kh, kw], arrays } = state.data;
  const theme = (state.theme = themeOf(state.wall));
  const [ofInput, ofKernel, ofPartial, ofOutput] = [unitOf(arrays.inputs), unitOf(arrays.kernels), unitOf(arrays.partial), unitOf(arrays.output)];
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
  if (!(event.key in ARROWS)) return;
  const [down, right] = ARROWS[event.key];
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
  state.scales = make(left, "p", { className: "note" });
  const right = make(root, "div", { className: "result" });
  state.title = make(right, "h3");
  state.output = mapOn(right, "large");
  Object.assign(state.output.box, { tabIndex: 0 });
  state.output.box.setAttribute("role", "application");
  state.output.box.setAttribute("aria-label", "The output map. Arrow keys move the pixel.");
  state.play = make(right, "button", { type: "button", className: "plain", textContent: "Slide the kernel" });
  const sum = make(right, "dl", { className: "facts" });
  [state.sum, state.bias, state.value] = ["all partial results", "+ bias", "= the pixel"].map((name) => fact(sum, name));
  state.residual = make(right, "p", { className: "note" });
  state.output.box.onpointermove = (event) => move(state, ...cellUnder(state.output.box, event, ...state.data.out));
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
