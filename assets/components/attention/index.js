// Attention three ways: every head's map, one of them large between its query and key patches, and one query's row of it
// laid over the digit. All numbers came at once; pointing and walking happen here, and only a choice is sent back.

const KEYS = "Arrow keys walk, Enter chooses, Escape goes one level up.";

function drawWall(state) {
  const { data, wall } = state;
  const columns = data.heads + 1;
  wall.style.gridTemplateColumns = `max-content repeat(${columns}, minmax(0, 52px))`;
  wall.replaceChildren(make(null, "span"));
  for (let head = 0; head < data.heads; head++) make(wall, "span", {}, make(null, "span", { className: "long", textContent: "head " }), String(head));
  make(wall, "span", { textContent: "mean" });
  state.tiles = data.maps.map(({ layer, head, name }, m) => {
    if (head === 0 || (head === null && (layer === null || data.heads === 0))) {
      const label = make(wall, "span", { className: "row" });
      if (layer === null) label.textContent = "rollout";
      else label.append(make(null, "span", { className: "long", textContent: "block " }), String(layer));
      if (layer === null) label.style.gridColumn = `1 / ${columns + 1}`;
    }
    const canvas = make(wall, "canvas", { title: name });
    const top = largest(state, m);
    paint(canvas, count(data), count(data), (i) => share(state.theme, data.arrays.maps[m * count(data) ** 2 + i] / top));
    canvas.onpointerenter = () => look(state, { map: m });
    canvas.onclick = () => choose(state, { map: m });
    return canvas;
  });
}

function redraw(state) {
  drawMatrix(state);
  drawOver(state);
  drawBar(state);
  rowTable(state);
  return readings(state);
}

function draw(state) {
  state.theme = themeOf(state.root);
  state.root.classList.toggle("dark", state.theme.dark);
  const style = getComputedStyle(state.root);
  state.colour = { query: style.getPropertyValue("--query"), key: style.getPropertyValue("--key") };
  const { digit_shape: [rows, columns], arrays: { digit }, heads, heads_in_all } = state.data;
  paint(state.ink, columns, rows, (i) => pixel(state.theme, digit[i] / 255));
  state.some.textContent = heads < heads_in_all ? `The first ${heads} of ${heads_in_all} heads; their mean is of all.` : "Every head, from the first block at the top to the last.";
  drawWall(state);
  redraw(state);
  mapsTable(state);
}

function soon(state, say) {
  state.say ||= say;
  state.frame ??= requestAnimationFrame(() => {
    state.frame = null;
    const text = redraw(state);
    if (state.say) state.spoken.textContent = text;
    state.say = false;
  });
}

function look(state, place, say = false) {
  const before = JSON.stringify(state.look);
  state.look = place;
  if (JSON.stringify(place) !== before) soon(state, say);
}

function choose(state, place) {
  Object.assign(state.chosen, place);
  state.look = {};
  state.isChosen = true;
  const { map, query, key } = state.chosen;
  const { layer, head } = state.data.maps[map];
  state.send({ layer, head, query, key });
  soon(state, true);
}

// One level up: what is only looked at, then the key, then the choice itself.
function leave(state) {
  if (Object.keys(state.look).length) return look(state, {}, true);
  if (state.chosen.key !== null) return choose(state, { key: null });
  if (state.isChosen) {
    state.isChosen = false;
    state.send(null);
  }
  soon(state, true);
}

const within = (value, size) => Math.max(0, Math.min(size - 1, value));

function underMatrix(state, event) {
  const box = state.matrix.getBoundingClientRect(), { cell, margin, tokens } = matrixBox(state);
  const at = (offset) => within(Math.floor((offset - margin) / cell), tokens);
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  return { query: at(y), key: x < margin ? null : at(x) };
}

