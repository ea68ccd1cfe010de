"""The Transformer page's part on places: what the positional encoding adds to each patch's token."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.figures.positions import positions
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.positions import in_comparison, token_sizes
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components


@st.fragment
def draw(subject: Subject) -> None:
    """The encoding as a table, a wave and a map of likeness; choosing and comparing happen in the browser."""
    model = cast(CustomTransformer, subject.model)
    _, trace = inspect(model, subject.dataset.normalise(subject.digit.image[None]))
    data = positions(in_comparison(model), token_sizes(trace), subject.digit.image)
    components.positions(data, "transformer.positions")
