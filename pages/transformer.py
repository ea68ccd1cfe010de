"""Transformer, layer by layer: the whole network at work on one digit, and every number of it on a click."""

import streamlit as st

from scratchnn.ui import navigation

navigation.ensure_app()
st.title("Transformer, layer by layer", anchor=False)
st.caption(
    "The digit is cut into patches; each becomes a token, and in every block the tokens look at each other. "
    "Open a block to see inside it: point at anything to see what feeds it, click a number to see how it comes about."
)

# From here on torch is needed; what stands above is already on the screen.
from scratchnn.ui import subject, transformer_page  # noqa: E402

transformer_page.check_link()
transformer_page.draw(subject.choose_subject("transformer"))
