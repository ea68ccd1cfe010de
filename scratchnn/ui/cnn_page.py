"""The CNN page's parts: the network drawn whole, and how the number that was chosen in it came about."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.figures.convolution import convolution
from scratchnn.figures.network import network
from scratchnn.figures.numbers import minus, short
from scratchnn.inspection.arithmetic import Explanation, ExplanationError, explain
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import Subject
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.models import CustomCNN
from scratchnn.trace import Trace
from scratchnn.ui import components

_AT = "at"  # in the address: the layer and the position that are chosen, conv2.5.3.8
_FIRST = "cnn.first"
_TERMS = 8  # of a sum are listed one by one

Chosen = tuple[str, tuple[int, ...]]


@st.fragment
def draw(subject: Subject) -> None:
    """The whole network, and below it the chosen number; a click draws only this again."""
    model, digit = cast(CustomCNN, subject.model), subject.digit
    probabilities, trace = inspect(model, subject.dataset.normalise(digit.image[None]))
    # what the canvas gets must not change with a click, or all of it would be sent again
    first = st.session_state.setdefault(_FIRST, _chosen())
    data = network(model, trace, probabilities, subject.dataset.classes, digit.label, first)
    components.network(data, "cnn.network", _select)
    chosen = _chosen()
    if chosen is None or chosen[0] == "input":
        return
    try:
        explanation = explain(model, trace, *chosen)
    except ExplanationError as error:
        st.warning(f"{error}.", icon=":material/link_off:")
        return
    _number(model, trace, explanation)


def _number(model: CustomCNN, trace: Trace, explanation: Explanation) -> None:
    layer = dict(model.named_children()).get(explanation.layer)
    st.header(explanation.title, anchor=False)
    st.markdown(explanation.sentence)
    if isinstance(layer, CustomConv2d):
        channel, row, column = explanation.position
        sources = "the digit" if layer.in_channels == 1 else f"{_before(model, explanation.layer)}, map"
        data = convolution(model, trace, explanation.layer, (channel, row, column), sources)
        components.convolution(data, "cnn.convolution")
    st.markdown(rf"$\displaystyle {explanation.formula}$")  # st.latex scrolls, out of the keyboard’s reach
    st.markdown(_table(explanation))
    st.caption(
        f"The network’s own number is {_exactly(explanation.value)}; the {explanation.steps[-1].how} above "
        f"differs from it by {short(explanation.residual)}."
    )
    if len(explanation.steps) > 1:
        with st.expander("Every step to it"):
            st.dataframe(_every_step(explanation), hide_index=True)


def _table(explanation: Explanation) -> str:
    """The last step's operands and its result; of a long sum the largest, and all others as one."""
    step = explanation.steps[-1]
    terms = explanation.largest(_TERMS) if step.how == "sum" else explanation.terms
    rows = [f"| {term.label} | {_exactly(term.value)} |" for term in terms]
    return "\n".join(
        [f"| {step.how} of | number |", "|:--|--:|", *rows, f"| **= {step.name}** | **{_exactly(step.result)}** |"]
    )


def _every_step(explanation: Explanation) -> list[dict[str, str]]:
    """All operands of all steps, each step's result below them."""
    rows = []
    for step in explanation.steps:
        operands = [(f"{step.how} of", term.label, term.value) for term in step.terms]
        for how, label, number in [*operands, ("=", "", step.result)]:
            rows.append({"result": step.name, "": how, "operand": label, "number": _exactly(number)})
    return rows


def _exactly(number: float) -> str:
    """Enough digits to add it up again."""
    return minus(f"{number:.8g}")


def _before(model: CustomCNN, layer: str) -> str:
    names = [name for name, _ in model.named_children()]
    return names[names.index(layer) - 1]


def _chosen() -> Chosen | None:
    """What the address says is chosen; None also where that is no layer and numbers."""
    layer, *position = st.query_params.get(_AT, "").split(".")
    if not position or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in position):
        return None
    return layer, tuple(map(int, position))


def _select(layer: str | None, position: tuple[int, ...]) -> None:
    if layer is None:
        st.query_params.pop(_AT, None)
    else:
        st.query_params[_AT] = ".".join([layer, *map(str, position)])
