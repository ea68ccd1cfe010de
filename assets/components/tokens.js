// Put in front of every component, after elements.js: what those have in common that show tokens looking at each other.

// One query with every key, step by step: products, scores, exponentials less the largest of them, their sum, weights.
function attend(query, keys, hidden, temperature = 1) {
  const size = query.length;
  const dots = Array.from(hidden, (_, token) => {
    let sum = 0; // a loop: of many tokens, reduce is too slow
    for (let c = 0; c < size; c++) sum += query[c] * keys[token * size + c];
    return sum;
  });
  const scaled = dots.map((dot) => dot / Math.sqrt(size));
  const mask = Array.from(hidden, (is) => (is ? -Infinity : 0));
  const scores = scaled.map((score, token) => (score + mask[token]) / temperature);
  const top = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - top));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return { dots, scaled, mask, scores, top, exponentials, sum, weights: exponentials.map((e) => e / sum) };
}

// What is looked at, block, head and query, is the same wherever it is shown: one tells it, all others hear it at once.
// So it is with the number that is chosen, a layer and a position. Who keeps no such place asks to look there: a block, a
// head, and the patches of query and key.
const [LOOK, NUMBER, ASK] = ["scratchnn-look", "scratchnn-number", "scratchnn-ask"];
const announce = (from, place, what = LOOK) => document.dispatchEvent(new CustomEvent(what, { detail: { from, place } }));
function hear(by, follow, what = LOOK) {
  by.ears ??= {};
  document.removeEventListener(what, by.ears[what]); // with the data that came before: it has not ended (elements.js)
  const listen = (by.ears[what] = ({ detail: { from, place } }) => {
    if (from === by) return;
    if (what === LOOK) sending(by, place);
    follow(place);
  });
  document.addEventListener(what, listen);
  return () => document.removeEventListener(what, listen);
}

// What the page says is chosen counts when it is new, and was not chosen here: that is known here before the page knows it.
// `turn`: how many choices the page knew of; what is chosen may be what was given first, gone back to since.
const LATE = 2000; // ms after a choice in which an answer may still be to an earlier one
const choicesOf = (state, what) => ((state.choices ??= {})[what] ??= { sent: [], at: -Infinity, given: null });
function isNews(state, given, turn = 0, what = "place") {
  const choices = choicesOf(state, what), before = choices.given, isLate = performance.now() - choices.at < LATE;
  choices.given = JSON.stringify([given, turn]);
  return choices.given !== before && !(isLate && choices.sent.includes(JSON.stringify(given)));
}
function sending(state, choice, what = "place") {
  const choices = choicesOf(state, what);
  Object.assign(choices, { sent: [...choices.sent.slice(-9), JSON.stringify(choice)], at: performance.now() });
  return choice;
}

// A canvas as large as its box on this screen, and a pen that counts in the page's pixels.
function penOn(canvas, width, height) {
  const sharp = devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(width * sharp), height: Math.round(height * sharp) });
  canvas.style.height = height + "px";
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  pen.imageSmoothingEnabled = false;
  return pen;
}

function outline(state, pen, role, x, y, w, h, width = 2) {
  pen.lineWidth = width + 2;
  pen.strokeStyle = css(state.theme.paper);
  pen.strokeRect(x, y, w, h);
  pen.lineWidth = width;
  pen.strokeStyle = css(state.theme[role]);
  pen.strokeRect(x, y, w, h);
}

// A matrix of tokens in a square: queries go down, keys across; left of it and above it stand their patches' pictures and,
// where there is room, their numbers. Where pictures could not be made out, there is neither.
function tokenMatrix(size, tokens, smallest = 0) {
  const pictures = size / (tokens + 1.6) >= smallest ? 1.6 : 0, numbers = size / (tokens + 1.6) >= LABELLED ? 13 : 0;
  const cell = (size - numbers) / (tokens + pictures);
  return { size, tokens, cell, pictures, numbers, margin: numbers + pictures * cell };
}
const LABELLED = 15; // CSS pixels of a cell from which on a patch's number has room beside it

function drawSides(state, pen, { tokens, cell, numbers, margin, pictures }) {
  if (!pictures) return;
  const { data: { patches }, theme } = state, picture = cell - 1, start = numbers + cell * 0.2;
  Object.assign(pen, { font: `11px ${theme.font}`, textAlign: "center", textBaseline: "middle" });
  for (let token = 0; token < tokens; token++) {
    const at = margin + token * cell;
    drawPatch(state, pen, token, start, at, picture);
    drawPatch(state, pen, token, at, start, picture);
    if (!numbers || patches[token] < 0) continue; // the class token's picture is its name
    Object.assign(pen, { font: `11px ${theme.font}`, fillStyle: css(theme.ink) });
    pen.fillText(patches[token], numbers / 2, at + cell / 2);
    pen.fillText(patches[token], at + cell / 2, numbers / 2);
  }
}

// The pictures of a cell's query and key, framed.
function outlineSides(state, pen, { cell, numbers, margin, pictures }, query, key) {
  if (!pictures) return;
  const start = numbers + cell * 0.2;
  outline(state, pen, "query", start, margin + query * cell, cell - 1, cell - 1);
  outline(state, pen, "key", margin + key * cell, start, cell - 1, cell - 1);
}

// What of a number has room in a cell.
const inCell = (value) => fixed(value, Math.abs(value) < 9.95 ? 1 : 0);

// A number in each cell, black or white on its colour, where even `widest` has room at no less than 11 pixels.
function printIn(pen, theme, { tokens, cell, margin }, widest, textAt, colourAt) {
  pen.font = `${cell < 28 ? 11 : 12}px ${theme.font}`;
  if (pen.measureText(widest).width > cell - 3) return false;
  Object.assign(pen, { textAlign: "center", textBaseline: "middle" });
  for (let i = 0; i < tokens * tokens; i++) {
    pen.fillStyle = inkOn(colourAt(i));
    pen.fillText(textAt(i), margin + ((i % tokens) + 0.5) * cell, margin + (Math.floor(i / tokens) + 0.54) * cell);
  }
  return true;
}

// One patch of the digit, cut out; a class token has none and is a letter.
function drawPatch(state, pen, token, x, y, size) {
  const { patches, side, digit_shape: [rows, columns] } = state.data;
  const patch = patches[token];
  if (patch < 0) {
    pen.fillStyle = css(state.theme.panel);
    pen.fillRect(x, y, size, size);
    if (size < 7) return;
    pen.fillStyle = css(state.theme.ink);
    pen.font = `600 ${Math.round(size * 0.75)}px ${state.theme.font}`;
    Object.assign(pen, { textAlign: "center", textBaseline: "middle" });
    pen.fillText("C", x + size / 2, y + size / 2);
    return;
  }
  const [h, w] = [rows / side, columns / side];
  pen.drawImage(state.ink, (patch % side) * w, Math.floor(patch / side) * h, w, h, x, y, size, size);
}

