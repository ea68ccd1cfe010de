// Every input map beside its kernel and its partial result; a ring on each where the window is.

const FEW = 4; // input maps at most that are drawn large

// What the window covers at one of its places, padding included: its first row and column, its height and width.
function windowAt({ kernel, stride, padding, dilation }, at) {
  return [at.map((place, axis) => place * stride[axis] - padding[axis]), kernel.map((size, axis) => dilation[axis] * (size - 1) + 1)];
}
// The output's pixel whose window is nearest to a place of the input.
function pixelOver(data, point) {
  const [, reach] = windowAt(data, [0, 0]);
  return point.map((at, axis) => placeOver(at, data.stride[axis], data.padding[axis], reach[axis]));
}

// Pointing at a map moves the window, a click chooses its pixel.
function steered(state, { box }, isInput) {
  const under = (event) => {
    const { shape: [, ...size], out } = state.data;
    return isInput ? pixelOver(state.data, cellUnder(box, event, ...size)) : cellUnder(box, event, ...out);
  };
  box.onpointermove = (event) => stand(state, under(event));
  box.onpointerleave = () => state.slide.playing || stand(state, state.chosen);
  box.onclick = (event) => choose(state, under(event));
}

function channelOf(state, c) {
  if (state.channels[c]) return state.channels[c];
  const button = make(state.wall, "button", { type: "button" });
  const name = make(button, "span", { className: "source" });
  const input = mapOn(button, "small");
  button.append("×");
  const kernel = mapOn(button, "kernel");
  button.append("=");
  const partial = mapOn(button, "small");
  const value = make(button, "span", { className: "part" });
  const edge = shape(state.edges, "path", {});
  button.onpointerenter = button.onfocus = () => lookInto(state, c);
  button.onpointerleave = button.onblur = () => lookInto(state, state.channel);
  button.onclick = () => lookInto(state, (state.channel = c));
  for (const [map, isInput] of [[input, true], [partial, false]]) {
    steered(state, map, isInput);
    const choosing = map.box.onclick;
    map.box.onclick = (event) => event.detail && choosing(event); // a key's click is the button's own
  }
  return (state.channels[c] = { button, name, input, kernel, partial, value, edge });
}

// Which input map's numbers are shown.
function lookInto(state, c) {
  if (state.into === c || c >= state.data.shape[0]) return;
  state.into = c;
  drawDetail(state);
  place(state);
}

// How a kind of numbers is coloured: the digit's own pixels grey, all else about zero.
function inks({ theme, data: { image, arrays } }) {
  return {
    input: image ? greyOf(theme, arrays.inputs) : aboutZero(theme, unitOf(arrays.inputs)),
    kernel: aboutZero(theme, unitOf(arrays.kernels), 0.85),
    partial: aboutZero(theme, unitOf(arrays.partial)), output: aboutZero(theme, unitOf(arrays.output)),
  };
}

// One map of a stack; where it is being built anew, as far as it is done.
function drawMap({ canvas }, values, c, [rows, cols], ink, done = Infinity) {
  paint(canvas, cols, rows, (i) => i < done && ink.at(values[c * rows * cols + i]));
}

function drawChannels(state) {
  const { data: { shape: [sent, ...size], kernel, names, arrays, every }, ink } = state, count = names.length;
  for (let c = 0; c < count; c++) {
    const { name, input, kernel: weights, button } = channelOf(state, c), isSent = c < sent;
    name.textContent = names[c];
    button.disabled = !isSent;
    for (const { box } of [input, weights]) box.style.visibility = isSent ? "" : "hidden";
    button.setAttribute("aria-label", isSent ? `${names[c]}, its kernel and its partial result` : `The partial results of ${names[c]}, added up`);
    if (!isSent) continue;
    drawMap(input, arrays.inputs, c, size, ink.input);
    drawMap(weights, arrays.kernels, c, kernel, ink.kernel);
  }
  for (const { button, edge } of state.channels.splice(count)) [button, edge].forEach((element) => element.remove());
  state.wall.classList.toggle("few", count <= FEW);
  state.some.textContent = sent < every ? `Shown are the ${sent} of ${every} input maps that add most; all others are added up in one line, so that the sum includes all.` : "";
}

// What comes out: the partial results and their sum.
function drawResults(state) {
  const { data: { out, arrays }, ink, built, channels, detail, into } = state;
  channels.forEach(({ partial }, c) => drawMap(partial, arrays.partial, c, out, ink.partial, built));
  drawMap(detail.partialMap, arrays.partial, into, out, ink.partial, built);
  drawMap(state.output, arrays.output, 0, out, ink.output, built);
}
