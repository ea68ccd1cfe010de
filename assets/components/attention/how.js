// How a number of a mean or of the rollout comes about: from the maps that were sent, in doubles.

const LISTED = 4; // terms of the rollout; the others are summed up

const decimal = (value) => fixed(value, 9); // one below the other, to add them up
const total = (terms) => terms.reduce((a, b) => a + b, 0);

// A mean from its heads, which stand before it; null where not all of them were sent.
function meanOf(data, map, query, key) {
  if (data.heads < data.heads_in_all) return null;
  const terms = Array.from({ length: data.heads }, (_, head) => weight(data, map - data.heads + head, query, key)), sum = total(terms);
  return { terms, sum, mean: sum / data.heads };
}

// A block's weight by its mean, half and half with the token itself.
const mixed = (data, mean, query, token) => 0.5 * weight(data, mean, query, token) + (token === query ? 0.5 : 0);

// How much of a key has reached each token before the first block, after it, …, after the last.
function reached(data, means, key) {
  const shares = [Float64Array.from(data.patches, (_, token) => Number(token === key))];
  for (const mean of means) {
    const before = shares.at(-1);
    shares.push(before.map((_, query) => {
      let sum = 0; // a loop: of many tokens, reduce is too slow
      for (let token = 0; token < before.length; token++) sum += mixed(data, mean, query, token) * before[token];
      return sum;
    }));
  }
  return shares;
}

// The rollout's last step, with a term for each token on the way; null where the first blocks' means were not sent.
function lastStep(data, query, key) {
  if (data.maps[0].layer > 0) return null;
  const means = [...data.maps.keys()].filter((m) => kindOf(data.maps[m]) === "mean"), shares = reached(data, means, key);
  const terms = Array.from(shares.at(-2), (before, token) => {
    const taken = mixed(data, means.at(-1), query, token);
    return { token, mean: weight(data, means.at(-1), query, token), mixed: taken, before, product: taken * before };
  });
  return { shares, terms, block: means.length - 1 };
}
const products = (terms) => total(terms.map(({ product }) => product));
const beforeBlock = (block) => (block ? `after block ${block - 1}` : "before any block");

// In words and lines, each with a name, a number and, of some, where that comes from.
const HOW = {
  head: () => null,
  mean(data, { map, query, key }, given) {
    const made = meanOf(data, map, query, key);
    if (!made) return { note: `The mean of all ${data.heads_in_all} heads, which are too many to send.`, lines: [] };
    const { terms, sum, mean } = made;
    return {
      note: "The same query’s and key’s weight in every head of the block:",
      lines: [
        ...terms.map((term, head) => ({ name: `head ${head}`, number: decimal(term) })),
        { name: "sum", number: decimal(sum), sums: true },
        { name: `÷ ${data.heads} heads`, number: decimal(mean) },
        { name: "residual", number: short(Math.abs(mean - given)) },
      ],
    };
  },
  rollout(data, { query, key }, given) {
    const step = lastStep(data, query, key);
    if (!step) return { note: "The product of all blocks’ means, of which the first are too many to send.", lines: [] };
    const terms = step.terms.toSorted((a, b) => b.product - a.product), others = terms.slice(LISTED), sum = products(step.terms);
    const formula = ({ token, mean, before }, say) => `${token === query ? `(½ × ${say(mean)} + ½)` : `½ × ${say(mean)}`} × ${say(before)}`;
    return {
      note: `The last step of the product: ½ of block ${step.block}’s mean weight to each token, and ½ more to ${tokenName(data, query)} itself, `
        + `times how much of ${tokenName(data, key)} had reached that token ${beforeBlock(step.block)}.`,
      lines: [
        ...terms.slice(0, LISTED).map((term) => ({
          name: tokenName(data, term.token), number: decimal(term.product),
          formula: formula(term, short), title: formula(term, (value) => exactly(value, 9)),
        })),
        ...(others.length ? [{ name: `the other ${others.length}`, number: decimal(products(others)) }] : []),
        { name: "sum", number: decimal(sum), sums: true },
        { name: "residual", number: short(Math.abs(sum - given)) },
      ],
    };
  },
};

function drawHow({ how, data }, place, given) {
  const said = HOW[kindOf(data.maps[place.map])](data, place, given);
  how.replaceChildren();
  if (!said) return;
  make(how, "h4", { textContent: "How it comes about" });
  make(how, "p", { className: "note", textContent: said.note });
  const list = make(how, "dl", { className: "facts" });
  for (const { name, number, formula, title, sums } of said.lines) {
    const value = fact(list, name, sums ? "sums" : "");
    value.textContent = number;
    if (formula) make(value.previousSibling, "span", { className: "note", textContent: formula, title });
  }
  how.style.minHeight = `${how.offsetHeight}px`; // the page below stays where it is while a pointer goes from map to map
}
