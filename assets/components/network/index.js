// The whole network on one digit: columns of maps from left to right, joined by what flows between them.
// All numbers came at once; pointing, walking and choosing happen here, and only what was chosen is sent back.

function draw(state) {
  state.openers.forEach((button) => (button.hidden = !state.columns.some(({ block }) => block === button.block)));
  state.theme = themeOf(state.stage);
  state.colour = palette(state.theme);
  state.layout = layoutOf(state.columns, state.scroller.clientWidth);
  state.drawnAt = state.scroller.clientWidth;
  colourRoles(state.root, state.theme);
  const ends = { neutral: state.theme.neutral, none: share(state.theme, 0), all: share(state.theme, 1), raises: signed(state.theme, 1), low: pixel(state.theme, 0), high: pixel(state.theme, 1) };
  for (const [name, colour] of Object.entries(ends)) state.root.style.setProperty(`--${name}`, css(colour));
  Object.assign(state.stage.style, { width: state.layout.width + "px", height: state.layout.height + "px" });
  edgesKey(state);
  drawEdges(state);
  drawMaps(state);
  labels(state);
  drawHeadings(state);
  look(state);
  state.tables();
}

function look(state) {
  drawLook(state);
  drawPanel(state);
}

function soon(state) {
  nextFrame(state, () => look(state));
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
  if (place) {
    hush(state);
    state.focus = state.walked = place;
  }
  const column = place && state.columns[place.j];
  state.send(place ? { layer: column.name, position: positionOf(column, place) } : { layer: null });
  const asked = place && askedAt(state, place);
  if (asked) announce(state, asked, ASK); // the page hears of it by the choice itself
  soon(state);
}

function under(state, event) {
  const box = state.stage.getBoundingClientRect();
  return hit(state.layout, state.columns, event.clientX - box.left, event.clientY - box.top);
}

// Where in the loupe the pointer is, as a pixel of the map shown there.
function underLoupe(state, event) {
  const shown = state.focus ?? state.selected ?? { j: 0, item: 0 };
  const [, height, width] = state.columns[shown.j].shown;
  const [row, col] = cellUnder(state.panel.loupe, event, height, width);
  return { ...shown, row, col };
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
  hush(state);
  state.focus = state.walked = place;
  state.hover = null;
  bring(state, place);
  soon(state);
  const { name, what, value, at, range } = describe(state, place);
  const parts = listed(state, place).map((source) => `${source.name} ${source.text}`).join(", ");
  state.spoken.textContent = `${name}. ${what}. ${at ? at + ": " : ""}${value}. ${range} ${madeBy(state, place)} ${parts}`;
}

// One level up, by Escape or a click on nothing: from a column's text, the chosen number, the open block. Arrow keys go
// on from where they were.
function up(state) {
  state.focus = state.hover = null;
  if (told(state)) tell(state, null);
  else if (state.selected) choose(state, null);
  else if (state.open !== null) turn(state, null);
  soon(state);
}

function press(state, event) {
  if (event.target !== state.stage && event.key !== "Escape") return; // a button's own keys
  const { columns, layout } = state;
  const here = state.focus ?? state.selected ?? state.walked ?? strongest(columns, { j: 0, item: 0 });
  if (event.key === "Escape") up(state);
  else if (event.key === "Enter" || event.key === " ") {
    choose(state, here);
  } else if (event.key.startsWith("Arrow")) {
    state.byKeyboard = true;
    if (event.shiftKey) {
      const [, height, width] = columns[here.j].shown;
      const [down, right] = ARROWS[event.key];
      walk(state, { ...here, row: within(here.row + down, height), col: within(here.col + right, width) });
    } else walk(state, strongest(columns, state.focus ? step(layout, columns, here, event.key) : here));
  } else return;
  event.preventDefault();
}

