// The numbers of every column as colours, each map, token or head in its box; the third of the stage's four canvases.

const NUMBERED = 13; // pixels that the number of a row takes

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
    share: steps.map((i) => share(theme, i / 256)),
    image: steps.map((i) => pixel(theme, i / 256)),
  };
  return (column, scale) => {
    const { ramp, values, shades } = column;
    const area = column.shown[1] * column.shown[2];
    const most = (i) => reach(column, Math.floor(i / area), scale) || 1;
    const place = (ramp, t) => (Number.isNaN(t) ? null : ramp[Math.max(0, Math.min(256, Math.round(256 * t)))]);
    if (ramp === "share") return (i) => place(ramps.share, values[i] / most(i));
    if (ramp === "image") return (i) => place(ramps.image, (values[i] - shades[0]) / (shades[1] - shades[0] || 1));
    return (i) => place(ramps.signed, 0.5 + values[i] / (2 * most(i)));
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
    if (OF_TOKENS.includes(column.kind)) drawPatchNumbers(state, pen, j);
  });
}

// Beside rows of tokens that do not just go on from the column before: the patch that each is.
function drawPatchNumbers({ layout, columns, classes, theme }, pen, j) {
  const [column, before] = [columns[j], columns[j - 1]], { x, size, apart } = layout.columns[j];
  if (OF_TOKENS.includes(before.kind) && before.shown[0] === column.shown[0] && (before.block !== null || column.block === null)) return;
  const each = Math.ceil(NUMBERED / (size + apart)); // not every row has room for its number
  Object.assign(pen, { font: `11px ${theme.font}`, textAlign: "right", textBaseline: "middle", lineJoin: "round", lineWidth: 3, strokeStyle: css(theme.paper), fillStyle: css(mix(theme.ink, theme.paper, 0.22)) });
  for (let item = 0; item < column.shown[0]; item += each) {
    const { y, h } = boxOf(layout.columns[j], item);
    const text = itemName(column, classes, item).replace("patch ", "").replace("class token", "cls");
    pen.strokeText(text, x - 4, y + h / 2 + 0.5);
    pen.fillText(text, x - 4, y + h / 2 + 0.5);
  }
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
    pen.fillStyle = inkOn(signed(state.theme, state.columns[j].values[item] / (reach(state.columns[j], item, state.scale) || 1)));
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
