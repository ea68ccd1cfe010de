"""What the pages that look inside have in common: the network drawn whole, and the number that was chosen in it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from scratchnn.figures.network import Begun, network
from scratchnn.inspection.arithmetic import INPUT, Explanation, ExplanationError, explain, explain_input, explainable
from scratchnn.inspection.arithmetic.names import layer_name
from scratchnn.inspection.arithmetic.place import modules_of
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import Subject
from scratchnn.models import Model
from scratchnn.trace import Trace
from scratchnn.ui import components
from scratchnn.ui.card import show_card
from scratchnn.ui.chosen import chosen, open_block, opened, select
from scratchnn.ui.complaints import QUOTED, plain

Picture = Callable[[], None]
FRAGMENT = "explorer"  # the part of the page that is drawn here, for st.rerun


def explore(
    subject: Subject,
    key: str,
    picture_of: Callable[[Trace, Explanation], Picture | None] = lambda trace, number: None,
    on_choose: Callable[[str, tuple[int, ...]], None] = lambda layer, position: None,
) -> None:
    """The whole network, and below it the chosen number's card; a click draws only these again.

    Args:
        key: of the canvas.
        picture_of: what draws a number's picture, where there is a better one than the card's own.
        on_choose: gets each number that is chosen in the canvas.
    """
    # for the canvas, which chooses by itself: it must not change with a click, or all its numbers would be sent again
    st.session_state[f"{key}.begun"] = Begun(chosen(), opened(), st.session_state.get(f"{key}.turn", 0))
    _draw(subject, key, picture_of, on_choose)


@st.fragment(key=FRAGMENT)
def _draw(
    subject: Subject,
    key: str,
    picture_of: Callable[[Trace, Explanation], Picture | None],
    on_choose: Callable[[str, tuple[int, ...]], None],
) -> None:
    model, digit = subject.model, subject.digit
    probabilities, trace = inspect(model, subject.dataset.normalise(digit.image[None]))
    begun = st.session_state[f"{key}.begun"]
    data = network(model, trace, probabilities, subject.dataset.classes, digit.label, begun, inside=opened())

    def take(layer: str | None, position: tuple[int, ...], turn: int) -> None:
        count(turn)
        select(layer, position)
        if layer is not None:
            on_choose(layer, position)

    def count(turn: int) -> None:
        st.session_state[f"{key}.turn"] = max(turn, st.session_state.get(f"{key}.turn", 0))

    def open_(block: int | None, turn: int) -> None:
        count(turn)
        open_block(block)

    components.network(data, key, take, open_)
    place = chosen()
    if place is None:
        return
    layer, position = place
    try:
        if layer == INPUT:
            explanation = explain_input(digit.image, subject.dataset, position)
        else:
            explanation = explain(model, trace, layer, position)
    except ExplanationError:
        st.warning(_nowhere(model, trace, layer, position), icon=":material/link_off:")
        return
    show_card(explanation, subject.provenance, f"{key}.card", picture_of(trace, explanation))


def _nowhere(model: Model, trace: Trace, layer: str, position: tuple[int, ...]) -> str:
    """Why the number of a link has no card: `explain` says it in the words of who writes Python."""
    if layer != INPUT and layer not in explainable(model, trace):
        return f"This network has no layer “{plain(layer[:QUOTED])}”; choose a number in the picture."
    name, place = layer_name(modules_of(trace), layer), ".".join(map(str, position))
    return f"This network’s {name} has no number {place}; choose one in the picture."
