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
from scratchnn.ui import components, link, orders_section

_PLACE = "positions.place"  # kept in the address, too: encoding.place.component
_BEGUN = "positions.begun"  # what was chosen as the page was drawn
_COMPONENT = 8  # shown at first: a wave that is neither the fastest nor the slowest


def draw(subject: Subject) -> None:
    """The encoding as a table, a wave and a map of likeness; choosing and comparing happen in the browser."""
    # as it is now: with each choice, which the component knows before the page, all its numbers would be sent again
    st.session_state[_BEGUN] = link.hold(_PLACE)
    _draw(subject)


@st.fragment
def _draw(subject: Subject) -> None:
    model = cast(CustomTransformer, subject.model)
    st.header("What position encoding adds", anchor=False)
    st.caption(
        f"Attention by itself sees a bag of patches and cannot tell where one was. So each token gets "
        f"{model.config.width} numbers added that depend on nothing but its place, and the same patch at two places "
        "becomes two tokens. Does the network need them? Shuffle the patches, and see who notices."
    )
    answers = orders_section.choose(subject, model)
    _, trace = inspect(model, subject.dataset.normalise(subject.digit.image[None]))
    kinds = in_comparison(model)
    chosen = _chosen(st.session_state[_BEGUN], kinds)
    data = positions(kinds, token_sizes(trace), subject.digit.image, chosen, answers, subject.dataset.classes)
    components.positions(data, "transformer.positions", lambda *place: link.choose(_PLACE, ".".join(map(str, place))))
    orders_section.compare(subject, model, answers)


def _chosen(text: str, kinds: Mapping[Kind, Positions]) -> tuple[Kind, int, int]:
    """Encoding, place and component, a number beyond the last for the last; at first the patch in the middle."""
    (own, shown), *_ = kinds.items()
    length, width = shown.table.shape
    kind, _, rest = text.partition(".")
    numbers = link.numbers(rest) or []
    if kind not in kinds or len(numbers) != 2:
        middle = shown.side // 2
        return own, middle * (shown.side + 1) + shown.has_class_token, min(_COMPONENT, width - 1)
    place, component = numbers
    return cast(Kind, kind), min(place, length - 1), min(component, width - 1)
