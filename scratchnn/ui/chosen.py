"""Which number is chosen on an explorer's page: kept in the address, so that a copied link chooses it, too."""

from __future__ import annotations

import streamlit as st

from scratchnn.ui import link

_AT = "at"  # in the address: a layer's name in the trace, a colon, the position in it: conv2:5.7.6


def chosen() -> tuple[str, tuple[int, ...]] | None:
    """The layer and the position that the address names, as `explain` takes them; they need not exist.

    None where nothing is chosen, or what stands there is no name and numbers.
    """
    layer, _, position = link.hold(_slot(), "").partition(":")
    numbers = link.numbers(position)
    return (layer, tuple(numbers)) if layer and numbers else None


def select(layer: str | None, position: tuple[int, ...]) -> None:
    """Choose the number at this position of a layer; None and () choose nothing."""
    link.keep(_slot(), "" if layer is None else in_address(layer, position)[_AT])


def in_address(layer: str, position: tuple[int, ...]) -> dict[str, str]:
    """What chooses this number in a page's address."""
    return {_AT: f"{layer}:{'.'.join(map(str, position))}"}


def _slot() -> str:
    """Each page has a choice of its own."""
    return f"chosen.{_AT}.{st.context.url}"
