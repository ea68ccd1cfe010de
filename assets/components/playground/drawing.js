// The padded input with the window on it, the output with its pixel, and their colour scales.

// A map on a canvas, below lines that stay sharp: a place to point at and to walk on.
function picture(parent, className) {
  const part = headed(parent, `picture ${className}`);
  const stage = make(part.box, "div", { className: "stage", tabIndex: 0, role: "application" });
  const ground = make(stage, "div", { className: "ground" });
  const canvas = make(stage, "canvas", { "aria-hidden": "true" });
  const lines = shape(stage, "svg", { "aria-hidden": "true" });
  return { ...part, stage, ground, canvas, lines };
}

// How each kind of number is coloured.
function inkFor({ theme, data }) {
  const pixels = data.image.flat(), grey = greyOf(theme, pixels), weights = data.kernel ? unitOf(data.kernel.flat()) : 1;
  const output = data.operation !== "convolution" ? grey : aboutZero(theme, unitOf(data.output?.flat() ?? []));
  return { input: grey, kernel: aboutZero(theme, weights, 0.85), products: aboutZero(theme, weights * unitOf(pixels), 0.85), output };
}

function drawInput(state) {
  const { input, data, ink } = state, size = data.image.length, padded = paddedSide(data);
  const extent = Math.max(padded, data.reach); // a window that is too large sticks out
  const share = (cells) => `${(100 * cells) / extent}%`;
  const flat = data.image.flat();
  input.name.textContent = data.padding ? "Padded input" : "Input";
  input.size.textContent = times(padded);
  showEnds(input, ink.input);
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
  showEnds(output, ink.output);
  paint(output.canvas, size, size, (i) => ink.output.at(flat[i]));
  output.lines.replaceChildren();
  output.lines.setAttribute("viewBox", `0 0 ${size} ${size}`);
  state.marker = shape(output.lines, "g", {});
  for (const className of ["halo", "line"]) shape(state.marker, "rect", { class: `reach ${className}`, x: 0, y: 0, width: 1, height: 1 });
}
