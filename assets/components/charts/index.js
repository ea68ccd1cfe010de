// Live charts on plotly.js: Plotly.react with the whole decimated series each time, so nothing remounts and zoom stays.

function plotly() {
  return (globalThis.scratchnnPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("app/static/plotly-basic.min.js", document.baseURI).href;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => reject(new Error("plotly.js could not be loaded from " + script.src));
    document.head.appendChild(script);
  }));
}

// A network's layers from the first to the last, around its own hue. Lightness falls all the way: it tells them apart
// for the colour-blind, too.
const DEPTHS = {
  cnn: { light: ["#6f9c00", "#008f80", "#006fb8", "#3b35a6", "#260b45"], dark: ["#e3f58c", "#6fe3b4", "#4aa9e4", "#7b7bf0", "#a04bc4"] },
  transformer: { light: ["#d98200", "#d43d5e", "#a32fc0", "#5a2fb5", "#15134f"], dark: ["#ffe79a", "#ff9c80", "#e070d8", "#9a78f2", "#4f66e0"] },
};

function along(stops, depth) {
  const place = depth * (stops.length - 1), before = Math.min(Math.floor(place), stops.length - 2);
  return mix(rgb(stops[before]), rgb(stops[before + 1]), place - before);
}

function tone(theme, curve) {
  if (curve.depth != null) return along(DEPTHS[curve.tone][theme.dark ? "dark" : "light"], curve.depth);
  const hue = theme[curve.tone];
  return curve.style === "points" || curve.style === "star" ? mix(hue, theme.ink, 0.45) : hue;
}

const DASHES = { dash: "6px,6px", dot: "2px,3px", dashdot: "8px,3px,2px,3px", longdash: "13px,4px", longdashdot: "14px,3px,2px,3px", broken: "7px,2px" };

function traceOf(theme, curve, arrays, { hover: format, top }, lit) {
  const colour = tone(theme, curve);
  const styles = {
    raw: { mode: "lines", line: { width: 1, color: css(colour, theme.dark ? 0.35 : 0.3) }, hoverinfo: "skip" },
    smooth: { mode: "lines", line: { width: 2, color: css(colour), dash: DASHES[curve.dash] } },
    points: { mode: "lines+markers", cliponaxis: false, line: { width: 1.5, color: css(colour), dash: "dot" }, marker: { size: 7, color: css(colour) } },
    star: { mode: "markers", cliponaxis: false, marker: { size: 13, symbol: "star", color: css(colour), line: { width: 1, color: css(theme.paper) } } },
    above: { mode: "markers", cliponaxis: false, marker: { size: 8, symbol: "triangle-up", color: css(colour) } },
    earlier: { mode: "lines", line: { width: 1.5, color: css(mix(colour, theme.paper, 0.25)), dash: DASHES[curve.dash] } },
  };
  const y = arrays[curve.y];
  const at = curve.style === "above" ? { y: Array.from(y, () => top), text: [...y].map(short) } : { y }; // marked where the axis ends; as a float32 that may lie beyond it, undrawn
  return {
    x: arrays[curve.x], ...at, name: curve.name, type: "scatter", showlegend: false, opacity: lit && lit !== curve.name ? 0.15 : 1,
    hovertemplate: at.text ? "%{text}<extra>above the axis</extra>" : `%{y:${format}}<extra>${curve.name}</extra>`, ...styles[curve.style],
  };
}

// How many powers of ten the curves of a chart span.
function span(curves, arrays) {
  let low = Infinity, high = 0;
  for (const { y } of curves) for (const v of arrays[y]) if (v > 0) [low, high] = [Math.min(low, v), Math.max(high, v)];
  return Math.log10(high / low);
}

