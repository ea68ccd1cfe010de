"""Which place is shown first is the address’s choice, and stays; what is no place shows the middle."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.payloads import payloads

MIDDLE = {"kind": "learned", "place": 10, "component": 8}


def section() -> None:
    import streamlit as st

    from scratchnn.ui import positions_section
    from scratchnn.ui.subject import choose_subject

    subject = choose_subject("transformer")
    if not st.session_state.get("test.elsewhere"):
        positions_section.draw(subject)


@pytest.fixture
def app(runs_apart: None) -> AppTest:
    return AppTest.from_function(section, default_timeout=60)


@pytest.mark.parametrize(
    ("address", "chosen"),
    [
        ("sinusoidal.9.20", {"kind": "sinusoidal", "place": 9, "component": 20}),
        ("none.0.0", {"kind": "none", "place": 0, "component": 0}),
        ("learned.999.999", {"kind": "learned", "place": 15, "component": 95}),
        *((nonsense, MIDDLE) for nonsense in ("", "learned", "learned.1", "learned.-1.2", "other.1.2", "learned.1.٣")),
    ],
)
def test_the_address_says_which_place_comes_first(app: AppTest, address: str, chosen: dict[str, object]) -> None:
    app.query_params["place"] = address
    app.run()
    assert not app.exception
    (shown,) = payloads(app, "positions")
    assert shown["chosen"] == chosen


def test_a_place_is_there_again_after_something_else(app: AppTest) -> None:
    app.query_params["place"] = "sinusoidal.9.20"
    app.run()
    app.session_state["test.elsewhere"] = True
    del app.query_params["place"]
    app.run()
    app.session_state["test.elsewhere"] = False
    app.run()
    (shown,) = payloads(app, "positions")
    assert shown["chosen"] == {"kind": "sinusoidal", "place": 9, "component": 20}
    assert app.query_params["place"] in ("sinusoidal.9.20", ["sinusoidal.9.20"])
