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

_QUESTION = "transformer.question"
_LOOK = "transformer.look"  # block, head and query
_LOOKED = "transformer.looked"  # what they were as the page was drawn


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
    st.session_state[_LOOKED] = _look(subject)
    asked[question](subject)


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
    softmax_section.draw(subject, *_look(subject))


def _look(subject: Subject) -> tuple[int, int, int]:
    """Block, head and query token; at first, a token in the middle of the digit."""
    patches = cast(CustomTransformer, subject.model).config.num_patches
    return st.session_state.get(_LOOK, (0, 0, patches // 2))  # type: ignore[no-any-return]


def _take(layer: int | None, head: int | None, query: int | None, key: int | None) -> None:
    """A head's query; of a mean of heads, or of the rollout, there are no scores to show."""
    if layer is not None and head is not None and query is not None:
        st.session_state[_LOOK] = (layer, head, query)
