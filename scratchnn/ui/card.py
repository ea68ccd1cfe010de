"""The card that explains one number, wherever one is chosen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from scratchnn.figures.card import card
from scratchnn.inspection.arithmetic import Explanation, Provenance
from scratchnn.ui import components
from scratchnn.ui.chosen import select
from scratchnn.ui.subject import keep_weights


def show_card(
    explanation: Explanation, provenance: Provenance, key: str, picture: Callable[[], None] | None = None
) -> None:
    """Draw the card: what the number is, its formula, its picture, its arithmetic down to its source.

    Args:
        provenance: the model and the digit by their keys, for the text that is copied.
        key: of the element, the same for every number shown at this place, so that the card changes in place.
        picture: draws a larger picture, in the place of the card's own.
    """
    st.header(explanation.title, anchor=False)
    st.caption(f"{explanation.sentence}  \n`{explanation.code}`")
    st.markdown(rf"$\displaystyle {explanation.formula}$")  # st.latex scrolls, out of the keyboard’s reach
    if picture is not None:
        picture()
    data = card(explanation, provenance, pictured=picture is None)
    components.card(
        data, key, lambda model: keep_weights(provenance.kind, model), lambda at: select(explanation.layer, at)
    )
