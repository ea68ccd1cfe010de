// What is looked at, in one slim line: the digit, what it is, and what the network says of it.

const VERDICTS = { true: ["✓ right", "right"], false: ["✗ wrong", "wrong"], null: ["", ""] };

function frame(root) {
  const strip = make(root, "section", { className: "strip", "aria-label": "What you look into" });
  const state = { strip, canvas: make(strip, "canvas", { "aria-hidden": "true" }) };
  const words = make(strip, "p");
  state.title = make(words, "b");
  state.said = make(words, "span");
  state.verdict = make(strip, "strong");
  onTheme(strip, () => draw(state));
  return state;
}

function draw(state) {
  const { title, said, right, shape: [height, width], arrays: { image } } = state.data;
  const theme = themeOf(state.strip);
  paint(state.canvas, width, height, (i) => pixel(theme, image[i] / 255));
  state.strip.classList.toggle("dark", theme.dark);
  state.title.textContent = title;
  state.said.textContent = said;
  [state.verdict.textContent, state.verdict.className] = VERDICTS[right];
  state.verdict.hidden = right === null;
}

export default live(function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = unpack(data);
  draw(state);
});
