// The drawing pad for pen, finger, mouse or keyboard; below it the two stages that Python makes of the ink.
// Without a pad, only the stages. The strokes live here: what Python sends back never changes a drawing, it only
// fills the stages.

const PAUSE = 100; // ms, at least, between two messages while the pen moves
const SHARP = 2; // canvas pixels for each unit of the pad
const STRIDE = 10; // units that an arrow key moves the pen
const HELP = "Arrow keys move the pen, Space puts it down or lifts it, Backspace takes back a stroke.";

function frame(root) {
  const box = make(root, "div", { className: "pad" });
  const state = { box, strokes: [], drawing: false, pen: null, timer: 0, sent: -PAUSE };
  state.paper = make(box, "div", { className: "paper" });
  state.canvas = make(state.paper, "canvas", { tabIndex: 0, role: "application", "aria-describedby": "help" });
  state.help = make(state.paper, "p", { id: "help", className: "help", textContent: HELP });
  const tools = make(state.paper, "div", { className: "tools" });
  state.undo = make(tools, "button", { type: "button", textContent: "Undo", onclick: () => change(state, () => state.strokes.pop()) });
  state.clear = make(tools, "button", { type: "button", textContent: "Clear", onclick: () => change(state, () => (state.strokes = [])) });
  state.empty = make(state.paper, "p", { className: "help" });
  state.said = make(state.paper, "p", { className: "spoken", role: "status" });
  const stages = make(box, "div", { className: "stages" });
  state.fitted = stage(stages, "box", "Fitted into 20×20");
  state.centred = stage(stages, "whole", "Centred by mass in 28×28: what the network gets");
  listen(state);
  listenToKeys(state);
  onTheme(box, () => draw(state));
  return state;
}

function stage(parent, name, text) {
  const figure = make(parent, "figure");
  const field = make(figure, "div", { className: "field" });
  const canvas = make(field, "canvas", { className: name, role: "img", "aria-label": text });
  make(figure, "figcaption", { textContent: text });
  return canvas;
}

function extend(stroke, x, y) {
  if (x !== stroke.at(-2) || y !== stroke.at(-1)) stroke.push(x, y);
}

function listen(state) {
  const { canvas } = state;
  const add = (event) => {
    const frame = canvas.getBoundingClientRect(), { pad } = state.data.drawing;
    const stroke = state.strokes.at(-1);
    for (const at of event.getCoalescedEvents?.().concat(event) ?? [event])
      extend(stroke, Math.round(((at.clientX - frame.left) / frame.width) * pad), Math.round(((at.clientY - frame.top) / frame.height) * pad));
  };
  canvas.onpointerdown = (event) => {
    if (event.button || !event.isPrimary) return; // another button, or a second finger
    state.pen = null; // the keyboard's
    canvas.setPointerCapture(event.pointerId);
    state.drawing = true;
    change(state, () => { state.strokes.push([]); add(event); });
  };
  canvas.onpointermove = (event) => {
    if (state.drawing && !state.pen && event.isPrimary) change(state, () => add(event));
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (!state.drawing || state.pen || !event.isPrimary) return;
    state.drawing = false;
    tell(state, true);
  };
}

function listenToKeys(state) {
  state.canvas.onkeydown = (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow && event.key !== " " && event.key !== "Backspace") return;
    event.preventDefault();
    if (state.drawing && !state.pen) return; // a finger or the mouse draws
    const { pad } = state.data.drawing;
    state.pen ??= [pad / 2, pad / 4]; // where many digits begin
    if (arrow) state.pen = state.pen.map((place, axis) => within(place + STRIDE * arrow[1 - axis], pad + 1)); // x, y
    if (arrow) return state.drawing ? change(state, () => extend(state.strokes.at(-1), ...state.pen)) : drawInk(state);
    if (event.key === "Backspace") lift(state, "Taken back", () => state.strokes.pop());
    else if (state.drawing) lift(state, "Pen lifted");
    else {
      state.drawing = true;
      state.said.textContent = "Pen down";
      change(state, () => state.strokes.push([...state.pen]));
    }
  };
  state.canvas.onblur = () => {
    if (state.pen && state.drawing) lift(state, "Pen lifted");
    state.pen = null;
    drawInk(state);
  };
}

function lift(state, said, act = () => {}) {
  state.drawing = false;
  change(state, act);
  state.said.textContent = `${said}: ${counted(state)}`;
}

function change(state, act) {
  act();
  drawInk(state);
  tell(state, !state.drawing);
}

// At most ten messages a second; the last state of the ink always arrives.
function tell(state, now) {
  clearTimeout(state.timer);
  const wait = now ? 0 : Math.max(0, state.sent + PAUSE - performance.now());
  state.timer = setTimeout(() => {
    state.sent = performance.now();
    state.send({ strokes: state.strokes.map((stroke) => [...stroke]), done: !state.drawing });
  }, wait);
}

const counted = ({ strokes }) => (strokes.length === 1 ? "one stroke" : strokes.length ? `${strokes.length} strokes` : "empty");

function drawInk(state) {
  const { canvas, strokes, data: { drawing: { pad, pen } } } = state;
  const theme = themeOf(state.box), brush = canvas.getContext("2d");
  if (canvas.width !== SHARP * pad) canvas.width = canvas.height = SHARP * pad;
  brush.setTransform(SHARP, 0, 0, SHARP, 0, 0);
  brush.fillStyle = css(theme.panel);
  brush.fillRect(0, 0, pad, pad);
  Object.assign(brush, { lineWidth: pen, lineCap: "round", lineJoin: "round", strokeStyle: css(theme.ink) });
  for (const points of strokes) {
    brush.beginPath();
    brush.moveTo(points[0], points[1]);
    if (points.length === 2) brush.lineTo(points[0] + 0.01, points[1]); // a dot: a line of no length is not drawn
    for (let i = 2; i < points.length; i += 2) brush.lineTo(points[i], points[i + 1]);
    brush.stroke();
  }
  if (state.pen) drawPen(state, brush, theme);
  canvas.setAttribute("aria-label", `Drawing pad for pen, finger, mouse or keyboard: ${counted(state)}`);
  state.undo.disabled = state.clear.disabled = !strokes.length;
  state.empty.style.visibility = strokes.length ? "hidden" : ""; // its room stays, so that nothing jumps at the first stroke
}

// Where the keyboard's pen is: a ring, filled while it is down.
function drawPen({ pen: [x, y], drawing, data }, brush, theme) {
  brush.beginPath();
  brush.arc(x, y, data.drawing.pen / 2, 0, 2 * Math.PI);
  Object.assign(brush, { lineWidth: 3, strokeStyle: css(theme.cnn), fillStyle: css(theme.cnn, 0.6) });
  if (drawing) brush.fill();
  brush.stroke();
}

function draw(state) {
  const theme = themeOf(state.box);
  state.paper.hidden = !state.data.drawing;
  if (state.data.drawing) drawInk(state);
  const { box, image } = state.data.arrays;
  paint(state.fitted, 20, 20, (i) => pixel(theme, box[i] / 255));
  paint(state.centred, 28, 28, (i) => pixel(theme, image[i] / 255));
}

export default function ({ parentElement, data, setStateValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const first = !state.data;
  state.send = (ink) => setStateValue("ink", ink);
  state.data = unpack(data);
  state.empty.textContent = state.data.drawing?.shown ? "This digit was drawn before: draw here for another." : "Nothing drawn: the digit on show stays.";
  if (first && state.data.drawing) state.strokes = state.data.drawing.strokes.map((stroke) => [...stroke]);
  draw(state);
}
