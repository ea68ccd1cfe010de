// The drawing pad for pen, finger or mouse; beside it the two stages that Python makes of the ink.
// The strokes live here: what Python sends back never changes a drawing, it only fills the stages.

const PAUSE = 100; // ms, at least, between two messages while the pen moves
const SHARP = 2; // canvas pixels for each unit of the pad

function frame(root) {
  const box = make(root, "div", { className: "pad" });
  const state = { box, strokes: [], drawing: false, timer: 0, sent: -PAUSE };
  state.canvas = make(box, "canvas", { className: "paper", role: "img" });
  const tools = make(box, "div", { className: "tools" });
  state.undo = make(tools, "button", { type: "button", textContent: "Undo", onclick: () => change(state, () => state.strokes.pop()) });
  state.clear = make(tools, "button", { type: "button", textContent: "Clear", onclick: () => change(state, () => (state.strokes = [])) });
  const stages = make(box, "div", { className: "stages" });
  state.fitted = stage(stages, "box", "Fitted into 20×20");
  state.centred = stage(stages, "whole", "Centred by mass in 28×28: what the network gets");
  listen(state);
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

function listen(state) {
  const { canvas } = state;
  const add = (event) => {
    const frame = canvas.getBoundingClientRect(), { pad } = state.data;
    const stroke = state.strokes.at(-1);
    for (const at of event.getCoalescedEvents?.().concat(event) ?? [event]) {
      const x = Math.round(((at.clientX - frame.left) / frame.width) * pad);
      const y = Math.round(((at.clientY - frame.top) / frame.height) * pad);
      if (x !== stroke.at(-2) || y !== stroke.at(-1)) stroke.push(x, y);
    }
  };
  canvas.onpointerdown = (event) => {
    if (event.button || !event.isPrimary) return; // another button, or a second finger
    canvas.setPointerCapture(event.pointerId);
    state.drawing = true;
    change(state, () => { state.strokes.push([]); add(event); });
  };
  canvas.onpointermove = (event) => {
    if (state.drawing && event.isPrimary) change(state, () => add(event));
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (!state.drawing || !event.isPrimary) return;
    state.drawing = false;
    tell(state, true);
  };
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

function drawInk(state) {
  const { canvas, strokes, data: { pad, pen } } = state;
  const theme = themeOf(state.box), brush = canvas.getContext("2d");
  if (canvas.width !== SHARP * pad) canvas.width = canvas.height = SHARP * pad;
  brush.setTransform(SHARP, 0, 0, SHARP, 0, 0);
  brush.fillStyle = css(theme.panel);
  brush.fillRect(0, 0, pad, pad);
  Object.assign(brush, { lineWidth: pen, lineCap: "round", lineJoin: "round", strokeStyle: css(theme.ink) });
  for (const points of strokes) {
    brush.beginPath();
    brush.moveTo(points[0], points[1]);
    for (let i = 0; i < points.length; i += 2) brush.lineTo(points[i], points[i + 1]);
    brush.stroke();
  }
  const count = strokes.length === 1 ? "one stroke" : `${strokes.length} strokes`;
  canvas.setAttribute("aria-label", `Drawing pad for pen, finger or mouse: ${strokes.length ? count : "empty"}`);
  state.undo.disabled = state.clear.disabled = !strokes.length;
}

function draw(state) {
  const theme = themeOf(state.box);
  drawInk(state);
  const { box, image } = state.data.arrays;
  paint(state.fitted, 20, 20, (i) => pixel(theme, box[i] / 255));
  paint(state.centred, 28, 28, (i) => pixel(theme, image[i] / 255));
}

export default function ({ parentElement, data, setStateValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const first = !state.data;
  state.send = (ink) => setStateValue("ink", ink);
  state.data = unpack(data);
  if (first) state.strokes = state.data.strokes.map((stroke) => [...stroke]);
  draw(state);
}
