// How the run is doing: a progress bar and a row of figures that change in place.

function frame(root) {
  const bar = make(root, "div", { className: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  const state = { root, bar, fill: make(bar, "i"), list: make(root, "dl"), items: [] };
  onTheme(root, () => draw(state));
  return state;
}

function draw(state) {
  const { items, progress, tone, progress_text } = state.data;
  state.bar.setAttribute("aria-valuenow", String(Math.round(100 * progress)));
  state.bar.setAttribute("aria-label", progress_text);
  state.fill.style.width = 100 * progress + "%";
  state.fill.style.background = css(themeOf(state.root)[tone]);
  items.forEach(({ label, value, note }, i) => {
    if (!state.items[i]) {
      const box = make(state.list, "div");
      state.items[i] = { box, label: make(box, "dt"), value: make(box, "dd"), note: make(box, "dd", { className: "note" }) };
    }
    const item = state.items[i];
    item.label.textContent = label;
    item.value.textContent = value;
    item.note.textContent = note;
  });
}

export default live(function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = data;
  draw(state);
});
