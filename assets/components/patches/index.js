// The digit cut into patches and laid out as a sequence; a click on a patch takes it out or puts it back, and the
// answers before and after stand side by side.

const CLASS_TOKEN = -1;

function patchButton(parent) {
  const button = make(parent, "button", { type: "button" });
  make(button, "canvas", { "aria-hidden": "true" });
  make(button, "span", { "aria-hidden": "true" });
  return button;
}

function show(state, button, patch, hidden) {
  const { side } = state.data, [canvas, number] = button.children;
  piece(canvas, state.theme, state.data, patch);
  number.textContent = patch;
  Object.assign(button, { disabled: false, className: hidden ? "hidden" : "" });
  button.setAttribute("aria-pressed", String(hidden));
  button.setAttribute("aria-label", `Patch ${patch}, row ${Math.floor(patch / side)}, column ${patch % side}: ${hidden ? "hidden" : "shown"}`);
  button.title = hidden ? `Show patch ${patch}` : `Hide patch ${patch}`;
  button.onclick = () => toggle(state, patch);
}

// Of several clicks in a row each counts, though the page may take only the last for news: so all are sent, as what they
// come to. The page's answer, or LATE, ends that.
function toggle(state, patch) {
  const hidden = state.wanted ?? state.data.hidden;
  choose(state, hidden.includes(patch) ? hidden.filter((other) => other !== patch) : [...hidden, patch]);
}

function choose(state, hidden) {
  state.wanted = hidden;
  clearTimeout(state.waiting);
  state.waiting = setTimeout(() => (state.wanted = null), LATE);
  state.send(hidden);
}

// It is no patch: it begins every sequence, and stays whatever is hidden.
function showClassToken({ theme, data }, button) {
  const [canvas, name] = button.children;
  piece(canvas, theme, data, CLASS_TOKEN);
  name.textContent = "class";
  Object.assign(button, { disabled: true, className: "class-token", title: "The class token: it stays", onclick: null });
  button.setAttribute("aria-label", "Class token, always there");
  button.removeAttribute("aria-pressed");
}

// One stop for the Tab key in each group; the arrow keys walk inside it.
function rove(group, columnsOf) {
  const stops = () => [...group.children].filter((button) => !button.disabled);
  const mark = (button) => stops().forEach((other) => (other.tabIndex = other === button ? 0 : -1));
  group.addEventListener("focusin", (event) => mark(event.target.closest("button")));
  group.onkeydown = (event) => {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    const buttons = [...group.children], [down, right] = ARROWS[event.key];
    const next = buttons[buttons.indexOf(event.target.closest("button")) + down * columnsOf() + right];
    next?.focus();
  };
  return () => {
    const marked = stops().filter((button) => button.tabIndex === 0);
    if (marked.length !== 1) mark(marked[0] ?? stops()[0]);
  };
}

function draw(state) {
  const { data } = state, { side, order } = data;
  state.theme = themeOf(state.root);
  state.title(data);
  state.grid.style.gridTemplateColumns = `repeat(${side}, minmax(0, 1fr))`;
  state.root.classList.toggle("fine", side > 7);
  state.middle.hidden = !!order;
  if (order) drawOrder(state);
  else drawHidden(state);
  state.said.textContent = data.said;
  answers(state);
}

// The patches where the order puts them, each with its own number; nothing to press.
function drawOrder(state) {
  const { order } = state.data, moved = order.some((patch, place) => patch !== place);
  fill(state.grid, order, (parent) => make(parent, "div", {}, make(null, "canvas"), make(null, "span")), (tile, patch) => {
    piece(tile.firstChild, state.theme, state.data, patch);
    tile.lastChild.textContent = patch;
  });
  state.grid.setAttribute("role", "img");
  state.grid.setAttribute("aria-label", `The places, in reading order, show the patches ${order.join(", ")}`);
  state.root.setAttribute("aria-label", "Shuffled patches");
  state.gridTitle.textContent = moved ? "Shown, each patch with its number" : "Shown: every patch in its place";
  [state.before.textContent, state.after.textContent] = ["in order", "shuffled"];
}

