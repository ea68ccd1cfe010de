// What the payload's numbers say: the columns, their ranges, and what every item is called.

const RAMPS = { image: "image", patches: "image", probabilities: "share", weights: "share" }; // all others: signed
const OF_TOKENS = ["patches", "tokens", "projections"];
const BY_HEAD = ["scores", "weights"];

// The columns with their numbers beside what the header says of them.
function columnsOf({ columns, arrays, patches, patch_size, side }) {
  const found = [];
  columns.forEach((column, j) => {
    const [count, height, width] = column.shown;
    const values = arrays[`values${j}`] ?? found[j - 1].values; // laid flat: the numbers of the column before
    const area = height * width;
    const each = Array.from({ length: count }, (_, i) => values.subarray(i * area, (i + 1) * area));
    const peaks = each.map(largest);
    const dead = each.map((own) => column.kind === "maps" && own.every((v) => v === 0));
    const first = found.find(({ name }) => name === column.sources[0]?.name);
    const joins = arrays[`adds${j}`] ? { adds: arrays[`adds${j}`], sizes: arrays[`sizes${j}`], from: first.shown[0] } : null;
    const ramp = RAMPS[column.kind] ?? "signed";
    found.push({ ...column, ramp, values, each, peaks, peak: Math.max(...peaks), dead, joins, kernels: arrays[`kernels${j}`], patches, patch_size, side, flow: arrays[`flow${j}`], shares: arrays[`shares${j}`] });
  });
  const whole = Math.max(...found.filter(({ ramp }) => ramp === "signed").map(({ peak }) => peak));
  const shades = [Math.min(...found[0].values), Math.max(...found[0].values)]; // of the image, and so of its patches
  return found.map((column) => ({ ...column, shades, whole: column.ramp === "signed" ? whole : 1 }));
}

// Those that are seen while one block, or none, is open; each knows where its sources stand among them.
function visible(columns, open) {
  const seen = columns.filter(({ inside, block }) => !inside || block === open);
  const place = new Map(seen.map(({ name }, j) => [name, j]));
  return seen.map((column) => {
    const sources = column.block !== null && column.block !== open && column.closed.length ? column.closed : column.sources;
    return { ...column, isClosed: sources === column.closed, sources: sources.map((source) => ({ ...source, j: place.get(source.name) })) };
  });
}

// The size of a value that gets the full colour, for one item under the chosen switch; 0 where all are zero.
function reach(column, item, scale) {
  if (column.ramp === "image" || column.kind === "probabilities") return 1;
  return scale === "map" ? column.peaks[item] : scale === "layer" ? column.peak : column.whole;
}

const valueAt = (column, { item, row, col }) => column.each[item][row * column.shown[2] + col];

// The place of the largest number of an item, by its size.
function strongest(columns, { j, item }) {
  const own = columns[j].each[item];
  const width = columns[j].shown[2];
  let best = 0;
  for (let i = 1; i < own.length; i++) if (Math.abs(own[i]) > Math.abs(own[best])) best = i;
  return { j, item, row: Math.floor(best / width), col: best % width };
}

// The shortest decimal number that is exactly this float32.
const exact = (value) => exactly(value, [6, 7, 8].find((digits) => Math.fround(Number(value.toPrecision(digits))) === value) ?? 9);

// A place as the core numbers it (`explain` in scratchnn/inspection/arithmetic), and back.
function positionOf({ kind, shown: [, height, width] }, { item, row, col }) {
  if (kind === "flat") return [(item * height + row) * width + col];
  if (kind === "projections") return [row, item, col]; // head, token, number
  if (kind === "patches" || kind === "tokens") return [item, row * width + col];
  return height * width === 1 && kind !== "maps" ? [item] : [item, row, col];
}

function placeIn(columns, layer, position) {
  const j = columns.findIndex(({ name }) => name === layer);
  if (j < 0) return null;
  const { kind, shown: [count, height, width] } = columns[j];
  const [first, second = 0, third = 0] = position;
  const folded = (number) => ({ row: Math.floor(number / width), col: number % width });
  const place = kind === "flat" ? { j, item: Math.floor(first / (height * width)), ...folded(first % (height * width)) }
    : kind === "projections" ? { j, item: second, row: first, col: third }
    : kind === "patches" || kind === "tokens" ? { j, item: first, ...folded(second) }
    : { j, item: first, row: second, col: third };
  return place.item < count && place.row < height && place.col < width ? place : null;
}

// A number of attention as the pictures of all attention find it: what asks, what is asked, or both.
function askedAt({ columns, patches }, { j, item, row, col }) {
  const { kind, block: layer, label } = columns[j];
  if (BY_HEAD.includes(kind)) return { layer, head: item, query: patches[row], key: patches[col] };
  return kind === "projections" ? { layer, head: row, [label === "query" ? "query" : "key"]: patches[item] } : null;
}

const columnName = ({ block, module, label }) => (block === null ? label : `${module}, ${label}`);

// What an item of a column is: "map 7", "unit 3", "class 4", "patch 5", "head 2".
function itemName(column, classes, item) {
  const { kind } = column;
  if (kind === "logits" || kind === "probabilities") return `class ${classes[item]}`;
  if (kind === "patches" && column.patches[0] < 0) return `patch ${column.patches[item + 1]}`; // the class token is no patch
  if (OF_TOKENS.includes(kind)) return column.name === "patch_embedding" && column.patches[0] < 0 ? tokenName(column, item + 1) : tokenName(column, item);
  return `${BY_HEAD.includes(kind) ? "head" : kind === "units" ? "unit" : "map"} ${item}`;
}

// "conv2, map 7", "fc1, unit 3", "Block 0, scores, head 2".
function nameOf(columns, classes, { j, item }) {
  return columns[j].kind === "image" ? "The digit" : `${columnName(columns[j])}, ${itemName(columns[j], classes, item)}`;
}
