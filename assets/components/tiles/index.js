// A wall of maps that share one colour scale: a layer's feature maps, its kernels, or each head's attention over the digit.

function colourOf(theme, wall, most, tile) {
  const { values, digit } = wall.arrays;
  const [, height, width] = wall.shape;
  const start = tile * height * width;
  const unit = most || 1;
  if (wall.kind === "signed") return (i) => (Number.isNaN(values[start + i]) ? null : signed(theme, values[start + i] / unit));
  const [rows, columns] = wall.digit_shape; // attention: each patch's share, with the digit's ink on top
  return (i) => {
    const row = Math.floor(((Math.floor(i / columns) + 0.5) * height) / rows);
    const column = Math.floor((((i % columns) + 0.5) * width) / columns);
    const ground = share(theme, (values[start + row * width + column] / unit) * 0.9);
    return mix(ground, theme.ink, (digit[i] / 255) * 0.8);
  };
}

function bar(state, theme, most) {
  const { kind, shared } = state.data;
  const [low, middle, high] = shared ? [-most, 0, most].map(short) : ["−max", "0", "max"];
  if (kind === "signed") drawScale(state.scale, (t) => signed(theme, 2 * t - 1), [low, middle, high]);
  else drawScale(state.scale, (t) => share(theme, 0.9 * t), ["0", shared ? short(most / 2) : "", high]);
}

function read(state, tile, event, canvas) {
  const { shape: [, height, width], arrays: { values }, names, unit } = state.data;
  const [row, column] = cellUnder(canvas, event, height, width);
  const value = values[tile * height * width + row * width + column];
  state.under = { tile, event, canvas };
  state.reading.textContent = Number.isNaN(value) ? "" : `${names[tile]}, ${unit} row ${row}, column ${column}: ${exactly(value, 17)}`;
}

function tileOf(state, i) {
  if (state.tiles[i]) return state.tiles[i];
  const figure = make(state.grid, "figure");
  const canvas = make(figure, "canvas", { role: "img" });
  const caption = make(figure, "figcaption");
  canvas.onpointermove = (event) => read(state, i, event, canvas);
  canvas.onpointerleave = () => { state.under = null; state.reading.textContent = state.data.hint; };
  return (state.tiles[i] = { figure, canvas, caption });
}

function tables({ data: { names, shape: [, height, width], arrays: { values } } }, parent) {
  const body = table(parent, ["Name", "Smallest", "Mean", "Largest"]);
  names.forEach((name, i) => {
    const own = values.subarray(i * height * width, (i + 1) * height * width).filter((v) => !Number.isNaN(v));
    const sum = own.reduce((a, b) => a + b, 0);
    line(body, [name, short(Math.min(...own)), short(sum / own.length), short(Math.max(...own))]);
  });
}

// As many columns as fit, or somewhat fewer where that makes the rows equally long.
function arrange(state) {
  const { shape: [count, , wide], tile } = state.data;
  if (count === 1) { // a sheet: whole screen pixels for each number
    const times = Math.max(1, Math.min(8, Math.floor(state.grid.clientWidth / wide)));
    state.grid.style.gridTemplateColumns = `minmax(0, ${times * wide}px)`;
    return;
  }
  const most = Math.max(1, Math.min(count, Math.floor(state.grid.clientWidth / tile)));
  let columns = most;
  while (columns > 0.6 * most && count % columns) columns--;
  if (count % columns) columns = most;
  state.grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${Math.round(1.7 * tile)}px))`;
}

function draw(state) {
  const wall = state.data;
  const [count, height, width] = wall.shape;
  const theme = themeOf(state.grid);
  const [tall, wide] = wall.kind === "signed" ? [height, width] : wall.digit_shape;
  const whole = largest(wall.arrays.values);
  arrange(state);
  for (let i = 0; i < count; i++) {
    const { canvas, caption } = tileOf(state, i);
    const own = wall.shared ? whole : largest(wall.arrays.values.subarray(i * height * width, (i + 1) * height * width));
    paint(canvas, wide, tall, colourOf(theme, wall, own, i));
    canvas.style.aspectRatio = `${wide} / ${tall}`;
    canvas.setAttribute("aria-label", `${wall.names[i]}, largest size ${short(own)}`);
    caption.textContent = wall.captions[i];
  }
  state.tiles.splice(count).forEach(({ figure }) => figure.remove());
  bar(state, theme, whole);
  if (state.under) read(state, state.under.tile, state.under.event, state.under.canvas);
  else state.reading.textContent = wall.hint;
  state.tables();
}

function frame(root) {
  const title = titled(root);
  const legend = make(root, "div", { className: "legend" });
  const state = { title, tiles: [], scale: scale(make(legend, "div", { className: "bar" })) };
  state.reading = make(legend, "p", { className: "reading" });
  state.grid = make(root, "div", { className: "wall" });
  state.tables = twin(root, "As a table", "The same as a table", (sheet) => tables(state, sheet));
  new ResizeObserver(() => arrange(state)).observe(state.grid);
  onTheme(root, () => draw(state));
  return state;
}

export default live(function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = unpack(data);
  state.title(state.data);
  draw(state);
});
