// Run once in every tab: what a page fills into its address by itself makes no entry in the browser's history. Back then
// leads to what was there before, not to the same page with a little less in its address.

(() => {
  const CHOSEN = "at"; // nothing stands there until a number is chosen

  function onlyFilledIn(before, after) {
    const [was, is] = [before, after].map(({ searchParams }) => searchParams);
    return before.pathname === after.pathname && was.has(CHOSEN) === is.has(CHOSEN) && [...was].every(([name, value]) => is.get(name) === value);
  }

  if (globalThis.scratchnnHistory) return;
  const [push, replace] = (globalThis.scratchnnHistory = [history.pushState, history.replaceState].map((change) => change.bind(history)));
  history.pushState = (state, title, url = "") => (onlyFilledIn(new URL(location), new URL(url, location)) ? replace : push)(state, title, url); // Streamlit only pushes
})();
