// What position encoding adds: the table, one place's row, one component's wave, and how alike the places are. All
// numbers came at once; choosing, walking and comparing happen here.

const SETTLED = 250; // ms after which a choice by keyboard is one

function draw(state) {
  state.theme = themeOf(state.root);
  state.title(state.data);
  const { digit_shape: [rows, columns], arrays: { digit }, kinds } = state.data;
  paint(state.digit, columns, rows, (i) => pixel(state.theme, digit[i] / 255));
  state.choices.forEach(({ label, input, text }, i) => {
    label.hidden = i >= kinds.length;
    if (label.hidden) return;
    input.checked = i === state.kind;
    text.textContent = kinds[i].own ? `${kinds[i].kind} (its own)` : kinds[i].kind;
  });
  drawScale(state.likeScale, (t) => signed(state.theme, 2 * t - 1), ["−1", "0", "1"], "Colour scale of the cosine");
  drawKind(state);
  drawTable(state);
  drawPlaces(state);
  state.tables();
  return readings(state);
}

function soon(state, say) {
  state.say ||= say;
  nextFrame(state, () => {
    drawPlaces(state);
    const text = readings(state);
    state.tables();
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
  clearTimeout(state.sending); // a key held down would be a choice at every step
  state.sending = setTimeout(() => state.send({ kind: kindOf(state).kind, ...state.chosen }), say ? SETTLED : 0);
}

// A place to point at, to click, and to walk with the arrow keys: `at` says what is there, `step` where a key leads.
function stage(state, element, label, at, step) {
  element.tabIndex = 0;
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
    const [row, column] = cellUnder(element, event, state.data.side, state.data.side);
    return { other: row * state.data.side + column + first(state.data) };
  };
  stage(state, state.digitCells, "The digit’s patches: choose a place.", onGrid(state.digitCells), (down, right) =>
    choose(state, { place: neighbour(state, state.chosen.place, down, right) }, true));
  stage(state, state.likeCells, "How alike the places are: choose the place to compare with.", onGrid(state.likeCells), (down, right) =>
    look(state, { other: neighbour(state, shown(state).other, down, right) }, true));
  state.likeCells.onblur = () => look(state, {});
  const inTable = (event) => {
    const [place, component] = cellUnder(state.table, event, ...state.data.shape);
    return { place, component };
  };
  stage(state, state.tableBox, "The encoding: a row for each place, a column for each component.", inTable, (down, right) =>
    choose(state, { place: within(state.chosen.place + down, state.data.shape[0]), component: within(state.chosen.component + right, state.data.shape[1]) }, true));
  stage(state, state.row.plot, "One place’s row.", (event) => ({ component: cellUnder(state.row.plot, event, 1, state.data.shape[1])[1] }), (down, right) =>
    choose(state, { component: within(state.chosen.component + right + down, state.data.shape[1]) }, true));
  stage(state, state.wave.plot, "One component’s wave.", (event) => ({ place: cellUnder(state.wave.plot, event, 1, state.data.shape[0])[1] }), (down, right) =>
    choose(state, { place: within(state.chosen.place + right + down, state.data.shape[0]) }, true));
}

function kindSwitch(state, parent) {
  state.choices = segmented(parent, "Encoding", [0, 1, 2].map((kind) => [kind, ""]), 0, (kind) => {
    state.kind = kind;
    choose(state, {});
    state.spoken.textContent = draw(state);
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
  state.classToken = make(parent, "button", { type: "button", className: "plain", textContent: "The class token’s place" });
  state.classToken.onclick = () => choose(state, { place: 0 }, true);
  state.placeTitle = make(parent, "h4");
  const list = make(parent, "dl", { className: "facts" });
  state.facts = { token: fact(list, "length of its token"), added: fact(list, "length of what is added"), value: fact(list, "") };
  state.valueName = state.facts.value.previousSibling;
}

function tablePart(state, parent) {
  make(parent, "h3", { textContent: "What is added: a row for each place" });
  state.scale = scale(make(parent, "div", { className: "bar" }));
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
  state.likeScale = scale(make(state.like, "div", { className: "bar" }));
  state.likeCells = make(state.like, "div", { className: "cells like" });
  const list = make(state.like, "dl", { className: "facts" });
  const names = { other: "with", dot: "product of the two rows", own: "÷ its length", their: "÷ the other’s length", cosine: "= cosine" };
  for (const [key, name] of Object.entries(names)) state.facts[key] = fact(list, name);
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
  state.tables = twin(root, "As tables", "The same as tables", (sheet) => tables(state, sheet));
  grids(state);
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data), { chosen, kinds, shape: [length, width] } = payload;
  payload.patches = Array.from({ length }, (_, place) => place - Number(payload.has_class_token)); // a place is a token's
  state.send = (place) => setTriggerValue("chosen", place);
  // the page's choice counts when it is a new one: a choice made here is known before the page knows it
  const given = JSON.stringify(chosen), fits = state.kind < kinds.length && state.chosen.place < length && state.chosen.component < width;
  if (given !== state.given || !fits) {
    const { kind, ...place } = chosen;
    Object.assign(state, { kind: Math.max(0, kinds.findIndex((listed) => listed.kind === kind)), look: {}, chosen: place });
  }
  Object.assign(state, { given, data: payload });
  draw(state);
}
