"""The Transformer page's part on places: what the positional encoding adds to each patch's token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

import streamlit as st

from scratchnn.figures.positions import positions
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.positions import Kind, Positions, bare_tokens, in_comparison, positions as read_positions
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components, link, orders_section

_PLACE = "positions.place"  # kept in the address, too: encoding.place.component
_BEGUN = "positions.begun"  # what was chosen as the page was drawn, and the how manieth choice that was
_COMPONENT = 8  # shown at first: a wave that is neither the fastest nor the slowest


def check_link() -> None:
    """Complain of an address that names no place."""
    link.check(_PLACE, _read, "is no place in an encoding; the one in the middle is shown")


def draw(subject: Subject) -> None:
    """The encoding as a table, a wave and a map of likeness; choosing and comparing happen in the browser."""
    # as it is now: with each choice, which the component knows before the page, all its numbers would be sent again
    place = link.hold(_PLACE, _in_address(*_first(cast(CustomTransformer, subject.model))))
    st.session_state[_BEGUN] = place, link.choices(_PLACE)
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
    begun, turn = st.session_state[_BEGUN]
    chosen = _chosen(begun, kinds) or _first(model)
    data = positions(kinds, bare_tokens(trace), subject.digit.image, chosen, answers, subject.dataset.classes, turn)
    components.positions(data, "transformer.positions", lambda *place: link.choose(_PLACE, _in_address(*place)))
    orders_section.compare(subject, model, answers)


def _first(model: CustomTransformer) -> tuple[Kind, int, int]:
    """What is looked at before anything is chosen: the model’s own encoding of the patch in the middle."""
    own = read_positions(model)
    return own.kind, own.side // 2 * (own.side + 1) + own.has_class_token, min(_COMPONENT, own.table.shape[1] - 1)


def _chosen(text: str, kinds: Mapping[Kind, Positions]) -> tuple[Kind, int, int] | None:
    """Encoding, place and component as the address names them, a number beyond the last for the last; None if not."""
    read = _read(text)
    if read is None or read[0] not in kinds:
        return None
    kind, place, component = read
    length, width = kinds[kind].table.shape
    return kind, min(place, length - 1), min(component, width - 1)


def _read(text: str) -> tuple[Kind, int, int] | None:
    """Encoding, place and component, whether or not this network has them; None if it is anything else."""
    kind, _, rest = text.partition(".")
    match link.numbers(rest):
        case [place, component] if kind in get_args(Kind):
            return cast(Kind, kind), place, component
    return None


def _in_address(kind: Kind, place: int, component: int) -> str:
    return f"{kind}.{place}.{component}"
