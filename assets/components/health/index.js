// Whether each layer is alive: a table with one row a layer, whose numbers change in place.

function frame(root) {
  const table = make(root, "table");
  const state = { table, caption: make(table, "caption"), rows: [] };
  const head = make(make(table, "thead"), "tr");
  for (const text of ["Layer", "Exactly 0", "Silent", "Mean ± spread", "Gradient"]) make(head, "th", { textContent: text, scope: "col" });
  state.body = make(table, "tbody");
  onTheme(root, () => draw(state));
  return state;
}

function rowOf(state, i) {
  if (state.rows[i]) return state.rows[i];
  const line = make(state.body, "tr");
  const name = make(line, "th", { scope: "row" });
  const zeros = make(make(line, "td"), "div", { className: "zeros" });
  const track = make(zeros, "span", { "aria-hidden": "true" });
  const bar = make(track, "i");
  const share = make(zeros, "span");
  const silent = make(make(line, "td"), "span");
  const size = make(make(line, "td"), "div", { className: "size" });
  const mean = make(size, "span");
  make(size, "span", { textContent: " ± " });
  const spread = make(size, "span");
  const gradient = make(make(line, "td"), "span");
  return (state.rows[i] = { line, name, track, bar, share, silent, size, mean, spread, gradient });
}

function draw(state) {
  const { caption, tone, rows } = state.data;
  const colour = css(themeOf(state.table)[tone]);
  state.caption.textContent = caption;
  rows.forEach((row, i) => {
    const cells = rowOf(state, i);
    cells.name.textContent = row.name;
    cells.name.title = row.full_name;
    cells.track.className = row.share ? "track" : "track empty"; // most layers have no zeros: less to look past
    cells.bar.style.width = 100 * row.share + "%";
    cells.bar.style.background = colour;
    cells.share.textContent = row.zeros;
    cells.share.title = String(row.share);
    cells.silent.textContent = row.silent;
    cells.silent.className = row.some_silent ? "silent" : "";
    cells.mean.textContent = row.mean;
    cells.spread.textContent = row.spread;
    cells.size.title = row.exactly;
    cells.gradient.textContent = row.gradient;
    cells.gradient.title = row.gradient_exactly;
  });
  state.rows.splice(rows.length).forEach(({ line }) => line.remove());
}

export default live(function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = data;
  draw(state);
});
