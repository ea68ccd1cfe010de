// A window slides over the digit: by itself, under the pointer, or by the arrow keys. Every number is there; only an
// edited kernel is sent back.

const PACE = 500; // ms a place
const CODE = { convolution: ["convolution", "sum"], "max-pool": ["max-pooling", "largest"], "average-pool": ["average-pooling", "mean"] };
const HOW = "Arrow keys move the window, Home goes to its first place, End to its last.";

const spoken = ({ data, at: [row, col] }) => `Row ${row}, column ${col}: ${short(data.output[row][col])}`;

function move(state, row, col) {
  const { output, stride, padding, reach } = state.data;
  if (!output) return;
  stand(state, row, col);
  state.centre = state.at.map((place) => place * stride - padding + (reach - 1) / 2); // in the digit
  nextFrame(state, () => place(state));
}

function stand(state, row, col) {
  const side = state.data.output?.length ?? 1;
  state.at = [within(row, side), within(col, side)];
}

// The place of the window whose middle is nearest to a point of the digit.
const nearest = ({ stride, padding, reach }, point) => point.map((at) => placeOver(at, stride, padding, reach));

// Everything that moves with the window.
function place(state) {
  const { data, at: [row, col], ink } = state;
  if (!data.output) return;
  state.window.style.transform = `translate(${col * data.stride}px, ${row * data.stride}px)`;
  state.marker.style.transform = `translate(${col}px, ${row}px)`;
  const cells = seen(data, state.at), { lines, value } = arithmetic(data, cells);
  const numbers = (name) => cells.map((cell) => ({ value: cell[name], inside: name !== "pixel" || cell.inside }));
  state.title.textContent = `How row ${row}, column ${col} of the output comes about`;
  showNumbers(state.patch.grid, numbers("pixel"), data.kernel_size, ink.input, data.winner?.[row][col]);
  if (data.kernel) showNumbers(state.products.grid, numbers("product"), data.kernel_size, ink.products);
  state.sum.replaceChildren();
  for (const [name, text] of [...lines, ["= the output’s pixel", inFull(value)]]) fact(state.sum, name).textContent = text;
  const own = data.output[row][col], [code, here] = CODE[data.operation];
  state.residual.textContent = `For the same window, this app’s ${code} code gives ${inFull(own)}; the ${here} above differs from it by ${short(Math.abs(value - own))}.`;
  state.tables();
}

function draw(state) {
  const { data } = state;
  state.theme = themeOf(state.root);
  state.ink = inkFor(state);
  [state.symbols.textContent, state.plugged.textContent] = data.formula;
  for (const [element, text] of [[state.rounding, data.rounding], [state.problem, data.problem], [state.counts, data.counts], [state.about, data.about]]) {
    if (element.textContent !== text) element.textContent = text;
    element.hidden = !text;
  }
  state.root.classList.toggle("dark", state.theme.dark);
  state.root.classList.toggle("impossible", !data.output);
  state.root.classList.toggle("unfit", data.reach > paddedSide(data)); // then the formula itself says so
  state.root.classList.toggle("pools", !data.kernel);
  state.root.style.setProperty("--columns", data.kernel_size);
  drawInput(state);
  drawOutput(state);
  showEnds(state.patch, state.ink.input);
  showEnds(state.kernel, state.ink.kernel);
  showEnds(state.products, state.ink.products);
  for (const part of [state.patch, state.kernel, state.products]) part.size.textContent = times(data.kernel_size);
  state.patch.name.textContent = data.kernel ? "Under the window" : "Under the window: its largest is the output";
  if (data.operation === "average-pool") state.patch.name.textContent = "Under the window: its mean is the output";
  showKernel(state);
  place(state);
}

// --- sliding ------------------------------------------------------------------------------------------------

function play(state, on) {
  if (on) state.held = false;
  state.slide.play(on, (state.data.output?.length ?? 0) ** 2);
}

function go(state) {
  const { output } = state.data;
  if (!output) return;
  const side = output.length, next = (state.at[0] * side + state.at[1] + 1) % (side * side);
  move(state, Math.floor(next / side), next % side);
}

