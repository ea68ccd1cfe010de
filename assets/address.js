// Run once in every tab, so that the browser's Back takes back one thing that a person did: Streamlit makes an entry in the
// history of everything that a page writes into its address, but one choice may write several, and a page some by itself.

(() => {
  const CHOSEN = ["at", "open"]; // nothing stands there until a number is chosen, or a block opened
  const ALWAYS = "digit"; // every page fills it in: an address that loses it is that of a page being left
  const TOUCHES = ["pointerdown", "keydown", "click", "input"];

  if (globalThis.scratchnnHistory) return;
  globalThis.scratchnnHistory = true;
  const marked = (change) => (state, title, url) => change.call(history, { ...state, scratchnn: true }, title, url);
  const [push, replace] = [history.pushState, history.replaceState].map(marked);
  let untouched = true; // nobody has done anything since the last entry was made or gone back to: it is only put right
  TOUCHES.forEach((touch) => addEventListener(touch, () => (untouched = false), true));
  addEventListener("popstate", () => {
    untouched = true;
    if (!history.state?.scratchnn) history.back(); // made before this was loaded, while the page filled in its address
  });

  function onlyFilledIn(was, is) {
    return CHOSEN.every((name) => was.has(name) === is.has(name)) && [...was].every(([name, value]) => is.get(name) === value);
  }

  replace(history.state, "");
  history.replaceState = replace;
  history.pushState = (state, title, url = "") => { // Streamlit only pushes
    const [before, after] = [new URL(location), new URL(url, location)];
    const [was, is] = [before.searchParams, after.searchParams], samePage = before.pathname === after.pathname;
    if (samePage && was.has(ALWAYS) && !is.has(ALWAYS)) return;
    if (untouched || (samePage && onlyFilledIn(was, is))) return replace(state, title, url);
    untouched = true;
    push(state, title, url);
  };
})();
