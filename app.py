"""ScratchNN's app: `streamlit run app.py`."""

import threading

import streamlit as st

from scratchnn.ui import navigation, session


@st.cache_resource(show_spinner=False)
def load_torch() -> threading.Thread:
    """Begin to load torch, once per server, while people read the first page."""
    thread = threading.Thread(target=__import__, args=("scratchnn.training.trainer",), name="load torch", daemon=True)
    thread.start()
    return thread


page = navigation.choose_page()
session.keep_alive()
page.run()
session.stay()
navigation.tidy_history()
load_torch()
