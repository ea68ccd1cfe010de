// Figures that are no grids: a wall of small maps, a line, how numbers spread about their mean, a bar each.

const WALL = 420; // px, how wide a wall of maps is at most
const [WIDE, HIGH] = [280, 96]; // px, of a line's and a spread's drawing

const placeIn = (state, look) => {
  state.group = look;
  drawPicture(state);
};

// All groups as small maps side by side; a click looks into one.
function drawWall(state, figure, told) {
  const { groups } = state.data.picture, { rows, columns, array, ring: marked } = told, values = state.data.arrays[array];
  const box = boxOf(figure, "wall", () => {
    figure.map = mapOn(make(null, "div"), "map");
    figure.map.canvas.removeAttribute("aria-hidden");
    figure.map.canvas.setAttribute("role", "img");
    return figure.map.box;
  });
  const each = Math.max(1, Math.min(8, Math.floor(WALL / (Math.min(16, groups.length) * (columns + 1))))); // px a number
  const across = Math.min(groups.length, Math.max(1, Math.floor(WALL / (each * (columns + 1)))));
  const down = Math.ceil(groups.length / across), [wide, high] = [across * (columns + 1) - 1, down * (rows + 1) - 1];
  const at = (row, col) => {
    const group = Math.floor(row / (rows + 1)) * across + Math.floor(col / (columns + 1)), [r, c] = [row % (rows + 1), col % (columns + 1)];
    return group < groups.length && r < rows && c < columns ? { group, number: (group * rows + r) * columns + c } : null;
  };
  const ink = inkOf(state, told);
  paint(figure.map.canvas, wide, high, (i) => {
    const found = at(Math.floor(i / wide), i % wide);
    return found && ink(values[found.number]);
  });
  box.style.width = wide * each + "px";
  const [group, r, c, h, w] = marked ?? [state.group, 0, 0, rows, columns];
  ring(figure.map, [Math.floor(group / across) * (rows + 1) + r, (group % across) * (columns + 1) + c], [h, w], [high, wide]);
  const { canvas } = figure.map;
  canvas.setAttribute("aria-label", `${told.name}: ${groups.length} maps of ${rows}×${columns}`);
  canvas.onpointermove = (event) => {
    const found = at(...cellUnder(canvas, event, high, wide));
    canvas.title = found ? `${groups[found.group]}: ${inFull(values[found.number])}` : "";
  };
  canvas.onclick = (event) => {
    const found = at(...cellUnder(canvas, event, high, wide));
    if (found && !marked) placeIn(state, found.group);
  };
  canvas.style.cursor = marked ? "" : "pointer";
}

// A drawing with room below and at its left for what its axes say.
function plotOf(figure, kind, told) {
  const svg = boxOf(figure, kind, () => shape(make(null, "div"), "svg", { role: "img", class: "plot" }));
  svg.setAttribute("viewBox", `-44 -8 ${WIDE + 60} ${HIGH + 40}`);
  svg.setAttribute("width", WIDE + 60);
  svg.replaceChildren();
  svg.setAttribute("aria-label", told);
  return svg;
}

const write = (svg, x, y, text, attributes = {}) => (shape(svg, "text", { x, y, ...attributes }).textContent = text);

