// While a training draws the page again and again, Streamlit now and then takes a component off it and puts a new one in its
// place. What a person was at, and the keyboard's focus, then pass on to the canvas that comes.

const AT_ONCE = 1000; // ms: later it is another visit of the page
let left = null;

const placeOnPage = (all) => location.pathname + all[0].patches;

// What goes loses the focus just before.
function blurred(state) {
  state.lost = { at: performance.now(), focus: state.focus };
  state.focus = null;
}

function leave({ turn, open, about, scale, columns, selected, focus, walked, stage, all, lost }) {
  const now = performance.now(), hadFocus = !stage.isConnected && !!lost && now - lost.at < AT_ONCE;
  left = { of: placeOnPage(all), at: now, hadFocus, state: { turn, open, about, scale, columns, selected, walked, focus: hadFocus ? lost.focus : focus } };
}

// Into a canvas that was just made; returns whether the keyboard was there.
function takeOver(state, all) {
  if (!left || state.columns || left.of !== placeOnPage(all) || performance.now() - left.at > AT_ONCE) return false;
  Object.assign(state, left.state);
  return left.hadFocus;
}
