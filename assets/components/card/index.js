// How one number of the network came about: a picture of its parts, every step with its numbers, source, Python, a table.

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

// A linear layer has some thousand rows.
function tables({ data: { steps, instead, value, residual, arrays } }, parent) {
  const body = table(parent, ["Result", "How", "Operand", "Number"]);
  let place = 0;
  const written = ({ name, how, labels, result }, as = name) => [
    ...labels.map((label) => [as, how, label, arrays.terms[place++]]), [as, "=", "", result]];
  const listed = steps.reduce((all, { labels }) => all + labels.length, 0), every = steps.reduce((all, { count }) => all + count, 0);
  if (listed < every) make(parent, "p", { textContent: `Of ${every} terms, the ${listed} here are the largest; all others are added up in one line, so that every sum includes all.` });
  const rows = steps.flatMap((step) => written(step));
  if (instead) rows.push(...written(instead, `${instead.name} instead`));
  rows.push(["the network’s own number", "", "", value], ["residual", "", "", residual]);
  for (const [name, how, label, number] of rows) line(body, [name, how, label, inFull(Number(number))]).className = how === "=" ? "end" : "";
}

// A network in training moves on, and with it the number: what is copied is of this moment, whose weights are kept for it.
async function copy(state) {
  const { snippet, keep, value } = state.data;
  const moment = keep && `: ${short(Number(value))} at step ${keep.split("@")[1]}, whose weights are kept in its run`;
  if (keep) state.keep(keep);
  try {
    await navigator.clipboard.writeText(snippet);
    state.said.textContent = `Copied${moment ?? ""}. Paste it in a Python shell.`;
  } catch {
    state.snippet.value = snippet;
    state.snippet.hidden = false;
    state.snippet.focus();
    state.snippet.select();
    state.said.textContent = "This browser did not let us copy: the text below is selected.";
  }
}

function draw(state) {
  state.theme = themeOf(state.root);
  state.root.setAttribute("aria-label", state.data.name);
  drawPicture(state);
  drawSliding(state, state.isNew);
  drawSteps(state);
  drawSource(state);
  state.tables();
}

let tableIsOpen = false; // also in a card that Streamlit mounts in the place of one, as it does now and then on a live page

function frame(parent) {
  const root = make(parent, "section", { className: "card" });
  const state = { root, group: 0, open: false };
  const body = make(root, "div", { className: "body" });
  state.picture = make(body, "div", { className: "picture" });
  state.choice = make(state.picture, "label", { className: "choice" });
  make(state.choice, "span", { textContent: "Numbers of " });
  state.select = make(state.choice, "select", { className: "plain" });
  state.select.onchange = () => {
    state.group = Number(state.select.value);
    drawPicture(state);
  };
  state.some = make(state.choice, "span", { className: "note" });
  state.line = make(state.picture, "div", { className: "line" });
  slidingOf(state, state.picture);
  state.before = make(body, "div");
  make(state.before, "h3", { textContent: "Step by step" });
  state.steps = scrolls(make(state.before, "ol", { className: "steps", tabIndex: 0, "aria-label": "Step by step" }));
  const right = make(body, "div", { className: "right" });
  state.last = make(right, "h3");
  state.bars = make(right, "ol", { className: "bars" });
  state.equation = make(right, "div", { className: "equation" });
  state.ratio = make(right, "div", { className: "ratio" });
  const parts = make(state.ratio, "div");
  state.numerator = make(parts, "b");
  state.fraction = make(parts, "div", { className: "terms" });
  state.quotient = make(state.ratio, "b");
  state.share = make(right, "div", { className: "share", "aria-hidden": "true" }, make(null, "i"));
  const sums = make(right, "dl", { className: "facts" });
  [state.total, state.value, state.residual] = ["Arithmetic above", "The network’s own number", "Residual"].map((name) => fact(sums, name));
  state.instead = make(right, "div", { className: "instead" });
  make(state.instead, "h3", { textContent: "Average pooling instead" });
  state.otherwise = make(state.instead, "div", { className: "equation" });
  const actions = make(root, "div", { className: "actions" });
  state.sourceButton = make(actions, "button", { type: "button", className: "plain", textContent: "Source", "aria-controls": "source" });
  state.sourceButton.onclick = () => {
    state.open = !state.open;
    drawSource(state);
  };
  make(actions, "button", { type: "button", className: "plain", textContent: "Copy as Python" }).onclick = () => copy(state);
  state.said = make(actions, "span", { className: "said", role: "status" });
  state.snippet = make(root, "textarea", { hidden: true, readOnly: true, rows: 12, "aria-label": "Python text" });
  state.source = make(root, "div", { className: "source", id: "source", hidden: true });
  state.where = make(state.source, "p");
  state.code = scrolls(make(state.source, "pre", { tabIndex: 0, role: "region" }));
  state.tables = twin(root, "Every term as a table", "Every term", (sheet) => tables(state, sheet));
  const folded = root.lastElementChild;
  folded.open = tableIsOpen;
  folded.addEventListener("toggle", () => (tableIsOpen = folded.open));
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  state.keep = (model) => setTriggerValue("copied", model);
  state.choose = (position) => setTriggerValue("chosen", position);
  data = unpack(data);
  state.isNew = state.data?.name !== data.name;
  if (state.isNew) {
    state.group = data.picture?.first ?? 0;
    state.said.textContent = "";
    state.snippet.hidden = true;
    if (!lessMotion()) state.root.animate([{ opacity: 0.15 }, { opacity: 1 }], 300);
  }
  state.data = data;
  draw(state);
  state.isNew = false;
  return state.slide.begin();
}
