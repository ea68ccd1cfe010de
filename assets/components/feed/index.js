// Hands new data to the components on the page that it belongs to, by their keys (live.js); shows nothing itself.

export default function ({ data }) {
  const { plain, arrays } = unpack(data);
  for (const root of updates.keys()) if (!elementOf(root).isConnected) feedNoMore(root);
  for (const [key, part] of Object.entries({ ...plain, ...arrays })) {
    for (const root of updates.keys()) if (elementOf(root).closest(`.st-key-${key}`)) feedTo(root, part);
  }
}
