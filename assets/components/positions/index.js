// What position encoding adds: the table, one place's row, one component's wave, and how alike the places are. All
// numbers came at once; choosing, walking and comparing happen here.

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function draw(state) {
  state.theme = themeOf(state.root);
  state.title(state.data);
  const { digit_shape: [rows, columns], arrays: { digit }, kinds } = state.data;
  paint(state.digit, columns, rows, (i) => pixel(state.theme, digit[i] / 255));
  state.switch.style.gridTemplateColumns = `repeat(${kinds.length}, auto)`;
  state.choices.forEach(({ label, input, text }, i) => {
    label.hidden = i >= kinds.length;
    if (label.hidden) return;
    input.checked = i === state.kind;
    text.textContent = kinds[i].own ? `${kinds[i].kind} (its own)` : kinds[i].kind;
  });
  paint(state.likeRamp, 129, 1, (i) => signed(state.theme, i / 64 - 1));
  drawKind(state);
  drawTable(state);
  drawPlaces(state);
  tables(state);
  return readings(state);
}

function soon(state, say) {
  state.say ||= say;
  state.frame ??= requestAnimationFrame(() => {
    state.frame = null;
    drawPlaces(state);
    const text = readings(state);
    tables(state);
    if (state.say) state.spoken.textContent = text;
    state.say = false;
  });
}

function look(state, place, say = false) {
  if (JSON.stringify(place) === JSON.stringify(state.look)) return;
  state.look = place;
  soon(state, say);
}

function choose(state, place, say = false) {
  Object.assign(state.chosen, place);
  state.look = {};
  soon(state, say);
}

function under(element, event, rows, columns) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [within(Math.floor(((event.clientY - top) / height) * rows), rows), within(Math.floor(((event.clientX - left) / width) * columns), columns)];
}

// A place to point at, to click, and to walk with the arrow keys: `at` says what is there, `step` where a key leads.
function stage(state, element, label, at, step) {
  Object.assign(element, { tabIndex: 0 });
  element.classList.add("stage");
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", `${label} Arrow keys walk.`);
  element.onpointermove = (event) => look(state, at(event));
  element.onpointerleave = () => look(state, {});
  element.onclick = (event) => {
    const { place = state.chosen.place, component = state.chosen.component, other } = at(event);
    choose(state, { place: other ?? place, component });
  };
  element.onkeydown = (event) => {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    step(...ARROWS[event.key]);
  };
}

// The patch one step away on the image; the class token stands before the first.
function neighbour({ data }, place, down, right) {
  const patch = place - first(data);
  if (patch < 0) return down + right > 0 ? first(data) : place;
  const [row, column] = [Math.floor(patch / data.side) + down, (patch % data.side) + right];
  if (patch === 0 && down + right < 0) return 0;
  return row < 0 || column < 0 || row >= data.side || column >= data.side ? place : row * data.side + column + first(data);
}

function grids(state) {
  const onGrid = (element) => (event) => {
    const [row, column] = under(element, event, state.data.side, state.data.side);
    return { other: row * state.data.side + column + first(state.data) };
  };
  stage(state, state.digitCells, "The digit’s patches: choose a place.", onGrid(state.digitCells), (down, right) =>
    choose(state, { place: neighbour(state, state.chosen.place, down, right) }, true));
  stage(state, state.likeCells, "How alike the places are: choose the place to compare with.", onGrid(state.likeCells), (down, right) =>
    look(state, { other: neighbour(state, shown(state).other, down, right) }, true));
  state.likeCells.onblur = () => look(state, {});
  const inTable = (event) => {
    const [place, component] = under(state.table, event, ...state.data.shape);
    return { place, component };
  };
  stage(state, state.tableBox, "The encoding: a row for each place, a column for each component.", inTable, (down, right) =>
    choose(state, { place: within(state.chosen.place + down, state.data.shape[0]), component: within(state.chosen.component + right, state.data.shape[1]) }, true));
  stage(state, state.row.plot, "One place’s row.", (event) => ({ component: under(state.row.plot, event, 1, state.data.shape[1])[1] }), (down, right) =>
    choose(state, { component: within(state.chosen.component + right + down, state.data.shape[1]) }, true));
  stage(state, state.wave.plot, "One component’s wave.", (event) => ({ place: under(state.wave.plot, event, 1, state.data.shape[0])[1] }), (down, right) =>
    choose(state, { place: within(state.chosen.place + right + down, state.data.shape[0]) }, true));
}

function scale(parent, label) {
  const box = make(parent, "div", { className: "bar" });
  const ramp = make(box, "canvas", { role: "img", "aria-label": label });
  const ticks = make(box, "div", { className: "ticks", "aria-hidden": "true" });
  return [ramp, ["−1", "0", "1"].map((textContent) => make(ticks, "span", { textContent }))];
}

