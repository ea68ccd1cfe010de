// One output map and how its pixels come about: each input map × its kernel makes a partial result; all of them and the
// bias run into a sum. The window slides by itself; pointing looks elsewhere, a click or Enter chooses that pixel.

const PACE = 250; // ms a pixel
const HOW = "Arrow keys move the window, Enter chooses its pixel, Escape goes back to the chosen one.";

// The window stands at one pixel of the output.
function stand(state, [row, col]) {
  const [rows, cols] = state.data.out;
  state.at = [within(row, rows), within(col, cols)];
  nextFrame(state, () => place(state));
}

// That pixel becomes the page's chosen number.
function choose(state, at) {
  finish(state);
  stand(state, at);
  state.chosen = state.at;
  const { layer, position: [map] } = state.data;
  state.send(state.chosen);
  announce(state, { layer, position: [map, ...state.chosen] }, NUMBER);
}

// Everything that moves with the window.
function place(state) {
  const { data, at, chosen, channels } = state, { shape: [, ...size], out, bias, arrays } = data;
  for (const { input, partial } of channels) {
    ring(input, ...windowAt(data, at), size);
    ring(partial, at, [1, 1], out);
  }
  ring(state.output, at, [1, 1], out);
  const sum = channels.reduce((all, _, c) => all + partialAt(state, c), 0), value = arrays.output[at[0] * out[1] + at[1]];
  state.title.textContent = `${standing(state.back, at, chosen)}: ${rowColumn(at)}`;
  for (const [element, number] of [[state.sum, sum], [state.bias, bias], [state.total, sum + bias], [state.value, value]]) element.textContent = exactly(number, ADDED);
  state.residual.textContent = short(Math.abs(sum + bias - value));
  layFlow(state);
  weighFlow(state);
  placeDetail(state);
}

function draw(state) {
  state.theme = themeOf(state.root);
  state.ink = inks(state);
  state.root.setAttribute("aria-label", `${state.data.layer}, how one pixel comes about`);
  drawChannels(state);
  state.outputName.textContent = `Output: ${state.data.layer}, map ${state.data.position[0]}`;
  showEnds(state.outputPart, state.ink.output);
  drawDetail(state);
  drawResults(state);
  place(state);
}

// --- sliding: on from where it is, or from the first pixel, uncovering one after the other ---------------------------

const places = ({ data: { out: [rows, cols] } }) => rows * cols;

function go(state) {
  const [, cols] = state.data.out, isBuilding = state.built < Infinity;
  if (isBuilding && state.built >= places(state)) return toTheEnd(state);
  const next = isBuilding ? state.built : (state.at[0] * cols + state.at[1] + 1) % places(state);
  if (isBuilding) {
    state.built = next + 1;
    drawResults(state);
  }
  stand(state, [Math.floor(next / cols), next % cols]);
}

function toTheEnd(state) {
  finish(state);
  stand(state, state.chosen);
}

function rebuild(state) {
  if (state.built < Infinity) return toTheEnd(state);
  state.built = 0;
  state.slide.play(true, places(state));
  go(state);
}

function finish(state) {
  if (state.built < Infinity) {
    state.built = Infinity;
    drawResults(state);
  }
  state.slide.play(false);
}

function told(state, on) {
  state.play.textContent = on ? "Pause" : "Slide the window";
  state.again.textContent = state.built < Infinity ? "To the end" : "Build it anew";
}

function press(state, event) {
  const [rows, cols] = state.data.out, to = placeByKey(event, state.at, rows, cols);
  if (event.key === "Enter" || event.key === " ") choose(state, state.at);
  else if (event.key === "Escape" || to) {
    finish(state);
    stand(state, to ?? state.chosen);
    state.spoken.textContent = `Row ${state.at[0]}, column ${state.at[1]}: ${short(state.data.arrays.output[state.at[0] * cols + state.at[1]])}`;
  } else return;
  event.preventDefault();
}

function frame(parent) {
  const root = make(parent, "section", { className: "convolution windowed" });
  const state = { root, channels: [], channel: 0, built: Infinity };
  flowOf(root, state);
  state.title = make(state.result, "h3");
  state.outputPart = headed(state.result, "whole");
  state.outputName = state.outputPart.name;
  state.output = mapOn(state.outputPart.box, "large");
  steered(state, state.output, false);
  for (const [name, value] of Object.entries({ tabIndex: "0", role: "application", "aria-label": `The output map. ${HOW}` })) state.output.box.setAttribute(name, value);
  state.output.box.onkeydown = (event) => press(state, event);
  const sums = make(state.result, "dl", { className: "facts" });
  const names = { sum: "all partial results", bias: "+ bias", total: "= arithmetic", value: "the network’s own number", residual: "residual" };
  for (const [key, name] of Object.entries(names)) state[key] = fact(sums, name, key === "total" ? key : "");
  const actions = make(state.result, "div", { className: "actions" });
  state.play = make(actions, "button", { type: "button", className: "plain", onclick: () => (state.slide.playing ? state.slide.play(false) : state.slide.play(true, places(state))) });
  state.again = make(actions, "button", { type: "button", className: "plain", onclick: () => rebuild(state) });
  state.back = make(actions, "button", { type: "button", className: "plain" });
  state.back.onclick = () => {
    state.output.box.focus({ preventScroll: true }); // the button goes out of sight
    toTheEnd(state);
  };
  state.some = make(root, "p", { className: "note" });
  state.detail = detailOf(root);
  steered(state, state.detail.inputMap, true);
  steered(state, state.detail.partialMap, false);
  make(root, "p", { className: "note", textContent: "Point at a map to place the window, click to choose its pixel, or point at a row to see its numbers. It rests while you point." });
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.slide = slider(root, PACE, { go: () => go(state), told: (on) => told(state, on) });
  state.resized = new ResizeObserver(() => state.at && layFlow(state));
  onTheme(root, () => draw(state));
  return state;
}

// The input map whose partial result weighs most in the window's pixel.
function heaviest(state) {
  return state.data.names.reduce((best, _, c) => (c < state.data.shape[0] && Math.abs(partialAt(state, c)) > Math.abs(partialAt(state, best)) ? c : best), 0);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  state.send = (at) => setTriggerValue("chosen", at);
  state.data = unpack(data);
  const [, ...chosen] = state.data.position, isNew = String(chosen) !== String(state.chosen), isOther = state.data.layer + state.data.position[0] !== state.map;
  Object.assign(state, { chosen, map: state.data.layer + state.data.position[0], at: isNew || isOther ? chosen : state.at });
  if (isNew || isOther) state.channel = state.into = heaviest(state);
  if (isOther) {
    finish(state);
    state.slide.play(!lessMotion(), places(state));
  }
  if (isNew || isOther) state.slide.rest();
  draw(state);
  if (isOther) state.wall.scrollTop = state.channels[state.channel].button.offsetTop - state.wall.clientHeight / 2;
  state.resized.observe(state.flow);
  const end = state.slide.begin();
  return ending(state, () => {
    end();
    state.resized.disconnect();
  });
}
