"""Home's parts: the ways in, and one real digit inside both networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from scratchnn.config import ModelName, preset
from scratchnn.ui import components

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.data import Dataset
    from scratchnn.models import Model

_DIGIT = "home.digit"


def invitations() -> None:
    """The way to Train."""
    with st.container(horizontal=True):
        if st.button("Train a network", icon=":material/model_training:", type="primary"):
            st.switch_page("pages/train.py")


def real_digits() -> None:
    """Ten digits to choose from, and what both networks make of the chosen one before they have learnt anything."""
    from scratchnn.config import DataConfig
    from scratchnn.data import load_dataset
    from scratchnn.figures.digits import gallery
    from scratchnn.inspection.probes import one_of_each_class

    dataset = load_dataset(DataConfig())
    split = dataset.validation
    probes = one_of_each_class(split)
    chosen = st.session_state.setdefault(_DIGIT, probes[5])
    st.header("One digit, two ways of seeing", anchor=False)
    st.caption(
        "Choose one of these handwritten digits. Below is what two networks make of it before they have learnt "
        "anything: their weights are random numbers, and training gives them order."
    )
    data = gallery("Digits", split.images[probes], probes, split.labels[probes].tolist(), dataset.classes, chosen)
    components.digits(data, "home.digits", _choose)
    cnn, transformer = st.columns(2, gap="large")
    with cnn:
        st.subheader(":blue[CNN]", anchor=False)
        st.caption("It slides small kernels over the image. These are the 16 maps that its first layer makes.")
        _view(dataset, "cnn", "course", "conv1", split.images[chosen])
    with transformer:
        st.subheader(":violet[Transformer]", anchor=False)
        st.caption("It cuts the image into 16 patches that look at each other: where its first block’s heads look.")
        _view(dataset, "transformer", "live", "encoder.layers.0.self_attn", split.images[chosen])


@st.cache_resource(show_spinner=False)
def _untrained(model: ModelName, name: str) -> Model:
    from scratchnn.models import build_model

    return build_model(preset(model, name))


def _view(dataset: Dataset, model: ModelName, name: str, layer: str, digit: Tensor) -> None:
    from scratchnn.figures.tiles import wall
    from scratchnn.inspection.layers import inspect, layer_view

    _, trace = inspect(_untrained(model, name), dataset.normalise(digit[None]))
    view = layer_view(layer, trace)
    components.tiles(wall(view, digit), f"home.{model}")


def _choose(index: int | None) -> None:
    if index is not None:
        st.session_state[_DIGIT] = index
