// Put in front of every component: reading what Python packed, numbers in words, colours.

// 4 bytes of header length, the JSON header, then the arrays it lists (scratchnn/figures/packing.py).
// slice(): the bytes may start at any address, a Float32Array may not.
function unpack(bytes) {
  const buffer = bytes.slice().buffer;
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const kinds = { f4: Float32Array, f8: Float64Array, u1: Uint8Array };
  let offset = 4 + length;
  const arrays = {};
  for (const { name, kind, shape } of header.arrays) {
    const count = shape.reduce((a, b) => a * b, 1);
    const size = count * kinds[kind].BYTES_PER_ELEMENT;
    arrays[name] = kind === "f8" ? new Float64Array(buffer.slice(offset, offset + size)) : new kinds[kind](buffer, offset, count); // an f8 may not start at a multiple of 4 alone
    offset += Math.ceil(size / 4) * 4;
  }
  return { ...header, arrays };
}

const minus = (text) => text.replace(/-/g, "−");
// Three significant digits.
function short(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-3 ? value.toExponential(2) : size >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return minus(text).replace("e+", "e");
}
const summand = (value) => (value > 0 ? "+" : "") + short(value);
// Digits enough to add it up again; where sums are of doubles, more. 17 are all that a double has.
const exactly = (value, digits = 8) => (Number.isFinite(value) ? minus(String(Number(value.toPrecision(digits)))) : short(value));
// So many digits after the point, and no minus before a zero.
const fixed = (value, digits) => minus(value.toFixed(digits).replace(/^-(?=[0.]*$)/, ""));
const percent = (p) => (p > 0.9995 && p < 1 ? "99.9" : (100 * p).toFixed(1)) + "\u202f%";
const capital = (text) => text[0].toUpperCase() + text.slice(1);

// A token by its patch, and where that is on the digit; −1 is the class token's.
const tokenName = ({ patches }, token) => (patches[token] < 0 ? "class token" : `patch ${patches[token]}`);
const rowAndColumn = ({ patches, side }, token) => (patches[token] < 0 ? "" : ` (row ${Math.floor(patches[token] / side)}, column ${patches[token] % side})`);

const within = (place, size) => Math.max(0, Math.min(size - 1, place));
function largest(values) {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value); // a comparison with NaN is false
  return most;
}

const rgb = (text) => {
  const pen = (rgb.pen ??= document.createElement("canvas").getContext("2d"));
  pen.fillStyle = "#000";
  pen.fillStyle = text.trim();
  const hex = pen.fillStyle;
  return hex[0] === "#" ? [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) : hex.match(/[\d.]+/g).slice(0, 3).map(Number);
};
const mix = (a, b, t) => [0, 1, 2].map((i) => a[i] + (b[i] - a[i]) * t);
const css = ([r, g, b], alpha = 1) => `rgba(${Math.round(r)},${Math.round(g)},${Math.round(b)},${alpha})`;

function themeOf(element) {
  const style = getComputedStyle(element instanceof ShadowRoot ? element.host : element);
  const read = (name, fallback) => rgb(style.getPropertyValue(name) || fallback);
  const paper = read("--st-background-color", "#fff");
  const dark = paper[0] + paper[1] + paper[2] < 384;
  return {
    dark, paper, ink: read("--st-text-color", "#111"),
    panel: read("--st-secondary-background-color", "#f2f4f7"), line: read("--st-border-color", "#ddd"),
    neutral: dark ? [43, 50, 60] : [232, 234, 235],
    cnn: dark ? [74, 169, 228] : [8, 119, 189], transformer: dark ? [171, 139, 240] : [116, 64, 201],
    query: dark ? [122, 167, 255] : [37, 99, 235], key: dark ? [255, 128, 128] : [194, 43, 43], value: dark ? [95, 206, 142] : [27, 127, 69],
    font: style.getPropertyValue("--st-font") || "sans-serif",
  };
}
// What the parts of attention are known by, for a style sheet: --query, --key, --value.
function colourRoles({ style }, theme) {
  for (const role of ["query", "key", "value"]) style.setProperty(`--${role}`, css(theme[role]));
}
// Signed values, −1 … 1: orange, neutral, blue.
const signed = (theme, t) =>
  t < 0 ? mix(theme.neutral, [245, 147, 34], Math.min(1, -t)) : mix(theme.neutral, theme.dark ? [56, 160, 224] : [8, 119, 189], Math.min(1, t));
// Weights that sum to one, 0 … 1: the violet ramp.
const share = (theme, t) =>
  theme.dark ? mix([36, 33, 52], [190, 165, 255], Math.min(1, t)) : mix([243, 240, 252], [91, 33, 182], Math.min(1, t));
// Black or white, whichever is easier to read on a colour (WCAG 2.2, relative luminance).
function inkOn(colour) {
  const [r, g, b] = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}
// A pixel of the input, 0 … 1: paper to ink.
const pixel = (theme, t) => mix(theme.panel, theme.ink, t);

function paint(canvas, width, height, colourAt) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const colour = colourAt(i);
    if (!colour) continue; // stays transparent
    image.data.set(colour, 4 * i);
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

// One patch cut out of the digit; the class token has none.
function piece(canvas, theme, { side, digit_shape: [rows, columns], arrays: { digit } }, patch) {
  if (patch < 0) return paint(canvas, 1, 1, () => theme.panel);
  const [h, w] = [rows / side, columns / side], [top, left] = [Math.floor(patch / side) * h, (patch % side) * w];
  paint(canvas, w, h, (i) => pixel(theme, digit[(top + Math.floor(i / w)) * columns + left + (i % w)] / 255));
}

function tint({ style }, colour) {
  Object.assign(style, { background: css(colour), color: inkOn(colour) });
}
