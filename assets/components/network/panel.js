// Beside the stage: the map looked at, large, with its numbers and what feeds it; the switch of the colour scale; the words for who cannot see it.

const HINT = "Point at anything to see what feeds it. Click to choose one of its numbers.";
const KEYS = "Arrow keys walk, Shift and arrows move the pixel, Enter chooses, Escape lets go.";
const MOST = 4; // sources in the list
const LOUPE = 140;

// What lowers and what raises, one after the other: together as long as the edge is wide.
function barsOf(row) {
  const track = make(row, "span", { className: "track", "aria-hidden": "true" });
  return [make(track, "i"), make(track, "i")];
}

function panelOf(root, state) {
  const panel = make(root, "div", { className: "panel" });
  const loupe = make(panel, "canvas", { className: "loupe", role: "img" });
  const said = make(panel, "div", { className: "said" });
  const line = (className) => make(said, "p", { className });
  const lines = { name: line("name"), what: line("what"), value: line("value"), at: line("at"), range: line("range") };
  const fed = make(panel, "div", { className: "fed" });
  const intro = make(fed, "p");
  const list = make(fed, "ol");
  const rows = Array.from({ length: MOST }, () => {
    const row = make(list, "li");
    return { row, name: make(row, "span"), bars: barsOf(row), value: make(row, "span", { className: "number" }) };
  });
  const key = make(panel, "div", { className: "key" });
  segmented(key, "One colour scale for", [["map", "each item"], ["layer", "each layer"], ["network", "network"]], state.scale, state.rescale);
  const bar = scale(key);
  const edges = make(key, "p", { className: "edges-key" });
  return { loupe, parts: document.createElement("canvas"), lines, intro, list, rows, bar, edges };
}

// What the edges mean in this network: from lowers to raises one scale; dashed, who asks whom, a letter beside each colour.
function edgesKey({ panel: { edges }, columns }) {
  const isTransformer = !!columns[0].patches;
  edges.replaceChildren("lowers", make(null, "i", { className: "sign", "aria-hidden": "true" }), "raises");
  if (isTransformer) make(edges, "br");
  for (const name of isTransformer ? ["query", "key", "value"] : []) {
    make(edges, "b", { className: `is-${name}`, textContent: name[0].toUpperCase(), "aria-hidden": "true" });
    edges.append(name);
  }
  edges.append(isTransformer ? "; the wider an edge, the more. Between tokens: what attention brings, on average over the heads." : "; the wider an edge, the more. Of a convolution: on average over the map.");
}

// The map large, a ring around its pixel; of a unit that is a sum, the parts of that sum.
function drawLoupe(state, look) {
  const { panel: { loupe, parts }, columns, sheets, theme } = state;
  const pen = fit(loupe, { width: LOUPE, height: LOUPE });
  pen.imageSmoothingEnabled = false;
  const { kind, joins, shares, shown: [, height, width] } = columns[look.j];
  const whole = (sheet, top, w, h) => pen.drawImage(sheet, 0, top, w, h, 0, 0, LOUPE, LOUPE);
  if ((joins || shares) && height * width === 1 && kind !== "maps") {
    const own = feeds(columns, look).map(({ adds }) => adds);
    const side = Math.ceil(Math.sqrt(own.length));
    const most = largest(own) || 1;
    paint(parts, side, side, (i) => (i < own.length ? signed(theme, own[i] / most) : null));
    whole(parts, 0, side, side);
  } else if (kind === "flat") whole(sheets[look.j - 1], look.item * height, width, height); // as it was before it was laid flat
  else whole(sheets[look.j], look.item * height, width, height);
  if (height * width === 1) return;
  const [w, h] = [LOUPE / width, LOUPE / height];
  markPixel(pen, { x: look.col * w + 1.5, y: look.row * h + 1.5, w: w - 3, h: h - 3 }, theme); // within, for those at the edge
}

function drawPanel(state) {
  const { columns, theme, panel } = state;
  const pointed = state.hover ?? state.focus ?? state.selected;
  const look = pointed ?? strongest(columns, { j: 0, item: 0 });
  drawLoupe(state, look);
  const words = describe(state, look);
  for (const [name, text] of Object.entries(words)) panel.lines[name].textContent = text;
  panel.loupe.setAttribute("aria-label", `${words.name}: ${words.range}`);
  panel.intro.textContent = pointed ? madeBy(state, look) : `${HINT} ${KEYS}`;
  const sources = listed(state, look);
  panel.rows.forEach(({ row, name, bars, value }, i) => {
    const source = sources[i];
    row.hidden = !source;
    if (!source) return;
    name.textContent = source.name;
    const { adds, size } = source;
    const shares = adds === null ? [0, size] : [(size - adds) / 2, (size + adds) / 2];
    bars.forEach((bar, sign) => {
      bar.style.width = (100 * shares[sign]) / (sources[0].size || 1) + "%";
      bar.style.background = adds === null ? edgeColour(theme, null, size, 1) : edgeColour(theme, sign ? size : -size, size, 1);
    });
    value.textContent = source.text;
  });
  drawBar(state, look);
}

function drawBar({ panel: { bar }, columns, theme, scale }, look) {
  const column = columns[look.j];
  const most = reach(column, look.item, scale);
  if (column.ramp === "image") drawScale(bar, (t) => pixel(theme, t), [short(column.shades[0]), "", short(column.shades[1])]);
  else if (column.ramp === "share") drawScale(bar, (t) => share(theme, t), ["0", "", short(most)]);
  else drawScale(bar, (t) => signed(theme, 2 * t - 1), [short(-most), "0", short(most)]);
}

// The text twin: a row for every layer.
function tables({ columns }, parent) {
  const body = table(parent, ["Layer", "What it does", "Shape", "Smallest", "Mean", "Largest", "Maps all zero"]);
  for (const column of columns) {
    const mean = column.values.reduce((a, b) => a + b, 0) / column.values.length;
    const dead = column.dead.filter(Boolean).length;
    line(body, [columnName(column), column.title, `[${column.shape.join(", ")}]`, short(Math.min(...column.values)), short(mean), short(Math.max(...column.values)), dead || ""]);
  }
}
