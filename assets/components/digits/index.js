// A gallery of digits, each a button: the image, what the network says of it, and (for probes) all ten probabilities.

function cardOf(state, i, send) {
  if (state.cards[i]) return state.cards[i];
  const button = make(state.grid, "button", { type: "button" });
  const canvas = make(button, "canvas", { "aria-hidden": "true" });
  const bars = make(button, "span", { className: "bars", "aria-hidden": "true" });
  const columns = [...Array(10).keys()].map((digit) => {
    const column = make(bars, "span");
    return { column, bar: make(column, "i"), name: make(column, "b", { textContent: digit }) };
  });
  const verdict = make(button, "span", { className: "verdict", "aria-hidden": "true" });
  button.onclick = () => send(state.data.items[i].index);
  return (state.cards[i] = { button, canvas, bars, columns, verdict });
}

function draw(state, send) {
  const { items, arrays, chosen, bars } = state.data;
  const theme = themeOf(state.grid);
  const [, height, width] = state.data.arrays_shape;
  items.forEach((item, i) => {
    const card = cardOf(state, i, send);
    const offset = i * height * width;
    paint(card.canvas, width, height, (k) => pixel(theme, arrays.images[offset + k] / 255));
    card.button.setAttribute("aria-pressed", String(item.index === chosen));
    card.button.setAttribute("aria-label", item.spoken);
    card.button.title = item.spoken;
    card.verdict.textContent = item.verdict;
    card.verdict.className = "verdict " + (item.right === null ? "" : item.right ? "right" : "wrong");
    card.bars.hidden = !bars;
    if (!bars) return;
    card.columns.forEach(({ column, bar, name }, digit) => {
      const p = arrays.probabilities[i * 10 + digit];
      bar.style.height = Math.max(1, 28 * p) + "px";
      bar.style.background = css(share(theme, 0.25 + 0.75 * p));
      name.className = digit === item.label ? "true" : "";
    });
  });
  state.cards.splice(items.length).forEach((card) => card.button.remove());
}

export default live(function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => {
    const made = { title: titled(parentElement), grid: make(parentElement, "div", { className: "digits", role: "group" }), cards: [] };
    onTheme(made.grid, () => draw(made, made.send));
    return made;
  });
  state.send = (index) => setTriggerValue("chosen", index);
  state.data = unpack(data);
  state.data.arrays_shape = state.data.shape;
  state.title(state.data);
  state.grid.setAttribute("aria-label", state.data.title);
  state.grid.classList.toggle("small", !state.data.bars);
  draw(state, (index) => state.send(index));
});
