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
// So it is with the number that is chosen, a layer and a position.
const [LOOK, NUMBER] = ["scratchnn-look", "scratchnn-number"];
const announce = (from, place, what = LOOK) => document.dispatchEvent(new CustomEvent(what, { detail: { from, place } }));
function hear(by, follow, what = LOOK) {
  const listen = ({ detail: { from, place } }) => from !== by && follow(place);
  document.addEventListener(what, listen);
  return () => document.removeEventListener(what, listen);
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

