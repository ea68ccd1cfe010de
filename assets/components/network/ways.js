// How a number is made of those before it. Each way gives the places that it reads in one source column: the item, its
// span of rows and of cols, what it adds (null where that is no sum), and how much (null where that is no question).

const span = ({ shown: [, height, width] }, rows = [0, height - 1], cols = [0, width - 1]) => ({ rows, cols });
const adding = (value, place) => ({ ...place, adds: value, size: Math.abs(value) });
const related = (place) => ({ ...place, adds: null, size: null });
const every = (source, found) => source.each.map((_, item) => found(item));

const WAYS = {
  // the same item, and the same number or the window on it
  same: (source, { shift }, column, { item, row, col }) => [
    related({
      item: item + shift,
      rows: seen(column.window, 0, [row, row], source.shown[1]),
      cols: seen(column.window, 1, [col, col], source.shown[2]),
    }),
  ],
  // all numbers of the same item
  whole: (source, _, column, { item }) => [related({ item, ...span(source) })],
  // everything, by weights of one's own; of a map, by a kernel each
  joined: (source, _, column, { item, row, col }) => {
    const { joins, kernels, window } = column;
    if (!kernels) return every(source, (i) => ({ item: i, adds: joins.adds[item * joins.from + i], size: joins.sizes[item * joins.from + i], ...span(source) }));
    const under = span(source, seen(window, 0, [row, row], source.shown[1]), seen(window, 1, [col, col], source.shown[2]));
    const [, height, width] = source.shown, cells = windowCells(window.kernel, [height, width], window.stride, window.padding, 1, [row, col]);
    const weights = (i) => kernels.subarray((item * joins.from + i) * cells.length, (item * joins.from + i + 1) * cells.length);
    return every(source, (i) => adding(convolved(source.each[i], weights(i), cells, width), { item: i, ...under }));
  },
  // softmax over all items: every exponential stands in the sum below the fraction
  fraction: (source, _, column) => every(source, (item) => ({ item, adds: null, size: column.values[item], ...span(source) })),
  // one patch of the image
  cut: (source, _, column, { item }) => [related({ item: 0, ...patchSpan(column, column.patches[0] < 0 ? item + 1 : item) })],
  // query and key of a score: a row is a query, a column a key; where they are split into heads, that head's row
  query: (source, _, column, { item, row }) => [{ ...related({ item: row, ...headSpan(source, item) }), role: "query" }],
  key: (source, _, column, { item, col }) => [{ ...related({ item: col, ...headSpan(source, item) }), role: "key" }],
  // softmax along a row
  row: (source, _, column, { item, row }) => [related({ item, ...span(source, [row, row]) })],
  // all tokens' values, by the weights of the query's row
  gather: (source, _, column, { item, row, col }, columns) => {
    const weights = columns[column.sources.find(({ how }) => how === "gathered").j];
    return every(source, (token) => ({
      ...adding(weights.each[row][item * weights.shown[2] + token] * source.each[token][row * source.shown[2] + col], { item: token, ...span(source, [row, row], [col, col]) }),
      role: "value",
    }));
  },
  gathered: (source, _, column, { item, row }) => [related({ item: row, ...span(source, [item, item]) })],
  // one part of a sum of two
  added: (source, _, column, { item, row, col }) => [adding(source.each[item][row * source.shown[2] + col], { item, ...span(source, [row, row], [col, col]) })],
  // the mean of all tokens, or one of them
  mean: (source, _, { shares }, { item }) => {
    const [row, col] = [Math.floor(item / source.shown[2]), item % source.shown[2]];
    return every(source, (token) => adding(shares[token] * source.each[token][item], { item: token, ...span(source, [row, row], [col, col]) }));
  },
  // through a block that is closed: how much each token brings, on average over the heads
  flow: (source, _, { flow, shown: [count] }, { item }) => every(source, (token) => ({ item: token, adds: null, size: flow[item * count + token], ...span(source) })),
  over: (source, _, column, { item }) => every(source, (head) => related({ item: head, ...span(source, [item, item]) })),
};

// What one source map adds to a pixel: its kernel's weights times what they see of it.
function convolved(values, weights, cells, width) {
  return cells.reduce((sum, { r, c, inside }, i) => (inside ? sum + weights[i] * values[r * width + c] : sum), 0);
}

const headSpan = (source, head) => (source.kind === "projections" ? span(source, [head, head]) : span(source));

// Where in the image a token's patch is; null for the class token.
function patchSpan({ patches, patch_size: size, side }, token) {
  if (patches[token] < 0) return null;
  const [row, col] = [Math.floor(patches[token] / side) * size, (patches[token] % side) * size];
  return { rows: [row, row + size - 1], cols: [col, col + size - 1] };
}

// What a span of rows (or columns) of pixels sees of the column before, within its size.
function seen(window, axis, [from, to], size) {
  if (!window) return [from, to];
  const [kernel, stride, padding] = [window.kernel[axis], window.stride[axis], window.padding[axis]];
  return [Math.max(0, from * stride - padding), Math.min(size - 1, to * stride - padding + kernel - 1)];
}

// All that a place is made of, in the order of the sources.
function feeds(columns, look) {
  const column = columns[look.j];
  return column.sources.flatMap((source) =>
    WAYS[source.how](columns[source.j], source, column, look, columns)
      .filter(({ item }) => item >= 0 && item < columns[source.j].shown[0])
      .map((found) => ({ j: source.j, ...found })));
}

// The same, the strongest first; what has no strength comes last.
const sourcesOf = (columns, look) => feeds(columns, look).sort((a, b) => (b.size ?? -1) - (a.size ?? -1));

// The numbers that a pixel of the same map is made of; in reading order.
function madeOf(columns, look) {
  return feeds(columns, look).flatMap(({ j, item, rows, cols }) => {
    const found = [];
    for (let r = rows[0]; r <= rows[1]; r++) for (let c = cols[0]; c <= cols[1]; c++) found.push(columns[j].each[item][r * columns[j].shown[2] + c]);
    return found;
  });
}

// Which pixels of the digit a place is about: of a token its patch, of a score both; of a map all that its pixel sees.
function sight(columns, { j, item, row, col }) {
  const column = columns[j];
  if (OF_TOKENS.includes(column.kind)) {
    const before = column.patches[0] < 0 && (column.kind === "patches" || column.name === "patch_embedding"); // the class token came later
    return [patchSpan(column, before ? item + 1 : item)].filter(Boolean);
  }
  if (BY_HEAD.includes(column.kind)) {
    return [["query", row], ["key", col]].map(([role, token]) => ({ ...patchSpan(column, token), role })).filter(({ rows }) => rows);
  }
  let rows = [row, row], cols = [col, col], here = j;
  while (here > 0) {
    const { window, kind, shown, sources } = columns[here];
    if (shown[1] * shown[2] === 1 && kind !== "maps") return [];
    const [, height, width] = columns[sources[0].j].shown;
    [rows, cols] = [seen(window, 0, rows, height), seen(window, 1, cols, width)];
    here = sources[0].j;
  }
  return [{ rows, cols }];
}
