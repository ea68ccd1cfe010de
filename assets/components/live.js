// Put in front of every component: those that show a training's progress can get new data without a message of their own.

const updates = (globalThis.scratchnnUpdates ??= new Map()); // what can be fed, by its place in the page
const elementOf = (root) => root.host ?? root;

// What comes for a component out of sight waits until that is about to be seen: drawing takes time from the training.
const inSight = (globalThis.scratchnnInSight ??= new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen)
    for (const [root, part] of updates) {
      if (elementOf(root) !== target) continue;
      part.inSight = isIntersecting;
      showWaiting(part);
    }
}, { scrollMargin: "200px" }));

function showWaiting(part) {
  if (!part.inSight || !part.waiting) return;
  part.show({ ...part.properties, data: part.waiting });
  part.waiting = null;
}

function feedTo(root, data) {
  const part = updates.get(root);
  part.waiting = data;
  showWaiting(part);
}

function feedNoMore(root) {
  updates.delete(root);
  inSight.unobserve(elementOf(root));
}

// A component's function, that the feed can call as well as Streamlit.
const live = (show) => (properties) => {
  const root = properties.parentElement, part = updates.get(root) ?? { inSight: true };
  updates.set(root, Object.assign(part, { show, properties, waiting: null }));
  inSight.observe(elementOf(root)); // it tells at once whether it is
  return ending(part, show(properties)); // what is fed does not count: Streamlit knows of no end of it
};
