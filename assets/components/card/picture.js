// The parts of a number as figures, with their numbers where there is room; of several groups one at a time.

const FEW = 6; // columns at most of a grid that shows its numbers
const ROW = 16; // numbers at most of a row that shows them
const GRID = 200; // px, how wide a coloured grid is at most; half of it where there are three

const inkOf = ({ theme }, { ramp, low, high }) => (value) => {
  if (!Number.isFinite(value)) return theme.panel;
  if (ramp === "share") return share(theme, value / high);
  return ramp === "grey" ? pixel(theme, (value - low) / (high - low || 1)) : signed(theme, (0.85 * value) / high);
};

// The numbers that a figure shows of the group that is looked at.
function numbersOf({ data, group }, { array, rows, columns, values }) {
  if (values) return values; // under a window that slides
  const size = rows * columns, all = data.arrays[array];
  return all.length > size ? all.subarray(group * size, (group + 1) * size) : all;
}

const DRAWN = { wall: drawWall, line: drawLine, spread: drawSpread, bars: drawBars };

function figureOf(parent) {
  const figure = make(parent, "figure");
  make(figure, "div");
  make(figure, "span", { className: "sign", "aria-hidden": "true" });
  return figure;
}

// A place for a kind of drawing, made anew when another kind stood there.
function boxOf(figure, kind, first) {
  const box = figure.firstChild;
  if (figure.dataset.kind !== kind) {
    figure.dataset.kind = kind;
    box.replaceChildren(make(null, "figcaption"), first());
    figure.bar = ["grid", "map", "wall"].includes(kind) ? scale(make(box, "div", { className: "key" })) : null;
  }
  return box.children[1];
}

function drawFigure(state, figure, given) {
  const told = { ...given, name: capital(given.name) };
  (DRAWN[told.kind] ?? drawGrid)(state, figure, told);
  const caption = figure.querySelector("figcaption");
  caption.textContent = told.name;
  caption.dataset.sign = told.sign;
  if (!figure.bar) return;
  const ink = inkOf(state, told), { low, high } = told;
  drawScale(figure.bar, (t) => ink(low + t * (high - low)), [short(low), "", short(high)], `${told.name}, colours`);
}

// Numbers in their colours: written where there is room, else each on hover.
function drawGrid(state, figure, told) {
  const values = numbersOf(state, told), { rows, columns } = told;
  const isWritten = rows === 1 ? columns <= ROW : columns <= FEW && rows <= FEW;
  const colour = inkOf(state, told);
  const nameOf = (at) => (told.outside.includes(at) ? "padding" : inFull(values[at]));
  if (isWritten) {
    const grid = boxOf(figure, "grid", () => make(null, "div", { className: "grid", role: "img" }));
    grid.setAttribute("aria-label", `${told.name}: ${Array.from(values, short).join(", ")}`);
    written(state, grid, values, told, nameOf, colour);
  } else {
    boxOf(figure, "map", () => {
      figure.map = mapOn(make(null, "div"), "map");
      figure.map.canvas.removeAttribute("aria-hidden");
      figure.map.canvas.setAttribute("role", "img");
      return figure.map.box;
    });
    coloured(state, figure.map, values, told, nameOf, colour);
  }
}

// A click chooses that number of the layer, and its card takes this one's place.
function chooses(state, { choice, columns }, at) {
  const { lead, flat, offset, stride, padding, places } = choice, place = [Math.floor(at / columns), at % columns];
  const over = (v, axis) => within(Math.floor((v + padding[axis]) / stride[axis]), places?.[axis] ?? Infinity);
  const position = [...lead, ...(flat ? [offset + at] : place.map(over))];
  state.slide.play(false);
  state.choose(position);
  announce(state, { layer: state.data.layer, position }, NUMBER);
}

function written(state, grid, values, told, nameOf, colour) {
  const { rows, columns, outside, ring: marked } = told;
  const isMarked = (at) => {
    const [row, col] = [Math.floor(at / columns), at % columns], [top, left, height, width] = marked ?? [0, 0, 0, 0];
    return row >= top && row < top + height && col >= left && col < left + width;
  };
  grid.style.gridTemplateColumns = `repeat(${rows > 1 ? columns : Math.min(8, columns)}, minmax(0, 46px))`;
  grid.classList.toggle("choosable", !!told.choice);
  fill(grid, [...values], (parent) => make(parent, "b"), (cell, value, at) => {
    cell.textContent = short(value);
    cell.title = nameOf(at);
    cell.className = (outside.includes(at) ? "outside " : "") + (isMarked(at) ? "marked" : "");
    cell.onpointerenter = () => light(state, at, values.length);
    cell.onpointerleave = () => light(state, -1);
    cell.onclick = told.choice && (() => chooses(state, told, at));
    tint(cell, colour(value));
  });
}

function coloured(state, map, values, told, nameOf, colour) {
  const { name, rows, columns, ring: marked } = told;
  const wraps = rows === 1, wide = wraps ? Math.min(columns, columns > 240 ? 64 : 24) : columns, high = Math.ceil(values.length / wide);
  const grids = state.data.picture.figures.filter(({ kind }) => kind === "grid").length, room = GRID * (grids > 3 ? 0.55 : grids > 2 ? 0.75 : 1);
  const size = wraps ? 336 / Math.max(24, wide) : Math.max(3, Math.min(18, room / wide, 2 * room / high));
  paint(map.canvas, wide, high, (at) => at < values.length && colour(values[at]));
  map.box.style.width = wide * size + "px";
  map.ring.hidden = !marked;
  if (marked) ring(map, wraps ? [Math.floor(marked[1] / wide), marked[1] % wide] : marked.slice(0, 2), marked.slice(2), [high, wide]);
  map.canvas.setAttribute("aria-label", `${name}: ${values.length} numbers`);
  const under = (event) => {
    const [row, col] = cellUnder(map.canvas, event, high, wide);
    return Math.min(values.length - 1, row * wide + col);
  };
  map.canvas.onpointermove = (event) => (map.canvas.title = nameOf(under(event)));
  map.canvas.onclick = told.choice && ((event) => chooses(state, told, under(event)));
  map.box.classList.toggle("choosable", !!told.choice);
}

// The same place in every part: a factor, the other, their product; a score, its exponential, its share.
function light(state, at, count) {
  for (const cells of [...state.line.querySelectorAll("div.grid"), state.fraction].map(({ children }) => children)) {
    [...cells].forEach((cell, i) => cell.classList.toggle("lit", i === at && cells.length === count));
  }
}

function drawPicture(state) {
  const { picture } = state.data;
  state.picture.hidden = !picture;
  if (!picture) return;
  const { groups, sums, every, figures } = picture;
  state.group = Math.min(state.group, groups.length - 1); // the same number of another model may have fewer
  state.choice.hidden = !figures.some(({ kind, array, rows, columns }) => kind === "grid" && state.data.arrays[array].length > rows * columns);
  state.some.textContent = groups.length < every ? `of ${groups.length} of ${every}; the sum is of all` : "";
  fill(state.select, groups, (parent) => make(parent, "option"), (option, name, i) => {
    option.value = i;
    option.textContent = `${name}, sum ${short(sums[i])}`;
  });
  state.select.value = state.group;
  state.line.className = figures.some(({ kind, rows, columns }) => kind === "grid" && rows === 1 && columns > 1) ? "line rows" : "line";
  fill(state.line, figures, figureOf, (figure, told, i) => {
    drawFigure(state, figure, told);
    figure.lastChild.textContent = figures[i + 1]?.sign ?? ""; // at the end of a line, never at the start of the next
  });
}
