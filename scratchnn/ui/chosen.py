"""Which number is chosen on an explorer's page: kept in the address, so that a copied link chooses it, too."""

from __future__ import annotations

import time

import streamlit as st

from scratchnn.ui import link

_JUST = "chosen.just"  # the page, the address before, what was then chosen, and when
_AT = "at"  # in the address: a layer's name in the trace, a colon, the position in it: conv2:5.7.6


def chosen() -> tuple[str, tuple[int, ...]] | None:
    """The layer and the position that the address names, as `explain` takes them; they need not exist.

    None where nothing is chosen, or what stands there is no name and numbers.
    """
    address = st.query_params.get(_AT)
    page, before, just, at = st.session_state.get(_JUST, (None, None, None, float("-inf")))
    if (page, before) == (st.context.url, address) and time.monotonic() - at < link.LATE:
        address = just  # the browser has sent what it had before: without this, the card would go and come back
    layer, _, position = (address or "").partition(":")
    numbers = link.numbers(position)
    return (layer, tuple(numbers)) if layer and numbers else None


def select(layer: str | None, position: tuple[int, ...]) -> None:
    """Choose the number at this position of a layer; None and () choose nothing."""
    before = st.query_params.get(_AT)
    if layer is None:
        st.query_params.pop(_AT, None)
    else:
        st.query_params.update(in_address(layer, position))
    st.session_state[_JUST] = st.context.url, before, st.query_params.get(_AT), time.monotonic()


def in_address(layer: str, position: tuple[int, ...]) -> dict[str, str]:
    """What chooses this number in a page's address."""
    return {_AT: f"{layer}:{'.'.join(map(str, position))}"}
