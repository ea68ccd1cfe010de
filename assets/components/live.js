// Put in front of every component: those that show a training's progress can get new data without a message of their own.

const updates = (globalThis.scratchnnUpdates ??= new Map()); // by their places in the page
const elementOf = (root) => root.host ?? root;

// A component's function, that the feed can call as well as Streamlit.
const live = (show) => (properties) => {
  updates.set(properties.parentElement, (data) => show({ ...properties, data }));
  return show(properties);
};
