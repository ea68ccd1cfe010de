// One block's heads: a deck of cards, on each the way from its scores to its weights, three matrices in a row. The
// block's numbers came at once; turning, playing and pointing happen here, and only another block is asked for.

const KEYS = "Arrow keys walk, Enter chooses the query, Page Up and Page Down turn the cards.";

// What changes with the cell that is looked at.
function update(state) {
  const { data, boxes } = state;
  if (!boxes[0].size) return; // not on the page yet
  const { query, key } = cellOf(state);
  for (let k = 0; k < STAGES; k++) drawStage(state, k);
  drawDigit(state);
  arithmetic(state, key).forEach((texts, k) => fill(state.figures[k].reading, texts, (parent) => make(parent, "span"), (element, text) => (element.textContent = text)));
  for (const [role, token] of [["query", query], ["key", key]]) state.asked[role].textContent = tokenName(data, token) + rowAndColumn(data, token);
  state.tables();
}

// What changes with the head, the theme or the room.
function draw(state) {
  const { data, chosen: { head } } = state;
  state.theme = themeOf(state.root);
  colourRoles(state.root, state.theme);
  const { digit_shape: [rows, columns], arrays: { digit } } = data;
  paint(state.ink, columns, rows, (i) => pixel(state.theme, digit[i] / 255));
  const { stages, misses } = (state.computed[head] ??= stagesOf(data, head));
  enlarge(state);
  Object.assign(state, { stages, rowIs: null, boxes: stages.map((_, k) => boxOf(state, k)) });
  if (state.boxes[0].size) Object.assign(state, { pictures: stages.map((_, k) => picture(state, k)), seats: emptySeats(state) });
  state.name.textContent = `Head ${head}`;
  state.of.textContent = `of ${data.heads} in block ${data.layer}` + (data.heads < data.heads_in_all ? `; it has ${data.heads_in_all}, too many to send` : "");
  state.misses.textContent = misses === null
    ? "Computed from the network’s own queries and keys; its own weights of this head were too many to send."
    : `Over the whole matrix, the arithmetic misses the network’s own weights by at most ${short(misses)}.`;
  state.radios.forEach(({ input }, layer) => (input.checked = layer === (state.wanted?.layer ?? data.layer)));
  drawBars(state);
  update(state);
  place(state);
}

function look(state, cell, say = false) {
  if (state.look?.query === cell?.query && state.look?.key === cell?.key) return;
  state.look = cell;
  state.say ||= say;
  nextFrame(state, () => {
    update(state);
    const { query, key } = cellOf(state);
    if (state.say) state.spoken.textContent = spokenCell(state, query, key);
    state.say = false;
  });
}

// Another head or query, chosen here: the rest of the page is told.
function choose(state, choice, forward) {
  show(state, choice, forward);
  tell(state, state.data.layer);
}

function tell(state, layer) {
  const place = { layer, ...state.chosen, key: state.key, of: "head" };
  state.send(sending(state, place));
  announce(state, place);
  return place;
}

function show(state, { head = state.chosen.head, query = state.chosen.query, key = null }, forward = head > state.chosen.head) {
  const turns = head !== state.chosen.head;
  Object.assign(state, { chosen: { head, query }, key, look: null });
  if (!turns) return draw(state);
  shift(state, forward, () => draw(state));
  state.spoken.textContent = `Head ${head} of block ${state.data.layer}`;
}

// Another block's numbers are not here: they are asked for, and until they come this block stays.
function want(state, place) {
  state.wanted = place;
  draw(state);
}

function follow(state, place) {
  if (place.layer === state.data.layer) {
    state.wanted = null;
    show(state, { ...place, head: within(place.head, state.data.heads) });
  } else want(state, place);
}

function underPointer(state, { clientX, clientY }, k) {
  const { left, top } = state.figures[k].canvas.getBoundingClientRect(), { margin, cell, tokens } = state.boxes[k];
  const at = (offset) => within(Math.floor((offset - margin) / cell), tokens);
  return { query: at(clientY - top), key: at(clientX - left) };
}

function walk(state, event) {
  const turned = { PageUp: -1, PageDown: 1 }[event.key], { query, key } = cellOf(state), tokens = state.data.patches.length;
  if (turned) turn(state, turned);
  else if (event.key in ARROWS) {
    const [down, right] = ARROWS[event.key];
    look(state, { query: within(query + down, tokens), key: within(key + right, tokens) }, true);
  } else if (event.key === "Enter" || event.key === " ") choose(state, { query, key });
  else if (event.key === "Escape") look(state, null, true);
  else return;
  event.preventDefault();
}

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data), before = state.data;
  state.send = (place) => setTriggerValue("chosen", place);
  if (isNews(state, payload.chosen, payload.turn)) state.wanted = payload.chosen;
  if (before?.patches.length !== payload.patches.length) state.look = null; // else the numbers change below a resting pointer
  Object.assign(state, { data: payload, computed: [] });
  const asked = state.wanted?.layer === payload.layer ? state.wanted : state.chosen;
  if (asked === state.wanted) Object.assign(state, { wanted: null, key: asked.key ?? null });
  state.chosen = { head: within(asked.head, payload.heads), query: within(asked.query, payload.patches.length) };
  if (state.key >= payload.patches.length) state.key = null;
  chain(state);
  state.title(payload);
  drawDeck(state);
  draw(state);
  const moved = payload.layer - (before?.layer ?? payload.layer);
  if (moved && !lessMotion()) state.deck.animate([{ transform: `translateX(${40 * Math.sign(moved)}px)`, opacity: 0 }, {}], SHIFT);
  state.resized.observe(state.deck);
  state.seen.observe(state.deck);
  const deaf = hear(state, (place) => follow(state, place));
  return ending(state, () => {
    deaf();
    state.resized.disconnect();
    state.seen.disconnect();
  });
}
