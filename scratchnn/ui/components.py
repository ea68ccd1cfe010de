"""Our own page elements (Streamlit components v2), each as a typed function.

Their HTML is built by the JavaScript below assets/components/; data travels as bytes (figures/packing.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parents[2] / "assets"


def _register(name: str, **options: Any) -> Any:
    folder = ASSETS / "components"
    script = (folder / "common.js").read_text("utf-8") + (folder / name / "index.js").read_text("utf-8")
    style = (folder / name / "style.css").read_text("utf-8")
    return st.components.v2.component(f"scratchnn_{name}", css=style, js=script, **options)


_charts = _register("charts", isolate_styles=False)  # plotly.js puts its styles into the document
_digits = _register("digits")
_subject = _register("subject")
_tiles = _register("tiles")
_confusion = _register("confusion")
_status = _register("status")


def status(data: dict[str, Any], key: str) -> None:
    """A progress bar and figures that change in place."""
    _status(data=data, key=key)


def charts(data: bytes, key: str) -> None:
    """Charts that can be given new points at any rate without a flicker (figures/charts.py)."""
    _charts(data=data, key=key)


def digits(data: bytes, key: str, on_choose: Callable[[int], None]) -> None:
    """A gallery of digits (figures/digits.py); `on_choose` gets the index of the one that was chosen."""
    _digits(data=data, key=key, on_chosen_change=lambda: on_choose(st.session_state[key].chosen))


def subject(data: bytes, key: str) -> None:
    """One digit large, with its ten probabilities."""
    _subject(data=data, key=key)


def tiles(data: bytes, key: str) -> None:
    """A wall of maps on one colour scale (figures/tiles.py)."""
    _tiles(data=data, key=key)


def confusion(data: dict[str, Any], key: str, on_choose: Callable[[int, int], None]) -> None:
    """The confusion matrix; `on_choose` gets the true and the predicted class of the cell that was chosen."""
    _confusion(data=data, key=key, on_cell_change=lambda: on_choose(*st.session_state[key].cell))
