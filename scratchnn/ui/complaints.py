"""What could not be shown, and why: said until the next choice, by the frame of the page that it concerns."""

from __future__ import annotations

import re

import streamlit as st

QUOTED = 40  # letters at most of what somebody put into an address, in a sentence about it
_PROBLEM = "subject.problem"


def complain(sentence: str) -> None:
    """Say until the next choice that something could not be shown."""
    before, new = problem() or "", f"{plain(sentence[:1].upper() + sentence[1:])}."
    if new not in before:
        st.session_state[_PROBLEM] = st.context.url, f"{before} {new}".strip()


def plain(text: str) -> str:
    """A text as it stands, where Markdown would make links, pictures and formulas of what somebody put into a link."""
    return re.sub(r"([\\`*\[$<])", r"\\\1", text)


def forgive() -> None:
    """What was wrong is being tried again."""
    st.session_state.pop(_PROBLEM, None)


def problem() -> str | None:
    """What could not be shown on this page, and why."""
    page: str | None
    sentences: str | None
    page, sentences = st.session_state.get(_PROBLEM, (None, None))
    if page != st.context.url:
        forgive()
        return None
    return sentences
