"""Home: both networks alive on one digit, what this is, and the ways in."""

import streamlit as st

from scratchnn.ui import home_page, navigation

navigation.ensure_app()
st.title("Two networks, written out by hand", anchor=False)
st.markdown(
    "A convolutional network and a Transformer that learn handwritten digits in front of you, and show every number "
    "they are made of. Each layer, forward and back, is plain code over arrays: no automatic differentiation anywhere."
)
home_page.invitations()
home_page.both_networks(st.container(key="subject_strip"))  # assets/page.css keeps it in sight
