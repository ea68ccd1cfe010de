// Beside the stage: the map looked at, large, with its numbers and what feeds it; the switch of the colour scale; the words for who cannot see it.

const HINT = "Point at anything to see what feeds it. Click to choose one of its numbers; click a column’s name to read what it does.";
const TOUCH = "Touch anything to choose one of its numbers and see what feeds it; touch a column’s name to read what it does, and nothing to go one level up.";
const KEYS = "Arrow keys walk, Shift and arrows move the pixel, Enter chooses, Escape goes one level up.";
const MOST = 4; // sources in the list
const LOUPE = 140;

// What lowers and what raises, one after the other: together as long as the edge is wide.
function barsOf(row) {
  const track = make(row, "span", { className: "track", "aria-hidden": "true" });
  return [make(track, "i"), make(track, "i")];
}

function panelOf(root, state) {
  const panel = make(root, "div", { className: "panel" });
  const figure = make(panel, "figure");
  const loupe = make(figure, "canvas", { className: "loupe", role: "img" });
  const bar = scale(figure);
  const said = make(panel, "div", { className: "said" });
  const line = (className) => make(said, "p", { className });
  const lines = { name: line("name"), what: line("what"), value: line("value"), at: line("at"), range: line("range") };
  const down = make(said, "button", { type: "button", className: "down", textContent: "How it comes about ↓", onclick: () => toCard(state) });
  const fed = make(panel, "div", { className: "fed" });
  const heading = make(fed, "p", { className: "told" });
  const intro = make(fed, "p");
  const list = make(fed, "ol");
  const rows = Array.from({ length: MOST }, () => {
    const row = make(list, "li");
    return { row, name: make(row, "span"), bars: barsOf(row), value: make(row, "span", { className: "number" }) };
  });
  const key = make(panel, "div", { className: "key" });
  segmented(key, "One colour scale for", [["map", "each item"], ["layer", "each layer"], ["network", "network"]], state.scale, state.rescale);
  const edges = make(key, "p", { className: "edges-key" });
  return { loupe, parts: document.createElement("canvas"), lines, heading, intro, list, rows, bar, edges, down };
}

// What the edges mean in this network: from lowers to raises one scale; dashed, who asks whom, a letter beside each colour.
// And what a stroke through a map means, where there is one.
function edgesKey({ panel: { edges }, columns }) {
  const isTransformer = !!columns[0].patches;
  edges.replaceChildren("lowers", make(null, "i", { className: "sign", "aria-hidden": "true" }), "raises");
  if (isTransformer) make(edges, "br");
  for (const name of isTransformer ? ["query", "key", "value"] : []) {
    make(edges, "b", { className: `is-${name}`, textContent: name[0].toUpperCase(), "aria-hidden": "true" });
    edges.append(name);
  }
  edges.append(isTransformer ? "; the wider an edge, the more. Between tokens: what attention brings, on average over the heads." : "; the wider an edge, the more. Of a convolution: on average over the map, until you point at a pixel.");
  if (!columns.some(({ dead }) => dead.includes(true))) return;
  make(edges, "br");
  make(edges, "i", { className: "struck", "aria-hidden": "true" });
  edges.append("struck through: all zero on this digit.");
}

// The map large, a ring around its pixel; of a unit that is a sum, the parts of that sum. What full colour means in it.
function drawLoupe(state, look) {
  const { panel: { loupe, parts }, columns, sheets, theme } = state;
  const pen = fit(loupe, { width: LOUPE, height: LOUPE });
  pen.imageSmoothingEnabled = false;
  const { kind, joins, shares, shown: [, height, width] } = columns[look.j];
  let most = reach(columns[look.j], look.item, state.scale);
  const whole = (sheet, top, w, h) => pen.drawImage(sheet, 0, top, w, h, 0, 0, LOUPE, LOUPE);
  if ((joins || shares) && height * width === 1 && kind !== "maps") {
    const own = feeds(columns, look).map(({ adds }) => adds);
    const side = Math.ceil(Math.sqrt(own.length));
    most = largest(own);
    paint(parts, side, side, (i) => (i < own.length ? signed(theme, own[i] / (most || 1)) : null));
    whole(parts, 0, side, side);
  } else if (kind === "flat") whole(sheets[look.j - 1], look.item * height, width, height); // as it was before it was laid flat
  else whole(sheets[look.j], look.item * height, width, height);
  if (height * width === 1) return most;
  const [w, h] = [LOUPE / width, LOUPE / height];
  markPixel(pen, { x: look.col * w + 1.5, y: look.row * h + 1.5, w: w - 3, h: h - 3 }, theme); // within, for those at the edge
  return most;
}

function drawPanel(state) {
  const { columns, theme, panel } = state;
  const pointed = state.hover ?? state.focus ?? state.selected;
  const look = pointed ?? strongest(columns, { j: 0, item: 0 });
  drawBar(panel.bar, theme, columns[look.j], drawLoupe(state, look));
  const words = describe(state, look);
  for (const [name, text] of Object.entries(words)) panel.lines[name].textContent = text;
  panel.loupe.setAttribute("aria-label", `${words.name}: ${words.range}`);
  panel.down.style.visibility = same(look, state.selected) ? "" : "hidden"; // its room stays
  const column = state.hover ? null : told(state);
  panel.heading.textContent = column ? `${columnName(column)}: ${column.title}` : "";
  panel.intro.textContent = column ? column.about : pointed ? madeBy(state, look) : matchMedia("(hover: none)").matches ? TOUCH : `${HINT} ${KEYS}`;
  const sources = column ? [] : listed(state, look);
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
}

// The loupe's colours and what they stand for; `most` gets the full one.
function drawBar(bar, theme, { ramp, shades }, most) {
  if (ramp === "image") drawScale(bar, (t) => pixel(theme, t), [short(shades[0]), "", short(shades[1])]);
  else if (ramp === "share") drawScale(bar, (t) => share(theme, t), ["0", "", short(most)]);
  else drawScale(bar, (t) => signed(theme, most && 2 * t - 1), [short(-most), most ? "0" : "", short(most)]);
}

// The chosen number's card stands below all this, out of sight on most screens.
function toCard({ end }) {
  end.scrollIntoView({ block: "start", behavior: lessMotion() ? "auto" : "smooth" });
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
