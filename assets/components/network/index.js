// The whole network on one digit: columns of maps from left to right, joined by what flows between them.
// All numbers came at once; pointing, walking and choosing happen here, and only what was chosen is sent back.

function labels(state) {
  const { layout, columns } = state;
  const at = (className, left, width, top, ...content) => {
    const label = make(state.labels, "div", { className }, ...content);
    label.style.cssText = `left:${left}px;width:${width}px;top:${top}px`;
    return label;
  };
  const runs = (same) => columns.reduce((found, column, j) => {
    if (j && same(columns[j - 1], column)) found.at(-1).push(j);
    else found.push([j]);
    return found;
  }, []);
  const span = (run) => [layout.columns[run[0]].left, layout.columns[run.at(-1)].left + layout.columns[run.at(-1)].slot];
  state.labels.replaceChildren();
  state.labels.classList.toggle("tight", layout.tight);
  for (const run of runs((a, b) => a.module === b.module)) {
    const [left, right] = span(run);
    if (columns[run[0]].module) at("module", left, right - left, 0, columns[run[0]].module);
  }
  const foot = layout.height - BOTTOM + 8;
  columns.forEach((column, j) => {
    const { left, slot } = layout.columns[j];
    at("layer", left - 8, slot + 16, 24, column.name);
    const ends = { image: "", probabilities: "0 to 1" }[column.kind] ?? (state.scale === "map" ? "own" : (layout.tight ? "" : "±") + short(reach(column, 0, state.scale)));
    if (ends) at(`scale ${column.kind}`, left, slot, foot, make(null, "i"), ends);
  });
  for (const run of runs((a, b) => String(a.shape) === String(b.shape))) {
    const [left, right] = span(run);
    at(run.length > 1 ? "shape many" : "shape", left - 20, right - left + 40, foot + 24, `[${columns[run[0]].shape.join(", ")}]`);
  }
}

function draw(state) {
  state.theme = themeOf(state.stage);
  state.colour = palette(state.theme);
  state.layout = layoutOf(state.columns, state.scroller.clientWidth);
  state.drawnAt = state.scroller.clientWidth;
  state.stage.style.setProperty("--neutral", css(state.theme.neutral));
  Object.assign(state.stage.style, { width: state.layout.width + "px", height: state.layout.height + "px" });
  drawEdges(state);
  drawMaps(state);
  labels(state);
  look(state);
  table(state);
}

function look(state) {
  drawLook(state);
  drawPanel(state);
}

function soon(state) {
  state.frame ??= requestAnimationFrame(() => {
    state.frame = null;
    look(state);
  });
}

const same = (a, b) => a === b || (!!a && !!b && a.j === b.j && a.item === b.item && a.row === b.row && a.col === b.col);

function point(state, place) {
  if (same(state.hover, place)) return;
  state.hover = place;
  state.stage.style.cursor = place ? "pointer" : "";
  soon(state);
}

function choose(state, place) {
  state.selected = place;
  if (place) state.focus = place;
  state.send(place ? sent(state.columns[place.j], place) : { layer: null });
  soon(state);
}

// What Python is told: channel, row and column of a map's pixel, or the number of a unit.
function sent({ name, kind, shown: [, height, width] }, { item, row, col }) {
  if (kind === "maps" || kind === "image") return { layer: name, channel: item, row, col };
  return { layer: name, channel: kind === "flat" ? (item * height + row) * width + col : item, row: null, col: null };
}

function under(state, event) {
  const box = state.stage.getBoundingClientRect();
  return hit(state.layout, state.columns, event.clientX - box.left, event.clientY - box.top);
}

// Where in the loupe the pointer is, as a pixel of the map shown there.
function underLoupe(state, event) {
  const shown = state.focus ?? state.selected ?? { j: 0, item: 0 };
  const [, height, width] = state.columns[shown.j].shown;
  const box = state.panel.loupe.getBoundingClientRect();
  const within = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
  return { ...shown, row: within((event.clientY - box.top) / box.height, height), col: within((event.clientX - box.left) / box.width, width) };
}

