// The chosen digit, large, beside all ten probabilities as numbers and bars.

function frame(root) {
  const title = titled(root);
  const card = make(root, "div", { className: "subject" });
  const figure = make(card, "figure");
  const state = { title, card, canvas: make(figure, "canvas", { role: "img" }), caption: make(figure, "figcaption"), bars: [] };
  const list = make(card, "ol", { "aria-label": "The network's probabilities" });
  for (let i = 0; i < 10; i++) {
    const line = make(list, "li");
    state.bars.push({ line, name: make(line, "span", { className: "name" }),
      bar: make(make(line, "span", { className: "track", "aria-hidden": "true" }), "i"), value: make(line, "span", { className: "value" }) });
  }
  onTheme(card, () => draw(state));
  return state;
}

function draw(state) {
  const { classes, label, shape: [height, width], arrays: { image, probabilities }, title } = state.data;
  const theme = themeOf(state.card);
  paint(state.canvas, width, height, (i) => pixel(theme, image[i] / 255));
  state.canvas.setAttribute("aria-label", title);
  state.caption.textContent = title;
  state.bars.forEach(({ line, name, bar, value }, i) => {
    const p = probabilities[i];
    line.className = i === label ? "true" : "";
    name.textContent = classes[i];
    value.textContent = percent(p);
    value.title = String(p);
    bar.style.width = 100 * p + "%";
    bar.style.background = css(share(theme, 0.35 + 0.65 * p));
  });
}

export default live(function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = unpack(data);
  state.title(state.data);
  draw(state);
});