function drawHidden(state) {
  const { data } = state, { side, hidden, class_token, tokens: [before, after] } = data;
  const all = [...Array(side ** 2).keys()], shown = all.filter((patch) => !hidden.includes(patch));
  const left = class_token ? [CLASS_TOKEN, ...shown] : shown;
  fill(state.grid, all, patchButton, (button, patch) => show(state, button, patch, hidden.includes(patch)));
  const focused = [...state.sequence.children].indexOf(state.sequence.getRootNode().activeElement);
  fill(state.sequence, left, patchButton, (button, patch) => (patch === CLASS_TOKEN ? showClassToken : show)(state, button, patch, false));
  if (focused >= left.length) state.sequence.lastChild?.focus(); // the last patch was hidden
  state.settle.forEach((settle) => settle());
  state.gridTitle.textContent = `The digit in ${side ** 2} patches`;
  state.sequenceTitle.textContent = `The sequence: ${before === after ? "" : `${before} → `}${after} ${after === 1 ? "token" : "tokens"}`;
  state.extra.textContent = class_token ? "The class token stands before all patches and cannot be hidden." : "";
  state.extra.hidden = !class_token;
  state.everything.disabled = !hidden.length;
  state.refusal.textContent = data.refusal;
  state.refusal.hidden = !data.refusal;
  [state.before.textContent, state.after.textContent] = ["all patches", hidden.length ? `without ${hidden.length}` : "after"];
}

function answers(state) {
  const { classes, hidden, order, arrays: { before, after } } = state.data;
  const colour = (p) => css(share(state.theme, 0.35 + 0.65 * p));
  const best = after.indexOf(Math.max(...after)), first = before.indexOf(Math.max(...before));
  state.body.parentElement.classList.toggle("same", !hidden.length && !order);
  state.root.style.setProperty("--name", Math.max(...classes.map((name) => name.length)) + 1 + "ch");
  fill(state.body, classes, answerRow, (row, digit, i) => {
    const [name, ...cells] = row.children;
    name.textContent = digit;
    [[before[i], i === first], [after[i], i === best]].forEach(([p, top], side) => {
      const cell = cells[side], [track, number] = cell.firstChild.children;
      track.firstChild.style.width = 100 * p + "%";
      track.firstChild.style.background = colour(p);
      number.textContent = percent(p);
      cell.title = exactly(p);
      cell.className = top ? "top" : "";
    });
    const change = fixed(100 * (after[i] - before[i]), 1);
    cells[2].textContent = (change > 0 ? "+" : "") + change;
    cells[2].title = exactly(after[i] - before[i]);
  });
}

function answerRow(body) {
  const row = make(body, "tr");
  make(row, "th", { scope: "row" });
  for (let side = 0; side < 2; side++) {
    const box = make(make(row, "td"), "div", { className: "answer" });
    make(make(box, "span", { className: "track", "aria-hidden": "true" }), "i");
    make(box, "span");
  }
  make(row, "td", { className: "change" });
  return row;
}

function frame(parent) {
  const title = titled(parent);
  const root = make(parent, "section", { className: "patches", "aria-label": "Hide patches" });
  const state = { root, title };
  const left = make(root, "div", { className: "whole" });
  state.gridTitle = make(left, "h3");
  state.grid = make(left, "div", { className: "grid", role: "group", "aria-label": "The digit’s patches. Arrow keys walk, Enter hides or shows." });
  const middle = (state.middle = make(root, "div"));
  state.sequenceTitle = make(middle, "h3", { "aria-live": "polite" });
  state.sequence = scrolls(make(middle, "div", { className: "sequence", role: "group", "aria-label": "The sequence. Arrow keys walk, Enter hides." }));
  state.extra = make(middle, "p", { className: "note" });
  state.everything = make(middle, "button", { type: "button", className: "plain", textContent: "Show all" });
  state.everything.onclick = () => choose(state, []);
  state.refusal = make(middle, "p", { className: "refusal", role: "alert" });
  const right = make(root, "div", { className: "right" });
  make(right, "h3", { textContent: "What it says" });
  state.said = make(right, "p", { className: "said", role: "status" });
  const table = make(right, "table");
  const head = make(make(table, "thead"), "tr");
  const heads = ["", " ", " ", "change, in points"].map((textContent) => make(head, textContent || head.children.length ? "th" : "td", { textContent }));
  heads.slice(1).forEach((cell) => cell.setAttribute("scope", "col"));
  [, state.before, state.after] = heads;
  state.body = make(table, "tbody");
  state.settle = [rove(state.grid, () => state.data.side), rove(state.sequence, () => Math.max(1, Math.round(state.sequence.clientWidth / (state.sequence.firstChild.offsetWidth + 4))))];
  onTheme(root, () => draw(state));
  return state;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  state.send = (patches) => setTriggerValue("hidden", { patches });
  state.data = unpack(data);
  if (state.data.refusal || String(state.data.hidden) === String(state.wanted?.toSorted((a, b) => a - b))) state.wanted = null;
  draw(state);
}
