// What stands above and below the columns but for their names, and the blocks that open and close.

function labels(state) {
  const { layout, columns } = state;
  const at = (className, left, width, top, ...content) => {
    const label = make(state.labels, "div", { className }, ...content);
    label.style.cssText = `left:${left}px;width:${width}px;top:${top}px`;
    return label;
  };
  const runs = (same) => columns.reduce((found, column, j) => {
    if (j && same(columns[j - 1], column)) found.at(-1).push(j);
    else found.push([j]);
    return found;
  }, []);
  const span = (run) => [layout.columns[run[0]].left, layout.columns[run.at(-1)].left + layout.columns[run.at(-1)].slot];
  state.labels.replaceChildren();
  state.labels.classList.toggle("tight", layout.tight);
  for (const run of runs((a, b) => a.module === b.module)) {
    const [left, right] = span(run);
    const { module, block } = columns[run[0]];
    if (block !== null) opener(state, block, module, left, right - left);
    else if (module) at("module", left, right - left, 0, module);
  }
  const foot = layout.height - BOTTOM + 8;
  columns.forEach((column, j) => {
    const { left, slot } = layout.columns[j];
    if (column.ramp === "image") return;
    const ends = column.kind === "probabilities" ? "0 to 1" : state.scale === "map" ? "own" : (column.ramp === "share" ? "0 to " : "±") + short(reach(column, 0, state.scale));
    at(`scale ${column.ramp}`, left, slot, foot, make(null, "i"), ends);
  });
  const [low, high] = columns[0].shades, pictures = columns.filter(({ ramp }) => ramp === "image").length;
  const [left, right] = span([0, pictures - 1]); // the digit, whole and in patches, has one scale
  at("scale image", left, right - left, foot, make(null, "i"), `${fixed(low, 1)} to ${fixed(high, 1)}`);
  for (const run of runs((a, b) => String(a.shape) === String(b.shape))) {
    const [left, right] = span(run);
    at(run.length > 1 ? "shape many" : "shape", left - 20, right - left + 40, foot + 24, `[${columns[run[0]].shape.join(", ")}]`);
  }
}

// A block's name opens and closes it.
function opener(state, block, name, left, width) {
  const isOpen = state.open === block;
  const button = state.openers.find((known) => known.block === block) ?? make(state.stage, "button", { className: "opener", type: "button", block });
  if (!state.openers.includes(button)) state.openers.push(button);
  button.textContent = name;
  button.setAttribute("aria-expanded", isOpen);
  button.title = isOpen ? "Close this block" : "Open this block";
  button.style.cssText = `left:${left}px;width:${width}px`;
  button.onclick = (event) => {
    event.stopPropagation();
    turn(state, isOpen ? null : block);
  };
}

// Open one block, or close all; what is looked at stays, if it is still to be seen.
function turn(state, block) {
  const named = [state.selected, state.focus, state.walked].map((place) => place && [state.columns[place.j].name, positionOf(state.columns[place.j], place)]);
  slide(state, () => {
    show(state, block);
    [state.selected, state.focus, state.walked] = named.map((place) => place && placeIn(state.columns, ...place));
    state.hover = null;
    draw(state);
    if (block !== null) bringBlock(state);
  });
  if (named[0] && !state.selected) choose(state, null);
  state.sendOpen(block);
}

function show(state, block) {
  state.open = block;
  state.columns = visible(state.all, block);
}

// Scroll an opened block, and what comes into it, to the left.
function bringBlock({ scroller, layout, columns, open }) {
  const first = columns.findIndex(({ block }) => block === open);
  scroller.scrollLeft = layout.columns[Math.max(0, first - 1)].left - 10;
}