function kindSwitch(state, parent) {
  const set = make(parent, "fieldset", {}, make(null, "legend", { textContent: "Encoding" }));
  state.switch = make(set, "div", { className: "switch" });
  state.choices = [0, 1, 2].map((kind) => {
    const label = make(state.switch, "label");
    const input = make(label, "input", { type: "radio", name: "kind" });
    input.onchange = () => {
      Object.assign(state, { kind, look: {} });
      state.spoken.textContent = draw(state);
    };
    return { label, input, text: make(label, "span") };
  });
}

function chart(parent) {
  const title = make(parent, "h3");
  const box = make(parent, "div", { className: "chart" });
  const ends = make(box, "div", { className: "ends", "aria-hidden": "true" });
  return [title, { high: make(ends, "span"), low: make(ends, "span"), plot: make(box, "div", { className: "plot" }) }];
}

function digitPart(state, parent) {
  make(parent, "h3", { textContent: "Choose a place" });
  const over = make(parent, "div", { className: "over" });
  state.digit = make(over, "canvas", { "aria-hidden": "true" });
  state.digitCells = make(over, "div", { className: "cells" });
  state.classToken = make(parent, "button", { type: "button", textContent: "The class token’s place" });
  state.classToken.onclick = () => choose(state, { place: 0 }, true);
  state.placeTitle = make(parent, "h4");
  const list = make(parent, "dl");
  const row = (name) => make(make(list, "div", {}, make(null, "dt", { textContent: name })), "dd");
  state.facts = { token: row("length of its token"), added: row("length of what is added"), value: row("") };
  state.valueName = state.facts.value.previousSibling;
}

function tablePart(state, parent) {
  make(parent, "h3", { textContent: "What is added: a row for each place" });
  [state.ramp, state.ticks] = scale(parent, "Colour scale");
  state.tableBox = make(parent, "div", { className: "table" });
  state.table = make(state.tableBox, "canvas", { "aria-hidden": "true" });
  [state.rowRing, state.columnRing] = ["row", "column"].map((name) => make(state.tableBox, "i", { className: name, "aria-hidden": "true" }));
  make(parent, "p", { className: "axis", textContent: "Places go down, components across." });
  state.here = make(parent, "p", { className: "here" });
  [state.rowTitle, state.row] = chart(parent);
  [state.waveTitle, state.wave] = chart(parent);
}

function likePart(state, parent) {
  state.likeTitle = make(parent, "h3");
  state.nothing = make(parent, "p", { className: "nothing", textContent: "All rows are zeros, so they have no direction: cosine would divide by 0 and has no value. To a network without an encoding a patch is the same wherever it stands." });
  state.like = make(parent, "div");
  [state.likeRamp] = scale(state.like, "Colour scale of the cosine from −1, opposite, to 1, the same direction");
  state.likeCells = make(state.like, "div", { className: "cells like" });
  const list = make(state.like, "dl");
  const row = (name) => make(make(list, "div", {}, make(null, "dt", { textContent: name })), "dd");
  Object.assign(state.facts, { other: row("with"), dot: row("product of the two rows"), own: row("÷ its length"), their: row("÷ the other’s length"), cosine: row("= cosine") });
  state.residual = make(state.like, "p", { className: "axis" });
}

function frame(parent) {
  const title = titled(parent);
  const root = make(parent, "section", { className: "positions", "aria-label": "Position encoding" });
  const state = { root, title, kind: 0, look: {}, chosen: { place: 0, component: 0 } };
  const top = make(root, "div", { className: "top" });
  kindSwitch(state, top);
  state.words = make(top, "p", { className: "words" });
  state.leftOut = make(top, "p", { className: "axis" });
  digitPart(state, make(root, "div", { className: "digit" }));
  tablePart(state, make(root, "div", { className: "middle" }));
  likePart(state, make(root, "div"));
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.twin = make(root, "details", {}, make(null, "summary", { textContent: "As tables" }));
  state.sheets = make(state.twin, "div", { className: "sheet", tabIndex: 0, role: "region", "aria-label": "The same as tables" });
  state.twin.ontoggle = () => tables(state);
  grids(state);
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data), before = state.data;
  state.data = payload;
  if (String(before?.shape) !== String(payload.shape) || before.kinds.length !== payload.kinds.length) {
    const { side, shape: [, width] } = payload, middle = Math.floor(side / 2);
    Object.assign(state, { kind: 0, look: {}, chosen: { place: middle * side + middle + first(payload), component: Math.min(8, width - 1) } });
  }
  draw(state);
}
