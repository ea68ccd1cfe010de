"""The Transformer page's part on one row of attention: from the query's products to what the head gathers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import streamlit as st

from scratchnn.figures.softmax import softmax
from scratchnn.inspection.attention_row import read_row
from scratchnn.inspection.look import Look
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace
from scratchnn.ui import components, link

_FORMULAS = (  # one by one, each a group, so that on a phone a line ends between them only
    r"a_{t,s} = \frac{\exp x_{t,s}}{\sum_j \exp x_{t,j}},",
    r"x_{t,s} = \left(\frac{q_t \cdot k_s}{\sqrt{d}} + m_{t,s}\right) \div T,",
    r"z_t = \sum_s a_{t,s}\, v_s",
)

_TEMPERATURE = "softmax.temperature"  # kept in the address, too
_LEAST, _MOST = 0.1, 10.0


def check_link() -> None:
    """Complain of an address whose temperature cannot be set here."""
    wrong = f"is no temperature from {_LEAST:g} to {_MOST:g}; the network’s own, 1, is used"
    link.check(_TEMPERATURE, _read, wrong)


def draw(subject: Subject, trace: Trace, place: Look, on_look: Callable[[dict[str, Any]], None]) -> None:
    """One row of attention, step by step.

    Args:
        trace: of the subject's model on its digit.
        place: which row, and which key in it.
        on_look: gets another place that was chosen here.
    """
    model = cast(CustomTransformer, subject.model)
    row = read_row(model, trace, place.layer, place.head, place.query)
    data = softmax(
        row, subject.digit.image, model.config.depth, model.config.heads, place.key, _temperature(),
    )  # fmt: skip
    components.softmax_row(
        data, "transformer.softmax", on_look, lambda temperature: link.choose(_TEMPERATURE, str(temperature))
    )
    # st.latex scrolls, out of the keyboard's reach
    st.markdown("&emsp; ".join(rf"$\displaystyle {{{formula}}}$" for formula in _FORMULAS))
    st.caption(
        "q, k, v: query, key and value; d: their length; m: the mask, −∞ where a key is hidden and 0 elsewhere; "
        "T: the temperature, 1 in the network. The largest x is subtracted before exp, which changes no weight."
    )


def _temperature() -> float:
    """At first the network's own."""
    return _read(link.hold(_TEMPERATURE, "1")) or 1.0


def _read(text: str) -> float | None:
    """A temperature in the address; None for what is none or cannot be set here."""
    try:
        wanted = float(text)
    except ValueError:
        return None
    return wanted if _LEAST <= wanted <= _MOST else None
