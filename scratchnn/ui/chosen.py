"""Which number is chosen on an explorer's page: kept in the address, so that a copied link chooses it, too."""

from __future__ import annotations

import time

import streamlit as st

from scratchnn.ui import link

_AT = "at"  # in the address: a layer's name in the trace, a colon, the position in it: conv2:5.7.6
_LAST = "chosen.last"  # the page, what its address said before the last choice and what after it, and when that was
_NEVER = (None, None, "", 0.0)


def chosen() -> tuple[str, tuple[int, ...]] | None:
    """The layer and the position that the address names, as `explain` takes them; they need not exist.

    None where nothing is chosen, or what stands there is no name and numbers.
    """
    address, (page, before, own, since) = st.query_params.get(_AT, ""), st.session_state.get(_LAST, _NEVER)
    if address == before and page == st.context.url and time.monotonic() - since < link.LATE:
        _write(own)  # a browser that follows a training may still send the address that it had before the click
        address = own
    layer, _, position = address.partition(":")
    numbers = link.numbers(position)
    return (layer, tuple(numbers)) if layer and numbers else None


def select(layer: str | None, position: tuple[int, ...]) -> None:
    """Choose the number at this position of a layer; None and () choose nothing."""
    before, own = st.query_params.get(_AT, ""), "" if layer is None else in_address(layer, position)[_AT]
    st.session_state[_LAST] = st.context.url, before, own, time.monotonic()
    _write(own)


def _write(address: str) -> None:
    if address:
        st.query_params[_AT] = address
    else:
        st.query_params.pop(_AT, None)


def in_address(layer: str, position: tuple[int, ...]) -> dict[str, str]:
    """What chooses this number in a page's address."""
    return {_AT: f"{layer}:{'.'.join(map(str, position))}"}
