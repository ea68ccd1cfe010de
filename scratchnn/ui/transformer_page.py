"""The Transformer page's parts: the network drawn whole, the chosen number's card, and three questions about it."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.figures.attention import attention
from scratchnn.inspection.attention import read_attention
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components, link, patches_section, positions_section, softmax_section
from scratchnn.ui.explorer import explore

_ASK, _LOOK = "transformer.ask", "transformer.look"  # kept in the address, too: a question; block.head.query
_QUESTION = "transformer.question"
_LOOKED = "transformer.looked"  # block, head and query as the page was drawn

Look = tuple[int, int, int]


def draw(subject: Subject) -> None:
    """The network and its card, and below them what is asked about it."""
    explore(subject, "transformer.network")
    questions = {
        "heads": ("What do the heads look at?", _heads),
        "positions": ("What does position encoding add?", positions_section.draw),
        "patches": ("What if patches are hidden or shuffled?", patches_section.draw),
    }
    asked = link.recall(_ASK)
    st.session_state[_QUESTION] = asked if asked in questions else "heads"
    st.pills(
        "Ask", list(questions), format_func=lambda name: questions[name][0], required=True, key=_QUESTION, wrap=True,
        on_change=lambda: link.choose(_ASK, st.session_state[_QUESTION]),
    )  # fmt: skip
    for slot in (_ASK, _LOOK):
        if (kept := link.recall(slot)) is not None:
            link.keep(slot, kept)
    st.session_state[_LOOKED] = _look(subject)
    questions[st.session_state[_QUESTION]][1](subject)


@st.fragment
def _heads(subject: Subject) -> None:
    """All attention at once; and of the query that was chosen in it, the way from its scores to what it gathers."""
    model = cast(CustomTransformer, subject.model)
    _, trace = inspect(model, subject.dataset.normalise(subject.digit.image[None]))
    st.header("What the heads look at", anchor=False)
    st.caption(
        "In every block, each head shares out every token’s attention among all tokens. Choose a head on the left, a "
        "query by its row or on the digit; below is how its shares come about."
    )
    # the choice that the component begins with: it must not change with a click, or all the maps would be sent again
    data = attention(read_attention(model, trace), subject.digit.image, st.session_state[_LOOKED])
    components.attention(data, "transformer.attention", _take)
    softmax_section.draw(subject, _look(subject), _turn_to)


def _look(subject: Subject) -> Look:
    """Block, head and query token; at first, a token in the middle of the digit."""
    parts = (link.recall(_LOOK) or "").split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return 0, 0, cast(CustomTransformer, subject.model).config.num_patches // 2
    block, head, query = map(int, parts)
    return block, head, query


def _take(layer: int | None, head: int | None, query: int | None, key: int | None) -> None:
    """A head's query; of a mean of heads, or of the rollout, there are no scores to show."""
    if layer is not None and head is not None and query is not None:
        link.choose(_LOOK, f"{layer}.{head}.{query}")


def _turn_to(block: int, head: int, query: int) -> None:
    """What was chosen below the attention is to be seen in it, too."""
    link.choose(_LOOK, f"{block}.{head}.{query}")
    st.session_state[_LOOKED] = (block, head, query)
