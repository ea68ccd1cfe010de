"""Which pages there are, and that they always come within the app."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

_ROOT = Path(__file__).parents[2]
_WITHIN = "navigation.within_app"


def choose_page() -> Page:
    """Draw the navigation, and return the page that was chosen in it. Only app.py calls this."""
    st.session_state[_WITHIN] = True
    return _navigation()


def ensure_app() -> None:
    """Begin again with app.py if Streamlit ran a page without it. Each page calls this first.

    It does so when a fresh server's first visitor comes by a page's own address, because the folder is called
    `pages`; to have called st.navigation once ends that.
    """
    if _WITHIN not in st.session_state:
        _navigation()
        st.rerun()


def tidy_history() -> None:
    """Let the browser's Back lead from page to page. Called at a page's end: until it is loaded, this takes room."""
    script = (_ROOT / "assets" / "address.js").read_text("utf-8")
    with st.container(key="history"):  # page.css hides it
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def _navigation() -> Page:
    icon = _ROOT / "static" / "favicon.svg"  # a Material icon would be fetched from the internet
    st.set_page_config(page_title="ScratchNN", page_icon=icon, layout="wide")
    st.html(_ROOT / "assets" / "page.css")
    return st.navigation(
        [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
            st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
            st.Page("pages/cnn.py", title="CNN, layer by layer", icon=":material/view_column:"),
            st.Page("pages/transformer.py", title="Transformer, layer by layer", icon=":material/hub:"),
        ]
    )
