// Looking, choosing and walking: by the pointer and by the arrow keys.

const KEYS = "Arrow keys walk, Enter chooses, Escape goes one level up.";

function look(state, place, say = false) {
  const before = JSON.stringify(state.look);
  state.look = place;
  if (JSON.stringify(place) !== before) soon(state, say);
}

function choose(state, place) {
  turnTo(state, place);
  state.send(placeOf(state));
}

// Patches as tokens of a sequence from which some are missing: of the query or else the nearest that is left.
function inSequence(patches, { query, key }) {
  const away = (token) => Math.abs(patches[token] - query), place = {};
  if (query !== undefined) place.query = patches.reduce((nearest, _, token) => (away(token) < away(nearest) ? token : nearest), 0);
  if (key !== undefined) place.key = patches.includes(key) ? patches.indexOf(key) : null;
  return place;
}

// What is chosen here or elsewhere is seen here, and told to the other pictures.
function turnTo(state, place) {
  Object.assign(state.chosen, place);
  state.look = {};
  announce(state, sending(state, placeOf(state)));
  soon(state, true);
}

// What is chosen, as the page and its other parts know it: beside a mean or the rollout, the head that was chosen last.
function placeOf(state) {
  const { map, query, key } = state.chosen, { layer, head } = state.data.maps[map];
  state.head = { layer: layer ?? state.head.layer, head: head ?? state.head.head };
  return { ...state.head, query, key, of: kindOf(state.data.maps[map]) };
}

// One level up: what is only looked at, then the key.
function leave(state) {
  if (Object.keys(state.look).length) return look(state, {}, true);
  if (state.chosen.key !== null) return choose(state, { key: null });
  soon(state, true);
}

function underMatrix(state, event) {
  const box = state.matrix.getBoundingClientRect(), { cell, margin, tokens } = matrixBox(state);
  const at = (offset) => within(Math.floor((offset - margin) / cell), tokens);
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  return { query: at(y), key: x < margin ? null : at(x) };
}

function underOver(state, event) {
  const { side, patches } = state.data, [row, column] = cellUnder(state.over, event, side, side);
  const token = patches.indexOf(row * side + column);
  return token < 0 ? null : token;
}

function walkWall(state, [down, right]) {
  const { data } = state, here = shown(state).map, columns = data.heads + 1, last = data.maps.length - 1;
  if (here === last) return { map: down < 0 ? last - 1 : last };
  const next = here + down * columns;
  if (right && Math.floor((here + right) / columns) !== Math.floor(here / columns)) return { map: here };
  return { map: next < 0 ? here : next >= last ? last : within(next + right, last) };
}

function walkMatrix(state, [down, right]) {
  const { query, key } = withKey(state), tokens = count(state.data);
  return { query: within(query + down, tokens), key: within(key + right, tokens) };
}

// Over the digit a query's next patch is the next one that is not hidden; the class token stands before the first.
function walkOver(state, [down, right]) {
  const { side, patches } = state.data, { query } = shown(state);
  let [row, column] = patches[query] < 0 ? [-down, -right] : [Math.floor(patches[query] / side), patches[query] % side];
  if (patches[query] < 0 && down + right < 0) return { query };
  for (;;) {
    row += down, column += right;
    if (row < 0 || column < 0 || row >= side || column >= side) return { query: patches[0] < 0 && down + right < 0 ? 0 : query };
    const token = patches.indexOf(row * side + column);
    if (token >= 0) return { query: token };
  }
}

// A place to point at and to walk with the keyboard.
function stage(state, element, label, walk, seen = () => {}) {
  element.tabIndex = 0;
  element.classList.add("stage");
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", `${label} ${KEYS}`);
  pointed(element, seen, () => look(state, {}));
  element.onblur = () => look(state, {});
  element.onkeydown = (event) => {
    if (event.key in ARROWS) look(state, { ...state.look, ...walk(state, ARROWS[event.key]) }, true);
    else if (event.key === "Enter" || event.key === " ") choose(state, state.look);
    else if (event.key === "Escape") leave(state);
    else return;
    event.preventDefault();
  };
}
