// What is read off the payload, and the words and tables that say it.

const first = ({ patches }) => Number(patches[0] < 0); // the place of patch 0
const placeName = (data, place) => (data.patches[place] < 0 ? "the " : "") + tokenName(data, place);

const kindOf = ({ data, kind }) => data.kinds[kind];
// A row of the encoding that is shown: E numbers; zeros where nothing is added.
function rowOf({ data, kind }, place) {
  const [length, width] = data.shape, table = data.kinds[kind].table;
  if (table === null) return new Float32Array(width);
  return data.arrays.tables.subarray((table * length + place) * width, (table * length + place + 1) * width);
}
function waveOf(state, component) {
  return Float32Array.from({ length: state.data.shape[0] }, (_, place) => rowOf(state, place)[component]);
}
function cosineOf({ data, kind }, place, other) {
  const length = data.shape[0], table = data.kinds[kind].table;
  return table === null ? NaN : data.arrays.similarities[(table * length + place) * length + other];
}
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const size = (row) => Math.sqrt(dot(row, row));

// What is looked at: what the pointer or the keyboard is at, and else what was chosen.
function shown(state) {
  const place = { ...state.chosen, ...state.look };
  return { ...place, other: place.other ?? nearest(state, place.place) };
}
// The place most like one, other than itself; without an encoding the next.
function nearest(state, place) {
  const others = [...Array(state.data.shape[0]).keys()].filter((other) => other !== place && other >= first(state.data));
  return others.reduce((best, other) => (cosineOf(state, place, other) > cosineOf(state, place, best) ? other : best), others[0] ?? place);
}

function readings(state) {
  const { data } = state, { place, component, other } = shown(state);
  const row = rowOf(state, place), theirs = rowOf(state, other), value = row[component];
  const [product, own, their, cosine] = [dot(row, theirs), size(row), size(theirs), cosineOf(state, place, other)];
  const { facts } = state, write = (name, text) => (facts[name].textContent = text);
  state.placeTitle.textContent = capital(placeName(data, place)) + rowAndColumn(data, place);
  const token = data.arrays.tokens.subarray(place * row.length, (place + 1) * row.length), sum = token[component] + value;
  write("token", exactly(size(token)));
  write("added", exactly(own));
  write("bare", exactly(token[component]));
  write("value", exactly(value));
  write("sum", exactly(sum));
  state.facts.bare.previousSibling.textContent = `component ${component} of its token`;
  state.facts.sum.previousSibling.textContent = kindOf(state).own ? "= what the first block reads" : "= what the first block would read";
  state.here.textContent = `Place of ${placeName(data, place)}, component ${component}: ${exactly(value)}`;
  state.rowTitle.textContent = `The row of ${placeName(data, place)}: all ${data.shape[1]} numbers`;
  state.waveTitle.textContent = `Component ${component}, from place to place`;
  state.likeTitle.textContent = `Places like ${placeName(data, place)}’s`;
  write("other", placeName(data, other) + rowAndColumn(data, other));
  write("dot", exactly(product));
  write("own", exactly(own));
  write("their", exactly(their));
  write("cosine", exactly(cosine));
  state.cards.slice(0, data.kinds.length).forEach((card, kind) => {
    const alike = cosineOf({ data, kind }, place, other);
    card.cosine.textContent = Number.isFinite(alike) ? exactly(alike) : "none";
    card.cosine.previousSibling.textContent = `cosine of ${tokenName(data, place)} and ${tokenName(data, other)}`;
  });
  const quotient = product / (own * their);
  state.residual.textContent = Number.isFinite(cosine) ? `Product ÷ (length × length) is ${exactly(quotient)}; it misses the map’s own number by ${short(Math.abs(quotient - cosine))}.` : "";
  const alike = Number.isFinite(cosine) ? ` Cosine with ${placeName(data, other)}: ${exactly(cosine)}.` : "";
  return `${capital(placeName(data, place))}${rowAndColumn(data, place)}, component ${component}: ${exactly(value)}.${alike}`;
}

// The chosen place with every other, and the row of it, as text.
function tables(state, parent) {
  const { data } = state, { place, component } = shown(state), row = rowOf(state, place);
  const likes = table(parent, ["Place", `Component ${component}`, "Product of the rows", "Length", "Cosine"], `${capital(placeName(data, place))} with every place`);
  for (let other = 0; other < data.shape[0]; other++) {
    const theirs = rowOf(state, other);
    line(likes, [placeName(data, other) + rowAndColumn(data, other), exactly(theirs[component]), exactly(dot(row, theirs)), exactly(size(theirs)), exactly(cosineOf(state, place, other))]);
  }
  const numbers = table(parent, ["Component", "Number"], `The row of ${placeName(data, place)}`);
  row.forEach((value, i) => line(numbers, [String(i), exactly(value)]));
}

// Every place with every other: not written again with each place that is pointed at, for it is long.
function matrix(state, parent) {
  const { data } = state;
  if (kindOf(state).table === null) return make(parent, "p", { className: "note", textContent: state.nothing.textContent });
  const names = data.patches.map((_, place) => placeName(data, place));
  const all = table(parent, ["Place", ...names], `Cosine of every place with every other, ${kindOf(state).kind}`);
  names.forEach((name, place) => line(all, [name, ...names.map((_, other) => exactly(cosineOf(state, place, other)))]));
}
