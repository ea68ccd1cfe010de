// How the row's table, one key's products and the gathered context are drawn.

// A vector as a strip of d colours, with a mark at the chosen component.
function stripOn(parent) {
  const box = make(parent, "div", { className: "strip" });
  make(box, "canvas", { "aria-hidden": "true" });
  make(box, "i", { "aria-hidden": "true" });
  return box;
}
function strip(state, box, values, unit) {
  paint(box.firstChild, values.length, 1, (c) => signed(state.theme, values[c] / (unit || 1)));
}

const NUMBERS = ["dots", "scaled", "mask", "scores", "exponentials", "weights"];

function keyRow(body) {
  const row = make(body, "tr");
  const label = make(make(row, "th", { scope: "row" }), "label");
  make(label, "input", { type: "radio", name: "key" });
  make(label, "canvas", { "aria-hidden": "true" });
  make(label, "span");
  for (const name of NUMBERS) make(row, "td", { className: name });
  const bar = make(make(row, "td", { className: "bar" }), "div", { className: "track", "aria-hidden": "true" });
  make(bar, "i");
  make(bar, "b");
  stripOn(make(row, "td", { className: "values" }));
  stripOn(make(row, "td", { className: "weighted" }));
  return row;
}

function drawRows(state) {
  const { data, row, key } = state, { size, arrays } = data;
  const [unit, top] = [largest(arrays.values), Math.max(...row.weights, ...arrays.weights)];
  const brought = data.patches.map((_, token) => arrays.values.subarray(token * size, (token + 1) * size).map((value) => value * row.weights[token]));
  const mixed = Math.max(...brought.map(largest), largest(row.context), largest(arrays.context));
  state.heads.values.textContent = `value, ±${short(unit)}`;
  state.heads.weighted.textContent = `weight × value, ±${short(mixed)}`;
  fill(state.body, data.patches, keyRow, (element, patch, token) => {
    const cells = [...element.children], [radio, canvas, name] = cells[0].firstChild.children;
    piece(canvas, state.theme, data, patch);
    name.textContent = tokenName(data, token);
    radio.checked = token === key;
    radio.onchange = () => pick(state, { key: token });
    element.onclick = () => pick(state, { key: token });
    element.className = token === key ? "chosen" : "";
    NUMBERS.forEach((column, i) => {
      cells[i + 1].textContent = column === "weights" ? percent(row.weights[token]) : short(row[column][token]);
      cells[i + 1].title = exactly(row[column][token]);
    });
    const [bar, own] = cells[7].firstChild.children;
    Object.assign(bar.style, { width: (100 * row.weights[token]) / top + "%", background: css(share(state.theme, 0.35 + (0.65 * row.weights[token]) / top)) });
    own.style.left = (100 * arrays.weights[token]) / top + "%";
    strip(state, cells[8].firstChild, arrays.values.subarray(token * size, (token + 1) * size), unit);
    strip(state, cells[9].firstChild, brought[token], mixed);
  });
  const total = row.weights.reduce((a, b) => a + b, 0);
  [[state.sum, row.sum], [state.whole, total]].forEach(([cell, value]) => Object.assign(cell, { textContent: short(value), title: exactly(value) }));
  strip(state, state.gathered, row.context, mixed);
  strip(state, state.ownContext, arrays.context, mixed);
  state.ownLine.hidden = state.temperature === 1;
}

// Query, key and their product, one below the other for each component.
function drawProducts(state) {
  const { data, key } = state, { size, arrays: { query, keys } } = data;
  const own = keys.subarray(key * size, (key + 1) * size), products = query.map((q, c) => q * own[c]);
  const units = [largest(query), largest(keys), largest(products)], fine = size > 32;
  state.products.classList.toggle("fine", fine);
  fill(state.products, [...products], (parent) => {
    const group = make(parent, "div");
    for (const tag of ["small", "b", "b", "b"]) make(group, tag);
    return group;
  }, (group, product, c) => {
    const [index, ...cells] = group.children, numbers = [query[c], own[c], product];
    index.textContent = fine ? "" : c;
    group.title = `component ${c}: ${exactly(numbers[0])} × ${exactly(numbers[1])} = ${exactly(numbers[2])}`;
    cells.forEach((cell, i) => {
      cell.textContent = fine ? "" : short(numbers[i]);
      tint(cell, signed(state.theme, (0.85 * numbers[i]) / (units[i] || 1)));
    });
  });
}

function drawChain(state) {
  const { data, row, key, component, temperature } = state, { size, chosen: { query }, arrays } = data;
  const name = tokenName(data, key), { chain, mixed } = state;
  state.productsTitle.textContent = capital(`${tokenName(data, query)} asks ${name}: the query with its key`);
  const write = (list, entry, label, value) => Object.assign(list[entry], { textContent: exactly(value) }).previousSibling.replaceChildren(label);
  write(chain, "dot", `sum of the ${size} products, q · k`, row.dots[key]);
  write(chain, "scaled", `÷ √${size}`, row.scaled[key]);
  write(chain, "masked", row.mask[key] ? "+ mask: −∞, this key is hidden" : "+ mask: 0, no key is hidden here", row.scaled[key] + row.mask[key]);
  write(chain, "score", temperature === 1 ? "÷ temperature 1, the network’s own" : `÷ temperature ${exactly(temperature)}, a trial`, row.scores[key]);
  write(chain, "exponential", `exp, the largest score ${exactly(row.top)} subtracted first`, row.exponentials[key]);
  write(chain, "weight", `÷ ${exactly(row.sum)}, the sum of all ${row.weights.length}, = weight`, row.weights[key]);
  write(chain, "own", "the network’s own weight", arrays.weights[key]);
  const misses = apart(row.weights, arrays.weights);
  state.residual.textContent = temperature === 1
    ? `Over all keys the arithmetic misses the network’s own weights by at most ${short(misses)}, and its context by ${short(apart(row.context, arrays.context))}.`
    : `The trial moves the weights by up to ${short(misses)}, and the context by up to ${short(apart(row.context, arrays.context))}.`;
  state.componentInput.max = size - 1;
  state.componentInput.value = component;
  write(mixed, "weight", `weight of ${name}`, row.weights[key]);
  write(mixed, "value", `× component ${component} of its value`, valueAt(data, key, component));
  write(mixed, "product", "= what it brings", row.weights[key] * valueAt(data, key, component));
  write(mixed, "rest", `+ what the other ${row.weights.length - 1} bring`, row.context[component] - row.weights[key] * valueAt(data, key, component));
  write(mixed, "total", `= component ${component} of the context`, row.context[component]);
  write(mixed, "own", "the network’s own", arrays.context[component]);
}
