// What the payload's numbers say: ranges, sources of a map or unit, and the values that a pixel is made of.

const SIGNED = (column) => column.kind !== "image" && column.kind !== "probabilities";

function largest(values) {
  let most = 0;
  for (const v of values) if (Math.abs(v) > most) most = Math.abs(v); // a comparison with NaN is false
  return most;
}

// The columns with their numbers beside what the header says of them.
function columnsOf({ columns, arrays }) {
  const found = columns.map((column, j) => {
    const [count, height, width] = column.shown;
    const values = arrays[`values${column.kind === "flat" ? j - 1 : j}`];
    const area = height * width;
    const each = Array.from({ length: count }, (_, i) => values.subarray(i * area, (i + 1) * area));
    const peaks = each.map(largest);
    const dead = column.kind === "maps" ? each.map((own) => own.every((v) => v === 0)) : each.map(() => false);
    const joins = column.joined ? { adds: arrays[`adds${j}`], sizes: arrays[`sizes${j}`], from: columns[j - 1].shown[0] } : null;
    return { ...column, values, each, peaks, peak: Math.max(...peaks), dead, joins };
  });
  const whole = Math.max(...found.filter(SIGNED).map(({ peak }) => peak));
  return found.map((column) => ({ ...column, whole }));
}

// The size of a value that gets the full colour, for one map under the chosen switch.
const reach = (column, item, scale) => (scale === "map" ? column.peaks[item] : scale === "layer" || !SIGNED(column) ? column.peak : column.whole) || 1;

// What feeds a map or unit: {item, adds, size}, the strongest first; adds is null where it is not a sum.
function sourcesOf(columns, { j, item }) {
  if (j === 0) return [];
  const { joins, kind } = columns[j];
  if (kind === "probabilities") {
    // every logit's exponential stands in the sum below the fraction
    return columns[j].each.map(([share], i) => ({ item: i, adds: null, size: share })).sort((a, b) => b.size - a.size);
  }
  if (!joins) return [{ item, adds: null, size: 1 }];
  const start = item * joins.from;
  return Array.from({ length: joins.from }, (_, i) => ({ item: i, adds: joins.adds[start + i], size: joins.sizes[start + i] }))
    .sort((a, b) => b.size - a.size);
}

// The numbers of the same map, one column before, that a pixel is made of; in reading order.
function madeOf(columns, { j, item, row, col }) {
  const source = columns[j - 1];
  const [, height, width] = source.shown;
  const [top, bottom] = seen(columns[j].window, 0, [row, row], height);
  const [left, right] = seen(columns[j].window, 1, [col, col], width);
  const found = [];
  for (let r = top; r <= bottom; r++) for (let c = left; c <= right; c++) found.push(source.each[item][r * width + c]);
  return found;
}

// How far back a pixel sees: for each column before it the span of rows and of columns, nearest first; null where everything is seen.
function sight(columns, { j, row, col }) {
  let rows = [row, row], cols = [col, col];
  const spans = [];
  for (let k = j; k > 0; k--) {
    const { kind, window } = columns[k];
    if (kind === "units" || kind === "logits" || kind === "probabilities") return spans;
    const [, height, width] = columns[k - 1].shown;
    [rows, cols] = [seen(window, 0, rows, height), seen(window, 1, cols, width)];
    spans.push({ j: k - 1, rows, cols });
  }
  return spans;
}

const valueAt = (column, { item, row, col }) => column.each[item][row * column.shown[2] + col];

// The place of the largest number of a map, by its size.
function strongest(columns, { j, item }) {
  const own = columns[j].each[item];
  const width = columns[j].shown[2];
  let best = 0;
  for (let i = 1; i < own.length; i++) if (Math.abs(own[i]) > Math.abs(own[best])) best = i;
  return { j, item, row: Math.floor(best / width), col: best % width };
}

// The shortest decimal number that is exactly this float32.
function exact(value) {
  if (!Number.isFinite(value)) return short(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text.replace(/-/g, "−");
  }
  return String(Number(value.toPrecision(9))).replace(/-/g, "−");
}

// "conv2, map 7", "fc1, unit 3", "softmax, class 4".
function nameOf(columns, classes, { j, item }) {
  const { kind, name } = columns[j];
  if (kind === "image") return "The digit";
  if (kind === "logits" || kind === "probabilities") return `${name}, class ${classes[item]}`;
  return `${name}, ${kind === "units" ? "unit" : "map"} ${item}`;
}
