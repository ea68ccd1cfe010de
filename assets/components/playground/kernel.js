// The kernel as a grid of numbers to type into, its bias below. What was typed is sent back; the map comes from Python.

const EVERY = 100; // ms between two sends while a key repeats

function cellFor(state, parent, i, label) {
  // of the type number: a phone then offers the minus sign, which it does not with inputmode="decimal"
  const input = make(parent, "input", { type: "number", step: "0.1", autocomplete: "off", "aria-label": label });
  input.onfocus = () => {
    input.value = state.draft[i];
    input.select();
  };
  input.onblur = () => showCell(state, i);
  input.onchange = () => take(state, i, input.valueAsNumber, input.value);
  input.onpaste = (event) => {
    event.preventDefault();
    paste(state, i, event.clipboardData.getData("text"));
  };
  return input;
}

function showCell(state, i) {
  const input = state.inputs[i], value = state.draft[i];
  if (input.getRootNode().activeElement !== input) input.value = Number(value.toPrecision(3));
  input.title = inFull(value);
  if (i < state.draft.length - 1) tint(input, state.ink.kernel.at(value)); // the bias has no colour
}

// The kernel that came. Passed over where a newer edit is still on its way.
function showKernel(state) {
  const { kernel, bias, handmade } = state.data;
  if (!kernel) return;
  const came = [...kernel.flat(), bias];
  const late = handmade && state.edited?.length === came.length && String(state.edited) !== String(came) && performance.now() - state.editedAt < LATE;
  if (!late) Object.assign(state, { draft: came, edited: null });
  if (state.inputs.length !== came.length) {
    const size = kernel.length;
    state.weights.replaceChildren();
    crowd(state.weights, size);
    const label = (i) => `Kernel, row ${Math.floor(i / size)}, column ${i % size}`;
    state.inputs = [...Array(size * size).keys()].map((i) => cellFor(state, state.weights, i, label(i)));
    state.biasOf.replaceChildren(document.createTextNode("Bias"));
    state.inputs.push(cellFor(state, state.biasOf, size * size, "Bias"));
    say(state, "");
  }
  state.inputs.forEach((_, i) => showCell(state, i));
}

const say = (state, text) => (state.said.textContent = text);

function take(state, i, number, typed) {
  const before = state.draft[i], { most } = state.data;
  const refused = Number.isNaN(number) ? "A cell needs a number" : Math.abs(number) > most ? `${typed} is beyond ±${most.toLocaleString("en")}` : "";
  say(state, refused && `${refused}: it keeps ${inFull(before)}.`);
  if (refused) state.inputs[i].value = before;
  else if (number !== before) edit(state, state.draft.with(i, number));
}

// One number goes into the cell, as many as the kernel has into all of them.
function paste(state, i, text) {
  const numbers = text.replace(/−/g, "-").split(/[\s,;|[\](){}]+/).filter(Boolean).map(Number);
  const cells = state.draft.length - 1;
  if (numbers.length === 1) {
    if (Number.isFinite(numbers[0])) state.inputs[i].value = numbers[0];
    return take(state, i, numbers[0], text.trim().slice(0, 20));
  }
  const fits = numbers.length === cells && numbers.every((number) => Math.abs(number) <= state.data.most);
  say(state, fits ? "" : `To paste a whole kernel, copy ${cells} numbers of at most ±${state.data.most.toLocaleString("en")}: nothing was changed.`);
  if (!fits) return;
  edit(state, [...numbers, state.draft[cells]]);
  state.inputs[i].value = numbers[i] ?? state.draft[cells];
}

function edit(state, draft) {
  Object.assign(state, { draft, edited: draft, editedAt: performance.now() });
  draft.forEach((_, i) => showCell(state, i));
  state.sending ??= setTimeout(() => {
    state.sending = null;
    const size = Math.sqrt(state.draft.length - 1);
    const weights = Array.from({ length: size }, (_, u) => state.draft.slice(u * size, (u + 1) * size));
    state.send({ weights, bias: state.draft.at(-1) });
  }, EVERY);
}
