// The columns' names: each a button that says what its column does. The Tab key stops once for all of them, arrow keys
// go along. They stay the elements that they are while the network learns, so that none loses the focus or a click.

function namesOf(state) {
  const bar = make(state.stage, "div", { className: "names", role: "toolbar", "aria-label": "What each column does" });
  const buttons = () => [...bar.querySelectorAll("button")];
  bar.onclick = (event) => event.stopPropagation(); // on a name: not on nothing
  bar.onfocusin = ({ target }) => buttons().forEach((button) => (button.tabIndex = button === target ? 0 : -1));
  bar.onkeydown = (event) => {
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!along) return;
    const all = buttons();
    all[within(all.indexOf(event.target) + along, all.length)].focus();
    event.preventDefault();
  };
  return bar;
}

function drawHeadings(state) {
  const { names, columns, layout } = state;
  const seen = new Set(columns.map(({ name }) => name));
  for (const cell of [...names.children]) {
    if (seen.has(cell.column)) continue;
    if (cell.matches(":focus-within")) state.stage.focus(); // its block has been closed
    cell.remove();
  }
  columns.forEach(({ name, label }, j) => {
    const next = names.children[j];
    const cell = next?.column === name ? next : names.insertBefore(headingOf(state, name), next ?? null);
    const { left, slot } = layout.columns[j];
    cell.style.cssText = `left:${left - 8}px;width:${slot + 16}px`;
    cell.button.textContent = label;
    cell.button.setAttribute("aria-expanded", state.about === name);
  });
  while (names.children.length > columns.length) names.lastChild.remove(); // of a network in another order
  if (!names.querySelector("[tabindex='0']")) names.querySelector("button").tabIndex = 0;
}

function headingOf(state, column) {
  const cell = Object.assign(make(null, "div"), { column });
  cell.button = make(cell, "button", { type: "button", tabIndex: -1, onclick: () => tell(state, state.about === column ? null : column) });
  return cell;
}

// Say what a column does, or no more.
function tell(state, column) {
  state.about = column;
  state.hover = null;
  drawHeadings(state);
  soon(state);
  const { title, about } = told(state) ?? {};
  if (about) state.spoken.textContent = `${capital(title)}. ${about}`;
}

// Another thing is looked at.
function hush(state) {
  state.about = null;
  for (const { button } of state.names.children) button.setAttribute("aria-expanded", false);
}

// The column that is told about, if it is seen.
const told = ({ columns, about }) => columns.find(({ name }) => name === about);
