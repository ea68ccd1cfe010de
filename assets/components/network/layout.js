// Where every column of the network stands, and every map and unit in it; in CSS pixels from the stage's corner.

const TOP = 46; // names of modules and layers stand above
const TALL = 478; // 16 maps of 28 pixels, each at its own size
const BOTTOM = 50; // scales and shapes stand below
const EDGE = 6; // left and right, so that rings are not cut off
const BETWEEN = 2; // maps of a column
const APART = 7; // heads of a column
// The least room before the same map again, before what is laid flat, before what is joined by edges; and a column's
// least width, for the number below it. On a narrow page the second.
const MEASURES = [{ near: 6, wide: 20, far: 36, slot: 32 }, { near: 4, wide: 16, far: 30, slot: 28, tight: true }];
const SIZES = { least: 13, most: 56 }; // of a map
const SCROLLED = 52; // a column's mean width in a network that has no room even for the least maps, and scrolls
const TOKENS = [44, 40, 36, 32, 28, 24, 20]; // a token's width, the first that has room
const TOKENS_SCROLLED = 30;

const FIXED = {
  image: () => ({ across: 1, size: 56 }),
  logits: (column) => ({ across: 1, size: Math.min(24, Math.floor(TALL / column.shown[0]) - 2), apart: 12 }),
  probabilities: (column) => ({ across: 1, size: Math.min(24, Math.floor(TALL / column.shown[0]) - 2), apart: 12, wide: 96 }),
  units: (column) => wall(column.shown[0], column.shown[0] > 192 ? 4 : 9, 1),
  flat: (column) => ({ across: 1, size: (TALL + 1) / column.shown[0] - 1, apart: 1, wide: 28 }),
  patches: (column) => row(column.shown[0]),
  tokens: (column, wide) => ({ ...row(column.shown[0]), wide }),
  projections: (column, wide) => ({ ...row(column.shown[0]), wide }),
  scores: (column, wide) => wall(column.shown[0], Math.min(56, Math.round(1.3 * wide), Math.floor((TALL + APART) / column.shown[0]) - APART), APART),
  weights: (column, wide) => FIXED.scores(column, wide),
};

// All tokens one below the other.
function row(count) {
  const apart = count > 60 ? 0 : count > 30 ? 1 : BETWEEN;
  return { across: 1, size: Math.max(1, Math.min(40, Math.floor((TALL + apart) / count) - apart)), apart };
}

// `count` squares of a size, in as few columns as their height allows.
function wall(count, size, apart = BETWEEN) {
  const across = Math.ceil(count / Math.floor((TALL + apart) / (size + apart)));
  return { across, size, apart };
}
const sum = (list) => list.reduce((a, b) => a + b, 0);
const widthOf = ({ across, size, apart = BETWEEN, wide = size }) => across * (wide + apart) - apart;

// All layers with equally many maps get them equally large: first the largest size that fits everywhere, then each as far as it goes.
function mapWalls(columns, room, slot, anyway) {
  const counts = [...new Set(columns.filter(({ kind }) => kind === "maps").map(({ shown }) => shown[0]))].sort((a, b) => a - b);
  const times = (count) => columns.filter(({ kind, shown }) => kind === "maps" && shown[0] === count).length;
  const total = (walls) => counts.reduce((sum, count, i) => sum + times(count) * Math.max(slot, widthOf(walls[i])), 0);
  const sizes = Array.from({ length: SIZES.most - SIZES.least + 1 }, (_, i) => SIZES.least + i);
  const fitting = sizes.filter((size) => total(counts.map((count) => wall(count, size))) <= room);
  if (!fitting.length && !anyway) return null;
  let walls = counts.map((count) => wall(count, fitting.at(-1) ?? SIZES.least));
  for (let grown = fitting.length > 0; grown; ) {
    grown = false;
    counts.forEach((count, i) => {
      // one pixel more can cost a whole column of maps, and then a few more cost nothing
      const next = sizes.filter((size) => size > walls[i].size && size < walls[i].size + 8).map((size) => walls.with(i, wall(count, size)));
      const larger = next.findLast((tried) => total(tried) <= room && tried[i].across === next.find((one) => total(one) <= room)[i].across);
      if (!larger) return;
      walls = larger;
      grown = true;
    });
  }
  return new Map(counts.map((count, i) => [count, walls[i]]));
}

function layoutOf(columns, width) {
  const tokens = columns.some(({ kind }) => kind === "tokens") ? TOKENS : [undefined];
  for (const measures of MEASURES) for (const token of tokens) {
    const found = arranged(columns, width, measures, token);
    if (found) return found;
  }
  const maps = columns.filter(({ kind }) => kind === "maps").length;
  return arranged(columns, width, MEASURES[0], TOKENS_SCROLLED, SCROLLED * maps);
}

