"""The sidebar's choice of a digit: from the data set, drawn, or uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
import torch

from scratchnn.data import Dataset, Split
from scratchnn.figures.digits import two_stages
from scratchnn.inspection.digits import (
    HANDMADE,
    Digit,
    handmade_key,
    next_mistake,
    next_of_class,
    place_of,
    random_digit,
)
from scratchnn.inspection.drawing import BOX, PAD, PEN, SIDE, DrawingError, Stages, ink_of, stages
from scratchnn.inspection.upload import FORMATS, MOST_BYTES, UploadError, read_upload
from scratchnn.models import Model
from scratchnn.ui import complaints, components, link

_SOURCE, _SEEN, _NUMBER, _CLASS = "subject.digit_source", "subject.digit_seen", "subject.number", "subject.class"
_STROKES, _FILE, _UPLOADED = "subject.strokes", "subject.file", "subject.uploaded"
_SOURCES = {"dataset": "Choose", "drawn": "Draw", "uploaded": "Upload"}


def draw(digit: Digit, models: Mapping[str, Model], dataset: Dataset) -> None:
    """The choice, as it stands at this digit.

    Args:
        models: the networks whose next mistake can be asked for, by the words that ask.
    """
    state, seen = st.session_state, (digit.key, st.context.url)
    # chosen just now, perhaps by a link or elsewhere on the page; or on another page, which does not know it yet
    if state.get(_SEEN) != seen:
        kind = digit.key.partition(":")[0]
        state[_SEEN], state[_SOURCE] = seen, kind if kind in HANDMADE else "dataset"
    source = st.segmented_control(
        "Digit", list(_SOURCES), format_func=_SOURCES.__getitem__, required=True, key=_SOURCE, width="stretch",
        persist_state="session",
    )  # fmt: skip
    if source == "drawn":
        _pad(digit)
    elif source == "uploaded":
        _upload(digit)
    else:
        _from_data(digit, models, dataset)


def _from_data(digit: Digit, models: Mapping[str, Model], dataset: Dataset) -> None:
    name, index = place_of(digit)
    split: Split = getattr(dataset, name)
    st.session_state[_NUMBER] = max(0, index)
    st.number_input(
        f"{name.capitalize()} digit", 0, len(split) - 1, step=1, key=_NUMBER,
        on_change=lambda: _take(name, st.session_state[_NUMBER]),
    )  # fmt: skip
    st.pills(
        "Next of class", range(len(dataset.classes)), format_func=lambda label: dataset.classes[label], key=_CLASS,
        on_change=_take_class, args=(name, split, index), wrap=True,
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        st.button("Random", on_click=lambda: _take(name, random_digit(split)))
        for words, model in models.items():
            st.button(
                words, help="The next digit that this network gets wrong.",
                on_click=_take_mistake, args=(name, split, index, model, dataset),
            )  # fmt: skip


def _take(split: str, index: int | None) -> None:
    if index is not None:
        link.choose(link.DIGIT, f"{split}:{index}")


def _take_class(name: str, split: Split, index: int) -> None:
    label, st.session_state[_CLASS] = st.session_state[_CLASS], None
    if label is not None:
        _take(name, next_of_class(split, label, index))


def _take_mistake(name: str, split: Split, index: int, model: Model, dataset: Dataset) -> None:
    found = next_mistake(model, dataset, split, index)
    if found is None:
        st.toast(f"It gets all {len(split):,} {name} digits right.")
    _take(name, found)


def _pad(digit: Digit) -> None:
    """The pad, with the strokes of this session: what a link brought has none."""
    strokes = st.session_state.get(_STROKES, [])
    made = _stages(strokes)
    box, image = (made.box, made.image) if made else (torch.zeros(n, n, dtype=torch.uint8) for n in (BOX, SIDE))
    drawing = {"pad": PAD, "pen": PEN, "strokes": strokes, "shown": digit.key.startswith("drawn:")}
    components.pad(two_stages(box, image, drawing), "subject.pad", _take_strokes)


def _take_strokes(strokes: Any, done: bool) -> None:
    """Called while a person draws, and when a stroke is done. With the pad empty again, the last digit stays."""
    made = _stages(strokes)
    st.session_state[_STROKES] = strokes if made else []
    if made:
        link.choose(link.DIGIT, handmade_key("drawn", made.image), settled=done)


def _stages(strokes: Any) -> Stages | None:
    try:
        return stages(ink_of(strokes))
    except DrawingError:
        return None


def _upload(digit: Digit) -> None:
    st.file_uploader(
        f"PNG, JPEG or WebP, at most {MOST_BYTES // 10**6} MB", [name.lower() for name in FORMATS] + ["jpg"],
        key=_FILE, on_change=_take_file,
    )  # fmt: skip
    key, upload = st.session_state.get(_UPLOADED, (None, None))
    if key != digit.key or upload is None:
        return  # another digit is on show, or a link brought this one: nobody knows how it was made
    components.stages(two_stages(upload.stages.box, upload.stages.image), "subject.stages")
    for note in upload.notes:
        st.caption(note)


def _take_file() -> None:
    file = st.session_state[_FILE]
    if file is None:
        return
    complaints.forgive()
    try:
        upload = read_upload(file.getvalue())
    except UploadError as error:
        complaints.complain(f"{error}. The digit on show is still the one before")
        return
    key = handmade_key("uploaded", upload.stages.image)
    st.session_state[_UPLOADED] = key, upload
    link.choose(link.DIGIT, key)
