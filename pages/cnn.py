"""CNN, layer by layer: the whole network at work on one digit, and every number of it on a click."""

import streamlit as st

from scratchnn.ui import navigation

navigation.ensure_app()
st.title("CNN, layer by layer", anchor=False)
st.caption(
    "One digit goes through the network from left to right. Every map is what the network really computed: "
    "point at one to see what feeds it, click a pixel to see how its number comes about."
)

# From here on torch is needed; what stands above is already on the screen.
from scratchnn.ui import cnn_page, playground, subject  # noqa: E402

playground.check_link()
chosen = subject.choose_subject("cnn")
cnn_page.draw(chosen)
playground.draw(chosen)
