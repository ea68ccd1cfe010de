// The elements: blocks in their order, and below them the deck, whose front card holds the three stages.

const TITLES = [
  () => ["q · k", "every query with every key: how well they fit"],
  ({ size, arrays: { hidden } }) => [`÷ √${size}, + mask`, `smaller, for a softmax that is not all or nothing; mask ${hidden.includes(1) ? "−∞ where a key is hidden" : "0: no key is hidden"}`],
  () => ["softmax", "each row in shares of one: e^(x − its largest) ÷ their sum"],
];

function frame(parent) {
  const title = titled(parent);
  const root = make(parent, "section", { className: "passage", "aria-label": "From scores to weights" });
  const state = {
    root, title, computed: [], figures: [], key: null, look: null, wanted: null, large: null, chosen: { head: 0, query: 0 }, radios: [],
    passed: lessMotion() ? STAGES - 1 : 0, target: lessMotion() ? STAGES - 1 : 0, clock: null, beat: null, begun: false,
    ink: document.createElement("canvas"), sheet: document.createElement("canvas"),
  };
  state.chain = make(root, "div", { className: "chain" });
  state.deck = make(root, "div", { className: "deck" });
  state.backs = make(state.deck, "div", { className: "backs", "aria-hidden": "true" });
  state.front = make(state.deck, "div", { className: "front" });
  const head = make(state.front, "div", { className: "head" });
  cardTitle(state, head);
  controls(state, head);
  cell(state, make(state.front, "div", { className: "cell" }));
  stages(state, make(state.front, "div", { className: "stages", tabIndex: 0, role: "application", "aria-label": `Three matrices: queries down, keys across. ${KEYS}` }));
  state.misses = make(state.front, "p", { className: "note" });
  turnable(state);
  state.spoken = make(root, "p", { className: "spoken", "aria-live": "polite" });
  state.tables = twin(root, "As tables, in full precision", "The same in full precision", (sheet) => state.data && tables(state, sheet));
  state.resized = new ResizeObserver(() => nextFrame(state, () => draw(state)));
  state.seen = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting || state.begun) return;
    state.begun = true;
    goOn(state, STAGES - 1);
  }, { threshold: 0.4 });
  onTheme(root, () => draw(state));
  return state;
}

function cardTitle(state, parent) {
  state.turner = make(parent, "div", { className: "turner", role: "group", "aria-label": "Heads" });
  state.before = make(state.turner, "button", { type: "button", className: "plain", textContent: "‹", "aria-label": "Previous head" });
  state.name = make(state.turner, "h3");
  state.of = make(state.turner, "p", { className: "note" });
  state.after = make(state.turner, "button", { type: "button", className: "plain", textContent: "›", "aria-label": "Next head" });
}

function controls(state, parent) {
  const box = make(parent, "div", { className: "controls" });
  const button = (textContent, onclick) => make(box, "button", { type: "button", className: "plain", textContent, onclick });
  state.play = button("Play", () => play(state));
  state.play.hidden = lessMotion();
  button("Step", () => step(state));
  state.all = button("All at once", () => showAll(state));
}

function cell(state, parent) {
  state.digit = make(parent, "canvas", { "aria-hidden": "true" });
  const list = make(parent, "dl", { className: "facts" });
  state.asked = { query: fact(list, "query", "query"), key: fact(list, "key", "key") };
}

function stages(state, parent) {
  for (let k = 0; k < STAGES; k++) {
    const figure = make(parent, "figure");
    const head = make(figure, "div", { className: "stage-name" }), name = make(head, "h4");
    const larger = make(head, "button", { type: "button", className: "plain" });
    larger.onclick = () => {
      state.large = state.large === k ? null : k;
      draw(state);
    };
    const about = make(figure, "p", { className: "note" });
    const canvas = make(make(figure, "div", { className: "matrix" }), "canvas", { "aria-hidden": "true" });
    const bar = scale(make(figure, "div"), ["", ""]);
    const reading = make(figure, "p", { className: "reading" });
    pointed(canvas, (event) => {
      look(state, underPointer(state, event, k));
      if (event.movementX || event.movementY) rest(state, true); // not if the page was scrolled below the pointer
    }, () => {
      look(state, null);
      rest(state, false);
    });
    canvas.onclick = (event) => choose(state, underPointer(state, event, k));
    state.figures.push({ figure, name, larger, about, canvas, bar, reading });
  }
  parent.onkeydown = (event) => event.target === parent && walk(state, event); // not of a button in it
  parent.onblur = () => look(state, null);
}

// One stage may be larger than the others: of few tokens there is room for a number in every cell.
function enlarge(state) {
  const columns = state.figures.map((_, k) => `minmax(0, ${state.large === k ? 2.4 : 1}fr)`);
  state.figures[0].figure.parentElement.style.setProperty("--columns", columns.join(" "));
  state.figures.forEach(({ larger, name }, k) => {
    larger.textContent = state.large === k ? "Smaller" : "Larger";
    larger.setAttribute("aria-label", `${larger.textContent}: ${name.textContent}`);
  });
}

// The blocks, one after the other, and the stages' names: they change with the network.
function chain(state) {
  const { layers } = state.data;
  state.figures.forEach(({ name, about }, k) => ([name.textContent, about.textContent] = TITLES[k](state.data)));
  if (state.radios.length === layers) return;
  state.chain.replaceChildren();
  const options = [...Array(layers).keys()].map((layer) => [layer, `block ${layer}`]);
  state.radios = segmented(state.chain, "Blocks, one after the other", options, state.data.layer, (layer) => {
    if (layer === state.data.layer) return follow(state, { ...state.chosen, layer });
    want(state, tell(state, layer));
  });
}
