// What position encoding adds: the table, one place's row, one component's wave, and how alike the places are. All
// numbers came at once; choosing, walking and comparing happen here.

function draw(state) {
  state.theme = themeOf(state.root);
  const { digit_shape: [rows, columns], arrays: { digit }, kinds } = state.data;
  paint(state.digit, columns, rows, (i) => pixel(state.theme, digit[i] / 255));
  state.cards.forEach(({ card, radio, name, inOrder, shuffled }, i) => {
    card.hidden = i >= kinds.length;
    if (card.hidden) return;
    card.classList.toggle("chosen", (radio.checked = i === state.kind));
    name.textContent = kinds[i].own ? `${kinds[i].kind} (its own)` : kinds[i].kind;
    [inOrder.textContent, shuffled.textContent] = [kinds[i].in_order, kinds[i].shuffled];
  });
  for (const bar of [state.allScale, state.likeScale]) drawScale(bar, (t) => signed(state.theme, 2 * t - 1), ["−1", "0", "1"], "Colour scale of the cosine");
  drawKind(state);
  drawTable(state);
  drawPlaces(state);
  state.tables();
  state.matrix();
  return readings(state);
}

function choosePlace(state, kind, place) {
  state.kind = kind;
  choose(state, { place }, true);
  state.spoken.textContent = draw(state);
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
  state.sending = setTimeout(() => state.send(sending(state, { kind: kindOf(state).kind, ...state.chosen })), say ? SETTLED : 0);
}

// A place to point at, to click, and to walk with the arrow keys: `at` says what is there, `step` where a key leads.
function stage(state, element, label, at, step) {
  element.tabIndex = 0;
  element.classList.add("stage");
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", `${label} Arrow keys walk.`);
  pointed(element, (event) => look(state, at(event)), () => look(state, {}));
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
  const { onclick } = state.likeCells;
  state.likeCells.onclick = (event) => (event.pointerType === "touch" ? look(state, onGrid(state.likeCells)(event)) : onclick(event));
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

// The encodings side by side: each place's likeness with every other, and what the network says with each of them.
function kindCard(state, parent, kind) {
  const card = make(parent, "div", { className: "kind" });
  const label = make(card, "label");
  const radio = make(label, "input", { type: "radio", name: "encoding" });
  const name = make(label, "span");
  const canvas = make(card, "canvas", { className: "all" });
  const list = make(card, "dl", { className: "facts" });
  const [cosine, inOrder, shuffled] = ["", "in order it says", "shuffled"].map((name) => fact(list, name));
  radio.onchange = () => choosePlace(state, kind, state.chosen.place);
  const at = (event) => placesUnder(state, canvas, event);
  stage(state, canvas, "Every place’s likeness with every other: a small map for each place.", at, (down, right) =>
    choosePlace(state, kind, neighbour(state, state.chosen.place, down, right)));
  canvas.onclick = (event) => {
    const { place, other } = at(event);
    choosePlace(state, kind, place);
    if (event.pointerType === "touch") look(state, { other });
  };
  return { card, radio, name, canvas, cosine, inOrder, shuffled };
}

// Under a pointer over all small maps: whose map it is, and which place in it.
function placesUnder({ data }, canvas, event) {
  const { side } = data, [row, column] = cellUnder(canvas, event, side * side, side * side), patch = (r, c) => r * side + c + first(data);
  return { place: patch(Math.floor(row / side), Math.floor(column / side)), other: patch(row % side, column % side) };
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
  state.facts = { token: fact(list, "length of its token"), added: fact(list, "length of what is added"), bare: fact(list, "", "apart"), value: fact(list, "+ what its place adds"), sum: fact(list, "") };
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
  const root = make(parent, "section", { className: "positions", "aria-label": "Position encoding" });
  const state = { root, kind: 0, look: {}, chosen: { place: 0, component: 0 } };
  const top = make(root, "div", { className: "top" });
  const head = make(top, "div", { className: "head" });
  make(head, "h3", { textContent: "How alike are the places? A map for each, laid out as on the image" });
  state.allScale = scale(make(head, "div", { className: "bar" }));
  const kinds = make(top, "div", { className: "kinds", role: "radiogroup", "aria-label": "Encoding" });
  state.cards = [0, 1, 2].map((kind) => kindCard(state, kinds, kind));
  state.words = make(top, "p", { className: "words" });
  state.leftOut = make(top, "p", { className: "axis" });
  digitPart(state, make(root, "div", { className: "digit" }));
  tablePart(state, make(root, "div", { className: "middle" }));
  likePart(state, make(root, "div"));
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.tables = twin(root, "As tables", "The same as tables", (sheet) => tables(state, sheet));
  state.matrix = twin(root, "All cosines as a table", "All cosines as a table", (sheet) => matrix(state, sheet));
  grids(state);
  state.watch = new ResizeObserver(() => state.data && soon(state, false));
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data), { chosen, kinds, shape: [length, width] } = payload;
  payload.patches = Array.from({ length }, (_, place) => place - Number(payload.has_class_token)); // a place is a token's
  state.send = (place) => setTriggerValue("chosen", place);
  const fits = state.kind < kinds.length && state.chosen.place < length && state.chosen.component < width;
  if (isNews(state, chosen, payload.turn) || !fits) {
    const { kind, ...place } = chosen;
    Object.assign(state, { kind: Math.max(0, kinds.findIndex((listed) => listed.kind === kind)), look: {}, chosen: place });
  }
  state.data = payload;
  draw(state);
  state.watch.observe(state.cards[0].card);
  return ending(state, () => state.watch.disconnect());
}
