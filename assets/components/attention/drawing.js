// How a map, its patches and the digit below it are painted.

// The weight that gets the full colour in a map.
function fullColour(state, map) {
  const { data, range } = state;
  const own = (m) => (state.largest[m] ??= largest(data.arrays.maps.subarray(m * count(data) ** 2, (m + 1) * count(data) ** 2)));
  const together = (m) => m === map || range === "all" || (range === "layer" && data.maps[m].layer === data.maps[map].layer);
  return Math.max(...[...data.maps.keys()].filter(together).map(own)) || 1;
}

const WIDEST = 560; // CSS pixels

const matrixBox = (state) => tokenMatrix(Math.min(state.matrix.parentElement.clientWidth, WIDEST), count(state.data));

function drawMatrix(state) {
  const { map, query, key } = withKey(state);
  const box = matrixBox(state), { cell, margin, size, tokens } = box;
  const pen = penOn(state.matrix, size, size);
  state.matrix.style.width = size + "px";
  const gap = cell > 8 ? 1 : 0;
  pen.drawImage(state.tiles[map], margin, margin, size - margin, size - margin);
  if (gap) {
    pen.strokeStyle = css(state.theme.paper);
    pen.lineWidth = 1;
    pen.beginPath();
    for (let i = 0; i <= tokens; i++) {
      pen.moveTo(margin + i * cell, margin), pen.lineTo(margin + i * cell, size);
      pen.moveTo(margin, margin + i * cell), pen.lineTo(size, margin + i * cell);
    }
    pen.stroke();
  }
  const top = fullColour(state, map), shares = state.data.arrays.maps.subarray(map * tokens ** 2, (map + 1) * tokens ** 2);
  state.printed.textContent = `In the cells: per cent of ${kindOf(state.data.maps[map]) === "rollout" ? "what the query is made of" : "the query’s attention"}.`;
  state.printed.hidden = !printIn(pen, state.theme, box, "100", (i) => inCell(100 * shares[i]), (i) => share(state.theme, shares[i] / top));
  drawSides(state, pen, box);
  outline(state, pen, "query", margin + 1, margin + query * cell, size - margin - 2, cell - gap, 1.5);
  outline(state, pen, "key", margin + key * cell, margin + 1, cell - gap, size - margin - 2, 1.5);
  outlineSides(state, pen, box, query, key);
}

function drawOver(state) {
  const { data, theme } = state;
  const { map, query, key } = withKey(state);
  const { side, patches, digit_shape: [rows, columns] } = data;
  const size = Math.min(state.over.parentElement.clientWidth, 320), cell = size / side;
  const pen = penOn(state.over, size, size);
  state.over.style.width = size + "px";
  const place = new Map(patches.map((patch, token) => [patch, token])), top = fullColour(state, map);
  paint(state.sheet, columns, rows, (i) => {
    const patch = Math.floor((Math.floor(i / columns) * side) / rows) * side + Math.floor(((i % columns) * side) / columns);
    if (!place.has(patch)) return mix(theme.paper, theme.ink, (data.arrays.digit[i] / 255) * 0.12);
    return mix(share(theme, weight(data, map, query, place.get(patch)) / top), theme.ink, (data.arrays.digit[i] / 255) * 0.8);
  });
  pen.drawImage(state.sheet, 0, 0, size, size);
  pen.strokeStyle = css(theme.paper, 0.7);
  pen.lineWidth = 1;
  for (let patch = 0; patch < side * side; patch++) {
    const [x, y] = [(patch % side) * cell, Math.floor(patch / side) * cell];
    pen.strokeRect(x, y, cell, cell);
    if (place.has(patch)) continue;
    pen.beginPath(), pen.moveTo(x, y), pen.lineTo(x + cell, y + cell), pen.moveTo(x + cell, y), pen.lineTo(x, y + cell); // hidden
    pen.strokeStyle = css(theme.line);
    pen.stroke();
    pen.strokeStyle = css(theme.paper, 0.7);
  }
  const around = (token, role, inset) => {
    if (patches[token] < 0) return; // the class token has no place
    const [x, y] = [(patches[token] % side) * cell, Math.floor(patches[token] / side) * cell];
    outline(state, pen, role, x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
  };
  around(query, "query", 2);
  around(key, "key", key === query ? 6 : 2);
}

function drawBar(state) {
  const top = fullColour(state, shown(state).map);
  drawScale(state.bar, (t) => share(state.theme, t), ["0", short(top / 2), short(top)], "Colour scale of the weights");
}

function drawWall(state) {
  const { data, wall } = state;
  const columns = data.heads + 1;
  wall.style.gridTemplateColumns = `max-content repeat(${columns}, minmax(0, 52px))`;
  wall.replaceChildren(make(null, "span"));
  for (let head = 0; head < data.heads; head++) make(wall, "span", { className: "head" }, make(null, "span", { className: "long", textContent: "head " }), String(head));
  make(wall, "span", { textContent: "mean" });
  state.tiles = data.maps.map((map, m) => {
    const { layer, head, name } = map, title = head === null ? `${name}. ${ABOUT[kindOf(map)]}` : name;
    if (head === 0 || (head === null && (layer === null || data.heads === 0))) {
      const label = make(wall, "span", { className: "row" });
      if (layer === null) label.textContent = "rollout";
      else label.append(make(null, "span", { className: "long", textContent: "block " }), String(layer));
      if (layer === null) label.style.gridColumn = `1 / ${columns + 1}`;
    }
    const canvas = make(wall, "canvas", { title, "aria-hidden": "true" });
    const top = fullColour(state, m);
    paint(canvas, count(data), count(data), (i) => share(state.theme, data.arrays.maps[m * count(data) ** 2 + i] / top));
    canvas.onpointerenter = ({ pointerType }) => pointerType !== "touch" && look(state, { map: m });
    canvas.onclick = () => choose(state, { map: m });
    return canvas;
  });
}
