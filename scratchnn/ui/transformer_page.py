"""The Transformer page's parts: the network drawn whole, the chosen number's card, and three questions about it."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.figures.attention import attention
from scratchnn.figures.heads import heads
from scratchnn.inspection.attention import read_attention
from scratchnn.inspection.attention_block import read_block
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
    """All attention at once; one block's heads, from scores to weights; and of one query, all that it comes to.

    Each of the three tells the others in the browser what was chosen in it. So what the first two begin with stays as
    it was when the page was drawn: with each click, all their numbers would be sent again.
    """
    model = cast(CustomTransformer, subject.model)
    _, trace = inspect(model, subject.dataset.normalise(subject.digit.image[None]))
    place, first, digit = _look(subject), st.session_state[_LOOKED], subject.digit.image
    st.header("What the heads look at", anchor=False)
    st.caption(
        "In every block, each head shares out every token’s attention among all tokens. Choose a head on the left, a "
        "query by its row or on the digit; below is how its shares come about."
    )
    components.attention(attention(read_attention(model, trace), digit, first), "transformer.attention", _take)
    data = heads(read_block(model, trace, place[0]), digit, model.config.depth, first)
    components.heads(data, "transformer.heads", _take)
    softmax_section.draw(subject, trace, place, _take)


def _look(subject: Subject) -> Look:
    """Block, head and query token, the last for a number beyond it; at first a token in the digit’s middle."""
    model = cast(CustomTransformer, subject.model)
    counts = model.config.depth, model.config.heads, model.config.num_patches + (model.class_token is not None)
    parts = (link.recall(_LOOK) or "").split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return 0, 0, model.config.num_patches // 2
    block, head, query = (min(int(part), count - 1) for part, count in zip(parts, counts, strict=True))
    return block, head, query


def _take(layer: int | None, head: int | None, query: int | None, key: int | None = None) -> None:
    """A head's query; of a mean of heads, or of the rollout, there are no scores to show."""
    if layer is not None and head is not None and query is not None:
        link.choose(_LOOK, f"{layer}.{head}.{query}")
