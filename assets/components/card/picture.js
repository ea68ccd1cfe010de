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
  make(box, "canvas", { role: "img" });
  make(box, "figcaption");
  return figure;
}

function drawFigure(state, figure, slot, i) {
  const { columns, groups, scales, outside, marked } = state.data.picture;
  const values = groups[state.group].grids[i].map(Number);
  const [sign, box] = figure.children;
  const [grid, canvas, caption] = box.children;
  const written = columns ? columns <= FEW : values.length <= ROW;
  const padding = (at) => i === 0 && outside.includes(at); // of what the window sees, not of its kernel
  const nameOf = (at) => (padding(at) ? "padding" : inFull(values[at]));
  sign.textContent = slot.sign;
  sign.hidden = !slot.sign;
  caption.textContent = slot.name;
  grid.hidden = !written;
  canvas.hidden = written;
  if (written) {
    grid.style.gridTemplateColumns = columns ? `repeat(${columns}, 46px)` : "repeat(auto-fill, 46px)";
    fill(grid, values, (parent) => make(parent, "b"), (cell, value, at) => {
      cell.textContent = short(value);
      cell.title = nameOf(at);
      cell.className = (padding(at) ? "outside " : "") + (at === marked ? "marked" : "");
      tint(cell, colourOf(state.theme, value, scales[i], slot.share));
    });
    return;
  }
  const wide = columns || Math.min(values.length, 24);
  const high = Math.ceil(values.length / wide);
  const size = columns ? Math.max(6, Math.min(18, Math.floor(200 / wide))) : 14;
  paint(canvas, wide, high, (at) => at < values.length && colourOf(state.theme, values[at], scales[i], slot.share));
  Object.assign(canvas.style, { width: wide * size + "px", height: high * size + "px" });
  canvas.setAttribute("aria-label", `${slot.name}: ${values.length} numbers`);
  canvas.onpointermove = (event) => {
    const at = Math.floor(event.offsetY / size) * wide + Math.floor(event.offsetX / size);
    canvas.title = at < values.length ? nameOf(at) : "";
  };
}

function drawPicture(state) {
  const { picture } = state.data;
  state.picture.hidden = !picture;
  if (!picture) return;
  const { groups, slots, columns } = picture;
  state.group = Math.min(state.group, groups.length - 1); // the same number of another model may have fewer
  state.choice.hidden = groups.length < 2;
  fill(state.select, groups, (parent) => make(parent, "option"), (option, { name, sum }, i) => {
    option.value = i;
    option.textContent = `${name}, sum ${short(Number(sum))}`;
  });
  state.select.value = state.group;
  state.line.className = columns ? "line" : "line rows";
  fill(state.line, slots, figureOf, (figure, slot, i) => drawFigure(state, figure, slot, i));
}
