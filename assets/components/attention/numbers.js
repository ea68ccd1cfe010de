// What is read off the payload, and the words that say it.

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
  for (const name of ["value", "brought"]) state.facts[name].parentElement.hidden = size === null;
  state.facts.value.textContent = size === null ? "" : exactly(size);
  state.facts.brought.textContent = size === null ? "" : exactly(given * size);
  drawHow(state, { map, query, key }, given);
  state.follows.textContent = followed(state);
  state.tiles.forEach((tile, m) => {
    tile.classList.toggle("chosen", m === state.chosen.map);
    tile.classList.toggle("hovered", m === map && m !== state.chosen.map);
  });
  return `${name}. Query ${tokenName(data, query)}${rowAndColumn(data, query)}, key ${tokenName(data, key)}${rowAndColumn(data, key)}: ${exactly(given)}.`;
}

// What the sections below show: always one head, also beside a mean or the rollout.
function followed({ data, chosen, head: { layer, head } }) {
  const other = kindOf(data.maps[chosen.map]) !== "head" && data.heads > 0;
  return `The sections below follow head ${head} of block ${layer}${other ? "; choose a single head to follow its numbers." : "."}`;
}
