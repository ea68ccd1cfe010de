// How the partial results and the bias run into the sum: a line for each, the wider the more it adds.

const WIDEST = 5; // px

function flowOf(root, state) {
  const flow = make(root, "div", { className: "flow" });
  state.edges = shape(flow, "svg", { class: "edges", "aria-hidden": "true" });
  state.wall = scrolls(make(flow, "div", { className: "wall" }));
  const box = make(flow, "div", { className: "adding", "aria-hidden": "true" });
  state.plus = make(box, "b", { className: "plus", textContent: "+" });
  const bias = make(box, "div", { className: "bias" });
  state.biasDot = make(bias, "i");
  state.biasText = make(bias, "span");
  [state.biasEdge, state.outEdge] = [0, 1].map(() => shape(state.edges, "path", {}));
  const right = make(flow, "div", { className: "result" });
  Object.assign(state, { flow, result: right });
  state.wall.onscroll = () => layFlow(state);
}

// Where each line runs: from its row, or from the wall's end where that is scrolled out of sight.
function layFlow(state) {
  const whole = state.flow.getBoundingClientRect(), wall = state.wall.getBoundingClientRect();
  const middle = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left: left - whole.left, right: right - whole.left, top: top - whole.top, bottom: bottom - whole.top, x: (left + right) / 2 - whole.left, y: (top + bottom) / 2 - whole.top };
  };
  const plus = middle(state.plus), output = middle(state.output.box), dot = middle(state.biasDot);
  const curve = (x, y, toX, toY) => `M${x} ${y}C${(x + toX) / 2} ${y} ${(x + toX) / 2} ${toY} ${toX} ${toY}`;
  const [high, low] = [wall.top - whole.top, wall.bottom - whole.top];
  for (const { button, edge } of state.channels) {
    const { right, y } = middle(button);
    edge.classList.toggle("beyond", y < high || y > low);
    edge.setAttribute("d", curve(right, Math.max(high, Math.min(low, y)), plus.left, plus.y));
  }
  state.biasEdge.setAttribute("d", `M${dot.x} ${dot.top}L${plus.x} ${plus.bottom}`);
  const beside = output.left > plus.right;
  state.outEdge.setAttribute("d", beside ? curve(plus.right, plus.y, output.left, output.y) : `M${plus.x} ${plus.bottom}L${plus.x} ${plus.bottom}`);
}

// What each line carries at the window's place.
function weighFlow(state) {
  const { bias } = state.data, partial = state.channels.map((_, c) => partialAt(state, c)), most = largest([...partial, bias]) || 1;
  const carry = (edge, value) => {
    edge.style.strokeWidth = 0.75 + (WIDEST - 0.75) * Math.min(1, Math.abs(value) / most);
    edge.style.stroke = css(signed(state.theme, Math.sign(value) * 0.9));
  };
  state.channels.forEach(({ edge, value }, c) => {
    carry(edge, partial[c]);
    value.textContent = summand(partial[c]);
  });
  carry(state.biasEdge, bias);
  carry(state.outEdge, partial.reduce((a, b) => a + b, bias));
  state.biasDot.style.background = css(signed(state.theme, Math.sign(bias) * 0.9));
  state.biasText.textContent = `bias ${summand(bias)}`;
}
