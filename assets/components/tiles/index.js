// A wall of maps that share one colour scale: a layer's feature maps, its kernels, or each head's attention over the digit.

function rangeOf(values) {
  let largest = 0;
  for (const v of values) if (Math.abs(v) > largest) largest = Math.abs(v); // a comparison with NaN is false
  return largest;
}

function colourOf(theme, wall, largest, tile) {
  const { values, digit } = wall.arrays;
  const [, height, width] = wall.shape;
  const start = tile * height * width;
  const unit = largest || 1;
  if (wall.kind === "signed") return (i) => (Number.isNaN(values[start + i]) ? null : signed(theme, values[start + i] / unit));
  const [rows, columns] = wall.digit_shape; // attention: each patch's share, with the digit's ink on top
  return (i) => {
    const row = Math.floor(((Math.floor(i / columns) + 0.5) * height) / rows);
    const column = Math.floor((((i % columns) + 0.5) * width) / columns);
    const ground = share(theme, (values[start + row * width + column] / unit) * 0.9);
    return mix(ground, theme.ink, (digit[i] / 255) * 0.8);
  };
}

function bar(state, theme, largest) {
  const { kind, shared, largest_text } = state.data;
  paint(state.ramp, 129, 1, (i) => (kind === "signed" ? signed(theme, i / 64 - 1) : share(theme, (i / 128) * 0.9)));
  const [low, middle, high] = shared ? [-largest, 0, largest].map(short) : ["−max", "0", "max"];
  const ends = kind === "signed" ? [low, middle, high] : ["0", shared ? short(largest / 2) : "", high];
  state.ticks.forEach((tick, i) => (tick.textContent = ends[i]));
  state.ramp.setAttribute("aria-label", `Colour scale from ${ends[0]} to ${ends[2]}`);
}

function read(state, tile, event, canvas) {
  const { shape: [, height, width], arrays: { values }, names, unit } = state.data;
  const box = canvas.getBoundingClientRect();
  const row = Math.min(height - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * height)));
  const column = Math.min(width - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * width)));
  const value = values[tile * height * width + row * width + column];
  state.under = { tile, event, canvas };
  state.reading.textContent = Number.isNaN(value) ? "" : `${names[tile]}, ${unit} row ${row}, column ${column}: ${String(value).replace("-", "−")}`;
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

function table(state) {
  if (!state.twin.open) return;
  const { names, shape: [count, height, width], arrays: { values } } = state.data;
  const rows = names.map((name, i) => {
    const own = values.subarray(i * height * width, (i + 1) * height * width).filter((v) => !Number.isNaN(v));
    const sum = own.reduce((a, b) => a + b, 0);
    return [name, short(Math.min(...own)), short(sum / own.length), short(Math.max(...own))];
  });
  state.body.replaceChildren(...rows.map((cells) => {
    const line = document.createElement("tr");
    cells.forEach((text, i) => make(line, i ? "td" : "th", { textContent: text, ...(i ? {} : { scope: "row" }) }));
    return line;
  }));
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
  const whole = rangeOf(wall.arrays.values);
  arrange(state);
  for (let i = 0; i < count; i++) {
    const { canvas, caption } = tileOf(state, i);
    const own = wall.shared ? whole : rangeOf(wall.arrays.values.subarray(i * height * width, (i + 1) * height * width));
    paint(canvas, wide, tall, colourOf(theme, wall, own, i));
    canvas.style.aspectRatio = `${wide} / ${tall}`;
    canvas.setAttribute("aria-label", `${wall.names[i]}, largest size ${short(own)}`);
    caption.textContent = wall.captions[i];
  }
  state.tiles.splice(count).forEach(({ figure }) => figure.remove());
  bar(state, theme, whole);
  if (state.under) read(state, state.under.tile, state.under.event, state.under.canvas);
  else state.reading.textContent = wall.hint;
  table(state);
}

function frame(root) {
  const title = titled(root);
  const legend = make(root, "div", { className: "legend" });
  const scale = make(legend, "div", { className: "scale" });
  const state = { title, tiles: [], ramp: make(scale, "canvas", { role: "img" }), ticks: [] };
  const ticks = make(scale, "div", { className: "ticks", "aria-hidden": "true" });
  for (let i = 0; i < 3; i++) state.ticks.push(make(ticks, "span"));
  state.reading = make(legend, "p", { className: "reading" });
  state.grid = make(root, "div", { className: "wall" });
  state.twin = make(root, "details");
  make(state.twin, "summary", { textContent: "As a table" });
  const sheet = make(make(state.twin, "div", { className: "sheet", tabIndex: 0, role: "region", "aria-label": "The same as a table" }), "table");
  const head = make(make(sheet, "thead"), "tr");
  for (const text of ["Name", "Smallest", "Mean", "Largest"]) make(head, "th", { textContent: text, scope: "col" });
  state.body = make(sheet, "tbody");
  state.twin.ontoggle = () => table(state);
  new ResizeObserver(() => arrange(state)).observe(state.grid);
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = unpack(data);
  state.title(state.data);
  draw(state);
}
