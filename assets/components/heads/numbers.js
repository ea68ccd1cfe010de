// One head's three stages as matrices, what stands at a cell of them, and the tables that say the same.

const STAGES = 3; // products, scaled, weights

// One query's row of a head, in all its steps.
function queryRow({ size, patches: { length }, arrays: { queries, keys, hidden } }, head, query) {
  const from = (head * length + query) * size, own = keys.subarray(head * length * size, (head + 1) * length * size);
  return attend(queries.subarray(from, from + size), own, hidden);
}

// Each stage with its values, T × T, and their range. Where a key is hidden, there is no value after the first.
function stagesOf(data, head) {
  const { patches: { length }, weighed, arrays: { weights } } = data;
  const stages = Array.from({ length: STAGES }, () => ({ values: new Float64Array(length ** 2), low: Infinity, high: -Infinity }));
  let misses = head < weighed ? 0 : null; // how far the arithmetic is from the network's own weights, where these came along
  for (let query = 0; query < length; query++) {
    const row = queryRow(data, head, query);
    for (let key = 0; key < length; key++) {
      const cell = query * length + key, own = row.mask[key] < 0 ? NaN : 1;
      [row.dots[key], own * row.scaled[key], own * row.weights[key]].forEach((value, k) => {
        stages[k].values[cell] = value;
        if (value < stages[k].low) stages[k].low = value; // a comparison with NaN is false
        if (value > stages[k].high) stages[k].high = value;
      });
      if (misses !== null) misses = Math.max(misses, Math.abs(row.weights[key] - weights[head * length ** 2 + cell]));
    }
  }
  return { stages, misses };
}

// What is pointed at, or else what was chosen; without a key, the one that the query looks at most.
function cellOf(state) {
  const { query, key } = state.look ?? { query: state.chosen.query, key: state.key };
  state.row = state.rowIs === query ? state.row : queryRow(state.data, state.chosen.head, query);
  state.rowIs = query;
  const { weights } = state.row;
  return { query, key: key ?? Math.max(0, weights.indexOf(Math.max(...weights))) };
}

// A cell's arithmetic, a list of lines for each stage.
function arithmetic({ data: { size }, row }, key) {
  const product = exactly(row.dots[key]), scaled = exactly(row.scaled[key]);
  const largest = row.top < 0 ? `(${exactly(row.top)})` : exactly(row.top);
  const first = [`sum of ${size} products q × k`, `= ${product}`];
  if (row.mask[key] < 0) return [first, [`${product} ÷ √${size} = ${scaled}`, "+ mask −∞: hidden, no value"], ["e^−∞ = 0: hidden, no share"]];
  return [
    first,
    [`${product} ÷ √${size}`, `= ${scaled}`],
    [`e^(${scaled} − ${largest}) = ${exactly(row.exponentials[key])}`, `÷ ${exactly(row.sum)}, its row’s sum`, `= ${exactly(row.weights[key])}`],
  ];
}

const spokenCell = ({ data, row }, query, key) =>
  `${capital(tokenName(data, query))} asks ${tokenName(data, key)}: product ${short(row.dots[key])}, `
  + (row.mask[key] < 0 ? "hidden" : `scaled ${short(row.scaled[key])}, weight ${percent(row.weights[key])}`);

// The whole row that is shown, and the products at its cell, in full.
function tables(state, sheet) {
  const { data, row, chosen: { head } } = state, { query, key } = cellOf(state), { size, arrays } = data;
  const body = table(sheet, ["Key", "q · k", `÷ √${size}`, "+ mask", "less the row’s largest", "e^", "weight"], `Head ${head} of block ${data.layer}, query ${tokenName(data, query)}`);
  row.dots.forEach((dot, token) => {
    const masked = row.scaled[token] + row.mask[token];
    line(body, [tokenName(data, token), ...[dot, row.scaled[token], masked, masked - row.top, row.exponentials[token], row.weights[token]].map((value) => exactly(value))]);
  });
  line(make(body.parentElement, "tfoot"), ["Sum", "", "", "", "", exactly(row.sum), exactly(row.weights.reduce((a, b) => a + b, 0))]);
  const products = table(sheet, ["Component", "query", "key", "product"], `Key ${tokenName(data, key)}`);
  const [q, k] = [[arrays.queries, query], [arrays.keys, key]].map(([numbers, token]) => numbers.subarray((head * data.patches.length + token) * size).subarray(0, size));
  q.forEach((value, c) => line(products, [String(c), exactly(value), exactly(k[c]), exactly(value * k[c])]));
  line(make(products.parentElement, "tfoot"), ["Sum", "", "", exactly(row.dots[key])]);
}