function underOver(state, event) {
  const { side, patches } = state.data, box = state.over.getBoundingClientRect();
  const at = (offset, size) => within(Math.floor((offset / size) * side), side);
  const token = patches.indexOf(at(event.clientY - box.top, box.height) * side + at(event.clientX - box.left, box.width));
  return token < 0 ? null : token;
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

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
function stage(state, element, label, walk) {
  Object.assign(element, { tabIndex: 0 });
  element.classList.add("stage");
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", `${label} ${KEYS}`);
  element.onpointerleave = () => look(state, {});
  element.onblur = () => look(state, {});
  element.onkeydown = (event) => {
    if (event.key in ARROWS) look(state, { ...state.look, ...walk(state, ARROWS[event.key]) }, true);
    else if (event.key === "Enter" || event.key === " ") choose(state, state.look);
    else if (event.key === "Escape") leave(state);
    else return;
    event.preventDefault();
  };
}

function ranges(state, parent) {
  const set = make(parent, "fieldset", {}, make(null, "legend", { textContent: "Full colour is the largest of" }));
  const box = make(set, "div", { className: "switch" });
  for (const [value, text] of [["map", "each map"], ["layer", "its block"], ["all", "all maps"]]) {
    const label = make(box, "label");
    const input = make(label, "input", { type: "radio", name: "range", value, checked: value === state.range });
    make(label, "span", { textContent: text });
    input.onchange = () => {
      state.range = value;
      draw(state);
    };
  }
}

function frame(parent) {
  const root = make(parent, "section", { className: "attention", "aria-label": "Attention" });
  const state = { root, range: "map", look: {}, tiles: [], largest: [], ink: document.createElement("canvas"), sheet: document.createElement("canvas") };
  const top = make(root, "div", { className: "top" });
  const bar = make(top, "div", { className: "bar" });
  state.ramp = make(bar, "canvas", { role: "img" });
  const ticks = make(bar, "div", { className: "ticks" });
  state.ticks = [0, 1, 2].map(() => make(ticks, "span"));
  ranges(state, top);
  const heads = make(root, "div", { className: "heads" });
  make(heads, "h3", { textContent: "All heads" });
  state.some = make(heads, "p", { className: "note" });
  state.wall = make(heads, "div", { className: "wall" });
  stage(state, state.wall, "All heads' maps.", walkWall);
  const middle = make(root, "div");
  state.title = make(middle, "h3");
  state.about = make(middle, "p", { className: "note" });
  const axes = make(middle, "div", { className: "axes", "aria-hidden": "true" });
  make(axes, "span", { className: "query", textContent: "query ↓" });
  make(axes, "span", { className: "key", textContent: "key →" });
  state.matrix = make(middle, "canvas", { className: "matrix" });
  stage(state, state.matrix, "One map: queries down, keys across.", walkMatrix);
  state.matrix.onpointermove = (event) => look(state, underMatrix(state, event));
  state.matrix.onclick = (event) => choose(state, underMatrix(state, event));
  digitPart(state, make(root, "div"));
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.twin = make(root, "details", {}, make(null, "summary", { textContent: "As tables" }));
  const sheets = make(state.twin, "div", { className: "sheet", tabIndex: 0, role: "region", "aria-label": "The same as tables" });
  [state.ofRow, state.ofMaps] = [make(sheets, "div"), make(sheets, "div")];
  state.twin.ontoggle = () => {
    rowTable(state);
    mapsTable(state);
  };
  state.watch = new ResizeObserver(() => state.data && soon(state, false));
  onTheme(root, () => draw(state));
  return state;
}

function digitPart(state, parent) {
  state.overTitle = make(parent, "h3");
  state.overNote = make(parent, "p", { className: "note" });
  state.over = make(parent, "canvas", { className: "over" });
  stage(state, state.over, "The digit with one query's attention.", walkOver);
  state.over.onpointermove = (event) => look(state, { key: underOver(state, event) });
  state.over.onclick = (event) => {
    const query = underOver(state, event);
    if (query !== null) choose(state, { query, key: null });
  };
  const list = make(parent, "dl");
  const row = (name, className) => make(make(list, "div", {}, make(null, "dt", { textContent: name, className })), "dd");
  state.facts = { query: row("query", "query"), key: row("key", "key"), weight: row("weight", ""), value: row("size of its value", "value"), brought: row("weight × size", "") };
  state.facts.weight.className = "share";
}

// The map that a layer and a head name, where it was sent; else the first.
const mapOf = ({ maps }, { layer, head }) => Math.max(0, maps.findIndex((map) => map.layer === layer && map.head === head));

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data), before = state.data;
  state.send = (place) => setTriggerValue("chosen", { place });
  const alike = before && String(before.patches) === String(payload.patches) && before.maps.length === payload.maps.length;
  const first = !before && payload.chosen;
  Object.assign(state, { data: payload, largest: [] });
  if (!alike) {
    const query = within(first ? payload.chosen.query : Math.floor(count(payload) / 2), count(payload));
    Object.assign(state, { look: {}, isChosen: !!first, chosen: { map: first ? mapOf(payload, payload.chosen) : 0, query, key: null } });
  }
  draw(state);
  for (const element of [state.matrix, state.over]) state.watch.observe(element.parentElement);
  return () => state.watch.disconnect();
}
