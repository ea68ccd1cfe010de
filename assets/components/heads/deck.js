// The block's heads as a deck of cards: one in front, the others peeking out behind it.

const MOST_OFFSET = 9, WHOLE_OFFSET = 44; // CSS pixels from card to card, and from the first to the last
const SHIFT = 260; // ms
const SWIPE = 48; // CSS pixels

const offsetOf = ({ heads }) => (heads > 1 ? Math.min(MOST_OFFSET, WHOLE_OFFSET / (heads - 1)) : 0);

function drawDeck(state) {
  const { heads } = state.data, offset = offsetOf(state.data);
  state.deck.style.setProperty("--peek", `${offset * (heads - 1)}px`);
  fill(state.backs, [...Array(heads - 1).keys()], (parent) => make(parent, "div"), (card, _, i) => {
    const place = heads - 1 - i; // the last in the deck comes first, below all others
    Object.assign(card.style, { transform: `translate(${place * offset}px, ${-place * offset}px)`, opacity: Math.max(0.2, 1 - 0.1 * place) });
  });
  for (const button of [state.before, state.after]) button.hidden = heads < 2;
}

// A likeness of the front card, for the moment in which it leaves.
function likeness(front) {
  const copy = front.cloneNode(true), canvases = copy.querySelectorAll("canvas");
  front.querySelectorAll("canvas").forEach(({ width, height }, i) => Object.assign(canvases[i], { width, height }));
  front.querySelectorAll("canvas").forEach((canvas, i) => canvas.width && canvas.height && canvases[i].getContext("2d").drawImage(canvas, 0, 0));
  copy.inert = true;
  copy.setAttribute("aria-hidden", "true");
  return copy;
}

// Another head's card comes to the front, drawn by `show`; forward, the old one leaves and the deck moves up.
function shift(state, forward, show) {
  if (lessMotion()) return show();
  const offset = offsetOf(state.data), options = { duration: SHIFT, easing: "ease-out" };
  const second = { transform: `translate(${offset}px, ${-offset}px)` }, away = { transform: "translate(-36px, 8px)", opacity: 0 }, front = { transform: "none", opacity: 1 };
  state.ghost?.remove();
  const ghost = (state.ghost = likeness(state.front));
  ghost.style.zIndex = forward ? 2 : 0;
  state.deck.append(ghost);
  show();
  ghost.animate(forward ? [front, away] : [front, { ...second, opacity: 1 }], options).onfinish = () => ghost.remove();
  state.front.animate(forward ? [second, front] : [away, front], options);
  for (const card of state.backs.children) card.animate([{ transform: `${card.style.transform} translate(${forward ? offset : -offset}px, ${forward ? -offset : offset}px)` }, {}], options);
}

// The next card, or the one before; after the last comes the first again.
function turn(state, by) {
  const { heads } = state.data;
  if (heads < 2) return;
  choose(state, { head: (state.chosen.head + by + heads) % heads }, by > 0);
}

// Buttons, arrow keys on them, a swipe over the card, a tap on those behind.
function turnable(state) {
  state.before.onclick = () => turn(state, -1);
  state.after.onclick = state.backs.onclick = () => turn(state, 1);
  state.turner.onkeydown = (event) => {
    const by = ARROWS[event.key]?.[1];
    if (!by) return;
    event.preventDefault();
    turn(state, by);
  };
  let from = null;
  state.deck.onpointerdown = ({ pointerType, clientX }) => (from = pointerType === "mouse" ? null : clientX);
  state.deck.onpointerup = ({ clientX }) => {
    if (from !== null && Math.abs(clientX - from) >= SWIPE) turn(state, clientX < from ? 1 : -1);
    from = null;
  };
  state.deck.onpointercancel = () => (from = null); // the page scrolls
}
