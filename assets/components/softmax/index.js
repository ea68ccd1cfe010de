// One row of attention from the query to the answer, and a temperature to try. The row came at once; the temperature,
// the key and the component are played with here, and only another layer, head or query is asked for.

function arithmetic(state) {
  state.row = rowAt(state.data, state.temperature);
  state.key ??= strongest(state.data.arrays.weights);
  drawRows(state);
  update(state);
}

// What changes with the key and the component alone.
function update(state) {
  const { data, key, component, temperature } = state;
  [...state.body.children].forEach((row, token) => {
    row.className = token === key ? "chosen" : "";
    row.querySelector("input").checked = token === key;
  });
  state.root.style.setProperty("--at", (100 * component) / data.size + "%");
  state.root.style.setProperty("--one", 100 / data.size + "%");
  drawProducts(state);
  drawChain(state);
  state.answer.textContent = answer(state);
  const trial = temperature !== 1;
  state.root.classList.toggle("trial", trial);
  state.reset.disabled = !trial;
  state.heads.bar.textContent = trial ? "tick: the network’s own" : "";
  state.temperatureText.textContent = trial ? `${short(temperature)}, a trial: the network itself keeps 1` : "1, the network’s own";
  state.slider.setAttribute("aria-valuetext", state.temperatureText.textContent);
  state.tables();
}

function pick(state, choice) {
  Object.assign(state, choice);
  update(state);
  if (!("key" in choice)) return;
  clearTimeout(state.telling); // a key held down would be a choice at every step
  state.telling = setTimeout(() => {
    tell(state, { ...(state.asked ?? state.data.chosen), key: state.key });
    state.toldKey = performance.now();
  }, SETTLED);
}

function tell(state, chosen) {
  forgetKey(state);
  const place = { ...chosen, of: "head" };
  state.send(sending(state, place));
  announce(state, place);
}

// A row that was asked for before a key was chosen may arrive after it, with a key of its own.
const keepsKey = ({ telling, toldKey }) => !!telling || performance.now() - toldKey < LATE;
function forgetKey(state) {
  clearTimeout(state.telling);
  Object.assign(state, { telling: null, toldKey: -Infinity });
}

function heat(state, temperature) {
  state.temperature = Number(temperature.toPrecision(3)); // all of it is on the label
  state.slider.value = Math.log10(temperature);
  nextFrame(state, () => arithmetic(state));
}

// A click or a pointer over any strip is at one of its components.
function strips(state, table) {
  const at = (event) => {
    const box = event.target.closest?.(".strip");
    return box ? cellUnder(box, event, 1, state.data.size)[1] : null;
  };
  const read = (event) => {
    const component = at(event), { data, row } = state;
    if (component === null) return;
    const token = [...state.body.children].indexOf(event.target.closest("tr"));
    state.reading.textContent = token < 0
      ? `Component ${component} of the context: ${exactly((event.target.closest("tr") === state.ownLine ? data.arrays.context : row.context)[component])}`
      : `${tokenName(data, token)}, component ${component}: value ${exactly(valueAt(data, token, component))} × weight ${exactly(row.weights[token])} = ${exactly(row.weights[token] * valueAt(data, token, component))}`;
  };
  pointed(table, read, () => (state.reading.textContent = state.hint));
  table.addEventListener("click", (event) => {
    read(event);
    if (at(event) !== null) pick(state, { component: at(event) });
  });
}

function choices(state) {
  const { data } = state, { layers, heads, patches, chosen } = data;
  const named = [["layer", layers, (i) => String(i)], ["head", heads, (i) => String(i)], ["query", patches.length, (i) => tokenName(data, i) + rowAndColumn(data, i)]];
  for (const [name, count, text] of named) {
    const select = state.selects[name];
    fill(select, [...Array(count).keys()], (parent) => make(parent, "option"), (option, i) => Object.assign(option, { value: i, textContent: text(i) }));
    select.value = (state.asked ?? chosen)[name];
  }
}

function draw(state) {
  const { data } = state;
  state.theme = themeOf(state.root);
  colourRoles(state.root, state.theme);
  state.title(data);
  choices(state);
  piece(state.queryPicture, state.theme, data, data.patches[data.chosen.query]);
  state.heads.scaled.textContent = `÷ √${data.size}`;
  drawScale(state.scale, (t) => signed(state.theme, 2 * t - 1), ["− full", "0", "+ full"], "Colour scale; each column’s head says what its full colours are,");
  arithmetic(state);
}

function controls(state, parent) {
  state.selects = {};
  for (const [name, text] of [["layer", "Block"], ["head", "Head"], ["query", "Query"]]) {
    const label = make(parent, "label", { className: name }, make(null, "span", { textContent: text }));
    if (name === "query") state.queryPicture = make(label, "canvas", { "aria-hidden": "true" });
    state.selects[name] = make(label, "select", { className: "plain" });
    state.selects[name].onchange = () => {
      state.asked = { ...(state.asked ?? state.data.chosen), [name]: Number(state.selects[name].value), key: null };
      tell(state, state.asked);
    };
  }
  const set = make(parent, "div", { className: "temperature" });
  const label = make(set, "label", {}, make(null, "span", { textContent: "Temperature T: " }));
  state.temperatureText = make(label.firstChild, "b");
  state.slider = make(label, "input", { type: "range", min: -1, max: 1, step: 0.05, value: 0 });
  state.slider.oninput = () => heat(state, Math.abs(state.slider.value) < 0.001 ? 1 : 10 ** Number(state.slider.value));
  make(set, "div", { className: "ticks", "aria-hidden": "true" }).append(...["0.1 sharper", "1", "10 flatter"].map((textContent) => make(null, "span", { textContent })));
  state.slider.onchange = () => state.sendTemperature(state.temperature);
  state.reset = make(parent, "button", { type: "button", className: "plain", textContent: "Back to 1" });
  state.reset.onclick = () => {
    heat(state, 1);
    state.sendTemperature(1);
  };
}

