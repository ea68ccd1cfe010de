"""Our own page elements (Streamlit components v2), each as a typed function.

Their HTML is built by the JavaScript below assets/components/; data travels as bytes (figures/packing.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parents[2] / "assets"


def script_of(name: str) -> str:
    """A component's script: what all share, then its own files, of these index.js last."""
    folder = ASSETS / "components"
    own = sorted((folder / name).glob("*.js"), key=lambda file: (file.stem == "index", file.name))
    return "".join(file.read_text("utf-8") for file in (*sorted(folder.glob("*.js")), *own))


def _register(name: str, **options: Any) -> Any:
    folder = ASSETS / "components"
    common = ("common.css",) if options.get("isolate_styles", True) else ()  # or it would restyle the page
    style = "".join((folder / file).read_text("utf-8") for file in (*common, f"{name}/style.css"))
    return st.components.v2.component(f"scratchnn_{name}", css=style, js=script_of(name), **options)


_charts = _register("charts", isolate_styles=False)  # plotly.js puts its styles into the document
_digits = _register("digits")
_subject = _register("subject")
_strip = _register("strip")
_tiles = _register("tiles")
_confusion = _register("confusion")
_network = _register("network")
_convolution = _register("convolution")
_attention = _register("attention")
_positions = _register("positions")
_patches = _register("patches")
_heads = _register("heads")
_softmax = _register("softmax")
_status = _register("status")
_pad = _register("pad")
_health = _register("health")
_feed = _register("feed")
_pace = _register("pace")
_card = _register("card")
_playground = _register("playground")


def pad(data: bytes, key: str, on_draw: Callable[[Any, bool], None]) -> None:
    """A drawing pad and the two stages of its ink (inspection/drawing.py).

    Args:
        on_draw: gets the strokes, up to ten times a second while one grows, and whether the last one is done.
    """

    def drawn() -> None:
        ink = st.session_state[key].ink
        on_draw(ink["strokes"], ink["done"])

    _pad(data=data, key=key, on_ink_change=drawn)


def stages(data: bytes, key: str) -> None:
    """The two stages of a digit that was not drawn here: the pad without its paper."""
    _pad(data=data, key=key)


def feed(data: bytes, key: str) -> None:
    """New data for components on the page, by their keys (figures/packing.py, `bundle`), all in one message."""
    _feed(data=data, key=key)


def pace(seconds: float) -> None:
    """Run the fragment around this again, this long after the browser has shown this run of it; once on a page.

    `run_every` does not wait for the browser: a slow one lags behind ever more, and a click in it is answered late.
    """
    _pace(data={"after": seconds, "asked": time.monotonic()}, key="pace", on_due_change=lambda: None)


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


def strip(data: bytes, key: str) -> None:
    """One digit and what a network says of it, in a slim line (figures/digits.py)."""
    _strip(data=data, key=key)


def tiles(data: bytes, key: str) -> None:
    """A wall of maps on one colour scale (figures/tiles.py)."""
    _tiles(data=data, key=key)


def confusion(data: dict[str, Any], key: str, on_choose: Callable[[int, int], None]) -> None:
    """The confusion matrix; `on_choose` gets the true and the predicted class of the cell that was chosen."""
    _confusion(data=data, key=key, on_cell_change=lambda: on_choose(*st.session_state[key].cell))


def health(data: dict[str, Any], key: str) -> None:
    """A table of the layers' health (figures/health.py) whose numbers change in place."""
    _health(data=data, key=key)


def network(
    data: bytes,
    key: str,
    on_select: Callable[[str | None, tuple[int, ...], int], None],
    on_open: Callable[[int | None, int], None] = lambda block, turn: None,
) -> None:
    """A whole network on one digit (figures/network/).

    Args:
        on_select: gets the layer and the position of what was chosen in it, as `explain` takes them; None and () when
            nothing is chosen any more. And the number of this choice, to be handed back (figures/network/, `turn`).
        on_open: gets the encoder block that was opened, or None when it was closed; and the number of this choice.
    """

    def chosen() -> None:
        place = st.session_state[key].chosen
        on_select(place["layer"], tuple(place.get("position", ())), place["turn"])

    def opened() -> None:
        on_open(st.session_state[key].opened["block"], st.session_state[key].opened["turn"])

    _network(data=data, key=key, on_chosen_change=chosen, on_opened_change=opened)


