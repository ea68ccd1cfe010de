// How the table, its rows and columns, and the maps over the image are painted.

// Signed bars from a middle line, one beside the other, in a box of any size.
function bars(state, box, values, unit, chosen) {
  const paths = { up: "", down: "" };
  values.forEach((value, i) => {
    const tall = (50 * value) / (unit || 1);
    paths[value < 0 ? "down" : "up"] += `M${i + 0.08} 50h.84v${(-tall).toFixed(3)}h-.84z`;
  });
  const colour = (t) => css(signed(state.theme, t));
  box.plot.innerHTML = `<svg viewBox="0 0 ${values.length} 100" preserveAspectRatio="none" aria-hidden="true">`
    + `<rect class="at" x="${chosen}" y="0" width="1" height="100"/><path d="${paths.up}" fill="${colour(1)}"/>`
    + `<path d="${paths.down}" fill="${colour(-1)}"/><path class="zero" d="M0 50H${values.length}" vector-effect="non-scaling-stroke"/></svg>`;
  [box.high.textContent, box.low.textContent] = [short(unit), short(-unit)];
}

function drawTable(state) {
  const { data, theme } = state, [length, width] = data.shape;
  state.unit = 0;
  for (let place = 0; place < length; place++) state.unit = Math.max(state.unit, largest(rowOf(state, place)));
  const unit = state.unit || 1;
  paint(state.table, width, length, (i) => signed(theme, rowOf(state, Math.floor(i / width))[i % width] / unit));
  state.table.style.height = Math.max(110, Math.min(300, length * 14)) + "px";
  drawScale(state.scale, (t) => signed(theme, 2 * t - 1), [short(-state.unit), "0", short(state.unit)], "Colour scale of the encoding");
}

const part = (value, all) => (100 * value) / all + "%";

function drawPlaces(state) {
  for (const kind of state.data.kinds.keys()) drawAll(state, kind);
  const { data, theme } = state, [length, width] = data.shape, { place, component, other } = shown(state);
  const start = first(data), numbers = data.side <= 7;
  Object.assign(state.rowRing.style, { top: part(place, length), height: part(1, length) });
  Object.assign(state.columnRing.style, { left: part(component, width), width: part(1, width) });
  bars(state, state.row, rowOf(state, place), state.unit, component);
  bars(state, state.wave, waveOf(state, component), state.unit, place);
  state.classToken.hidden = !start;
  state.classToken.setAttribute("aria-pressed", String(place < start));
  for (const [cells, coloured] of [[state.digitCells, false], [state.likeCells, true]]) {
    cells.style.gridTemplateColumns = `repeat(${data.side}, 1fr)`;
    fill(cells, data.patches.slice(start), (parent) => make(parent, "b"), (cell, patch) => {
      const at = patch + start;
      cell.className = at === place ? "chosen" : at === other ? "other" : "";
      if (!coloured) return numbers ? (cell.firstChild ?? make(cell, "small")).textContent = patch : cell.replaceChildren();
      const cosine = cosineOf(state, place, at);
      cell.textContent = numbers ? fixed(cosine, 2) : "";
      tint(cell, signed(theme, cosine || 0));
    });
  }
}

function drawKind(state) {
  const { data } = state, { words, table, own } = kindOf(state), empty = table === null;
  state.words.textContent = (own ? "This network’s own. " : "Not this network’s: shown to compare. ") + words;
  state.like.hidden = empty;
  state.nothing.hidden = !empty;
  const out = data.left_out.map((kind) => `The ${kind} encoding of so many places would be too much to send.`).join(" ");
  state.leftOut.textContent = out;
  state.leftOut.hidden = !out;
}

// All small maps of one encoding, on the image's grid; of one that adds nothing there are none.
function drawAll(state, kind) {
  const { data, theme } = state, { canvas } = state.cards[kind], { side } = data, start = first(data), size = canvas.clientWidth;
  const pen = penOn(canvas, size, size), gap = side > 7 ? 2 : 4, map = (size + gap) / side, cell = (map - gap) / side;
  const { place, other } = shown(state), isEmpty = data.kinds[kind].table === null;
  const corner = (patch) => [(patch % side) * map, Math.floor(patch / side) * map];
  for (let one = 0; one < side * side; one++) {
    const [x, y] = corner(one);
    if (isEmpty) {
      pen.fillStyle = css(theme.panel);
      pen.fillRect(x, y, map - gap, map - gap);
      continue;
    }
    for (let two = 0; two < side * side; two++) {
      pen.fillStyle = css(signed(theme, cosineOf({ data, kind }, one + start, two + start)));
      pen.fillRect(x + (two % side) * cell, y + Math.floor(two / side) * cell, cell + 0.5, cell + 0.5);
    }
  }
  if (isEmpty) {
    pen.fillStyle = css(theme.ink);
    pen.font = `13px ${theme.font}`;
    Object.assign(pen, { textAlign: "center", textBaseline: "middle" });
    ["Nothing is added:", "no directions to compare"].forEach((text, i) => pen.fillText(text, size / 2, size / 2 + 18 * (i - 0.5)));
  }
  if (place < start || isEmpty) return;
  const [x, y] = corner(place - start), paper = css(theme.paper), ink = css(theme.ink);
  const frameAround = (left, top, wide) => {
    for (const [style, width] of [[paper, 4], [ink, 2]]) {
      Object.assign(pen, { strokeStyle: style, lineWidth: width });
      pen.strokeRect(left, top, wide, wide);
    }
  };
  frameAround(x, y, map - gap);
  frameAround(x + ((other - start) % side) * cell, y + Math.floor((other - start) / side) * cell, cell);
}