function tablePart(state, parent) {
  const scroll = state.scroll = make(parent, "div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Every key of this row" });
  const table = make(scroll, "table", { className: "rows" });
  const head = make(make(table, "thead"), "tr");
  state.heads = {};
  const texts = { key: "key", dots: "q · k", scaled: "", mask: "+ mask", scores: "÷ T", exponentials: "exp", weights: "weight", bar: "", values: "value", weighted: "weight × value" };
  for (const [name, textContent] of Object.entries(texts)) {
    state.heads[name] = make(head, name === "bar" ? "td" : "th", { className: name, textContent, ...(name === "bar" ? {} : { scope: "col" }) });
  }
  state.body = make(table, "tbody");
  const foot = make(table, "tfoot"), sums = make(foot, "tr");
  for (const name of Object.keys(texts)) {
    const cell = make(sums, name === "key" ? "th" : "td", { className: name, textContent: { key: "sum", values: "context" }[name] ?? "" });
    if (name === "exponentials") state.sum = cell;
    if (name === "weights") state.whole = cell;
    if (name === "weighted") state.gathered = stripOn(cell);
  }
  state.ownLine = make(foot, "tr", { className: "own" });
  make(state.ownLine, "th", { textContent: "the network’s own context", colSpan: 9 });
  state.ownContext = stripOn(make(state.ownLine, "td", { className: "weighted" }));
  strips(state, table);
}

function list(parent, names) {
  const element = make(parent, "dl", { className: "facts" });
  return Object.fromEntries(names.map((name) => [name, fact(element, "", name)]));
}

function detailPart(state, parent) {
  const left = make(parent, "div");
  state.productsTitle = make(left, "h3");
  const box = make(left, "div", { className: "vectors" });
  make(box, "div", { className: "names", "aria-hidden": "true" }, ...["", "q", "k", "q × k"].map((textContent, i) => make(null, "span", { textContent, className: ["", "query", "key", ""][i] })));
  state.products = make(box, "div", { className: "products" });
  state.chain = list(left, ["dot", "scaled", "masked", "score", "exponential", "weight", "own"]);
  state.residual = make(left, "p", { className: "note" });
  const right = make(parent, "div");
  make(right, "h3", { textContent: "What the head gathers with it" });
  const label = make(right, "label", { className: "component" }, make(null, "span", { textContent: "Component" }));
  state.componentInput = make(label, "input", { type: "number", className: "plain", min: 0, step: 1 });
  state.componentInput.oninput = () => {
    const component = Number(state.componentInput.value);
    if (state.componentInput.value !== "" && Number.isInteger(component) && component >= 0 && component < state.data.size) pick(state, { component });
  };
  state.mixed = list(right, ["weight", "value", "product", "rest", "total", "own"]);
}

function frame(parent) {
  const title = titled(parent);
  const root = make(parent, "section", { className: "softmax", "aria-label": "One row of attention" });
  const state = { root, title, temperature: 1, component: 0, hint: "Point at a value to read its number." };
  controls(state, make(root, "div", { className: "controls" }));
  state.answer = make(root, "p", { className: "answer", role: "status" });
  const legend = make(root, "div", { className: "legend" });
  state.scale = scale(make(legend, "div", { className: "bar" }));
  state.reading = make(legend, "p", { className: "note", textContent: state.hint });
  tablePart(state, root);
  detailPart(state, make(root, "div", { className: "detail" }));
  state.tables = twin(root, "As tables, in full precision", "The same in full precision", (sheet) => tables(state, sheet));
  onTheme(root, () => draw(state));
  return state;
}

const rowOf = ({ layer, head, query }) => String([layer, head, query]);

export default function ({ parentElement, data, setTriggerValue }) {
  const state = build(parentElement, () => frame(parentElement));
  const payload = unpack(data), { chosen, temperature, patches, size } = payload;
  state.send = (place) => setTriggerValue("chosen", place);
  state.sendTemperature = (temperature) => setTriggerValue("temperature", temperature);
  const isOther = !state.data || rowOf(state.data.chosen) !== rowOf(chosen) || String(state.data.patches) !== String(patches) || state.data.size !== size;
  const isNewKey = isNews(state, { ...chosen, of: "head" });
  if ((isOther || isNewKey) && !keepsKey(state)) state.key = chosen.key; // none: the one that it looks at most
  if (state.asked && rowOf(state.asked) === rowOf(chosen)) state.asked = null; // until then a choice made meanwhile must not be undone by an older answer
  if (temperature !== state.givenTemperature) {
    state.givenTemperature = state.temperature = temperature;
    state.slider.value = Math.log10(temperature);
  }
  state.data = payload;
  state.component = Math.min(state.component, size - 1);
  draw(state);
  if (isOther) state.scroll.scrollTop = state.body.children[state.key].offsetTop - 240;
  return hear(state, (place) => {
    forgetKey(state);
    if (rowOf(place) === rowOf(state.data.chosen)) {
      Object.assign(state, { asked: null, key: place.key });
      arithmetic(state);
      return choices(state);
    }
    state.asked = place; // the row itself is on its way
    choices(state);
  });
}