function layoutOf(theme, chart, scope, empty, decades) {
  const axis = { gridcolor: css(theme.line, 0.6), linecolor: css(theme.line), zeroline: false, ticklabeloverflow: "allow", fixedrange: false };
  return {
    uirevision: scope + chart.scale, height: chart.height, margin: { l: 48, r: 12, t: 12, b: 40 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "x unified",
    hoverlabel: { bgcolor: css(theme.panel), bordercolor: css(theme.line), font: { color: css(theme.ink), size: 12 }, namelength: -1 },
    font: { family: theme.font, size: 12, color: css(mix(theme.ink, theme.paper, 0.25)) },
    xaxis: { ...axis, title: { text: "images seen", standoff: 6, font: { size: 12 } }, rangemode: "tozero", ...(empty && { range: [0, 1], showticklabels: false }) },
    yaxis: {
      ...axis, automargin: chart.rest > 0, // a layout more; where that is done at every step, the labels are short
      type: chart.scale, tickformat: chart.ticks, nticks: 6, rangemode: chart.from_zero ? "tozero" : "normal",
      ...(chart.scale === "log" && { dtick: decades < 1.7 ? "D2" : 1 }), // 1, 2, 5, or whole powers of ten
      ...(chart.top && { range: [0, chart.top] }),
      ...(empty && { range: chart.scale === "log" ? [-2, 0.5] : chart.empty, showticklabels: true }),
    },
    annotations: empty ? [{ text: chart.hint, showarrow: false, xref: "paper", yref: "paper", x: 0.5, y: 0.5, font: { size: 13 } }] : [],
  };
}

// Where layers are many, pointing at a name in the legend lets its line stand out: `light` gets the name, or null.
function legend(place, theme, curves, light) {
  const key = JSON.stringify([curves.map((c) => [c.name, c.note, c.style, c.dash, c.tone, c.depth]), theme.dark]);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren();
  for (const curve of curves) {
    const text = curve.note ? `${curve.name}: ${curve.note}` : curve.name, entry = make(place, "li");
    const item = curve.depth == null ? entry : make(entry, "button", { type: "button", "aria-label": `${text}, highlight its line` });
    item.onmouseenter = item.onfocus = () => light(curve.name);
    item.onmouseleave = item.onblur = () => light(null);
    const mark = make(item, "span", { className: `mark ${curve.style} ${curve.dash ? "dashed" : ""}`, "aria-hidden": "true" });
    mark.style.color = css(tone(theme, curve), curve.style === "raw" ? 0.5 : 1);
    if (curve.style === "star") mark.textContent = "★";
    if (curve.style === "above") mark.textContent = "▲";
    if (curve.dash) mark.innerHTML = `<svg viewBox="0 0 30 2"><path d="M0 1H30" stroke="currentColor" stroke-width="2" stroke-dasharray="${DASHES[curve.dash]}"/></svg>`;
    item.append(text);
  }
}

function frame(root) {
  const grid = make(root, "div", { className: "snn-charts" });
  const state = { grid, panels: new Map(), watch: new ResizeObserver((seen) => seen.forEach(({ target }) => globalThis.Plotly?.Plots.resize(target))) };
  onTheme(grid, () => {
    for (const panel of state.panels.values()) Object.assign(panel, { shown: null, drawnAt: -Infinity });
    if (state.data) draw(state);
  });
  return state;
}

function panelOf(state, chart) {
  if (!state.panels.has(chart.id)) {
    const box = make(state.grid, "section", { className: "snn-chart", "data-chart": chart.id });
    make(box, "h2", { textContent: chart.title });
    const key = make(box, "ul");
    const plot = make(box, "div", { className: "plot", role: "img" });
    plot.style.height = chart.height + "px";
    state.panels.set(chart.id, { box, key, plot, shown: null, drawnAt: -Infinity, values: make(box, "p", { className: "values" }) });
    state.watch.observe(plot);
  }
  return state.panels.get(chart.id);
}

const FINEST = 1 / 400; // of a chart's width: less than can be seen
const SLOW = 1400; // ms that a chart stays as it is when its run grew by less

// What a chart is of, how far its run reaches, and how far the chart itself.
function reachOf({ curves, arrays, scope }, { id, scale }) {
  const own = curves.filter((curve) => curve.chart === id), ends = own.map(({ x }) => arrays[x].at(-1) ?? 0);
  const run = ends.filter((_, i) => own[i].style !== "earlier");
  return { of: JSON.stringify([scope, scale, own.map(({ name }) => name)]), run: Math.max(0, ...run), all: Math.max(0, ...ends) };
}

function hardlyMoves({ shown }, data, chart) {
  if (!shown) return false;
  const [before, now] = [reachOf(shown, chart), reachOf(data, chart)];
  return before.of === now.of && now.run - before.run < FINEST * now.all;
}

// Every chart that has not shown the newest numbers; one that moves slowly waits until it has stood still for its rest,
// and then for the next numbers, to be drawn in one frame with the others. If none come, it is drawn all the same.
async function draw(state) {
  const Plotly = await plotly();
  if (state.gone) return;
  clearTimeout(state.later);
  const theme = themeOf(state.grid); // once: between two charts it would have the page laid out
  let waits = false;
  for (const chart of state.data.charts) {
    const panel = panelOf(state, chart);
    if (panel.shown === state.data) continue;
    const rest = hardlyMoves(panel, state.data, chart) ? SLOW : chart.rest;
    if (performance.now() - panel.drawnAt < rest) waits = true;
    else drawChart(Plotly, state, theme, chart, panel);
  }
  if (waits) state.later = setTimeout(() => draw(state), SLOW); // one for all, or they would multiply
}

function drawChart(Plotly, state, theme, chart, panel) {
  const { curves, scope, arrays } = state.data;
  const own = curves.filter((curve) => curve.chart === chart.id);
  const drawn = own.filter((curve) => arrays[curve.x].length);
  const { plot, key, values } = panel;
  Object.assign(panel, { shown: state.data, drawnAt: performance.now() });
  plot.setAttribute("aria-label", `${chart.title}. ${chart.summary}`);
  values.textContent = chart.summary;
  legend(key, theme, own.toSorted((one, other) => (one.style === "earlier") - (other.style === "earlier")), (name) => {
    panel.lit = name;
    drawChart(Plotly, state, themeOf(state.grid), state.data.charts.find(({ id }) => id === chart.id), panel); // with today's numbers
  });
  Plotly.react(plot, drawn.map((c) => traceOf(theme, c, arrays, chart, panel.lit)), layoutOf(theme, chart, scope, !drawn.length, span(drawn, arrays)),
    { displayModeBar: false, doubleClick: "reset" });
}

export default live(function ({ parentElement, data }) {
  const state = build(parentElement, () => frame(parentElement));
  state.data = unpack(data);
  draw(state);
  return () => {
    state.gone = true;
    clearTimeout(state.later);
    state.watch.disconnect();
    for (const { plot } of state.panels.values()) globalThis.Plotly?.purge(plot);
    state.grid.remove();
    kept.delete(parentElement);
  };
});
