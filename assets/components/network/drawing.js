// The stage's four canvases, from below: all strong edges; the edges into what is looked at; the maps; rings and boxes.

const STRONGEST = 140; // edges a layer that are drawn when nothing is pointed at

function fit(canvas, { width, height }) {
  const dots = Math.min(3, devicePixelRatio || 1);
  const [w, h] = [Math.round(width * dots), Math.round(height * dots)];
  if (canvas.width !== w || canvas.height !== h) {
    Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { width: width + "px", height: height + "px" });
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

// A colour for every number of a column; ramps are looked up, 257 steps each.
function palette(theme) {
  const steps = [...Array(257).keys()];
  const ramps = {
    signed: steps.map((i) => signed(theme, i / 128 - 1)),
    probabilities: steps.map((i) => share(theme, i / 256)),
    image: steps.map((i) => pixel(theme, i / 256)),
  };
  return (column, scale) => {
    const { kind, values } = column;
    const area = column.shown[1] * column.shown[2];
    const place = (ramp, t) => (Number.isNaN(t) ? null : ramp[Math.max(0, Math.min(256, Math.round(256 * t)))]);
    if (kind === "probabilities") return (i) => place(ramps.probabilities, values[i]);
    if (kind === "image") {
      const low = Math.min(...values), high = Math.max(...values);
      return (i) => place(ramps.image, (values[i] - low) / (high - low || 1));
    }
    return (i) => place(ramps.signed, 0.5 + values[i] / (2 * reach(column, Math.floor(i / area), scale)));
  };
}

// A column's maps, one below the other, a dot for each number; one row for each map that was laid flat.
function sheetOf(state, j) {
  const column = state.columns[j];
  const [count, height, width] = column.shown;
  const sheet = (state.sheets[j] ??= document.createElement("canvas"));
  const [w, h] = column.kind === "flat" ? [height * width, count] : [width, height * count];
  paint(sheet, w, h, state.colour(column, state.scale));
  return { sheet, w, each: h / count };
}

function drawMaps(state) {
  const pen = fit(state.maps, state.layout);
  state.columns.forEach((column, j) => {
    const { sheet, w, each } = sheetOf(state, j);
    if (column.kind === "probabilities") return drawShares(state, pen, j);
    for (let item = 0; item < column.shown[0]; item++) {
      const box = boxOf(state.layout.columns[j], item);
      pen.imageSmoothingEnabled = box.w < w; // smaller than its numbers: their mean rather than some of them
      pen.imageSmoothingQuality = "high";
      pen.drawImage(sheet, 0, item * each, w, each, box.x, box.y, box.w, box.h);
      if (column.dead[item]) strike(pen, box, state.theme);
    }
    if (column.kind === "logits") drawNames(state, pen, j);
  });
}

function strike(pen, { x, y, w, h }, theme) {
  pen.strokeStyle = css(mix(theme.ink, theme.paper, 0.45));
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x + 1, y + h - 1);
  pen.lineTo(x + w - 1, y + 1);
  pen.stroke();
}

function drawNames(state, pen, j) {
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  pen.font = `600 12px ${state.theme.font}`;
  state.classes.forEach((name, item) => {
    const box = boxOf(state.layout.columns[j], item);
    pen.fillStyle = inkOn(signed(state.theme, state.columns[j].values[item] / reach(state.columns[j], item, state.scale)));
    pen.fillText(name.slice(0, 2), box.x + box.w / 2, box.y + box.h / 2 + 0.5);
  });
}

function drawShares(state, pen, j) {
  const { values } = state.columns[j];
  const best = values.indexOf(Math.max(...values));
  pen.textBaseline = "middle";
  state.classes.forEach((name, item) => {
    const { x, y, w, h } = boxOf(state.layout.columns[j], item);
    const track = w - 48;
    pen.fillStyle = css(state.theme.panel);
    pen.fillRect(x, y + 4, track, h - 8);
    pen.fillStyle = css(share(state.theme, 0.35 + 0.65 * values[item]));
    pen.fillRect(x, y + 4, Math.max(1, track * values[item]), h - 8);
    pen.fillStyle = css(state.theme.ink);
    pen.font = `${item === best ? 600 : 400} 12px ${state.theme.font}`;
    pen.textAlign = "right";
    pen.fillText(percent(values[item]), x + w, y + h / 2 + 0.5);
    if (item === state.label) pen.fillText("✓", x - 3, y + h / 2 + 0.5);
  });
}

// Orange lowers, blue raises, grey does both alike.
function edgeColour(theme, adds, size, alpha) {
  const middle = mix(theme.ink, theme.paper, 0.55);
  if (adds === null) return css(middle, alpha);
  const lean = Math.min(1, Math.abs(adds) / (size || 1));
  return css(mix(middle, adds < 0 ? [232, 130, 20] : signed(theme, 1), lean), alpha);
}

function curve(pen, from, to) {
  const [x1, y1, x2, y2] = [from.x + from.w, from.y + from.h / 2, to.x, to.y + to.h / 2];
  const middle = (x1 + x2) / 2;
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.bezierCurveTo(middle, y1, middle, y2, x2, y2);
  pen.stroke();
}