// --- pointer and keyboard -------------------------------------------------------------------------------------

function steered(state, { stage }, placeAt, name) {
  const follow = (event) => state.data.output && move(state, ...placeAt(event));
  stage.onpointermove = (event) => (!state.held || event.buttons) && follow(event);
  stage.onpointerdown = (event) => {
    play(state, false);
    state.held = true; // from now on only a press moves it, so that the way to the numbers does not
    follow(event);
  };
  stage.onkeydown = (event) => {
    const side = state.data.output?.length, to = placeByKey(event, state.at, side, side);
    if (event.key === "Escape") state.held = false;
    if (!side || !to) return;
    event.preventDefault();
    play(state, false);
    move(state, ...to);
    state.spoken.textContent = spoken(state);
  };
  stage.setAttribute("aria-label", `${name}. ${HOW}`);
}

// --- the frame --------------------------------------------------------------------------------------------------

function frame(parent) {
  const root = make(parent, "section", { className: "playground windowed", "aria-label": "Playground" });
  const state = { root, inputs: [], draft: [], at: [0, 0], held: false };
  const formula = make(root, "div", { className: "formula" });
  [state.symbols, state.plugged, state.rounding] = ["symbols", "plugged", "note"].map((className) => make(formula, "p", { className }));
  state.problem = make(formula, "p", { className: "problem", role: "status" });
  state.counts = make(formula, "p", { className: "counts" });
  const pictures = make(root, "div", { className: "pictures" });
  state.input = picture(pictures, "input");
  state.inputNote = make(state.input.box, "p", { className: "note" });
  state.output = picture(pictures, "output");
  make(state.output.stage, "p", { className: "nothing", textContent: "No output" });
  steered(state, state.input, (event) => {
    const side = Math.max(paddedSide(state.data), state.data.reach), [row, col] = cellUnder(state.input.stage, event, side, side);
    return nearest(state.data, [row - state.data.padding, col - state.data.padding]);
  }, "The input with the window on it");
  steered(state, state.output, (event) => cellUnder(state.output.stage, event, state.data.output.length, state.data.output.length), "The output");
  makeSum(state, make(pictures, "div", { className: "result" }));
  makeGrids(state, make(root, "div", { className: "grids" }));
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.tables = twin(root, "Every number in full", "Every number in full", (sheet) => tables(state, sheet));
  state.slide = slider(root, PACE, {
    go: () => go(state), told: (on) => (state.button.textContent = on ? "Pause" : "Slide the window"),
  });
  onTheme(root, () => draw(state));
  return state;
}

function makeSum(state, parent) {
  state.title = make(parent, "h3");
  state.sum = make(parent, "dl", { className: "facts" });
  state.residual = make(parent, "p", { className: "note check" });
  state.button = make(parent, "button", { type: "button", className: "plain" });
  state.button.onclick = () => play(state, !state.slide.playing);
  make(parent, "p", { className: "note", textContent: "Point at a picture to place the window, press to hold it there, or use the arrow keys. It rests while you point." });
}

function makeGrids(state, parent) {
  const part = (className, name) => {
    const found = headed(parent, className);
    found.name.textContent = name;
    found.grid = make(found.box, "div", { className: "grid" });
    return found;
  };
  const sign = (text) => make(parent, "span", { className: "sign", textContent: text, "aria-hidden": "true" });
  state.patch = part("part patch", "");
  sign("×");
  state.kernel = part("part kernel", "Kernel");
  state.weights = state.kernel.grid;
  state.biasOf = make(state.kernel.box, "label", { className: "bias" });
  state.about = make(state.kernel.box, "p", { className: "note" });
  state.said = make(state.kernel.box, "p", { className: "said", role: "status" });
  sign("=");
  state.products = part("part products", "Products");
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const first = !state.data;
  Object.assign(state, { data, send: (kernel) => setTriggerValue("kernel", kernel) });
  if (first) play(state, !lessMotion());
  // whatever was changed, the window stays over the part of the digit to which it was moved
  if (state.centre) stand(state, ...nearest(data, state.centre));
  else move(state, ...data.first);
  draw(state);
  return state.slide.begin();
}
