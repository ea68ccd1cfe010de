"""The card that explains one number, wherever one is chosen."""

from __future__ import annotations

import streamlit as st

from scratchnn.figures.card import card
from scratchnn.inspection.arithmetic import Explanation, Provenance
from scratchnn.ui import components


def show_card(explanation: Explanation, provenance: Provenance, key: str) -> None:
    """Draw the card, with the formula below it.

    Args:
        provenance: the model and the digit by their keys, for the text that is copied.
        key: of the element, the same for every number shown at this place, so that the card changes in place.
    """
    components.card(card(explanation, provenance), key)
    st.markdown(rf"$\displaystyle {explanation.formula}$")  # st.latex scrolls, out of the keyboard's reach
