// The passage from the first stage to the last: each slides out from below the one before it, then takes its own values.
// One below the other, they stay where they are, and the values come into seats that were empty.

const PACE = 1000; // ms a stage
const SLIDES = 0.45; // the share of it that goes into sliding

const ease = (t) => (t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t));
const within01 = (t) => Math.max(0, Math.min(1, t));
const arrived = ({ passed }, k) => (k === 0 ? 1 : within01(passed - k + 1));
const slid = (state, k) => ease(within01(arrived(state, k) / SLIDES));
const stacked = ({ figures: [first, second] }) => second.figure.offsetTop > first.figure.offsetTop;
// How far a stage's values have become its own.
const faded = (state, k) => ease(within01((arrived(state, k) - SLIDES) / (1 - SLIDES)));

// Every stage where it is now, without painting it anew.
function place(state) {
  const moves = !stacked(state);
  state.figures.forEach(({ figure, bar, reading }, k) => {
    if (k === 0) return;
    const left = 1 - slid(state, k), way = state.figures[k - 1].figure.offsetLeft - figure.offsetLeft;
    figure.classList.toggle("awaited", arrived(state, k) === 0);
    figure.style.transform = moves && left > 0 ? `translateX(${left * way}px)` : "";
    for (const part of [bar.ramp.parentElement, reading]) part.style.opacity = faded(state, k);
  });
  const running = state.passed < state.target;
  state.play.textContent = running ? "Pause" : state.passed < STAGES - 1 ? "Play" : "Play again";
  state.all.disabled = state.passed === STAGES - 1;
}

function advance(state, now) {
  const passed = state.clock === null ? state.passed : Math.min(state.target, state.passed + (now - state.clock) / PACE);
  const moving = [1, 2].find((k) => arrived(state, k) < 1), fading = faded(state, moving) > 0;
  Object.assign(state, { passed, clock: now });
  drawStage(state, moving);
  place(state);
  // one below the other, the next may be out of sight
  if (!fading && faded(state, moving) > 0 && state.pressed) state.figures[moving].figure.scrollIntoView({ block: "nearest", behavior: "smooth" });
  state.beat = null;
  if (passed < state.target && !state.pointed) beat(state);
  else state.clock = null;
}
const beat = (state) => (state.beat ??= requestAnimationFrame((now) => advance(state, now)));

// On to a stage; without movement, at once.
function goOn(state, target, from = state.passed) {
  cancelAnimationFrame(state.beat);
  Object.assign(state, { target, passed: lessMotion() ? target : from, clock: null, beat: null });
  for (let k = 1; k < STAGES; k++) drawStage(state, k);
  place(state);
  if (state.passed < target) beat(state);
}

function play(state) {
  state.pressed = true;
  if (state.passed < state.target) return goOn(state, state.passed); // a pause
  goOn(state, STAGES - 1, state.passed < STAGES - 1 ? state.passed : 0);
}
function step(state) {
  state.pressed = true;
  if (state.passed === STAGES - 1) goOn(state, 0, 0);
  else goOn(state, Math.min(STAGES - 1, Math.floor(state.target) + 1)); // pressed twice, two stages
}
const showAll = (state) => goOn(state, STAGES - 1, STAGES - 1);

// It rests while a cell is pointed at.
function rest(state, isPointed) {
  state.pointed = isPointed;
  if (!isPointed && state.passed < state.target) beat(state);
}
