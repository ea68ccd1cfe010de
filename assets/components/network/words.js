// In words: what a place is, and how its number is made of those before it.

function describe(state, look) {
  const column = state.columns[look.j];
  const own = column.each[look.item];
  const size = own.length > 1 ? `, ${column.shown[1]}×${column.shown[2]}` : "";
  return {
    name: nameOf(state.columns, state.classes, look),
    what: `${capital(column.title)}${size}${column.module && column.block === null ? ` · ${column.module}` : ""}`,
    value: column.kind === "probabilities" ? percent(own[0]) : exact(valueAt(column, look)),
    at: column.kind === "probabilities" ? exact(own[0]) : whereIs(state, column, look),
    range: rangeOf(column, own),
  };
}

function rangeOf({ kind, shown, shape }, own) {
  const some = shown[0] < shape[0] && kind === "maps" ? ` The first ${shown[0]} of ${shape[0]} maps are shown.`
    : shown[0] < shape[0] && OF_TOKENS.includes(kind) && kind !== "projections" ? ` The first ${shown[0]} of ${shape[0]} tokens are shown.` : "";
  if (own.length === 1) return some;
  const zeros = own.reduce((n, v) => n + (v === 0), 0);
  if (zeros === own.length) return `All zero on this digit.${some}`;
  return `${short(Math.min(...own))} to ${short(Math.max(...own))}${zeros ? `, ${percent(zeros / own.length)} zero` : ""}.${some}`;
}

// Which of an item's numbers is looked at.
function whereIs({ columns }, column, { j, item, row, col }) {
  const { kind, shown: [, height, width] } = column;
  const number = row * width + col;
  if (kind === "image") return `row ${row}, column ${col} of the digit`;
  if (kind === "flat") return `place ${item * height * width + number} of ${column.shape[0]}: row ${row}, column ${col}`;
  if (kind === "tokens") return `number ${number} of ${height * width}${column.sources[0].how === "gather" ? ` (head ${row})` : ""}`;
  if (kind === "projections") return `head ${row}, number ${col} of ${width}`;
  if (BY_HEAD.includes(kind)) return `${tokenName(column, row)} reads ${tokenName(column, col)}`;
  if (height * width > 1) return `row ${row}, column ${col}`;
  if (kind === "units" && column.shares) return "The picture: what each token adds, row by row.";
  return column.joins && kind !== "maps" ? `The picture: what each of ${column.joins.from} ${columns[j - 1].kind === "flat" ? "maps" : "units"} adds, row by row.` : "";
}

// In words, what the value under the pointer is made of.
const MADE = {
  joined: () => "The largest parts of its sum:",
  fraction: (state, column, look, before) => `e to the power of its logit, ${exact(before.values[look.item])}, divided by the sum of all ${before.shown[0]} such powers. The largest are of:`,
  same: (state, column, look, before, of) => {
    if (column.kind === "flat") return `The same number as in ${before.name}, map ${look.item}.`;
    const values = madeOf(state.columns, look).map(exact);
    if (!values.length) return "The class token’s own numbers, learnt in training, and those of its place.";
    if (column.name === "position") return values[0] === exact(valueAt(column, look)) ? `The same as in ${of}.` : `${values[0]} in ${of}; the rest is its place’s.`;
    const made = `${capital(column.title)} of ${values.join(values.length > 2 ? ", " : " and ")} in ${of}.`;
    return isHidden(column) ? `${made} This token’s most active units:` : made;
  },
  whole: (state, column, look, before, of) => `Made of all ${before.shown[1] * before.shown[2]} numbers of ${of}${column.title === "layer normalisation" ? ": less their mean, over their spread" : ""}.`,
  cut: () => "A square of the digit; its pixels, row by row, are what a token is made of.",
  query: (state, column, look) => (column.kind === "scores"
    ? `The query of ${tokenName(column, look.row)} times the key of ${tokenName(column, look.col)}, number by number, added up and divided by the root of ${state.columns[column.sources[0].j].shown[2]}.`
    : `How much of its attention ${tokenName(column, look.row)} gives to ${tokenName(column, look.col)}. Open the block to see the scores it is made of.`),
  row: (state, column, look, before) => `e to the power of its score, ${exact(valueAt(before, look))}, divided by the sum of all such powers in its row.`,
  gather: () => "Every token’s value, as much of it as the head attends to it. The largest parts:",
  added: () => "A sum of two:",
  mean: (state, column) => (column.patches[0] < 0 ? "The class token’s own number:" : "The mean of all tokens; the largest parts:"),
  flow: () => "What attention brings here, by its length, on average over the heads; the largest. Open the block to see how.",
};

function madeBy(state, look) {
  const column = state.columns[look.j];
  if (look.j === 0) return "Its grey value, less the mean of all training pixels, over their spread. Click it for the numbers.";
  const [{ how, j }] = column.sources;
  const feed = feeds(state.columns, look)[0];
  return MADE[how](state, column, look, state.columns[j], feed && nameOf(state.columns, state.classes, feed));
}

const isHidden = ({ name }) => name.endsWith(".activation"); // of a feed-forward network

// The strongest parts of a sum, or of the sum below softmax's fraction; of hidden units, the most active ones.
function listed(state, look) {
  const column = state.columns[look.j];
  if (isHidden(column)) {
    const units = Array.from(column.each[look.item], (value, unit) => ({ name: `unit ${unit}`, adds: value, size: Math.abs(value), text: short(value) }));
    return units.filter(({ size }) => size > 0).sort((a, b) => b.size - a.size).slice(0, MOST);
  }
  return sourcesOf(state.columns, look).filter(({ size }) => size !== null && size > 0).slice(0, MOST).map(({ j, item, adds, size }) => ({
    name: nameOf(state.columns, state.classes, { j, item }), adds, size,
    text: adds !== null ? summand(adds) : column.kind === "probabilities" ? percent(size) : short(size),
  }));
}
