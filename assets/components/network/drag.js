// A mouse that is held moves a picture wider than its place, as a finger does; let go, it has chosen nothing.

const STILL = 4; // pixels that a hand may move in a click

function grasp(state, { pointerType, clientX, clientY }) {
  state.grip = pointerType === "mouse" ? { clientX, clientY, from: state.scroller.scrollLeft, moved: false } : null;
}

function drag({ grip, scroller }, { buttons, clientX, clientY }) {
  if (!grip || !(buttons & 1)) return;
  grip.moved ||= Math.hypot(clientX - grip.clientX, clientY - grip.clientY) > STILL;
  if (grip.moved) scroller.scrollLeft = grip.from + grip.clientX - clientX;
}