// A function, or one number along all places, the own one marked.
function drawLine(state, figure, told) {
  const values = state.data.arrays[told.array], count = told.columns, { x, y } = told.marks;
  const [xs, ys] = [values.subarray(0, count), values.subarray(count)];
  const [left, right] = [Math.min(...xs), Math.max(...xs)], [low, high] = [Math.min(0, ...ys), Math.max(0, ...ys)];
  const across = (value) => (WIDE * (value - left)) / (right - left || 1), up = (value) => HIGH - (HIGH * (value - low)) / (high - low || 1);
  const svg = plotOf(figure, "line", `${told.name}: ${told.words[1]} ${short(y)} at ${told.words[0]} ${short(x)}`);
  shape(svg, "path", { class: "zero", d: `M0 ${up(0)}H${WIDE}` });
  shape(svg, "path", { class: "curve", d: "M" + Array.from(xs, (value, i) => `${across(value)} ${up(ys[i])}`).join("L") });
  if (count < 70) xs.forEach((value, i) => (shape(shape(svg, "circle", { class: "dot", cx: across(value), cy: up(ys[i]), r: 2.5 }), "title", {}).textContent = `${short(value)}: ${inFull(ys[i])}`));
  shape(svg, "path", { class: "drop", d: `M${across(x)} ${up(0)}V${up(y)}` });
  shape(shape(svg, "circle", { class: "own", cx: across(x), cy: up(y), r: 5 }), "title", {}).textContent = inFull(y);
  write(svg, -6, up(high) + 4, short(high), { "text-anchor": "end" });
  if (low < 0) write(svg, -6, up(low) + 4, short(low), { "text-anchor": "end" });
  const tick = (value) => (Number.isInteger(value) ? minus(String(value)) : short(value)); // a place has no digits after its point
  write(svg, 0, HIGH + 18, tick(left));
  write(svg, WIDE / 2, HIGH + 18, told.words[0], { "text-anchor": "middle" });
  write(svg, WIDE, HIGH + 18, tick(right), { "text-anchor": "end" });
}

// How many of the numbers are where, their mean, one standard deviation to each side, and the own one.
function drawSpread(state, figure, told) {
  const values = [...state.data.arrays[told.array]].filter(Number.isFinite), { mean, deviation, x } = told.marks, BINS = 40;
  const svg = plotOf(figure, "spread", `${told.name}: mean ${short(mean)}, standard deviation ${short(deviation)}, this one ${short(x)}`);
  if (![mean, deviation, x].every(Number.isFinite)) return;
  const [left, right] = [Math.min(...values, mean - deviation), Math.max(...values, mean + deviation)], span = right - left || 1;
  const across = (value) => (WIDE * (value - left)) / span, counts = new Array(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((BINS * (value - left)) / span))]++;
  const most = Math.max(...counts);
  shape(svg, "rect", { class: "band", x: across(mean - deviation), width: across(mean + deviation) - across(mean - deviation), y: 0, height: HIGH });
  counts.forEach((count, i) => count && (shape(shape(svg, "rect", { class: "count", x: (i * WIDE) / BINS + 0.5, width: WIDE / BINS - 1, y: HIGH - (HIGH * count) / most, height: (HIGH * count) / most }), "title", {}).textContent = `${count} of ${values.length}`));
  shape(svg, "path", { class: "zero", d: `M0 ${HIGH}H${WIDE}` });
  shape(svg, "path", { class: "mean", d: `M${across(mean)} 0V${HIGH}` });
  shape(svg, "path", { class: "own", d: `M${across(x)} ${HIGH}l-5 9h10z` });
  write(svg, -6, 4, most, { "text-anchor": "end" });
  write(svg, 0, HIGH + 20, short(left));
  write(svg, WIDE, HIGH + 20, short(right), { "text-anchor": "end" });
  write(svg, WIDE / 2, HIGH + 30, `mean ${short(mean)}, ± ${short(deviation)}, this one ${short(x)}`, { "text-anchor": "middle" });
}

function drawBars(state, figure, told) {
  const values = state.data.arrays[told.array], most = Math.max(Math.abs(told.low), told.high);
  const list = boxOf(figure, "bars", () => make(null, "ol", { className: "amounts" }));
  fill(list, [...values], barRow, (row, value, i) => {
    const [label, track, number] = row.children;
    label.textContent = told.words[i];
    number.textContent = told.ramp === "share" ? percent(value) : short(value);
    row.title = `${told.words[i]}: ${inFull(value)}`;
    Object.assign(track.firstChild.style, { width: (100 * Math.abs(value)) / most + "%", background: css(inkOf(state, { ramp: told.ramp, low: -1, high: 1 })(told.ramp === "share" ? 0.8 : Math.sign(value))) });
  });
}
