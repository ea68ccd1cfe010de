// Put in front of every component, after common.js: the elements that several have, and what they answer to.

// Calls back when Streamlit's theme changes: a hidden element's colour follows it by a transition, which reports its end.
function onTheme(root, redraw) {
  const probe = document.createElement("i");
  probe.style.cssText = "position:absolute;visibility:hidden;color:var(--st-text-color);transition:color 1ms";
  probe.setAttribute("aria-hidden", "true");
  probe.addEventListener("transitionend", redraw);
  root.appendChild(probe);
}

function make(parent, tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "scope") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  parent?.appendChild(element);
  return element;
}

// A heading and a note at the top of a component: one element for Streamlit to redraw where there would be three.
function titled(root) {
  const title = make(root, "h2", { className: "snn-title" });
  const note = make(root, "p", { className: "snn-note" });
  return (data) => {
    for (const [element, text] of [[title, data.heading], [note, data.note]]) {
      if (element.textContent !== text) element.textContent = text;
      element.hidden = !text;
    }
  };
}

// As many children as there are things, each brought up to date.
function fill(parent, things, first, update) {
  while (parent.children.length > things.length) parent.lastChild.remove();
  things.forEach((thing, i) => update(parent.children[i] ?? first(parent), thing, i));
}

// A line of a definition list: its name, and the place of its number.
const fact = (list, name, className = "") => make(make(list, "div", { className }, make(null, "dt", { textContent: name })), "dd");

// A few values, of which one is chosen.
function segmented(parent, legend, options, chosen, choose) {
  const box = make(make(parent, "fieldset", {}, make(null, "legend", { textContent: legend })), "div", { className: "switch" });
  return options.map(([value, textContent]) => {
    const label = make(box, "label");
    const input = make(label, "input", { type: "radio", name: legend, value, checked: value === chosen, onchange: () => choose(value) });
    return { label, input, text: make(label, "span", { textContent }) };
  });
}

// A colour bar above its ticks; `colourAt` takes 0 … 1.
function scale(parent, texts = ["", "", ""]) {
  const ramp = make(parent, "canvas", { className: "ramp", role: "img" });
  const ticks = make(parent, "div", { className: "ticks", "aria-hidden": "true" }, ...texts.map((textContent) => make(null, "span", { textContent })));
  return { ramp, ticks: [...ticks.children] };
}
function drawScale({ ramp, ticks }, colourAt, texts, name = "Colour scale") {
  paint(ramp, 129, 1, (i) => colourAt(i / 128));
  ticks.forEach((tick, i) => (tick.textContent = texts[i]));
  ramp.setAttribute("aria-label", `${name} from ${texts[0]} to ${texts.at(-1)}`);
}

// What is drawn, as text, folded away: a function that writes it anew while it is open.
function twin(parent, summary, label, write) {
  const details = make(parent, "details", {}, make(null, "summary", { textContent: summary }));
  const sheet = scrolls(make(details, "div", { className: "sheet", tabIndex: 0, role: "region", "aria-label": label }));
  return (details.ontoggle = () => {
    if (!details.open) return;
    sheet.replaceChildren();
    write(sheet);
  });
}

// An area that scrolls: its edges fade where there is more to see, and no longer where it ends.
function scrolls(area) {
  const hint = () => nextFrame(hint, () => {
    const { scrollTop, scrollLeft, clientHeight, clientWidth, scrollHeight, scrollWidth } = area;
    const more = { top: scrollTop, left: scrollLeft, bottom: scrollHeight - clientHeight - scrollTop, right: scrollWidth - clientWidth - scrollLeft };
    for (const [side, pixels] of Object.entries(more)) area.classList.toggle(`more-${side}`, pixels > 1);
  });
  area.addEventListener("scroll", hint, { passive: true });
  new ResizeObserver(hint).observe(area);
  new MutationObserver(hint).observe(area, { childList: true, subtree: true, attributeFilter: ["style"] });
  return area;
}

// A table with its heads, and a caption if it has one: its body, and a row of it.
function table(parent, heads, caption) {
  const whole = make(parent, "table", {}, ...(caption ? [make(null, "caption", { textContent: caption })] : []));
  const row = make(make(whole, "thead"), "tr");
  for (const text of heads) make(row, "th", { textContent: text, scope: "col" });
  return make(whole, "tbody");
}
function line(parent, [name, ...texts]) {
  const row = make(parent, "tr", {}, make(null, "th", { textContent: name, scope: "row" }));
  for (const textContent of texts) make(row, "td", { textContent });
  return row;
}

// Where a pointer is in an element of so many rows and columns: in the nearest of them, if beside it.
function cellUnder(element, { clientX, clientY }, rows, columns) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [within(Math.floor(((clientY - top) / height) * rows), rows), within(Math.floor(((clientX - left) / width) * columns), columns)];
}
// A mouse looks at what it is over while it is there. A finger that moves scrolls: what it has tapped stays.
function pointed(element, look, leave) {
  element.onpointermove = (event) => event.pointerType !== "touch" && look(event);
  element.onpointerleave = (event) => event.pointerType !== "touch" && leave(event);
}
const SETTLED = 250; // ms after which a choice by keyboard is one
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Once in the next frame, however often it is asked for until then.
function nextFrame(state, act) {
  state.frame ??= requestAnimationFrame(() => {
    state.frame = null;
    act();
  });
}

// A component's function runs again at every change of data: what it built is kept here, by its place in the page.
const kept = (globalThis.scratchnnKept ??= new WeakMap());
function build(root, first) {
  if (!kept.has(root)) kept.set(root, first());
  return kept.get(root);
}
// What that function returns is called when the element goes, and not before new data; but also, maybe after these, where
// they overtook the ones before: nothing ends then.
function ending(state, end) {
  const call = (state.call = {});
  return () => state.call === call && end?.();
}
