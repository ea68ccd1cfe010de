// Ten by ten: the row is the true class, the column what the network said. A cell with digits in it is a button.

function frame(root) {
  const title = titled(root);
  const table = make(root, "table");
  make(table, "caption", { textContent: "Rows: true digit. Columns: what the network says." });
  const head = make(make(table, "thead"), "tr");
  make(head, "td");
  const state = { title, table, heads: [], rows: [], cells: [] };
  for (let p = 0; p < 10; p++) state.heads.push(make(head, "th", { scope: "col" }));
  const body = make(table, "tbody");
  for (let t = 0; t < 10; t++) {
    const row = make(body, "tr");
    state.rows.push(make(row, "th", { scope: "row" }));
    for (let p = 0; p < 10; p++) {
      const button = make(make(row, "td"), "button", { type: "button" });
      button.onclick = () => state.send([t, p]);
      state.cells.push(button);
    }
  }
  state.scale = scale(make(root, "div", { className: "bar" }), ["", ""]);
  onTheme(root, () => draw(state));
  return state;
}

function draw(state) {
  const { classes, counts, chosen } = state.data;
  state.title(state.data);
  const theme = themeOf(state.table);
  const most = Math.max(1, ...counts.filter((_, i) => i % 11));
  classes.forEach((name, i) => { state.heads[i].textContent = name; state.rows[i].textContent = name; });
  state.cells.forEach((button, i) => {
    const [t, p] = [Math.floor(i / 10), i % 10];
    const right = t === p;
    const strength = right ? 0 : counts[i] / most;
    button.textContent = counts[i] || "·";
    button.disabled = !counts[i];
    button.className = right ? "right" : "";
    const ground = share(theme, 0.12 + 0.88 * strength);
    button.style.background = right ? css(theme.panel) : counts[i] ? css(ground) : "transparent";
    button.style.color = counts[i] && !right ? inkOn(ground) : css(theme.ink);
    button.setAttribute("aria-pressed", String(!!chosen && chosen[0] === t && chosen[1] === p));
    button.setAttribute("aria-label", right
      ? `${counts[i]} times ${classes[t]} was recognised` : `${counts[i]} times ${classes[t]} was taken for ${classes[p]}`);
    button.title = button.getAttribute("aria-label");
  });
  drawScale(state.scale, (t) => share(theme, 0.12 + 0.88 * t), ["1 mistake", most > 1 ? most : ""], "Colour scale of the mistakes");
}

export default live(function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  state.send = (cell) => setTriggerValue("cell", cell);
  state.data = data;
  draw(state);
});
