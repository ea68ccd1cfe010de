// Asks for the next look at a training once the browser has shown this one, and a while later: it is never sent more
// than it can draw, so a click does not wait behind a heap of pictures of the past. Shows nothing itself.

export default function ({ parentElement, data: { after }, setTriggerValue }) {
  const state = build(parentElement, () => ({}));
  clearTimeout(state.timer); // the whole page was drawn meanwhile
  const timer = (state.timer = setTimeout(() => setTriggerValue("due", true), 1000 * after));
  return () => clearTimeout(timer);
}