function frame(root) {
  const state = { root: root.host ?? root, scale: "layer", sheets: [], openers: [], open: null, about: null, hover: null, focus: null, walked: null, selected: null };
  state.rescale = (scale) => {
    state.scale = scale;
    draw(state);
  };
  state.panel = panelOf(root, state);
  state.scroller = scrolls(make(make(root, "div", { className: "field" }), "div", { className: "scroller" }));
  state.stage = make(state.scroller, "div", { className: "stage", role: "application", tabIndex: 0, "aria-label": `The network on this digit. ${KEYS}` });
  for (const name of ["edges", "hot", "maps", "rings"]) state[name] = make(state.stage, "canvas", { className: name, "aria-hidden": "true" });
  state.labels = make(state.stage, "div", { className: "labels", "aria-hidden": "true" });
  state.names = namesOf(state);
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.tables = twin(root, "As a table", "The network as a table", (sheet) => tables(state, sheet));
  state.end = make(root, "div");
  const { stage, panel: { loupe } } = state;
  stage.onpointermove = (event) => {
    drag(state, event);
    point(state, under(state, event));
  };
  stage.onpointerleave = loupe.onpointerleave = () => point(state, null);
  stage.onpointerdown = (event) => {
    state.byKeyboard = false;
    grasp(state, event);
    state.pressed = under(state, event); // a click's own place is rounded to whole pixels
  };
  stage.onclick = () => {
    if (state.grip?.moved) return;
    if (state.pressed) choose(state, state.pressed);
    else up(state);
  };
  stage.onkeydown = (event) => press(state, event);
  stage.onblur = () => {
    blurred(state);
    soon(state);
  };
  loupe.onpointermove = (event) => point(state, underLoupe(state, event));
  loupe.onclick = (event) => choose(state, underLoupe(state, event));
  // where a pixel is on the screen: for tests, which cannot read a canvas
  stage.placeOf = (layer, ...position) => {
    const place = placeIn(state.columns, layer, position);
    const box = stage.getBoundingClientRect();
    const { x, y, w, h } = pixelBox(state.layout, state.columns, place, [place.row, place.col], [place.row, place.col]);
    return { x: box.left + x + w / 2, y: box.top + y + h / 2 };
  };
  state.watch = new ResizeObserver(() => {
    if (!state.columns || state.scroller.clientWidth === state.drawnAt) return;
    state.settle?.();
    draw(state);
  });
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data);
  const all = columnsOf(payload);
  // the page's choice counts when the page knows of all that were made here: until then, it may be one of the past
  const { chosen } = payload, hadFocus = takeOver(state, all);
  const counts = payload.turn >= (state.turn ?? 0);
  if (counts) state.turn = payload.turn;
  const home = counts && chosen && all.find(({ name }) => name === chosen.layer);
  const wanted = home?.inside ? home.block : counts ? payload.opened : state.open;
  const open = all.some(({ block }) => block === wanted) ? wanted : null, opens = open !== state.open;
  const columns = visible(all, open);
  const still = (place) => { // a new digit or newer weights leave the eye where it was
    const [now, then] = [columns, state.columns].map((list) => place && list?.[place.j]);
    return now && now.name === then.name && String(now.shown) === String(then.shown) ? place : null;
  };
  const [hover, focus, walked, selected] = [state.hover, state.focus, state.walked, state.selected].map(still);
  Object.assign(state, { all, classes: payload.classes, patches: payload.patches, label: payload.label, hover, focus, walked, selected });
  state.send = (place) => setTriggerValue("chosen", { ...place, turn: ++state.turn });
  state.sendOpen = (block) => setTriggerValue("opened", { block, turn: ++state.turn });
  show(state, open);
  if (counts) state.selected = chosen && placeIn(state.columns, chosen.layer, chosen.position);
  const anew = !same(state.selected, selected); // by a link, or gone back to
  if (anew) state.focus = null;
  state.watch.observe(state.scroller);
  draw(state);
  if (anew && state.selected) bring(state, state.selected);
  else if (opens && open !== null) bringBlock(state);
  if (hadFocus) state.stage.focus({ preventScroll: true });
  const deaf = hear(state, ({ layer, position }) => {
    state.selected = placeIn(state.columns, layer, position);
    look(state);
  }, NUMBER);
  return ending(state, () => {
    leave(state);
    deaf();
    state.watch.disconnect();
  });
}
