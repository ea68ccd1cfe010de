// What is read off the payload, and the words and tables that say it.

const count = ({ patches }) => patches.length;
const weight = (data, map, query, key) => data.arrays.maps[(map * count(data) + query) * count(data) + key];

// The place in the list of value sizes: means and the rollout have none.
function valueSize(data, map, key) {
  const { layer, head } = data.maps[map];
  if (head === null) return null;
  const index = (layer - data.maps[0].layer) * data.heads + head;
  return data.arrays.sizes[index * count(data) + key];
}

const ABOUT = {
  head: "Each row is a query and sums to 1: how it shares its attention among the keys.",
  mean: "The average of this block’s heads. Each row is a query and sums to 1.",
  rollout: "Attention multiplied through all blocks, each averaged over its heads and mixed half and half with the residual path.",
};
const kindOf = ({ layer, head }) => (layer === null ? "rollout" : head === null ? "mean" : "head");

// What is looked at: what the pointer or the keyboard is at, and else what was chosen.
const shown = (state) => ({ ...state.chosen, ...state.look });

// The same with a key: where none is looked at, the one that the query looks at most.
function withKey(state) {
  const place = shown(state);
  return { ...place, key: place.key ?? strongest(state.data, place.map, place.query) };
}

function strongest(data, map, query) {
  let best = 0;
  for (let key = 1; key < count(data); key++) if (weight(data, map, query, key) > weight(data, map, query, best)) best = key;
  return best;
}

function readings(state) {
  const { data } = state;
  const { map, query, key } = withKey(state);
  const best = strongest(data, map, query);
  const given = weight(data, map, query, key), size = valueSize(data, map, key);
  const name = data.maps[map].name;
  state.title.textContent = capital(name);
  state.about.textContent = ABOUT[kindOf(data.maps[map])];
  state.overTitle.textContent = `What ${tokenName(data, query)} ${data.maps[map].layer === null ? "is made of" : "looks at"}`;
  state.overNote.textContent = `Most at ${tokenName(data, best)}${rowAndColumn(data, best)}: ${percent(weight(data, map, query, best))}.`;
  state.facts.query.textContent = tokenName(data, query) + rowAndColumn(data, query);
  state.facts.key.textContent = tokenName(data, key) + rowAndColumn(data, key);
  state.facts.weight.textContent = exactly(given);
  state.facts.value.textContent = size === null ? "of several heads" : exactly(size);
  state.facts.brought.textContent = size === null ? "of several heads" : exactly(given * size);
  state.tiles.forEach((tile, m) => {
    tile.classList.toggle("chosen", m === state.chosen.map);
    tile.classList.toggle("hovered", m === map && m !== state.chosen.map);
  });
  return `${name}. Query ${tokenName(data, query)}${rowAndColumn(data, query)}, key ${tokenName(data, key)}${rowAndColumn(data, key)}: ${exactly(given)}.`;
}

// The shown query's row, and what its numbers come to; below it all maps.
function tables(state, parent) {
  const { data } = state, { map, query } = shown(state);
  const body = table(parent, ["Key", "Weight", "Size of its value", "Weight × size"], `${capital(data.maps[map].name)}, query ${tokenName(data, query)}`);
  let sum = 0;
  for (const key of data.patches.keys()) {
    const [given, size] = [weight(data, map, query, key), valueSize(data, map, key)];
    sum += given;
    line(body, [tokenName(data, key) + rowAndColumn(data, key), exactly(given), ...(size === null ? ["", ""] : [exactly(size), exactly(given * size)])]);
  }
  line(make(body.parentElement, "tfoot"), ["Sum", exactly(sum), "", ""]);
  const all = table(parent, ["Map", "Largest weight", "Query", "Key"], "All maps");
  state.peaks ??= data.maps.map((_, m) => peak(data, m));
  state.peaks.forEach(([query, key], m) => line(all, [capital(data.maps[m].name), exactly(weight(data, m, query, key)), tokenName(data, query), tokenName(data, key)]));
}

// The query and the key of a map's largest weight.
function peak(data, map) {
  const rows = [...data.patches.keys()].map((query) => [query, strongest(data, map, query)]);
  return rows.reduce((a, b) => (weight(data, map, ...b) > weight(data, map, ...a) ? b : a));
}