function drawEdges(state) {
  const pen = fit(state.edges, state.layout);
  const { theme, layout } = state;
  state.columns.forEach(({ joins, kind }, j) => {
    if (j === 0) return;
    const [from, to] = [layout.columns[j - 1], layout.columns[j]];
    if (!joins) { // the same map again: one line for each row of maps
      pen.strokeStyle = css(mix(theme.ink, theme.paper, 0.55), 0.35);
      pen.lineWidth = 0.75;
      for (let row = 0; row < Math.min(from.rows, to.rows); row++) {
        const [a, b] = [boxOf(from, row * from.across), boxOf(to, row * to.across)];
        curve(pen, { ...a, w: from.width }, b);
      }
      return;
    }
    const most = Math.max(...joins.sizes) || 1;
    const order = Array.from(joins.sizes.keys()).sort((a, b) => joins.sizes[b] - joins.sizes[a]).slice(0, STRONGEST);
    for (const place of order.reverse()) {
      const size = joins.sizes[place];
      if (!(size > 0)) continue;
      pen.strokeStyle = edgeColour(theme, joins.adds[place], size, 0.1 + 0.45 * (size / most));
      pen.lineWidth = 0.4 + 1.4 * (size / most);
      curve(pen, boxOf(from, place % joins.from), boxOf(to, Math.floor(place / joins.from)));
    }
  });
}

// Everything that depends on where somebody looks: cheap enough for every frame.
function drawLook(state) {
  const { layout, columns, theme } = state;
  const hot = fit(state.hot, layout), rings = fit(state.rings, layout);
  const look = state.hover ?? state.focus ?? state.selected;
  state.edges.classList.toggle("quiet", !!look && look.j > 0);
  if (state.selected) veil(state, rings, [state.selected, look]);
  if (look) {
    const sources = sourcesOf(columns, look);
    const most = sources[0]?.size || 1;
    const target = boxOf(layout.columns[look.j], look.item);
    for (const { item, adds, size } of [...sources].reverse()) {
      const t = size / most;
      const from = boxOf(layout.columns[look.j - 1], item);
      hot.strokeStyle = edgeColour(theme, adds, size, 0.25 + 0.75 * t);
      hot.lineWidth = 0.6 + 2 * t;
      if (size > 0) curve(hot, from, target);
      if (size > 0) frameBox(rings, from, edgeColour(theme, adds, size, 0.3 + 0.7 * t), 1);
    }
    drawSight(state, rings, look, sources);
    frameBox(rings, target, css(theme.ink), 1.5);
  }
  if (state.selected) {
    const box = boxOf(layout.columns[state.selected.j], state.selected.item);
    frameBox(rings, box, css(theme.cnn), 2.5);
    markPixel(rings, pixelBox(layout, columns, state.selected, [state.selected.row, state.selected.col], [state.selected.row, state.selected.col]), theme);
  }
  if (state.focus && state.byKeyboard) {
    const { x, y, w, h } = boxOf(layout.columns[state.focus.j], state.focus.item);
    frameBox(rings, { x: x - 2, y: y - 2, w: w + 4, h: h + 4 }, css(theme.cnn), 2);
  }
}

function frameBox(pen, { x, y, w, h }, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.strokeRect(x - width / 2, y - width / 2, w + width, h + width);
}

function markPixel(pen, box, theme) {
  frameBox(pen, box, css(theme.paper), 2.5);
  frameBox(pen, box, css(theme.ink), 1.25);
}

// The pixels that the one looked at is made of: in every source, and all the way back in the digit.
function drawSight(state, pen, look, sources) {
  const { layout, columns, theme } = state;
  if (columns[look.j].shown[1] * columns[look.j].shown[2] === 1) return;
  const spans = sight(columns, look);
  const near = spans[0], first = spans.at(-1);
  const corners = ({ rows, cols }) => [[rows[0], cols[0]], [rows[1], cols[1]]];
  if (near) for (const { item } of sources) frameBox(pen, pixelBox(layout, columns, { j: near.j, item }, ...corners(near)), css(theme.ink, 0.85), 0.75);
  if (first && first.j === 0) markPixel(pen, pixelBox(layout, columns, { j: 0, item: 0 }, ...corners(first)), theme);
  markPixel(pen, pixelBox(layout, columns, look, [look.row, look.col], [look.row, look.col]), theme);
}

// What neither is selected nor feeds it steps back.
function veil(state, pen, lit) {
  const { layout, columns } = state;
  pen.fillStyle = css(state.theme.paper, 0.62);
  for (const { x, y, width, tall } of layout.columns) pen.fillRect(x - 1, y - 1, width + 2, tall + 2);
  const dots = state.maps.width / layout.width;
  const again = (j, item) => {
    const { x, y, w, h } = boxOf(layout.columns[j], item);
    pen.drawImage(state.maps, x * dots, y * dots, w * dots, h * dots, x, y, w, h);
  };
  again(0, 0);
  for (const place of lit) {
    again(place.j, place.item);
    for (const { item } of sourcesOf(columns, place)) again(place.j - 1, item);
  }
}
