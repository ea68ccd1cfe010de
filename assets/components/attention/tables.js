// The same as tables: the shown query's row, what its numbers come from or to, and all maps.

// What stands beside a weight, by its name.
function beside(data, map, query, key) {
  const given = weight(data, map, query, key), size = valueSize(data, map, key);
  if (size !== null) return { "Size of its value": exactly(size), "Weight × size": exactly(given * size) };
  const made = kindOf(data.maps[map]) === "mean" && meanOf(data, map, query, key);
  if (!made) return {};
  const heads = Object.fromEntries(made.terms.map((term, head) => [`Head ${head}`, exactly(term)]));
  return { ...heads, Sum: exactly(made.sum, 9), [`÷ ${data.heads}`]: exactly(made.mean, 9), Residual: short(Math.abs(made.mean - given)) };
}

// The shown query's row, and what its numbers come from or to; below it all maps.
function tables(state, parent) {
  const { data } = state, place = withKey(state), { map, query } = place, names = Object.keys(beside(data, map, query, 0));
  const body = table(parent, ["Key", "Weight", ...names], `${capital(data.maps[map].name)}, query ${tokenName(data, query)}`);
  let sum = 0;
  for (const key of data.patches.keys()) {
    sum += weight(data, map, query, key);
    line(body, [tokenName(data, key) + rowAndColumn(data, key), exactly(weight(data, map, query, key)), ...Object.values(beside(data, map, query, key))]);
  }
  line(make(body.parentElement, "tfoot"), ["Sum", exactly(sum), ...names.map(() => "")]);
  if (kindOf(data.maps[map]) === "rollout") tablesOfRollout(data, parent, place);
  const all = table(parent, ["Map", "Largest weight", "Query", "Key"], "All maps");
  state.peaks ??= data.maps.map((_, m) => peak(data, m));
  state.peaks.forEach(([query, key], m) => line(all, [capital(data.maps[m].name), exactly(weight(data, m, query, key)), tokenName(data, query), tokenName(data, key)]));
}

// The query and the key of a map's largest weight.
function peak(data, map) {
  const rows = [...data.patches.keys()].map((query) => [query, strongest(data, map, query)]);
  return rows.reduce((a, b) => (weight(data, map, ...b) > weight(data, map, ...a) ? b : a));
}

// The rollout's last step and all blocks before it, token by token.
function tablesOfRollout(data, parent, { map, query, key }) {
  const step = lastStep(data, query, key);
  if (!step) return;
  const { shares, terms, block } = step, [from, to] = [tokenName(data, query), tokenName(data, key)];
  const last = table(parent, ["By way of", `Mean of block ${block}`, "Mixed with itself", `${capital(to)} ${beforeBlock(block)}`, "Product"], `The last step from ${from} to ${to}`);
  for (const { token, mean, mixed, before, product } of terms) line(last, [tokenName(data, token), exactly(mean), ...[mixed, before, product].map((value) => exactly(value, 9))]);
  const foot = make(last.parentElement, "tfoot"), sum = products(terms);
  line(foot, ["Sum", "", "", "", exactly(sum, 9)]);
  line(foot, ["Residual", "", "", "", short(Math.abs(sum - weight(data, map, query, key)))]);
  const steps = table(parent, ["Token", ...shares.slice(1).map((_, layer) => `After block ${layer}`)], `How much of ${to} has reached each token`);
  for (const token of data.patches.keys()) line(steps, [tokenName(data, token), ...shares.slice(1).map((share) => exactly(share[token], 9))]);
}
