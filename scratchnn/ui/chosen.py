"""Which number is chosen on an explorer's page, and which block is open: kept in the address, so that a copied link
shows the same.
"""

from __future__ import annotations

import streamlit as st

from scratchnn.ui import link

_AT = "at"  # in the address: a layer's name in the trace, a colon, the position in it: conv2:5.7.6
_OPEN = "open"  # in the address: the number of an encoder block


def chosen() -> tuple[str, tuple[int, ...]] | None:
    """The layer and the position that the address names, as `explain` takes them; they need not exist.

    None where nothing is chosen, or what stands there is no name and numbers.
    """
    layer, _, position = link.hold(_slot(_AT), "").partition(":")
    numbers = link.numbers(position)
    return (layer, tuple(numbers)) if layer and numbers else None


def select(layer: str | None, position: tuple[int, ...]) -> None:
    """Choose the number at this position of a layer; None and () choose nothing."""
    link.keep(_slot(_AT), "" if layer is None else in_address(layer, position)[_AT])


def in_address(layer: str, position: tuple[int, ...]) -> dict[str, str]:
    """What chooses this number in a page's address."""
    return {_AT: f"{layer}:{'.'.join(map(str, position))}"}


def check_link() -> None:
    """Complain of an address that opens no block."""
    link.check(_slot(_OPEN), lambda text: _block(text) is not None, "opens no block; all are closed")


def opened() -> int | None:
    """The block that the address opens; it need not exist."""
    return _block(link.hold(_slot(_OPEN), ""))


def open_block(block: int | None) -> None:
    """Open one block, and no other; None opens none."""
    link.keep(_slot(_OPEN), "" if block is None else str(block))


def _block(text: str) -> int | None:
    match link.numbers(text):
        case [number]:
            return number
    return None


def _slot(name: str) -> str:
    """Each page has a choice of its own."""
    return f"chosen.{name}.{st.context.url}"