const FAR = ["joined", "gather", "flow", "mean"]; // ways with edges from everywhere

// The columns side by side, tokens as wide as `token`; null if that, or even the least maps, has no room.
// `given`: room for the maps whatever the width.
function arranged(columns, width, { near, wide, far, slot, tight = false }, token, given) {
  const gaps = columns.map(({ sources, kind }, i) => (i === 0 ? 0 : FAR.includes(sources[0].how) ? far : kind === "maps" || kind === "units" ? near : wide));
  const fixed = columns.map((column) => FIXED[column.kind]?.(column, token));
  const taken = 2 * EDGE + sum(gaps) + sum(fixed.map((one) => (one ? Math.max(slot, widthOf(one)) : 0)));
  if (given === undefined && taken > width) return null;
  const walls = mapWalls(columns, given ?? width - taken, slot, given !== undefined);
  if (!walls) return null;
  const placed = columns.map((column, i) => {
    const { across, size, apart = BETWEEN, wide = size } = fixed[i] ?? walls.get(column.shown[0]);
    const rows = Math.ceil(column.shown[0] / across);
    const tall = rows * (size + apart) - apart;
    return { across, rows, wide, size, apart, width: across * (wide + apart) - apart, tall, y: TOP + (TALL - tall) / 2 };
  });
  const spare = Math.max(0, width - 2 * EDGE - sum(gaps) - sum(placed.map((one) => Math.max(slot, one.width))));
  const stretch = 1 + Math.min(token ? 2.5 : 1, spare / sum(gaps)); // room that is left makes the gaps wider
  let x = EDGE;
  placed.forEach((one, i) => {
    one.slot = Math.max(slot, one.width);
    one.left = x += gaps[i] * stretch;
    one.x = one.left + (one.slot - one.width) / 2;
    x += one.slot;
  });
  return { tight, columns: placed, width: Math.max(width, Math.ceil(x + EDGE)), height: TOP + TALL + BOTTOM };
}

// The box of one map or unit.
function boxOf({ x, y, across, wide, size, apart }, item) {
  return { x: x + (item % across) * (wide + apart), y: y + Math.floor(item / across) * (size + apart), w: wide, h: size };
}

// Which map or unit is at a point, and which of its pixels; null in between.
function hit(layout, columns, x, y) {
  for (const [j, one] of layout.columns.entries()) {
    if (x < one.x || x > one.x + one.width || y < one.y || y > one.y + one.tall) continue;
    const across = Math.min(one.across - 1, Math.floor((x - one.x + one.apart / 2) / (one.wide + one.apart)));
    const down = Math.min(one.rows - 1, Math.floor((y - one.y + one.apart / 2) / (one.size + one.apart)));
    const item = down * one.across + across;
    const [count, height, width] = columns[j].shown;
    if (item >= count) return null;
    const box = boxOf(one, item);
    const at = (share, size) => within(Math.floor(share * size), size);
    if (columns[j].kind === "flat") {
      const place = at((x - box.x) / box.w, height * width);
      return { j, item, row: Math.floor(place / width), col: place % width };
    }
    return { j, item, row: at((y - box.y) / box.h, height), col: at((x - box.x) / box.w, width) };
  }
  return null;
}

// The box of the pixels from..to (both included) of a map.
function pixelBox(layout, columns, { j, item }, [top, left], [bottom, right]) {
  const box = boxOf(layout.columns[j], item);
  const [, height, width] = columns[j].shown;
  if (columns[j].kind === "flat") {
    const unit = box.w / (height * width);
    return { x: box.x + (top * width + left) * unit, y: box.y, w: unit, h: box.h };
  }
  const [w, h] = [box.w / width, box.h / height];
  return { x: box.x + left * w, y: box.y + top * h, w: (right - left + 1) * w, h: (bottom - top + 1) * h };
}

// The map that an arrow key leads to.
function step(layout, columns, { j, item }, key) {
  const one = layout.columns[j];
  const count = columns[j].shown[0];
  const below = item + one.across, above = item - one.across;
  if (key === "ArrowDown") return { j, item: below < count ? below : item };
  if (key === "ArrowUp") return { j, item: above >= 0 ? above : item };
  const right = key === "ArrowRight";
  const beside = item + (right ? 1 : -1);
  if (beside >= 0 && beside < count && Math.floor(beside / one.across) === Math.floor(item / one.across)) return { j, item: beside };
  const next = j + (right ? 1 : -1);
  if (!columns[next]) return { j, item };
  const other = layout.columns[next];
  const middle = boxOf(one, item).y + one.size / 2;
  const row = within(Math.round((middle - other.y - other.size / 2) / (other.size + other.apart)), other.rows);
  return { j: next, item: Math.min(columns[next].shown[0] - 1, row * other.across + (right ? 0 : other.across - 1)) };
}
