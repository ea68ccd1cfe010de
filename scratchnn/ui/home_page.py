"""Home's parts: the ways in, and one digit inside both networks as they are after training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from scratchnn.config import ModelName
from scratchnn.ui import components
from scratchnn.ui.chosen import in_address

if TYPE_CHECKING:
    from scratchnn.data import Dataset
    from scratchnn.inspection.subjects import OpenModel

_DIGIT, _CLICKED = "home.digit", "home.clicked"
_PAGES: dict[ModelName, str] = {"cnn": "pages/cnn.py", "transformer": "pages/transformer.py"}


def invitations() -> None:
    """The ways to the other pages."""
    with st.container(horizontal=True):
        if st.button("Train a network", icon=":material/model_training:", type="primary"):
            st.switch_page("pages/train.py")
        if st.button("Open the CNN", icon=":material/view_column:"):
            st.switch_page(_PAGES["cnn"])
        if st.button("Open the Transformer", icon=":material/hub:"):
            st.switch_page(_PAGES["transformer"])


def both_networks() -> None:
    """Ten digits to choose from, and all that both pretrained networks make of the chosen one."""
    from scratchnn.config import DataConfig
    from scratchnn.data import load_dataset
    from scratchnn.figures.digits import gallery
    from scratchnn.inspection.probes import one_of_each_class

    dataset = load_dataset(DataConfig())
    split = dataset.validation
    probes = one_of_each_class(split)
    _follow_click()
    chosen = st.session_state.setdefault(_DIGIT, probes[5])
    data = gallery("Digits", split.images[probes], probes, split.labels[probes].tolist(), dataset.classes, chosen)
    components.digits(data, "home.digits", _choose)
    st.header(":blue[CNN]", anchor=False)
    st.caption(
        "It slides small kernels over the image, layer after layer. Every square is what one of them really found "
        "in this digit. Point at one to see what feeds it; click it to see its arithmetic."
    )
    _network("cnn", dataset, chosen)
    st.header(":violet[Transformer]", anchor=False)
    st.caption(
        "It cuts the image into patches that look at each other. Every row is a patch’s token, every violet square "
        "a head’s attention. Open a block to see inside."
    )
    _network("transformer", dataset, chosen)


@st.cache_resource(show_spinner=False)
def _pretrained(kind: ModelName) -> OpenModel:
    from scratchnn.inspection.subjects import open_model

    return open_model("pretrained", kind)


def _network(kind: ModelName, dataset: Dataset, index: int) -> None:
    """The canvas; what is clicked in it opens on its own page."""
    from scratchnn.figures.network import network
    from scratchnn.inspection.layers import inspect

    model, split = _pretrained(kind).model, dataset.validation
    probabilities, trace = inspect(model, dataset.normalise(split.images[index][None]))
    data = network(model, trace, probabilities, dataset.classes, int(split.labels[index]))
    components.network(data, f"home.{kind}", lambda layer, position: _note(kind, index, layer, position))


def _note(kind: ModelName, index: int, layer: str | None, position: tuple[int, ...]) -> None:
    if layer is not None:
        st.session_state[_CLICKED] = kind, index, layer, position


def _follow_click() -> None:
    """To the page of the network that a number was clicked in: a callback cannot change the page itself."""
    if _CLICKED in st.session_state:
        kind, index, layer, position = st.session_state.pop(_CLICKED)
        chosen = {"model": "pretrained", "digit": f"validation:{index}", **in_address(layer, position)}
        st.switch_page(_PAGES[kind], query_params=chosen)


def _choose(index: int | None) -> None:
    if index is not None:
        st.session_state[_DIGIT] = index
