// What flows into what, and what a place is made of: of the stage's four canvases, from below, the first (all strong
// edges), the second (those into what is looked at) and the fourth (rings and boxes).

const STRONGEST = 140; // edges a layer that are drawn when nothing is pointed at

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

// Edges pass behind a stack of head maps, and are not to be seen through its gaps.
function hideBehindHeads(pen, { layout, columns }) {
  columns.forEach(({ kind }, j) => {
    const { x, y, width, tall } = layout.columns[j];
    if (BY_HEAD.includes(kind)) pen.clearRect(x, y, width, tall);
  });
}

const PLAIN = ["same", "whole", "row", "added", "mean"]; // ways that go from an item to the same one

function drawEdges(state) {
  const pen = fit(state.edges, state.layout);
  const { theme, layout, columns } = state;
  columns.forEach((column, j) => {
    for (const source of column.sources) {
      const sizes = { joined: column.joins?.sizes, gather: column.flow, flow: column.flow }[source.how];
      const [from, to] = [layout.columns[source.j], layout.columns[j]];
      if (sizes) strongEdges(pen, theme, sizes, column.joins?.adds, columns[source.j].shown[0], from, to);
      else if (source.j === j - 1 && PLAIN.includes(source.how)) plainEdges(pen, theme, column, source, from, to);
    }
  });
  hideBehindHeads(pen, state);
}

function strongEdges(pen, theme, sizes, adds, sources, from, to) {
  const most = largest(sizes) || 1;
  const order = Array.from(sizes.keys()).sort((a, b) => sizes[b] - sizes[a]).slice(0, STRONGEST);
  for (const place of order.reverse()) {
    const size = sizes[place];
    if (!(size > 0)) continue;
    pen.strokeStyle = edgeColour(theme, adds ? adds[place] : null, size, 0.1 + 0.45 * (size / most));
    pen.lineWidth = 0.4 + 1.4 * (size / most);
    curve(pen, boxOf(from, place % sources), boxOf(to, Math.floor(place / sources)));
  }
}

// The same item again: one line for each row of them; all into one where they are averaged.
function plainEdges(pen, theme, { shown }, { how, shift }, from, to) {
  pen.strokeStyle = css(mix(theme.ink, theme.paper, 0.55), 0.35);
  pen.lineWidth = 0.75;
  if (how === "mean") {
    const middle = { x: to.x, y: to.y, w: to.width, h: to.tall };
    for (let row = 0; row < from.rows; row++) curve(pen, boxOf(from, row), middle);
    return;
  }
  for (let row = 0; row < to.rows; row++) {
    const source = row * from.across + shift;
    if (source < 0 || row + shift >= from.rows || row * to.across >= shown[0]) continue;
    const [a, b] = [boxOf(from, source), boxOf(to, row * to.across)];
    curve(pen, { ...a, w: from.width }, b);
  }
}

// Everything that depends on where somebody looks: cheap enough for every frame.
function drawLook(state) {
  const { layout, columns, theme } = state;
  const hot = fit(state.hot, layout), rings = fit(state.rings, layout);
  const look = state.hover ?? state.focus ?? state.selected;
  state.edges.classList.toggle("quiet", !!state.selected || (!!look && look.j > 0));
  if (state.selected) veil(state, rings, [state.selected, look]);
  if (look) {
    const sources = sourcesOf(columns, look);
    const most = sources[0]?.size || 1;
    const target = boxOf(layout.columns[look.j], look.item);
    for (const { j, item, adds, size, role } of [...sources].reverse()) {
      const t = size === null ? 0.6 : size / most;
      if (!(t > 0)) continue;
      const colour = (alpha) => (role && adds === null ? css(theme[role], alpha) : edgeColour(theme, adds, size, alpha));
      const from = boxOf(layout.columns[j], item);
      hot.strokeStyle = colour(0.25 + 0.75 * t);
      hot.lineWidth = 0.6 + 2 * t;
      hot.setLineDash(role ? [5, 3] : []); // query blue is not the blue that raises
      curve(hot, from, target);
      frameBox(rings, from, colour(0.3 + 0.7 * t), 1);
    }
    hideBehindHeads(hot, state);
    drawSight(state, rings, look, sources);
    frameBox(rings, target, css(theme.ink), 1.5);
  }
  if (state.selected) {
    const { selected } = state, accent = css(columns[0].patches ? theme.transformer : theme.cnn);
    frameBox(rings, boxOf(layout.columns[selected.j], selected.item), accent, 2.5);
    markPixel(rings, pixelBox(layout, columns, selected, [selected.row, selected.col], [selected.row, selected.col]), theme);
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

// The numbers that the one looked at is made of: in every source, and where in the digit it all comes from.
function drawSight(state, pen, look, sources) {
  const { layout, columns, theme } = state;
  const corners = ({ rows, cols }) => [[rows[0], cols[0]], [rows[1], cols[1]]];
  for (const { rows, cols, role } of sight(columns, look)) {
    const box = pixelBox(layout, columns, { j: 0, item: 0 }, ...corners({ rows, cols }));
    if (role) frameBox(pen, box, css(theme[role]), 2);
    else markPixel(pen, box, theme);
  }
  if (columns[look.j].shown[1] * columns[look.j].shown[2] === 1) return;
  for (const place of sources) {
    const [, height, width] = columns[place.j].shown;
    const all = place.rows[1] - place.rows[0] + 1 === height && place.cols[1] - place.cols[0] + 1 === width;
    if (!all && place.j > 0) frameBox(pen, pixelBox(layout, columns, place, ...corners(place)), css(theme.ink, 0.85), 0.75);
  }
  markPixel(pen, pixelBox(layout, columns, look, [look.row, look.col], [look.row, look.col]), theme);
}

// What neither is selected nor feeds it steps back.
function veil(state, pen, lit) {
  const { layout, columns } = state;
  pen.fillStyle = css(state.theme.paper, state.theme.dark ? 0.5 : 0.62);
  for (const { x, y, width, tall } of layout.columns) pen.fillRect(x - 1, y - 1, width + 2, tall + 2);
  const dots = state.maps.width / layout.width;
  const again = (j, item) => {
    const { x, y, w, h } = boxOf(layout.columns[j], item);
    pen.drawImage(state.maps, x * dots, y * dots, w * dots, h * dots, x, y, w, h);
  };
  again(0, 0);
  for (const place of lit) {
    again(place.j, place.item);
    for (const { j, item } of sourcesOf(columns, place)) again(j, item);
  }
}
