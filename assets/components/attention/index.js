// Attention three ways: every head's map, one of them large between its query and key patches, and one query's row of it
// laid over the digit. All numbers came at once; pointing and walking happen here, and only a choice is sent back.

function redraw(state) {
  drawMatrix(state);
  drawOver(state);
  drawBar(state);
  state.tables();
  return readings(state);
}

function draw(state) {
  state.theme = themeOf(state.root);
  colourRoles(state.root, state.theme);
  const { digit_shape: [rows, columns], arrays: { digit }, heads, heads_in_all } = state.data;
  paint(state.ink, columns, rows, (i) => pixel(state.theme, digit[i] / 255));
  state.some.textContent = heads < heads_in_all ? `The first ${heads} of ${heads_in_all} heads; their mean is of all.` : "Every head, from the first block at the top to the last.";
  drawWall(state);
  redraw(state);
}

function soon(state, say) {
  state.say ||= say;
  nextFrame(state, () => {
    const text = redraw(state);
    if (state.say) state.spoken.textContent = text;
    state.say = false;
  });
}

function frame(parent) {
  const root = make(parent, "section", { className: "attention", "aria-label": "Attention" });
  const state = { root, look: {}, head: { layer: 0, head: 0 }, tiles: [], largest: [], ink: document.createElement("canvas"), sheet: document.createElement("canvas") };
  const top = make(root, "div", { className: "top" });
  state.bar = scale(make(top, "div", { className: "bar" }));
  state.ranges = segmented(top, "Full colour is the largest of", [["map", "each map"], ["layer", "its block"], ["all", "all maps"]], "map", (range) => {
    setRange(state, range);
    state.sendRange(sending(state, range, "range"));
    draw(state);
  });
  const heads = make(root, "div", { className: "heads" });
  make(heads, "h3", { textContent: "All heads" });
  state.some = make(heads, "p", { className: "note" });
  state.wall = make(heads, "div", { className: "wall" });
  stage(state, state.wall, "All heads' maps.", walkWall);
  state.follows = make(heads, "p", { className: "note follows" });
  const middle = make(root, "div");
  state.title = make(middle, "h3");
  state.about = make(middle, "p", { className: "note" });
  const axes = make(middle, "div", { className: "axes", "aria-hidden": "true" });
  make(axes, "span", { className: "query", textContent: "query ↓" });
  make(axes, "span", { className: "key", textContent: "key →" });
  state.matrix = make(middle, "canvas", { className: "matrix" });
  state.printed = make(middle, "p", { className: "printed" });
  stage(state, state.matrix, "One map: queries down, keys across.", walkMatrix, (event) => look(state, underMatrix(state, event)));
  state.matrix.onclick = (event) => choose(state, underMatrix(state, event));
  digitPart(state, make(root, "div"));
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.tables = twin(root, "As tables", "The same as tables", (sheet) => tables(state, sheet));
  state.watch = new ResizeObserver(() => state.data && soon(state, false));
  onTheme(root, () => draw(state));
  return state;
}

function digitPart(state, parent) {
  state.overTitle = make(parent, "h3");
  state.overNote = make(parent, "p", { className: "note" });
  state.over = make(parent, "canvas", { className: "over" });
  stage(state, state.over, "The digit with one query's attention.", walkOver, (event) => look(state, { key: underOver(state, event) }));
  state.over.onclick = (event) => {
    const query = underOver(state, event);
    if (query !== null) choose(state, { query, key: null });
  };
  const list = make(parent, "dl", { className: "facts" });
  state.facts = {
    query: fact(list, "query", "query"), key: fact(list, "key", "key"), weight: fact(list, "weight", "share"),
    value: fact(list, "size of its value", "value"), brought: fact(list, "weight × size"),
  };
  state.how = make(parent, "div", { className: "how" });
}

function setRange(state, range) {
  state.range = range;
  for (const { input } of state.ranges) input.checked = input.value === range;
}

// The map of a place, where it was sent; else none, −1.
const mapOf = ({ maps }, { layer, head, of }) =>
  maps.findIndex((map) => map.layer === (of === "rollout" ? null : layer) && map.head === (of === "head" ? head : null));

// What was chosen in another part of the page or in its address, as far as its map was sent.
function follow(state, { query, key, ...place }) {
  const { layer, head } = place, map = mapOf(state.data, place);
  if (map < 0) return;
  Object.assign(state, { look: {}, head: { layer, head }, chosen: { map, query: within(query, count(state.data)), key } });
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data), before = state.data;
  state.send = (place) => setTriggerValue("chosen", place);
  state.sendRange = (range) => setTriggerValue("range", range);
  const alike = before && String(before.patches) === String(payload.patches) && before.maps.length === payload.maps.length;
  Object.assign(state, { data: payload, largest: [], peaks: null });
  if (!alike) state.chosen = { map: 0, query: 0, key: null };
  if (isNews(state, payload.chosen, payload.turn) || !alike) follow(state, payload.chosen);
  if (isNews(state, payload.range, payload.turn, "range")) setRange(state, payload.range);
  draw(state);
  for (const element of [state.matrix, state.over]) state.watch.observe(element.parentElement);
  const deaf = hear(state, (place) => {
    follow(state, place);
    soon(state, false);
  });
  const unasked = hear(state, ({ layer, head, ...tokens }) => {
    const map = payload.maps.findIndex((listed) => listed.layer === layer && listed.head === head);
    if (map >= 0) turnTo(state, { map, ...inSequence(payload.patches, tokens) });
  }, ASK);
  return ending(state, () => {
    deaf();
    unasked();
    state.watch.disconnect();
  });
}
