"""Home: what this is, and the way to Train."""

import streamlit as st

from scratchnn.ui import home_page, navigation

navigation.ensure_app()
st.title("Two networks, written out by hand", anchor=False)
st.markdown(
    "ScratchNN is a convolutional network and a Transformer that learn handwritten digits in front of you. "
    "Every layer, its way forward and its way back, is plain code over arrays: no automatic differentiation anywhere."
)
home_page.invitations()
home_page.real_digits()
