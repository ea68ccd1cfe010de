"""Home's parts: the ways in, and one digit inside both networks as they are after training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from scratchnn.config import ModelName
from scratchnn.ui import components, link
from scratchnn.ui.chosen import in_address

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator
    from torch import Tensor

    from scratchnn.data import Dataset
    from scratchnn.inspection.digits import Digit
    from scratchnn.inspection.subjects import OpenModel

_CLICKED = "home.clicked"
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


def both_networks(strip: DeltaGenerator) -> None:
    """The digit of the frame, ten others to choose from, and all that both pretrained networks make of it.

    Args:
        strip: where to say which digit it is and what they take it for.
    """
    from scratchnn.config import DataConfig
    from scratchnn.data import load_dataset
    from scratchnn.figures.digits import gallery, subject_strip
    from scratchnn.inspection.digits import place_of
    from scratchnn.inspection.probes import one_of_each_class
    from scratchnn.inspection.subjects import TITLES
    from scratchnn.ui.subject import choose_digit

    dataset = load_dataset(DataConfig())
    _follow_click()
    with st.sidebar:
        models = {f"{TITLES[kind]}’s next mistake": _pretrained(kind).model for kind in _PAGES}
        digit = choose_digit(dataset, models, st.container())
    split = dataset.test
    probes, (name, index) = one_of_each_class(split), place_of(digit)
    data = gallery(
        "Digits", split.images[probes], probes, split.labels[probes].tolist(), dataset.classes,
        index if name == split.name else None, note="Choose a digit, or draw your own in the sidebar.",
    )  # fmt: skip
    components.digits(data, "home.digits", lambda index: link.choose(link.DIGIT, f"{split.name}:{index}"))
    st.header(":blue[CNN]", anchor=False)
    st.caption(
        "It slides small kernels over the image, layer after layer. Every square is what one of them really found "
        "in this digit. Point at one to see what feeds it; click it to see its arithmetic."
    )
    said: dict[ModelName, Tensor] = {"cnn": _network("cnn", dataset, digit)}
    st.header(":violet[Transformer]", anchor=False)
    st.caption(
        "It cuts the image into patches that look at each other. Every row is a patch’s token, every violet square "
        "a head’s attention. Open a block to see inside."
    )
    said["transformer"] = _network("transformer", dataset, digit)
    with strip:
        shares = {TITLES[kind]: probabilities for kind, probabilities in said.items()}
        components.strip(subject_strip(digit, dataset.classes, shares), "home.strip")


@st.cache_resource(show_spinner=False)
def _pretrained(kind: ModelName) -> OpenModel:
    from scratchnn.inspection.subjects import open_model

    return open_model("pretrained", kind)


def _network(kind: ModelName, dataset: Dataset, digit: Digit) -> Tensor:
    """The canvas, of which what is clicked opens on its own page; and the network's probabilities."""
    from scratchnn.figures.network import network
    from scratchnn.inspection.layers import inspect

    model = _pretrained(kind).model
    probabilities, trace = inspect(model, dataset.normalise(digit.image[None]))
    data = network(model, trace, probabilities, dataset.classes, digit.label)
    components.network(data, f"home.{kind}", lambda layer, position, _: _note(kind, digit.key, layer, position))
    return probabilities[0]


def _note(kind: ModelName, digit: str, layer: str | None, position: tuple[int, ...]) -> None:
    if layer is not None:
        st.session_state[_CLICKED] = kind, digit, layer, position


def _follow_click() -> None:
    """To the page of the network that a number was clicked in: a callback cannot change the page itself."""
    if _CLICKED in st.session_state:
        kind, digit, layer, position = st.session_state.pop(_CLICKED)
        chosen = {"model": "pretrained", "digit": digit, **in_address(layer, position)}
        st.switch_page(_PAGES[kind], query_params=chosen)