def convolution(data: bytes, key: str, on_select: Callable[[int, int], None]) -> None:
    """One output map of a convolution, its kernels sliding (figures/convolution.py).

    Args:
        on_select: gets the row and the column of the output's pixel that was chosen.
    """
    _convolution(data=data, key=key, on_chosen_change=lambda: on_select(*st.session_state[key].chosen))


def playground(data: dict[str, Any], key: str, on_edit: Callable[[object, object], None]) -> None:
    """A window that slides over one digit, with a kernel to type into (figures/playground.py).

    Args:
        on_edit: gets the rows of weights and the bias after each edit, up to ten times a second; a browser may send
            anything.
    """

    def edited() -> None:
        kernel = st.session_state[key].kernel
        on_edit(kernel["weights"], kernel["bias"])

    _playground(data=data, key=key, on_kernel_change=edited)


def card(data: bytes, key: str, on_copy: Callable[[str], None], on_select: Callable[[tuple[int, ...]], None]) -> None:
    """How one number came about, down to its source (figures/card/).

    Args:
        on_copy: gets the key of the model whose weights the text that was copied needs, if they are still to be kept.
        on_select: gets the position of another number of the same layer that was chosen in the picture.
    """
    _card(
        data=data, key=key,
        on_copied_change=lambda: on_copy(st.session_state[key].copied),
        on_chosen_change=lambda: on_select(tuple(st.session_state[key].chosen)),
    )  # fmt: skip


def attention(
    data: bytes, key: str, on_look: Callable[[dict[str, Any]], None], on_range: Callable[[str], None]
) -> None:
    """All heads' attention on one digit (figures/attention.py).

    Args:
        on_look: gets what was chosen, by the names of inspection/look.py.
        on_range: gets what the full colour is the largest of.
    """
    _attention(
        data=data, key=key, on_chosen_change=lambda: on_look(st.session_state[key].chosen),
        on_range_change=lambda: on_range(st.session_state[key].range),
    )  # fmt: skip


def heads(data: bytes, key: str, on_look: Callable[[dict[str, Any]], None]) -> None:
    """One block's heads as a deck of cards, each with the passage from its scores to its weights (figures/heads.py).

    Args:
        on_look: gets what was chosen, by the names of inspection/look.py.
    """
    _heads(data=data, key=key, on_chosen_change=lambda: on_look(st.session_state[key].chosen))


def positions(data: bytes, key: str, on_choose: Callable[[str, int, int], None]) -> None:
    """What positional encodings add, place by place (figures/positions.py).

    Args:
        on_choose: gets the encoding, the place and the component that were chosen.
    """

    def chosen() -> None:
        place = st.session_state[key].chosen
        on_choose(place["kind"], place["place"], place["component"])

    _positions(data=data, key=key, on_chosen_change=chosen)


def patches(data: bytes, key: str, on_hide: Callable[[list[int]], None] = lambda patches: None) -> None:
    """The digit in patches that can be hidden, or in another order (figures/patches.py).

    Args:
        on_hide: gets the numbers of all patches that are to be hidden.
    """
    _patches(data=data, key=key, on_hidden_change=lambda: on_hide(st.session_state[key].hidden["patches"]))


def softmax_row(
    data: bytes, key: str, on_look: Callable[[dict[str, Any]], None], on_temperature: Callable[[float], None]
) -> None:
    """One row of attention, step by step (figures/softmax.py).

    Args:
        on_look: gets what was chosen, by the names of inspection/look.py.
        on_temperature: gets the temperature that is tried.
    """
    _softmax(
        data=data, key=key, on_chosen_change=lambda: on_look(st.session_state[key].chosen),
        on_temperature_change=lambda: on_temperature(st.session_state[key].temperature),
    )  # fmt: skip
