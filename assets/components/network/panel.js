// Beside the stage: the map looked at, large, with its numbers and what feeds it; the switch of the colour scale; the words for who cannot see it.

const HINT = "Point at a map to see what feeds it. Click to choose one of its pixels.";
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
  const set = make(key, "fieldset");
  make(set, "legend", { textContent: "One colour scale for" });
  const switches = make(set, "div", { className: "switch" });
  for (const [value, text] of [["map", "each map"], ["layer", "each layer"], ["network", "network"]]) {
    const label = make(switches, "label");
    const radio = make(label, "input", { type: "radio", name: "scale", value, checked: value === state.scale });
    make(label, "span", { textContent: text });
    radio.onchange = () => state.rescale(value);
  }
  const ramp = make(key, "canvas", { className: "ramp", role: "img" });
  const ticks = make(key, "div", { className: "ticks", "aria-hidden": "true" });
  const ends = Array.from({ length: 3 }, () => make(ticks, "span"));
  const edges = make(key, "p", { className: "edges-key" });
  for (const [className, text] of [["raises", "raises"], ["lowers", "lowers"], ["both", "some of both"]]) {
    make(edges, "i", { className, "aria-hidden": "true" });
    edges.append(text);
  }
  edges.append("; the wider an edge, the more. Of a convolution: on average over the map.");
  return { loupe, parts: document.createElement("canvas"), lines, intro, list, rows, ramp, ends };
}

// The map large, a ring around its pixel; of a unit that is a sum, the parts of that sum.
function drawLoupe(state, look) {
  const { panel: { loupe, parts }, columns, sheets, theme } = state;
  const pen = fit(loupe, { width: LOUPE, height: LOUPE });
  pen.imageSmoothingEnabled = false;
  const { kind, joins, shown: [, height, width] } = columns[look.j];
  const whole = (sheet, top, w, h) => pen.drawImage(sheet, 0, top, w, h, 0, 0, LOUPE, LOUPE);
  if (joins && height * width === 1 && kind !== "maps") {
    const own = joins.adds.subarray(look.item * joins.from, (look.item + 1) * joins.from);
    const side = Math.ceil(Math.sqrt(joins.from));
    const most = largest(own) || 1;
    paint(parts, side, side, (i) => (i < joins.from ? signed(theme, own[i] / most) : null));
    whole(parts, 0, side, side);
  } else if (kind === "flat") whole(sheets[look.j - 1], look.item * height, width, height); // as it was before it was laid flat
  else whole(sheets[look.j], look.item * height, width, height);
  if (height * width === 1) return;
  const [w, h] = [LOUPE / width, LOUPE / height];
  markPixel(pen, { x: look.col * w + 1.5, y: look.row * h + 1.5, w: w - 3, h: h - 3 }, theme); // within, for those at the edge
}

function describe(state, look) {
  const column = state.columns[look.j];
  const own = column.each[look.item];
  const [, height, width] = column.shown;
  const whole = column.shown[0] < column.shape[0] && column.kind === "maps" ? ` The first ${column.shown[0]} of ${column.shape[0]} maps are shown.` : "";
  const lowest = Math.min(...own), highest = Math.max(...own);
  const zeros = own.reduce((n, v) => n + (v === 0), 0);
  const range = own.length === 1 ? "" : zeros === own.length ? "All zero on this digit." : `${short(lowest)} to ${short(highest)}${zeros ? `, ${percent(zeros / own.length)} zero` : ""}.`;
  const size = own.length > 1 ? `, ${height}×${width}` : "";
  const where = column.kind === "flat" ? `place ${look.item * height * width + look.row * width + look.col} of ${column.shape[0]}: row ${look.row}, column ${look.col}`
    : own.length > 1 ? `row ${look.row}, column ${look.col}`
    : column.joins && column.kind !== "maps" ? `The picture: what each of ${column.joins.from} ${state.columns[look.j - 1].kind === "flat" ? "maps" : "units"} adds, row by row.` : "";
  return {
    name: nameOf(state.columns, state.classes, look),
    what: `${column.title[0].toUpperCase()}${column.title.slice(1)}${size}${column.module ? ` · ${column.module}` : ""}`,
    value: column.kind === "probabilities" ? percent(own[0]) : exact(valueAt(column, look)),
    at: column.kind === "probabilities" ? exact(own[0]) : where,
    range: range + whole,
  };
}

