"""The Transformer page's part on one row of attention: from the query's products to what the head gathers."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import streamlit as st

from scratchnn.figures.softmax import softmax
from scratchnn.inspection.attention_row import read_row
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace
from scratchnn.ui import components

_FORMULA = (
    r"a_{t,s} = \frac{e^{x_{t,s}}}{\sum_j e^{x_{t,j}}}, \quad "
    r"x_{t,s} = \left(\frac{q_t \cdot k_s}{\sqrt{d}} + m_{t,s}\right) \div T, \quad z_t = \sum_s a_{t,s}\, v_s"
)

Place = tuple[int, int, int]  # block, head, query token


def draw(subject: Subject, trace: Trace, place: Place, on_choose: Callable[[int, int, int], None]) -> None:
    """One row of attention, step by step.

    Args:
        trace: of the subject's model on its digit.
        place: which row.
        on_choose: gets another block, head and query that were chosen here.
    """
    model = cast(CustomTransformer, subject.model)
    row = read_row(model, trace, *place)
    data = softmax(row, subject.digit.image, model.config.depth, model.config.heads)
    components.softmax_row(data, "transformer.softmax", on_choose)
    st.markdown(rf"$\displaystyle {_FORMULA}$")  # st.latex scrolls, out of the keyboard's reach
    st.caption(
        "q, k, v: query, key and value; d: their length; m: the mask, −∞ where a key is hidden and 0 elsewhere; "
        "T: the temperature, 1 in the network. The largest x is subtracted before exp, which changes no weight."
    )
