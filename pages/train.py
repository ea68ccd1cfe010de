"""Train: choose a network and its settings, press Train, watch it learn."""

import streamlit as st

from scratchnn.ui import navigation, session, sidebar

navigation.ensure_app()
st.title("Train", anchor=False)
st.caption("A network learns handwritten digits here, in front of you. Every gradient comes from code you can read.")

found = session.found_again()
if found is not None:
    sidebar.adopt(found)
with st.sidebar:
    digit = st.container()
    choice = sidebar.choose_config()
job = session.current_job()
strip, buttons = st.container(key="subject_strip"), st.container()  # assets/page.css keeps the first in sight

# From here on torch is needed; what stands above is already on the screen.
from scratchnn.ui import training_page  # noqa: E402

training_page.draw(training_page.Places(digit, strip, buttons), choice, job)
