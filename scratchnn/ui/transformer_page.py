"""The Transformer page's parts: the network drawn whole, the chosen number's card, and three questions about it."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import streamlit as st

from scratchnn.figures.attention import RANGES, attention
from scratchnn.figures.heads import heads
from scratchnn.inspection.attention import read_attention, token_patches
from scratchnn.inspection.attention_block import read_block
from scratchnn.inspection.look import Look
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components, link, orders_section, patches_section, positions_section, softmax_section
from scratchnn.ui.chosen import check_link as check_opened
from scratchnn.ui.explorer import FRAGMENT, explore
from scratchnn.ui.look import check_link as check_look, choices, choose, look

_ASK, _RANGE = "transformer.ask", "attention.range"  # kept in the address, too
_QUESTION, _HEADS = "transformer.question", "transformer.heads"
_QUESTIONS = {
    "heads": "What do the heads look at?",
    "positions": "What does position encoding add?",
    "patches": "What if patches are hidden or shuffled?",
}
_BEGUN = "transformer.begun"  # as the page was drawn: what was looked at, of which maps the largest was full colour, …


def check_link() -> None:
    """Complain of all that the address says and that cannot be used, also for a question that is not on show."""
    link.check(_ASK, _QUESTIONS.__contains__, "is no question of this page; the first one is answered")
    link.check(_RANGE, RANGES.__contains__, "is no choice of full colour; it is the largest of each map")
    check_opened()
    check_look()
    for section in (softmax_section, positions_section, patches_section, orders_section):
        section.check_link()


def draw(subject: Subject) -> None:
    """The network and its card, and below them what is asked about it."""
    explore(subject, "transformer.network", on_choose=partial(_look_there, subject))
    asked = link.hold(_ASK, "heads")
    st.session_state[_QUESTION] = asked if asked in _QUESTIONS else "heads"
    st.pills(
        "Ask", list(_QUESTIONS), format_func=_QUESTIONS.__getitem__, required=True, key=_QUESTION, wrap=True,
        on_change=lambda: link.choose(_ASK, st.session_state[_QUESTION]),
    )  # fmt: skip
    full = link.hold(_RANGE, RANGES[0])
    turn = choices() + link.choices(_RANGE)  # … and how many choices of both there were
    place = look(cast(CustomTransformer, subject.model))
    st.session_state[_BEGUN] = place, full if full in RANGES else RANGES[0], turn
    answers = {"heads": _heads, "positions": positions_section.draw, "patches": patches_section.draw}
    answers[st.session_state[_QUESTION]](subject)


def _look_there(subject: Subject, layer: str, position: tuple[int, ...]) -> None:
    """A head's number that was chosen in the network is looked at in all attention, too."""
    model = cast(CustomTransformer, subject.model)
    place = look(model).at(layer, position)
    if place is None or st.session_state[_QUESTION] != "heads":
        return
    choose(place)
    st.rerun([FRAGMENT, _HEADS])  # by itself, a choice draws only the part in which it was made


@st.fragment(key=_HEADS)
def _heads(subject: Subject) -> None:
    """All attention at once; one block's heads, from scores to weights; and of one query, all that it comes to.

    Each of the three tells the others in the browser what was chosen in it. So what the first two begin with stays as
    it was when the page was drawn: with each click, all their numbers would be sent again.
    """
    model, digit = cast(CustomTransformer, subject.model), subject.digit.image
    st.header("What the heads look at", anchor=False)
    st.caption(
        "In every block, each head shares out every token’s attention among all tokens. Choose a head on the left, a "
        "query by its row or on the digit; below is how a single head’s shares come about."
    )
    trace = patches_section.read_shorter(subject, model)
    patches: list[int] = token_patches(model, trace).tolist()
    (begun, full, turn), place = st.session_state[_BEGUN], look(model).among(patches)
    first = begun.among(patches)

    def take(chosen: dict[str, Any]) -> None:
        choose(Look(**chosen).in_whole(patches))

    data = attention(read_attention(model, trace), digit, first, full, turn)
    components.attention(data, "transformer.attention", take, lambda range_: link.choose(_RANGE, range_))
    block = heads(read_block(model, trace, place.layer), digit, model.config.depth, first, turn)
    components.heads(block, "transformer.heads", take)
    softmax_section.draw(subject, trace, place, take)
