"""The Transformer page's part on places: what the positional encoding adds to each patch's token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import streamlit as st

from scratchnn.figures.positions import positions
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.positions import Kind, Positions, in_comparison, token_sizes
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components, link

_PLACE = "positions.place"  # kept in the address, too: encoding.place.component
_BEGUN = "positions.begun"  # what was chosen as the page was drawn
_COMPONENT = 8  # shown at first: a wave that is neither the fastest nor the slowest


def draw(subject: Subject) -> None:
    """The encoding as a table, a wave and a map of likeness; choosing and comparing happen in the browser."""
    if (kept := link.recall(_PLACE)) is not None:
        link.keep(_PLACE, kept)
    # as it is now: with each choice, which the component knows before the page, all its numbers would be sent again
    st.session_state[_BEGUN] = kept
    _draw(subject)


@st.fragment
def _draw(subject: Subject) -> None:
    model = cast(CustomTransformer, subject.model)
    _, trace = inspect(model, subject.dataset.normalise(subject.digit.image[None]))
    kinds = in_comparison(model)
    chosen = _chosen(st.session_state[_BEGUN] or "", kinds)
    data = positions(kinds, token_sizes(trace), subject.digit.image, chosen)
    components.positions(data, "transformer.positions", lambda *place: link.choose(_PLACE, ".".join(map(str, place))))


def _chosen(text: str, kinds: Mapping[Kind, Positions]) -> tuple[Kind, int, int]:
    """Encoding, place and component, a number beyond the last for the last; at first the patch in the middle."""
    (own, shown), *_ = kinds.items()
    length, width = shown.table.shape
    kind, *numbers = text.split(".")
    if kind not in kinds or len(numbers) != 2 or not all(n.isascii() and n.isdigit() and len(n) < 5 for n in numbers):
        middle = shown.side // 2
        return own, middle * (shown.side + 1) + shown.has_class_token, min(_COMPONENT, width - 1)
    place, component = map(int, numbers)
    return cast(Kind, kind), min(place, length - 1), min(component, width - 1)
