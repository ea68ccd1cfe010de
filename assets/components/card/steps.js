// How the number comes about: every step an equation, the last one a waterfall where it is a sum.

const SIGNS = { sum: "+", product: "×", quotient: "÷" };
const FUNCTIONS = { mean: "mean", maximum: "max", exponential: "exp", root: "√", sine: "sin", cosine: "cos" };

// All the digits of a double.
const inFull = (value) => exactly(value, 17);

// a + b − c, exp(a), max(a, b): each number with what it is above it.
function drawEquation(parent, { how, shown, count, result }) {
  parent.replaceChildren();
  const say = (text) => text && make(parent, "span", { className: "sign", textContent: text });
  const chip = (label, value) => {
    const term = make(parent, "span", { className: "term", title: `${label}: ${inFull(value)}` });
    make(term, "small", { textContent: label });
    make(term, "b", { textContent: short(value) });
  };
  say(FUNCTIONS[how] && FUNCTIONS[how] + " (");
  if (!shown.length) say(`of ${count} numbers, all in the table below`);
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
  end.title = inFull(Number(result));
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
    number.textContent = i < shown.length ? summand(value) : short(value);
    row.title = `${label}: ${inFull(value)}`;
    row.className = i === shown.length ? "end" : "";
    Object.assign(track.firstChild.style, {
      left: place(Math.min(from, to)) + "%", width: Math.abs(place(to) - place(from)) + "%",
      background: css(signed(state.theme, Math.sign(value))),
    });
  });
}

// A softmax: one exponential over all of them; pointing at one lights its score.
function drawFraction(state) {
  const { picture: { figures }, value } = state.data, [scores, exponentials] = figures.map((told) => numbersOf(state, told));
  const [row, col] = figures[1].ring, chosen = row * figures[1].columns + col;
  fill(state.fraction, [...exponentials], (parent) => make(parent, "span"), (term, number, at) => {
    term.textContent = short(number);
    term.title = `e^(${inFull(scores[at])} − largest) = ${inFull(number)}`;
    term.className = at === chosen ? "chosen" : "";
    term.onpointerenter = () => light(state, at, exponentials.length);
    term.onpointerleave = () => light(state, -1);
  });
  state.numerator.textContent = short(exponentials[chosen]);
  state.quotient.textContent = `= ${short(Number(value))}`;
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
  const falls = last.how === "sum" && last.count > 2 && last.shown.every(([, v]) => Number.isFinite(Number(v)));
  state.last.textContent = before.length ? "The last step" : "The arithmetic";
  state.bars.hidden = !falls;
  const isSoftmax = isShare && last.how === "quotient" && state.data.picture.figures[1].rows * state.data.picture.figures[1].columns <= ROW;
  state.ratio.hidden = !isSoftmax;
  state.equation.hidden = falls || isSoftmax;
  if (falls) drawWaterfall(state, last);
  else if (isSoftmax) drawFraction(state);
  else drawEquation(state.equation, last);
  for (const [element, number] of [[state.total, total], [state.value, value], [state.residual, residual]]) {
    element.textContent = element === state.residual ? short(Number(number)) : exactly(Number(number), 9);
    element.title = inFull(Number(number));
  }
  state.instead.hidden = !instead;
  if (instead) drawEquation(state.otherwise, instead);
  state.share.hidden = !isShare;
  state.share.firstChild.style.width = 100 * Number(value) + "%";
  state.share.firstChild.style.background = css(share(state.theme, 0.85));
  state.root.classList.toggle("narrow", !before.length && !state.data.picture);
  state.root.classList.toggle("stepped", !!before.length);
}