// Scroll a map, and the column that feeds it, into sight.
function bring({ scroller, layout }, { j, item }) {
  const from = layout.columns[Math.max(0, j - 1)].left - 10;
  const box = boxOf(layout.columns[j], item);
  const to = box.x + box.w + 10;
  if (from < scroller.scrollLeft) scroller.scrollLeft = from;
  if (to > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = to - scroller.clientWidth;
}

function walk(state, place) {
  state.focus = place;
  state.hover = null;
  bring(state, place);
  soon(state);
  const { name, what, value, at, range } = describe(state, place);
  const parts = listed(state, place).map((source) => `${source.name} ${source.text}`).join(", ");
  state.spoken.textContent = `${name}. ${what}. ${at ? at + ": " : ""}${value}. ${range} ${madeBy(state, place)} ${parts}`;
}

function press(state, event) {
  const { columns, layout } = state;
  const here = state.focus ?? state.selected ?? strongest(columns, { j: 0, item: 0 });
  if (event.key === "Escape") {
    if (state.selected) choose(state, null);
    else state.focus = state.hover = null;
    soon(state);
  } else if (event.key === "Enter" || event.key === " ") {
    choose(state, here);
  } else if (event.key.startsWith("Arrow")) {
    state.byKeyboard = true;
    if (event.shiftKey) {
      const [, height, width] = columns[here.j].shown;
      const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      const within = (v, size) => Math.max(0, Math.min(size - 1, v));
      walk(state, { ...here, row: within(here.row + down, height), col: within(here.col + right, width) });
    } else walk(state, strongest(columns, state.focus ? step(layout, columns, here, event.key) : here));
  } else return;
  event.preventDefault();
}

function frame(root) {
  const state = { scale: "layer", sheets: [], hover: null, focus: null, selected: null };
  state.rescale = (scale) => {
    state.scale = scale;
    draw(state);
  };
  state.panel = panelOf(root, state);
  state.scroller = make(root, "div", { className: "scroller" });
  state.stage = make(state.scroller, "div", { className: "stage", role: "application", tabIndex: 0, "aria-label": `The network on this digit. ${KEYS}` });
  for (const name of ["edges", "hot", "maps", "rings"]) state[name] = make(state.stage, "canvas", { className: name, "aria-hidden": "true" });
  state.labels = make(state.stage, "div", { className: "labels", "aria-hidden": "true" });
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  twinOf(root, state);
  const { stage, panel: { loupe } } = state;
  stage.onpointermove = (event) => point(state, under(state, event));
  stage.onpointerleave = loupe.onpointerleave = () => point(state, null);
  stage.onpointerdown = (event) => {
    state.byKeyboard = false;
    state.pressed = under(state, event); // a click's own place is rounded to whole pixels
  };
  stage.onclick = () => {
    const place = state.pressed;
    if (place || state.selected) choose(state, place);
    if (!place) state.focus = null;
  };
  stage.onkeydown = (event) => press(state, event);
  stage.onblur = () => {
    state.focus = null;
    soon(state);
  };
  loupe.onpointermove = (event) => point(state, underLoupe(state, event));
  loupe.onclick = (event) => choose(state, underLoupe(state, event));
  // where a pixel is on the screen: for tests, which cannot read a canvas
  stage.placeOf = (layer, item, row = 0, col = 0) => {
    const j = state.columns.findIndex(({ name }) => name === layer);
    const box = stage.getBoundingClientRect();
    const { x, y, w, h } = pixelBox(state.layout, state.columns, { j, item }, [row, col], [row, col]);
    return { x: box.left + x + w / 2, y: box.top + y + h / 2 };
  };
  state.watch = new ResizeObserver(() => state.columns && state.scroller.clientWidth !== state.drawnAt && draw(state));
  onTheme(root, () => draw(state));
  return state;
}

// The place of a layer and a position, if this network has it.
function placed(columns, { layer, position: [first, row = 0, col = 0] }) {
  const j = columns.findIndex(({ name }) => name === layer);
  if (j < 0) return null;
  const [count, height, width] = columns[j].shown;
  const area = height * width;
  const place = columns[j].kind !== "flat" ? { j, item: first, row, col }
    : { j, item: Math.floor(first / area), row: Math.floor((first % area) / width), col: first % width };
  return place.item < count && place.row < height && place.col < width ? place : null;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data);
  const columns = columnsOf(payload);
  const still = (place) => { // a new digit or newer weights leave the eye where it was
    const [now, then] = [columns, state.columns].map((list) => place && list?.[place.j]);
    return now && now.name === then.name && String(now.shown) === String(then.shown) ? place : null;
  };
  const [hover, focus, selected] = [still(state.hover), still(state.focus), still(state.selected)];
  const first = !state.columns && payload.chosen; // the payload's choice is for the first time only
  Object.assign(state, { columns, classes: payload.classes, label: payload.label, hover, focus });
  state.selected = first ? placed(columns, first) : selected;
  state.send = (place) => setTriggerValue("chosen", place);
  state.watch.observe(state.scroller);
  draw(state);
  if (first && state.selected) bring(state, state.selected);
  return () => state.watch.disconnect();
}
