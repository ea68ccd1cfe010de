// The parts of a number as grids, with their numbers where there is room.

const FEW = 6; // columns at most of a grid that shows its numbers
const ROW = 16; // numbers at most of a row that shows them

const colourOf = (theme, value, scale, isShare) =>
  Number.isFinite(value) ? (isShare ? share(theme, value / scale) : signed(theme, (0.85 * value) / scale)) : theme.panel;

// A part of the number with its numbers in it where there is room, else in colours alone, each number on hover.
function figureOf(parent) {
  const figure = make(parent, "figure");
  make(figure, "span", { className: "sign", "aria-hidden": "true" });
  const box = make(figure, "div");
  make(box, "div", { className: "grid" });
  figure.map = mapOn(box, "map");
  figure.map.canvas.removeAttribute("aria-hidden");
  figure.map.canvas.setAttribute("role", "img");
  make(box, "figcaption");
  return figure;
}

function drawFigure(state, figure, slot, i) {
  const { columns, scale, outside, ring: marked } = slot, values = state.data.picture.groups[state.group].grids[i].map(Number);
  const [sign, box] = figure.children, [grid, , caption] = box.children;
  const isWritten = columns ? columns <= FEW : values.length <= ROW;
  const wide = columns || (isWritten ? values.length : Math.min(values.length, 24));
  const nameOf = (at) => (outside.includes(at) ? "padding" : inFull(values[at]));
  sign.textContent = slot.sign;
  sign.hidden = !slot.sign;
  caption.textContent = isWritten ? slot.name : `${slot.name}, full colour ${slot.share ? "1" : "±" + short(scale)}`;
  grid.hidden = !isWritten;
  figure.map.box.hidden = isWritten;
  const colour = (at) => colourOf(state.theme, values[at], scale, slot.share);
  if (isWritten) written(state, grid, values, { wide, columns, nameOf, colour, outside, marked });
  else coloured(figure.map, slot, values, { wide, nameOf, colour, marked, parts: state.data.picture.slots.length });
}

function written(state, grid, values, { wide, columns, nameOf, colour, outside, marked }) {
  const isMarked = (at) => {
    const [row, col] = [Math.floor(at / wide), at % wide], [top, left, height, width] = marked ?? [0, 0, 0, 0];
    return row >= top && row < top + height && col >= left && col < left + width;
  };
  grid.style.gridTemplateColumns = columns ? `repeat(${columns}, 46px)` : "repeat(auto-fill, 46px)";
  fill(grid, values, (parent) => make(parent, "b"), (cell, value, at) => {
    cell.textContent = short(value);
    cell.title = nameOf(at);
    cell.className = (outside.includes(at) ? "outside " : "") + (isMarked(at) ? "marked" : "");
    cell.onpointerenter = () => light(state, at, values.length);
    cell.onpointerleave = () => light(state, -1);
    tint(cell, colour(at));
  });
}

function coloured(map, { name, columns }, values, { wide, nameOf, colour, marked, parts }) {
  const high = Math.ceil(values.length / wide), size = columns ? Math.max(5, Math.min(18, Math.floor((parts > 2 ? 150 : 200) / wide))) : 14;
  paint(map.canvas, wide, high, (at) => at < values.length && colour(at));
  map.box.style.width = wide * size + "px";
  map.ring.hidden = !marked;
  if (marked) ring(map, columns ? marked.slice(0, 2) : [Math.floor(marked[1] / wide), marked[1] % wide], marked.slice(2), [high, wide]);
  map.canvas.setAttribute("aria-label", `${name}: ${values.length} numbers`);
  map.canvas.onpointermove = (event) => {
    const [row, col] = cellUnder(map.canvas, event, high, wide), at = row * wide + col;
    map.canvas.title = at < values.length ? nameOf(at) : "";
  };
}

// The same place in every part: a factor, the other, their product; a score, its exponential, its share.
function light(state, at, count) {
  for (const cells of [...state.line.querySelectorAll(".grid"), state.fraction].map(({ children }) => children)) {
    [...cells].forEach((cell, i) => cell.classList.toggle("lit", i === at && cells.length === count));
  }
}

function drawPicture(state) {
  const { picture } = state.data;
  state.picture.hidden = !picture;
  if (!picture) return;
  const { groups, slots } = picture;
  state.group = Math.min(state.group, groups.length - 1); // the same number of another model may have fewer
  state.choice.hidden = groups.length < 2;
  fill(state.select, groups, (parent) => make(parent, "option"), (option, { name, sum }, i) => {
    option.value = i;
    option.textContent = `${name}, sum ${short(Number(sum))}`;
  });
  state.select.value = state.group;
  state.line.className = slots[0].columns ? "line" : "line rows";
  fill(state.line, slots, figureOf, (figure, slot, i) => drawFigure(state, figure, slot, i));
}
