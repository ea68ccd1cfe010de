"""What is chosen goes into the address and comes back out of it; what is no choice chooses nothing."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

PLACES = [
    ("conv2:5.7.6", ("conv2", (5, 7, 6))),
    ("probabilities:7", ("probabilities", (7,))),
    ("encoder.layers.0.self_attn.softmax:2.5.7", ("encoder.layers.0.self_attn.softmax", (2, 5, 7))),
    ("nowhere:99999", ("nowhere", (99999,))),
]


def page() -> None:
    import streamlit as st

    from scratchnn.ui import link
    from scratchnn.ui.chosen import chosen, select

    link.moves(st.session_state.get("test.moves", False))
    if "test.select" in st.session_state:
        select(*st.session_state["test.select"])
    st.session_state["test.chosen"] = chosen()


@pytest.mark.parametrize(("address", "place"), PLACES)
def test_a_choice_goes_there_and_back(address: str, place: tuple[str, tuple[int, ...]]) -> None:
    app = AppTest.from_function(page)
    app.query_params["at"] = address
    app.run()
    assert app.session_state["test.chosen"] == place
    app = AppTest.from_function(page)
    app.session_state["test.select"] = place
    app.run()
    assert app.query_params["at"] in (address, [address])
    assert app.session_state["test.chosen"] == place
    app.session_state["test.select"] = None, ()
    app.run()
    assert "at" not in app.query_params
    assert app.session_state["test.chosen"] is None


def test_an_address_from_before_the_choice_does_not_undo_it() -> None:
    """A browser whose page looks for newer weights at the moment of a click may send its old address once more."""
    app = AppTest.from_function(page)
    app.session_state["test.select"] = "fc2", (7,)
    app.run()
    del app.session_state["test.select"]
    app.query_params.pop("at")
    app.run()
    assert app.session_state["test.chosen"] == ("fc2", (7,))
    assert app.query_params["at"] in ("fc2:7", ["fc2:7"])
    app.query_params["at"] = "fc1:3"
    app.run()
    assert app.session_state["test.chosen"] == ("fc1", (3,)), "any other address is a choice"


@pytest.mark.parametrize(
    "address",
    ["", "conv1", ":", ":1.2.3", "conv1:", "conv1:x.y.z", "conv1:1..2", "conv1:٣.1.1", "conv1:-1", "conv1:1:2",
     "conv1:123456", "conv1.3.5.9"],
)  # fmt: skip
def test_a_broken_address_chooses_nothing(address: str) -> None:
    app = AppTest.from_function(page)
    app.query_params["at"] = address
    app.run()
    assert not app.exception
    assert app.session_state["test.chosen"] is None


def test_an_address_that_comes_late_takes_no_choice_back(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_function(page)
    app.query_params["at"] = "conv1:1.2.3"
    app.run()
    app.session_state["test.select"] = ("conv2", (5, 7, 6))
    app.run()
    del app.session_state["test.select"]
    app.query_params["at"] = "conv1:1.2.3"  # the browser sent this before it knew of the choice
    app.run()
    assert app.session_state["test.chosen"] == ("conv2", (5, 7, 6))
    app.query_params["at"] = "fc1:8"  # a link
    app.run()
    assert app.session_state["test.chosen"] == ("fc1", (8,))
    now = time.monotonic()
    monkeypatch.setattr("scratchnn.ui.link.time.monotonic", lambda: now + 60)
    app.query_params["at"] = "conv1:1.2.3"  # gone back to
    app.run()
    assert app.session_state["test.chosen"] == ("conv1", (1, 2, 3))


@pytest.mark.parametrize("by_itself", [False, True])
def test_a_page_that_moves_by_itself_is_held_up_longer(by_itself: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_function(page)
    app.session_state["test.moves"] = by_itself
    app.session_state["test.select"] = ("fc2", (7,))
    app.run()
    del app.session_state["test.select"]
    now = time.monotonic()
    monkeypatch.setattr("scratchnn.ui.link.time.monotonic", lambda: now + 5)
    app.query_params.pop("at")
    app.run()
    assert app.session_state["test.chosen"] == (("fc2", (7,)) if by_itself else None)


def test_a_choice_elsewhere_on_the_page_takes_none_out_of_the_address() -> None:
    """A part of the page that draws itself anew gets, and answers with, the address that the browser had before."""

    def page() -> None:
        import streamlit as st

        from scratchnn.ui import link
        from scratchnn.ui.chosen import chosen, select

        if st.session_state["test.part"] == "canvas":
            select("conv2", (5, 7, 6))
            chosen()
        else:
            link.choose("transformer.look", "1.2.3")

    app = AppTest.from_function(page)
    app.session_state["test.part"] = "canvas"
    app.run()
    app.session_state["test.part"] = "attention"
    app.query_params.pop("at")  # it has not heard of it
    app.run()
    assert app.query_params["at"] in ("conv2:5.7.6", ["conv2:5.7.6"])
    assert app.query_params["look"] in ("1.2.3", ["1.2.3"])


def test_of_two_choices_in_a_row_the_last_one_stays() -> None:
    """A browser that has taken on the first choice's address may send that after the second choice."""
    app = AppTest.from_function(page)
    for choice in (("conv1", (1, 2, 3)), ("conv2", (5, 7, 6))):
        app.session_state["test.select"] = choice
        app.query_params.pop("at", None)  # it has not heard of any of them
        app.run()
    del app.session_state["test.select"]
    app.query_params["at"] = "conv1:1.2.3"
    app.run()
    assert app.session_state["test.chosen"] == ("conv2", (5, 7, 6))
    assert app.query_params["at"] in ("conv2:5.7.6", ["conv2:5.7.6"])
