// A block opens or closes: the columns that stay glide to their new places, what is new grows out of its gap, what goes
// shrinks into it. All that the stage is asked is right at once; only a picture of it, on a canvas above, takes its time.

const GLIDE = 500; // ms
const blend = (from, to, t) => from + (to - from) * t;
const easeInOut = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

// Edges and maps as they stand, on one canvas.
function photograph({ edges, maps }) {
  const copy = Object.assign(document.createElement("canvas"), { width: maps.width, height: maps.height });
  const pen = copy.getContext("2d");
  pen.globalAlpha = Number(getComputedStyle(edges).opacity);
  pen.drawImage(edges, 0, 0);
  pen.globalAlpha = 1;
  pen.drawImage(maps, 0, 0);
  return copy;
}

const view = (state) => ({ columns: state.columns, layout: state.layout, from: state.scroller.scrollLeft, picture: photograph(state) });

// Where the stage is cut: left and right of every column that stays, in pixels from the edge of what is seen.
function cutsOf({ columns, layout, from }, staying) {
  const cuts = [{ x: -from, tall: TALL }];
  columns.forEach(({ name }, j) => {
    if (!staying.has(name)) return;
    const { x, width, tall } = layout.columns[j];
    cuts.push({ x: x - from, tall }, { x: x + width - from, tall });
  });
  return [...cuts, { x: layout.width - from, tall: TALL }];
}

// One picture, piece by piece where it is on its way; a column that changes its height does so about its middle.
function lay(pen, { picture, layout, from }, cuts, now, alpha) {
  const dots = picture.width / layout.width, middle = TOP + TALL / 2;
  pen.globalAlpha = alpha;
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [wide, room] = [cuts[i + 1].x - cuts[i].x, now[i + 1].x - now[i].x];
    if (wide < 0.5 || room < 0.5 || now[i + 1].x < 0 || now[i].x > pen.canvas.clientWidth) continue;
    const grown = i % 2 ? now[i].tall / cuts[i].tall : 1;
    pen.drawImage(picture, (cuts[i].x + from) * dots, 0, wide * dots, picture.height, now[i].x, middle * (1 - grown), room, layout.height * grown);
  }
}

// What stands above and below goes along; what is over a gap fades in.
function carry(state, then, cuts) {
  const before = (x) => {
    const i = Math.max(0, Math.min(cuts.length - 2, cuts.findLastIndex((cut) => cut.x <= x))), [a, b] = [cuts[i], cuts[i + 1]];
    return [blend(then[i].x, then[i + 1].x, b.x > a.x ? (x - a.x) / (b.x - a.x) : 0), i % 2 === 0];
  };
  const scrolled = state.scroller.scrollLeft, timing = { duration: GLIDE, easing: "cubic-bezier(.65, 0, .35, 1)" };
  for (const label of [...state.labels.children, ...state.names.children]) {
    const middle = parseFloat(label.style.left) + parseFloat(label.style.width) / 2 - scrolled, [x, isNew] = before(middle);
    label.animate([{ transform: `translateX(${x - middle}px)`, opacity: isNew ? 0 : 1 }, { transform: "none", opacity: 1 }], timing);
  }
  for (const opener of state.openers) {
    const left = parseFloat(opener.style.left), right = left + parseFloat(opener.style.width);
    const [a, b] = [left, right].map((x) => before(x - scrolled)[0] + scrolled);
    opener.animate([{ left: `${a}px`, width: `${b - a}px` }, { left: `${left}px`, width: `${right - left}px` }], timing);
  }
}

// Make a change that draws anew, and let what is seen follow.
function slide(state, change) {
  const old = state.layout && !lessMotion() ? view(state) : null;
  change();
  if (!old) return;
  const next = view(state), names = new Set(next.columns.map(({ name }) => name));
  const staying = new Set(old.columns.map(({ name }) => name).filter((name) => names.has(name)));
  const [then, cuts] = [old, next].map((seen) => cutsOf(seen, staying));
  state.settle?.();
  const { stage, scroller } = state, above = make(stage, "canvas", { className: "above", "aria-hidden": "true" });
  above.style.left = next.from + "px";
  stage.classList.add("sliding");
  carry(state, then, cuts);
  let begun = null, frame;
  const move = (time) => {
    begun ??= time;
    const t = easeInOut(Math.min(1, (time - begun) / GLIDE));
    const pen = fit(above, { width: scroller.clientWidth, height: next.layout.height });
    const now = cuts.map((cut, i) => ({ x: blend(then[i].x, cut.x, t), tall: blend(then[i].tall, cut.tall, t) }));
    pen.globalCompositeOperation = "lighter"; // both together are as strong as each alone
    lay(pen, old, then, now, 1 - t);
    lay(pen, next, cuts, now, t);
    if (time - begun < GLIDE) frame = requestAnimationFrame(move);
    else state.settle();
  };
  state.settle = () => {
    cancelAnimationFrame(frame);
    above.remove();
    stage.classList.remove("sliding");
    state.settle = null;
  };
  move(performance.now());
}
