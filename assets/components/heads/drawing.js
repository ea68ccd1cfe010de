// How a head's matrices are painted: circles where there is room, pixels where there is none.

const CIRCLES = 9, PATCHES = 6; // CSS pixels of a cell from which on there are any

const boxOf = ({ figures, data }, k) => tokenMatrix(figures[k].canvas.parentElement.clientWidth, data.patches.length, PATCHES);

function colourOf({ theme, stages }, k) {
  const { low, high } = stages[k], most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return k < 2 ? (value) => signed(theme, value / most) : (value) => share(theme, value / most);
}

// The middle of a cell's circle, and its radius.
const seat = ({ tokens, cell, margin }, i) => [margin + ((i % tokens) + 0.5) * cell, margin + (Math.floor(i / tokens) + 0.5) * cell, cell / 2 - Math.min(1.5, cell * 0.08)];

// One stage at rest, as a picture that is only copied while things move.
function picture(state, k) {
  const { boxes, stages } = state, { size, tokens, cell, margin } = boxes[k], { values } = stages[k], colour = colourOf(state, k);
  const canvas = document.createElement("canvas"), pen = penOn(canvas, size, size);
  if (cell < CIRCLES) {
    paint(state.sheet, tokens, tokens, (i) => (Number.isNaN(values[i]) ? null : colour(values[i])));
    pen.drawImage(state.sheet, margin, margin, size - margin, size - margin);
  } else {
    values.forEach((value, i) => {
      const [x, y, radius] = seat(boxes[k], i);
      pen.beginPath();
      pen.arc(x, y, Number.isNaN(value) ? 1 : radius, 0, 2 * Math.PI);
      pen.fillStyle = css(Number.isNaN(value) ? state.theme.line : colour(value));
      pen.fill();
    });
  }
  printIn(pen, state.theme, boxes[k], "−8.8", (i) => (Number.isNaN(values[i]) ? "" : inCell(k < 2 ? values[i] : 100 * values[i])), (i) => colour(values[i] || 0));
  drawSides(state, pen, boxes[k]);
  return canvas;
}

// A stage that is still to come, without values.
function emptySeats(state) {
  const { boxes: [box], theme } = state, { size, tokens, cell, margin } = box;
  const canvas = document.createElement("canvas"), pen = penOn(canvas, size, size);
  pen.strokeStyle = css(theme.line);
  pen.beginPath();
  if (cell < CIRCLES) pen.rect(margin + 0.5, margin + 0.5, size - margin - 1, size - margin - 1);
  else for (let i = 0; i < tokens ** 2; i++) {
    const [x, y, radius] = seat(box, i);
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
  }
  pen.stroke();
  drawSides(state, pen, box);
  return canvas;
}

// A stage on the way from the one before it: copied from both, and the cell that is looked at marked.
function drawStage(state, k) {
  const { boxes, pictures, seats } = state, { size } = boxes[k], pen = penOn(state.figures[k].canvas, size, size);
  const part = faded(state, k), here = stacked(state) ? slid(state, k) : 1;
  pen.globalCompositeOperation = "lighter"; // so that the shares add up to one
  for (const [image, alpha] of [[seats, 1 - here], [pictures[k - 1], here * (1 - part)], [pictures[k], here * part]]) {
    if (!alpha) continue;
    pen.globalAlpha = alpha;
    pen.drawImage(image, 0, 0, size, size);
  }
  Object.assign(pen, { globalAlpha: here, globalCompositeOperation: "source-over" });
  mark(state, pen, boxes[k]);
}

function mark(state, pen, box) {
  const { size, cell, margin, tokens } = box, { query, key } = cellOf(state);
  const [x, y, long] = [margin + key * cell, margin + query * cell, tokens * cell];
  if (cell < 4) { // lines that leave the cell free
    const around = Math.max(3, 2 * cell), middle = [x + cell / 2, y + cell / 2];
    for (const [role, across] of [["query", true], ["key", false]]) {
      const [along, at] = across ? middle : [middle[1], middle[0]];
      pen.fillStyle = css(state.theme[role]);
      for (const [from, to] of [[margin, along - around], [along + around, size]]) {
        if (to > from) pen.fillRect(...(across ? [from, at - 0.75, to - from, 1.5] : [at - 0.75, from, 1.5, to - from]));
      }
    }
    return;
  }
  outline(state, pen, "query", margin + 1, y, long - 2, cell, 1.5);
  outline(state, pen, "key", x, margin + 1, cell, long - 2, 1.5);
  outlineSides(state, pen, box, query, key);
}

// The digit with both patches.
function drawDigit(state) {
  const { side, patches } = state.data, { query, key } = cellOf(state), size = state.digit.clientWidth, cell = size / side;
  const pen = penOn(state.digit, size, size);
  pen.drawImage(state.ink, 0, 0, size, size);
  const inset = key === query && cell > 14 ? 3.5 : 0;
  for (const [token, role, within] of [[query, "query", 1], [key, "key", 1 + inset]]) {
    if (patches[token] < 0) continue; // the class token has no place
    outline(state, pen, role, (patches[token] % side) * cell + within, Math.floor(patches[token] / side) * cell + within, cell - 2 * within, cell - 2 * within);
  }
}

function drawBars(state) {
  state.figures.forEach(({ bar }, k) => {
    const { low, high } = state.stages[k], colour = colourOf(state, k);
    drawScale(bar, (t) => colour(low + t * (high - low)), [short(low), short(high)], `Colour scale of ${["the products", "the scaled products", "the weights"][k]}`);
  });
}
