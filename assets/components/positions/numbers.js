// What is read off the payload, and the words and tables that say it.

const exactly = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(8))).replace(/-/g, "−") : short(value));
const within = (value, size) => Math.max(0, Math.min(size - 1, value));

const first = ({ has_class_token }) => Number(has_class_token); // the place of patch 0
function placeName(data, place) {
  const patch = place - first(data);
  return patch < 0 ? "the class token" : `patch ${patch}`;
}
function whereIs(data, place) {
  const patch = place - first(data);
  return patch < 0 ? "" : ` (row ${Math.floor(patch / data.side)}, column ${patch % data.side})`;
}
const capital = (text) => text[0].toUpperCase() + text.slice(1);

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
function largest(values) {
  let found = 0;
  for (const value of values) if (Math.abs(value) > found) found = Math.abs(value);
  return found;
}

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
  state.placeTitle.textContent = capital(placeName(data, place)) + whereIs(data, place);
  write("token", exactly(data.arrays.token_sizes[place]));
  write("added", exactly(own));
  write("value", exactly(value));
  state.valueName.textContent = `component ${component} of it`;
  state.here.textContent = `Place of ${placeName(data, place)}, component ${component}: ${exactly(value)}`;
  state.rowTitle.textContent = `The row of ${placeName(data, place)}: all ${data.shape[1]} numbers`;
  state.waveTitle.textContent = `The wave of component ${component}: from place to place`;
  state.likeTitle.textContent = `Places like ${placeName(data, place)}’s`;
  write("other", placeName(data, other) + whereIs(data, other));
  write("dot", exactly(product));
  write("own", exactly(own));
  write("their", exactly(their));
  write("cosine", exactly(cosine));
  const quotient = product / (own * their);
  state.residual.textContent = Number.isFinite(cosine) ? `Product ÷ (length × length) is ${exactly(quotient)}; it misses the map’s own number by ${short(Math.abs(quotient - cosine))}.` : "";
  const alike = Number.isFinite(cosine) ? ` Cosine with ${placeName(data, other)}: ${exactly(cosine)}.` : "";
  return `${capital(placeName(data, place))}${whereIs(data, place)}, component ${component}: ${exactly(value)}.${alike}`;
}

function line(parent, cells) {
  const row = make(parent, "tr");
  cells.forEach((text, i) => make(row, i ? "td" : "th", { textContent: text, ...(i ? {} : { scope: "row" }) }));
}
function sheet(parent, title, heads) {
  const table = make(parent, "table", {}, make(null, "caption", { textContent: title }));
  const head = make(make(table, "thead"), "tr");
  for (const text of heads) make(head, "th", { textContent: text, scope: "col" });
  return make(table, "tbody");
}

// The chosen place with every other, and the row of it, as text.
function tables(state) {
  if (!state.twin.open) return;
  const { data } = state, { place, component } = shown(state), row = rowOf(state, place);
  state.sheets.replaceChildren();
  const likes = sheet(state.sheets, `${capital(placeName(data, place))} with every place`, ["Place", `Component ${component}`, "Product of the rows", "Length", "Cosine"]);
  for (let other = 0; other < data.shape[0]; other++) {
    const theirs = rowOf(state, other);
    line(likes, [placeName(data, other) + whereIs(data, other), exactly(theirs[component]), exactly(dot(row, theirs)), exactly(size(theirs)), exactly(cosineOf(state, place, other))]);
  }
  const numbers = sheet(state.sheets, `The row of ${placeName(data, place)}`, ["Component", "Number"]);
  row.forEach((value, i) => line(numbers, [String(i), exactly(value)]));
}
