// Put in front of every component, after tokens.js: what those have in common that slide a window over a map.

const shape = (parent, tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return parent.appendChild(element);
};

// A name, a size, a colour bar with its two ends; what is drawn comes below.
function headed(parent, className) {
  const box = make(parent, "div", { className });
  const head = make(box, "div", { className: "head" });
  const [name, size] = [make(head, "h4"), make(head, "span")];
  const bar = make(box, "div", { className: "bar" });
  const [low, ramp, high] = [make(bar, "span"), make(bar, "canvas", { className: "ramp", "aria-hidden": "true" }), make(bar, "span")];
  return { box, name, size, low, ramp, high };
}

// How numbers are coloured, and the two ends of it: pixels of the digit in grey, all others about zero.
const greyOf = (theme, values) => {
  const low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
  return { low, high, at: (value) => pixel(theme, (value - low) / (high - low || 1)) };
};
const aboutZero = (theme, unit, strength = 1) => ({ low: -unit, high: unit, at: (value) => signed(theme, (strength * value) / unit) });
const unitOf = (values) => largest(values) || 1;

function showEnds(part, { low, high, at }) {
  [part.low.textContent, part.high.textContent] = [short(low), short(high)];
  paint(part.ramp, 64, 1, (i) => at(low + (i / 63) * (high - low)));
}

// A map on a canvas, as large as its box, with a ring above it.
function mapOn(parent, className) {
  const box = make(parent, "span", { className: `ringed ${className}` });
  return { box, canvas: make(box, "canvas", { "aria-hidden": "true" }), ring: make(box, "i", { "aria-hidden": "true" }) };
}

function ring({ ring: element }, [top, left], [height, width], [rows, cols]) {
  const part = (v, all) => (100 * v) / all + "%";
  const from = (v) => Math.max(0, v);
  Object.assign(element.style, {
    top: part(from(top), rows), left: part(from(left), cols),
    height: part(Math.min(rows, top + height) - from(top), rows), width: part(Math.min(cols, left + width) - from(left), cols),
  });
}

// Many columns need smaller figures; on a phone, too many have room for none.
function crowd(grid, columns) {
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  grid.classList.toggle("many", columns > 5);
  grid.classList.toggle("crowded", columns > 7);
}

// Numbers of the window in their colours.
function showNumbers(grid, values, columns, ink, marked = -1) {
  crowd(grid, columns);
  fill(grid, values, (parent) => make(parent, "b"), (cell, { value, inside }, i) => {
    cell.textContent = short(value);
    cell.title = exactly(value, 12);
    cell.className = `${inside ? "" : "outside"} ${i === marked ? "marked" : ""}`;
    if (inside) tint(cell, ink.at(value));
    else cell.removeAttribute("style");
  });
}

// Every cell of a window at one of its places, and where that lies in the map; arrays are of rows and columns.
function windowCells([rows, columns], [high, wide], stride, padding, dilation, [row, col]) {
  return Array.from({ length: rows * columns }, (_, place) => {
    const [u, v] = [Math.floor(place / columns), place % columns];
    const [r, c] = [row * stride[0] + u * dilation - padding[0], col * stride[1] + v * dilation - padding[1]];
    return { u, v, r, c, inside: r >= 0 && r < high && c >= 0 && c < wide };
  });
}
const rowColumn = ([row, column]) => `row ${row}, column ${column}`;

// What the numbers of a window that may have slid on are of; the way back shows where they are not of the chosen place.
function standing(back, at, chosen) {
  const isChosen = String(at) === String(chosen);
  back.textContent = `Back to the chosen ${rowColumn(chosen)}`;
  back.style.visibility = isChosen ? "hidden" : "";
  return isChosen ? "Chosen" : "Under the window";
}

// The place of a window, along one axis, whose middle is nearest to a point of the map.
const placeOver = (at, stride, padding, reach) => Math.round((at + padding - (reach - 1) / 2) / stride);

// Where a key leads from one of the window's places; null if nowhere.
function placeByKey({ key }, [row, col], rows, columns) {
  const [down, right] = ARROWS[key] ?? [];
  return { Home: [0, 0], End: [rows - 1, columns - 1] }[key] ?? (down === undefined ? null : [within(row + down, rows), within(col + right, columns)]);
}

const REST = 3000; // ms that a newly chosen place is seen before the window slides on

// Goes from place to place by itself, until it has been everywhere. It rests while somebody points at the pictures or
// types, and while nobody sees it.
function slider(root, pace, { go, told }) {
  const slide = { playing: false };
  let left = 0, resting = 0, hovered = false, visible = false, timer;
  const watch = new IntersectionObserver(([entry]) => {
    visible = entry.isIntersecting;
    root.classList.toggle("unseen", !visible);
  });
  root.addEventListener("pointerover", ({ target }) => (hovered = !target.closest("button.plain"))); // which only steer it
  root.addEventListener("pointerleave", () => (hovered = false));
  slide.play = (on, places = 0) => {
    [slide.playing, left, resting] = [on, places, 0];
    told(on);
  };
  slide.rest = () => (resting = REST / pace); // counted while it is seen
  const tick = () => {
    if (!slide.playing || hovered || !visible || document.hidden || root.getRootNode().activeElement?.matches("input")) return;
    if (resting-- > 0) return;
    go();
    if (--left <= 0) slide.play(false);
  };
  slide.begin = () => {
    watch.observe(root);
    clearInterval(timer);
    timer = setInterval(tick, pace);
    return ending(slide, () => {
      clearInterval(timer);
      watch.disconnect();
    });
  };
  return slide;
}
const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
