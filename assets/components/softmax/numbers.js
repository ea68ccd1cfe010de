// The arithmetic of one row, at any temperature, from the network's own query, keys and values; and its words.

const valueAt = ({ size, arrays }, token, component) => arrays.values[token * size + component];

// Every column of the table, and the context that the weights make of the values.
function rowAt(data, temperature) {
  const { size, arrays: { query, keys, hidden } } = data;
  const row = attend(query, keys, hidden, temperature);
  const context = [...Array(size).keys()].map((c) => row.weights.reduce((total, weight, token) => total + weight * valueAt(data, token, c), 0));
  return { ...row, context };
}

const apart = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
const strongest = (weights) => Math.max(0, weights.indexOf(Math.max(...weights))); // there is none among NaNs
// How many keys, the heaviest first, hold nine tenths of the attention.
function keysForMost(weights) {
  let sum = 0;
  return [...weights].sort((a, b) => b - a).findIndex((weight) => (sum += weight) >= 0.9) + 1;
}
const keysText = (count) => `${count} ${count === 1 ? "key" : "keys"}`;

// What the row says, in a sentence.
function answer({ data, row, temperature }) {
  const { chosen: { query }, arrays: { weights } } = data, ranked = [...row.weights.keys()].sort((a, b) => row.weights[b] - row.weights[a]);
  const parts = ranked.slice(0, 3).map((token) => `${tokenName(data, token)}${rowAndColumn(data, token)} with ${percent(row.weights[token])}`);
  const said = `${tokenName(data, query)}${rowAndColumn(data, query)} looks most at ${parts[0]}` + (parts.length > 1 ? `, then ${parts.slice(1).join(" and ")}` : "");
  if (temperature === 1) return `${capital(said)}.`;
  const best = strongest(weights), now = strongest(row.weights);
  return `At temperature ${short(temperature)} the largest weight goes from ${percent(weights[best])} to ${percent(row.weights[now])}, and nine tenths of the attention lie on ${keysText(keysForMost(row.weights))} instead of ${keysForMost(weights)}.`;
}

// Everything in full precision, as text.
function tables(state, parent) {
  const { data, row, key, component } = state, { size, arrays } = data;
  const all = table(parent, ["Key", "q · k", `÷ √${size}`, "+ mask", "÷ T", "exp", "weight", `value, component ${component}`, "weight × value"], "Every key");
  for (const token of data.patches.keys()) {
    const value = valueAt(data, token, component);
    line(all, [tokenName(data, token), ...[row.dots, row.scaled, row.scaled.map((x, i) => x + row.mask[i]), row.scores, row.exponentials, row.weights].map((column) => exactly(column[token])), exactly(value), exactly(row.weights[token] * value)]);
  }
  line(all, ["Sum", "", "", "", "", exactly(row.sum), exactly(row.weights.reduce((a, b) => a + b, 0)), "", exactly(row.context[component])]);
  const products = table(parent, ["Component", "query", "key", "product"], `The products with ${tokenName(data, key)}`);
  for (let c = 0; c < size; c++) line(products, [String(c), exactly(arrays.query[c]), exactly(arrays.keys[key * size + c]), exactly(arrays.query[c] * arrays.keys[key * size + c])]);
  line(products, ["Sum", "", "", exactly(row.dots[key])]);
  const gathered = table(parent, ["Component", "here", "the network’s own"], "The context");
  row.context.forEach((value, c) => line(gathered, [String(c), exactly(value), exactly(arrays.context[c])]));
}
