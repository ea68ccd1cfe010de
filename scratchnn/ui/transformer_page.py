"""The Transformer page's parts: the network drawn whole, the chosen number's card, and three questions about it."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.figures.attention import attention
from scratchnn.inspection.attention import read_attention
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components, patches_section, positions_section, softmax_section
from scratchnn.ui.explorer import explore

_QUESTION, _LOOK = "transformer.question", "transformer.look"


def draw(subject: Subject) -> None:
    """The network and its card, and below them what is asked about it."""
    explore(subject, "transformer.network")
    asked = {
        "What do the heads look at?": _heads,
        "What does position encoding add?": positions_section.draw,
        "What if patches are hidden or shuffled?": patches_section.draw,
    }
    question = st.pills(
        "Ask", list(asked), default=next(iter(asked)), required=True, key=_QUESTION, persist_state="session", wrap=True
    )
    asked[question](subject)


@st.fragment
def _heads(subject: Subject) -> None:
    """All attention at once; and of the query that was chosen in it, the way from its scores to what it gathers."""
    model = cast(CustomTransformer, subject.model)
    _, trace = inspect(model, subject.dataset.normalise(subject.digit.image[None]))
    components.attention(attention(read_attention(model, trace), subject.digit.image), "transformer.attention", _take)
    softmax_section.draw(subject, *st.session_state.get(_LOOK, (0, 0, 0)))


def _take(layer: int | None, head: int | None, query: int | None, key: int | None) -> None:
    """A head's query; of a mean of heads, or of the rollout, there are no scores to show."""
    if layer is not None and head is not None and query is not None:
        st.session_state[_LOOK] = (layer, head, query)
