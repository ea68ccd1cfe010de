// The padded input with the window on it, the output with its pixel, the grids of numbers, and their colour scales.

const shape = (parent, tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return parent.appendChild(element);
};

// A name, a size, a colour bar with its two ends; what is drawn comes below.
function headed(parent, className) {
  const box = make(parent, "div", { className });
  const head = make(box, "div", { className: "head" });
  const [name, size] = [make(head, "h4"), make(head, "span")];
  const bar = make(box, "div", { className: "bar" });
  const [low, ramp, high] = [make(bar, "span"), make(bar, "canvas", { className: "ramp", "aria-hidden": "true" }), make(bar, "span")];
  return { box, name, size, low, ramp, high };
}

// A map on a canvas, below lines that stay sharp: a place to point at and to walk on.
function picture(parent, className) {
  const part = headed(parent, `picture ${className}`);
  const stage = make(part.box, "div", { className: "stage", tabIndex: 0, role: "application" });
  const ground = make(stage, "div", { className: "ground" });
  const canvas = make(stage, "canvas", { "aria-hidden": "true" });
  const lines = shape(stage, "svg", { "aria-hidden": "true" });
  return { ...part, stage, ground, canvas, lines };
}

function showEnds(part, low, high, colourAt) {
  [part.low.textContent, part.high.textContent] = [short(low), short(high)];
  paint(part.ramp, 64, 1, (i) => colourAt(low + (i / 63) * (high - low)));
}

// How each kind of number is coloured, and its two ends.
function inkFor(state) {
  const { theme, data } = state, pixels = data.image.flat();
  const [low, high] = [Math.min(...pixels), Math.max(...pixels)];
  const grey = { low, high, at: (value) => pixel(theme, (value - low) / (high - low || 1)) };
  const about = (unit, strength = 1) => ({ low: -unit, high: unit, at: (value) => signed(theme, (strength * value) / unit) });
  const unitOf = (values) => largest(values) || 1, weights = data.kernel ? unitOf(data.kernel.flat()) : 1;
  const output = data.operation !== "convolution" ? grey : about(unitOf(data.output?.flat() ?? []));
  return { input: grey, kernel: about(weights, 0.85), products: about(weights * unitOf(pixels), 0.85), output };
}

function drawInput(state) {
  const { input, data, ink } = state, size = data.image.length, padded = paddedSide(data);
  const extent = Math.max(padded, data.reach); // a window that is too large sticks out
  const share = (cells) => `${(100 * cells) / extent}%`;
  const flat = data.image.flat();
  input.name.textContent = data.padding ? "Padded input" : "Input";
  input.size.textContent = times(padded);
  showEnds(input, ink.input.low, ink.input.high, ink.input.at);
  paint(input.canvas, size, size, (i) => ink.input.at(flat[i]));
  Object.assign(input.canvas.style, { left: share(data.padding), top: share(data.padding), width: share(size), height: share(size) });
  Object.assign(input.ground.style, { width: share(padded), height: share(padded) });
  input.lines.replaceChildren();
  input.lines.setAttribute("viewBox", `0 0 ${extent} ${extent}`);
  state.window = shape(input.lines, "g", { class: data.problem ? "window wrong" : "window" });
  for (const className of ["halo", "line"]) {
    for (let place = 0; place < data.kernel_size ** 2; place++) {
      const [u, v] = [Math.floor(place / data.kernel_size), place % data.kernel_size];
      shape(state.window, "rect", { class: `cell ${className}`, x: v * data.dilation, y: u * data.dilation, width: 1, height: 1 });
    }
    shape(state.window, "rect", { class: `reach ${className}`, x: 0, y: 0, width: data.reach, height: data.reach });
  }
  const hatched = data.operation === "max-pool" ? " Hatched: padding, never the largest." : " Hatched: padding, counts as 0.";
  state.inputNote.textContent = `Pixels as the network reads them, normalised.${data.padding ? hatched : ""}`;
}

function drawOutput(state) {
  const { output, data, ink } = state;
  output.box.classList.toggle("none", !data.output);
  output.name.textContent = "Output";
  output.size.textContent = data.output ? times(data.output.length) : "none";
  if (!data.output) return;
  const flat = data.output.flat(), size = data.output.length;
  showEnds(output, ink.output.low, ink.output.high, ink.output.at);
  paint(output.canvas, size, size, (i) => ink.output.at(flat[i]));
  output.lines.replaceChildren();
  output.lines.setAttribute("viewBox", `0 0 ${size} ${size}`);
  state.marker = shape(output.lines, "g", {});
  for (const className of ["halo", "line"]) shape(state.marker, "rect", { class: `reach ${className}`, x: 0, y: 0, width: 1, height: 1 });
}

// Many columns need smaller figures; on a phone, too many have room for none.
function crowd(grid, columns) {
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  grid.classList.toggle("many", columns > 5);
  grid.classList.toggle("crowded", columns > 7);
}

// Numbers of the window in their colours.
function showNumbers(grid, values, columns, ink, marked = -1) {
  crowd(grid, columns);
  fill(grid, values, (parent) => make(parent, "b"), (cell, { value, inside }, i) => {
    cell.textContent = short(value);
    cell.title = inFull(value);
    cell.className = `${inside ? "" : "outside"} ${i === marked ? "marked" : ""}`;
    if (inside) tint(cell, ink.at(value));
    else cell.removeAttribute("style");
  });
}
