// A map before and after a layer, and the window that slides over them by itself: it rests under the pointer, which moves
// it from either map; a click chooses the number there.

const PACE = 250; // ms a place

// The three figures of a layer that goes from map to map; null where the card has no such pair.
function windowed(state) {
  const figures = state.data.picture?.figures ?? [], find = (name) => figures.findIndex((told) => told.name === name);
  const [before, after, view] = ["before", "after", "window"].map(find);
  if (before < 0 || after < 0 || !figures[before].choice || figures[before].choice.flat) return null;
  return { before: figures[before], after: figures[after], view: figures[view] ?? null, places: [before, after, view] };
}

// The window at one of its places: what it covers, in reading order, and where.
function covered({ before, view }, values, at) {
  const { stride, padding } = before.choice, [high, wide] = view ? [view.rows, view.columns] : [1, 1];
  const [top, left] = at.map((place, axis) => place * stride[axis] - padding[axis]);
  const cells = Array.from({ length: high * wide }, (_, i) => [top + Math.floor(i / wide), left + (i % wide)]);
  const isInside = ([r, c]) => r >= 0 && r < before.rows && c >= 0 && c < before.columns;
  return { ring: [top, left, high, wide], outside: cells.flatMap((cell, i) => (isInside(cell) ? [] : [i])), values: cells.map((cell) => (isInside(cell) ? values[cell[0] * before.columns + cell[1]] : view.ring ? -Infinity : 0)) };
}

function lookAt(state, at) {
  const found = windowed(state);
  state.at = at;
  if (!found) return;
  const { before, after, view, places } = found, [first, last, middle] = places.map((place) => state.line.children[place]);
  const { ring: place, outside, values } = covered(found, state.data.arrays[before.array], at), wide = view?.columns;
  drawFigure(state, first, { ...before, ring: place });
  drawFigure(state, last, { ...after, ring: [...at, 1, 1] });
  const won = values.indexOf(Math.max(...values)), own = state.data.arrays[after.array][at[0] * after.columns + at[1]];
  if (view) drawFigure(state, middle, { ...view, values, outside, ring: view.ring && [Math.floor(won / wide), won % wide, 1, 1] });
  const how = view ? `${view.ring ? "max" : "mean"} (${values.map(short).join(", ")}) =` : `${short(values[0])} →`;
  state.looking.textContent = `${standing(state.back, at, chosenPlace(state))}, ${rowColumn(at)}: ${how} ${short(own)}`;
  steer(state, found, first, true);
  steer(state, found, last, false);
}

// Pointing at a map moves the window.
function steer(state, { before, after }, figure, isInput) {
  const told = isInput ? before : after, { stride, padding } = before.choice;
  figure.onpointermove = (event) => {
    const drawn = figure.querySelector(".map canvas, div.grid");
    if (!drawn) return;
    const under = cellUnder(drawn, event, told.rows, told.columns), limit = [after.rows, after.columns];
    const at = under.map((v, axis) => (isInput ? within(Math.floor((v + padding[axis]) / stride[axis]), limit[axis]) : v));
    if (String(at) !== String(state.at)) lookAt(state, at);
  };
  figure.onpointerleave = () => state.slide.playing || lookAt(state, chosenPlace(state));
}

const chosenPlace = (state) => windowed(state).after.ring.slice(0, 2);

// After the picture was drawn anew: the window stays where it is, unless another number was chosen.
function drawSliding(state, isNew) {
  const found = windowed(state);
  state.moving.hidden = !found;
  if (!found) state.map = null;
  [...state.line.children].forEach((figure) => (figure.onpointermove = figure.onpointerleave = null));
  if (!found) return state.slide.play(false);
  lookAt(state, isNew || !state.at ? chosenPlace(state) : state.at);
  const { after: { rows, columns, choice } } = found, map = state.data.layer + choice.lead;
  if (state.map !== map) state.slide.play(!lessMotion(), rows * columns); // on another map it slides by itself
  if (isNew) state.slide.rest();
  state.map = map;
}

function go(state) {
  const { after: { rows, columns } } = windowed(state), next = (state.at[0] * columns + state.at[1] + 1) % (rows * columns);
  lookAt(state, [Math.floor(next / columns), next % columns]);
}

function slidingOf(state, parent) {
  state.moving = make(parent, "div", { className: "moving" });
  state.play = make(state.moving, "button", { type: "button", className: "plain" });
  state.back = make(state.moving, "button", { type: "button", className: "plain" });
  state.back.onclick = () => {
    state.play.focus(); // this button goes out of sight
    state.slide.play(false);
  };
  state.looking = make(state.moving, "span", { className: "note" });
  state.slide = slider(state.root, PACE, { go: () => go(state), told: (on) => {
    state.play.textContent = on ? "Pause" : "Slide the window";
    if (!on && state.data && windowed(state)) lookAt(state, chosenPlace(state));
  } });
  state.play.onclick = () => {
    const { after: { rows, columns } } = windowed(state);
    state.slide.play(!state.slide.playing, rows * columns);
  };
  state.slide.play(false);
}