// In words, what the value under the pointer is made of.
function madeBy(state, look) {
  const column = state.columns[look.j];
  const before = state.columns[look.j - 1];
  if (look.j === 0) return HINT;
  if (column.joins) return column.kind === "maps" ? "Its largest parts, on average over the map:" : `The largest parts of its sum:`;
  if (column.kind === "probabilities") return `e to the power of its logit, ${exact(before.values[look.item])}, divided by the sum of all ${before.shown[0]} such powers. The largest are of:`;
  const values = madeOf(state.columns, look).map(exact);
  if (column.kind === "flat") return `The same number as in ${before.name}, map ${look.item}.`;
  return `${column.title[0].toUpperCase()}${column.title.slice(1)} of ${values.join(values.length > 2 ? " · " : " and ")} in ${before.name}.`;
}

// The strongest parts of a sum, or of the sum below softmax's fraction.
function listed(state, look) {
  const { joins, kind } = state.columns[look.j];
  return joins || kind === "probabilities" ? sourcesOf(state.columns, look).slice(0, MOST).map(({ item, adds, size }) => ({
    name: nameOf(state.columns, state.classes, { j: look.j - 1, item }), adds, size,
    text: adds === null ? percent(size) : (adds > 0 ? "+" : "") + short(adds),
  })) : [];
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
  drawScale(state, look);
}

function drawScale({ panel: { ramp, ends }, columns, theme, scale }, look) {
  const column = columns[look.j];
  const most = reach(column, look.item, scale);
  const tell = (low, middle, high) => [low, middle, high].forEach((v, i) => (ends[i].textContent = v === null ? "" : short(v)));
  if (column.kind === "image") {
    paint(ramp, 129, 1, (i) => pixel(theme, i / 128));
    tell(Math.min(...column.values), null, Math.max(...column.values));
  } else if (column.kind === "probabilities") {
    paint(ramp, 129, 1, (i) => share(theme, i / 128));
    tell(0, null, 1);
  } else {
    paint(ramp, 129, 1, (i) => signed(theme, i / 64 - 1));
    tell(-most, 0, most);
  }
  ramp.setAttribute("aria-label", `Colour scale from ${ends[0].textContent} to ${ends[2].textContent}`);
}

// The text twin: a row for every layer.
function table(state) {
  if (!state.twin.open) return;
  const rows = state.columns.map((column) => {
    const mean = column.values.reduce((a, b) => a + b, 0) / column.values.length;
    const dead = column.dead.filter(Boolean).length;
    return [column.name, column.title, `[${column.shape.join(", ")}]`, short(Math.min(...column.values)), short(mean), short(Math.max(...column.values)), dead ? String(dead) : ""];
  });
  state.body.replaceChildren(...rows.map((cells) => {
    const line = document.createElement("tr");
    cells.forEach((text, i) => make(line, i ? "td" : "th", { textContent: text, ...(i ? {} : { scope: "row" }) }));
    return line;
  }));
}

function twinOf(root, state) {
  state.twin = make(root, "details");
  make(state.twin, "summary", { textContent: "As a table" });
  const sheet = make(make(state.twin, "div", { className: "sheet", tabIndex: 0, role: "region", "aria-label": "The network as a table" }), "table");
  const head = make(make(sheet, "thead"), "tr");
  for (const text of ["Layer", "What it does", "Shape", "Smallest", "Mean", "Largest", "Maps all zero"]) make(head, "th", { textContent: text, scope: "col" });
  state.body = make(sheet, "tbody");
  state.twin.ontoggle = () => table(state);
}
