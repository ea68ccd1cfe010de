// How one number of the network came about: a picture of its parts, every step with its numbers, source, Python, a table.

const SIGNS = { sum: "+", product: "×", quotient: "÷" };
const FUNCTIONS = { mean: "mean", maximum: "max", exponential: "exp", root: "√", sine: "sin", cosine: "cos" };
const FEW = 6; // columns at most of a grid that shows its numbers
const ROW = 16; // numbers at most of a row that shows them

const minus = (text) => text.replace(/-/g, "−");
const exact = (value) => (Number.isFinite(value) ? minus(String(value)) : short(value));
const precise = (value) => (Number.isFinite(value) ? minus(String(Number(value.toPrecision(9)))) : short(value));
const colourOf = (theme, value, scale, isShare) =>
  Number.isFinite(value) ? (isShare ? share(theme, value / scale) : signed(theme, (0.85 * value) / scale)) : theme.panel;

// As many children as there are things, each brought up to date.
function fill(parent, things, first, update) {
  while (parent.children.length > things.length) parent.lastChild.remove();
  things.forEach((thing, i) => update(parent.children[i] ?? first(parent), thing, i));
}

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
  const nameOf = (at) => (padding(at) ? "padding" : exact(values[at]));
  sign.textContent = slot.sign;
  sign.hidden = !slot.sign;
  caption.textContent = slot.name;
  grid.hidden = !written;
  canvas.hidden = written;
  if (written) {
    grid.style.gridTemplateColumns = columns ? `repeat(${columns}, 46px)` : "repeat(auto-fill, 46px)";
    fill(grid, values, (parent) => make(parent, "b"), (cell, value, at) => {
      const colour = colourOf(state.theme, value, scales[i], slot.share);
      cell.textContent = short(value);
      cell.title = nameOf(at);
      cell.className = (padding(at) ? "outside " : "") + (at === marked ? "marked" : "");
      Object.assign(cell.style, { background: css(colour), color: inkOn(colour) });
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

// a + b − c, exp(a), max(a, b): each number with what it is above it.
function drawEquation(parent, { how, shown, terms, result }) {
  parent.replaceChildren();
  const say = (text) => text && make(parent, "span", { className: "sign", textContent: text });
  const chip = (label, value) => {
    const term = make(parent, "span", { className: "term", title: `${label}: ${exact(value)}` });
    make(term, "small", { textContent: label });
    make(term, "b", { textContent: short(value) });
  };
  say(FUNCTIONS[how] && FUNCTIONS[how] + " (");
  if (!shown.length) say(`of ${terms.length} numbers, all in the table below`);
  shown.forEach(([label, text], i) => {
    const value = Number(text);
    const taken = how === "sum" && i > 0 && value < 0; // a − b instead of a + −b
    if (i > 0) say(taken ? "−" : SIGNS[how] ?? ",");
    if (taken) chip(label.replace(/^− /, ""), -value);
    else chip(label, value);
  });
  say(FUNCTIONS[how] && ")");
  say("=");
  const end = make(parent, "b", { className: "result", textContent: short(Number(result)) });
  end.title = exact(Number(result));
}

function barRow(parent) {
  const row = make(parent, "li");
  make(row, "span", { className: "label" });
  make(make(row, "span", { className: "track", "aria-hidden": "true" }), "i");
  make(row, "span", { className: "number" });
  return row;
}

// Each term begins where the one before it ended; the last bar is their sum.
function drawWaterfall(state, { name, shown, result }) {
  const ends = [0];
  for (const [, value] of shown) ends.push(ends.at(-1) + Number(value));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const place = (value) => (100 * (value - low)) / (high - low || 1);
  const bars = shown.map(([label, value], i) => ({ label, value: Number(value), from: ends[i], to: ends[i + 1] }));
  bars.push({ label: `= ${name}`, value: Number(result), from: 0, to: ends.at(-1) });
  state.bars.style.setProperty("--zero", place(0) + "%");
  fill(state.bars, bars, barRow, (row, { label, value, from, to }, i) => {
    const [text, track, number] = row.children;
    text.textContent = text.title = label;
    number.textContent = (value > 0 && i < shown.length ? "+" : "") + short(value);
    row.title = `${label}: ${exact(value)}`;
    row.className = i === shown.length ? "end" : "";
    Object.assign(track.firstChild.style, {
      left: place(Math.min(from, to)) + "%", width: Math.abs(place(to) - place(from)) + "%",
      background: css(signed(state.theme, Math.sign(value))),
    });
  });
}

function drawSteps(state) {
  const { steps, instead, total, value, residual, share: isShare } = state.data;
  const before = steps.slice(0, -1);
  const last = steps.at(-1);
  state.before.hidden = !before.length;
  fill(state.steps, before, (parent) => {
    const row = make(parent, "li");
    make(row, "span", { className: "name" });
    make(row, "div", { className: "equation" });
    return row;
  }, (row, step) => {
    row.children[0].textContent = step.name;
    drawEquation(row.children[1], step);
  });
  const falls = last.how === "sum" && last.terms.length > 2 && last.shown.every(([, v]) => Number.isFinite(Number(v)));
  state.last.textContent = before.length ? "The last step" : "The arithmetic";
  state.bars.hidden = !falls;
  state.equation.hidden = falls;
  if (falls) drawWaterfall(state, last);
  else drawEquation(state.equation, last);
  for (const [element, number] of [[state.total, total], [state.value, value], [state.residual, residual]]) {
    element.textContent = element === state.residual ? short(Number(number)) : precise(Number(number));
    element.title = exact(Number(number));
  }
  state.instead.hidden = !instead;
  if (instead) drawEquation(state.otherwise, instead);
  state.share.hidden = !isShare;
  state.share.firstChild.style.width = 100 * Number(value) + "%";
  state.share.firstChild.style.background = css(share(state.theme, 0.85));
  state.root.classList.toggle("narrow", !before.length && !state.data.picture);
}

function drawSource(state) {
  const { path, line, text } = state.data.source;
  const open = state.open;
  state.sourceButton.setAttribute("aria-expanded", String(open));
  state.source.hidden = !open;
  if (!open || state.drawn === path + line) return;
  state.drawn = path + line;
  state.where.textContent = `${path}, line ${line}`;
  state.code.setAttribute("aria-label", `${path}, line ${line} marked`);
  fill(state.code, text.trimEnd().split("\n"), (parent) => make(parent, "span"), (row, content, i) => {
    row.textContent = content + "\n";
    row.dataset.line = i + 1;
    row.className = i + 1 === line ? "here" : "";
  });
  state.code.scrollTop = state.code.children[line - 1].offsetTop - 40;
}

// Built only when it is opened: a linear layer has some thousand rows.
function drawTable(state) {
  if (!state.details.open) return;
  const { steps, instead } = state.data;
  const written = ({ name, how, terms, result }, as = name) => [
    ...terms.map(([label, value]) => [as, how, label, value]), [as, "=", "", result]];
  const rows = steps.flatMap((step) => written(step));
  if (instead) rows.push(...written(instead, `${instead.name} instead`));
  rows.push(["the network’s own number", "", "", state.data.value], ["residual", "", "", state.data.residual]);
  state.body.replaceChildren(...rows.map(([name, how, label, value]) => {
    const row = make(null, "tr", { className: how === "=" ? "end" : "" });
    make(row, "th", { scope: "row", textContent: name });
    for (const text of [how, label, exact(Number(value))]) make(row, "td", { textContent: text });
    return row;
  }));
}

async function copy(state) {
  try {
    await navigator.clipboard.writeText(state.data.snippet);
    state.said.textContent = "Copied. Paste it in a Python shell.";
  } catch {
    state.snippet.hidden = false;
    state.snippet.focus();
    state.snippet.select();
    state.said.textContent = "This browser did not let us copy: the text below is selected.";
  }
}

function draw(state) {
  state.theme = themeOf(state.root);
  state.root.setAttribute("aria-label", state.data.title);
  drawPicture(state);
  drawSteps(state);
  drawSource(state);
  drawTable(state);
  state.snippet.value = state.data.snippet;
}

function frame(parent) {
  const root = make(parent, "section", { className: "card" });
  const state = { root, group: 0, open: false };
  const body = make(root, "div", { className: "body" });
  const left = make(body, "div", { className: "left" });
  state.picture = make(left, "div", { className: "picture" });
  state.choice = make(state.picture, "label", { className: "choice" });
  make(state.choice, "span", { textContent: "Numbers of " });
  state.select = make(state.choice, "select");
  state.select.onchange = () => {
    state.group = Number(state.select.value);
    drawPicture(state);
  };
  state.line = make(state.picture, "div", { className: "line" });
  state.before = make(left, "div");
  make(state.before, "h3", { textContent: "Step by step" });
  state.steps = make(state.before, "ol", { className: "steps", tabIndex: 0, "aria-label": "Step by step" });
  const right = make(body, "div", { className: "right" });
  state.last = make(right, "h3");
  state.bars = make(right, "ol", { className: "bars" });
  state.equation = make(right, "div", { className: "equation" });
  state.share = make(right, "div", { className: "share", "aria-hidden": "true" }, make(null, "i"));
  const sums = make(right, "dl");
  const row = (name) => make(make(sums, "div", {}, make(null, "dt", { textContent: name })), "dd");
  [state.total, state.value, state.residual] = ["Arithmetic above", "The network’s own number", "Residual"].map(row);
  state.instead = make(right, "div", { className: "instead" });
  make(state.instead, "h3", { textContent: "Average pooling instead" });
  state.otherwise = make(state.instead, "div", { className: "equation" });
  const actions = make(root, "div", { className: "actions" });
  state.sourceButton = make(actions, "button", { type: "button", textContent: "Source", "aria-controls": "source" });
  state.sourceButton.onclick = () => {
    state.open = !state.open;
    drawSource(state);
  };
  make(actions, "button", { type: "button", textContent: "Copy as Python" }).onclick = () => copy(state);
  state.said = make(actions, "span", { className: "said", role: "status" });
  state.snippet = make(root, "textarea", { hidden: true, readOnly: true, rows: 12, "aria-label": "Python text" });
  state.source = make(root, "div", { className: "source", id: "source", hidden: true });
  state.where = make(state.source, "p");
  state.code = make(state.source, "pre", { tabIndex: 0, role: "region" });
  state.details = make(root, "details");
  make(state.details, "summary", { textContent: "Every term as a table" });
  const scroll = make(state.details, "div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Every term" });
  const table = make(scroll, "table");
  const head = make(make(table, "thead"), "tr");
  for (const text of ["Result", "How", "Operand", "Number"]) make(head, "th", { scope: "col", textContent: text });
  state.body = make(table, "tbody");
  state.details.ontoggle = () => drawTable(state);
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  if (state.data?.title !== data.title) {
    state.group = data.picture?.first ?? 0;
    state.said.textContent = "";
    state.snippet.hidden = true;
  }
  state.data = data;
  draw(state);
}
