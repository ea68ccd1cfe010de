"""The Transformer page's part on one row of attention: from the query's products to what the head gathers."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.figures.softmax import softmax
from scratchnn.inspection.attention_row import read_row
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components

_GIVEN, _CHOSEN = "softmax.given", "softmax.chosen"
_FORMULA = (
    r"a_{t,s} = \frac{e^{x_{t,s}}}{\sum_j e^{x_{t,j}}}, \quad "
    r"x_{t,s} = \left(\frac{q_t \cdot k_s}{\sqrt{d}} + m_{t,s}\right) \div T, \quad z_t = \sum_s a_{t,s}\, v_s"
)

Place = tuple[int, int, int]


@st.fragment
def draw(subject: Subject, layer: int, head: int, query: int) -> None:
    """One row of attention, step by step.

    Args:
        layer, head, query: where to begin; what is chosen here holds until other ones are given. A number beyond the
            network's last is taken for its last.
    """
    model = cast(CustomTransformer, subject.model)
    _, trace = inspect(model, subject.dataset.normalise(subject.digit.image[None]))
    place = _within(model, _chosen((layer, head, query)))
    row = read_row(model, trace, *place)
    data = softmax(row, subject.digit.image, model.config.depth, model.config.heads)
    components.softmax_row(data, "transformer.softmax", _choose)
    st.markdown(rf"$\displaystyle {_FORMULA}$")  # st.latex scrolls, out of the keyboard's reach
    st.caption(
        "q, k, v: query, key and value; d: their length; m: the mask, −∞ where a key is hidden and 0 elsewhere; "
        "T: the temperature, 1 in the network. The largest x is subtracted before exp, which changes no weight."
    )


def _chosen(given: Place) -> Place:
    if st.session_state.get(_GIVEN) != given:
        st.session_state[_GIVEN] = st.session_state[_CHOSEN] = given
    chosen: Place = st.session_state[_CHOSEN]
    return chosen


def _choose(layer: int, head: int, query: int) -> None:
    st.session_state[_CHOSEN] = (layer, head, query)


def _within(model: CustomTransformer, place: Place) -> Place:
    tokens = model.config.num_patches + (model.class_token is not None)
    layer, head, query = (
        max(0, min(number, count - 1))
        for number, count in zip(place, (model.config.depth, model.config.heads, tokens), strict=True)
    )
    return layer, head, query
