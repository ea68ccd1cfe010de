"""The playground of the CNN page: which window slides over the chosen digit, and with which kernel."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from scratchnn.figures.numbers import sentence
from scratchnn.figures.playground import playground
from scratchnn.inspection.playground import (
    LARGEST_KERNEL,
    LARGEST_PADDING,
    Kernel,
    Operation,
    PlaygroundError,
    Setting,
    fitted,
    handmade,
    kernels_on_image,
    play,
)
from scratchnn.inspection.presets import PRESETS
from scratchnn.inspection.subjects import Subject
from scratchnn.ui import components

_OPERATION, _KERNEL = "playground.operation", "playground.kernel"
_SIZE, _STRIDE, _PADDING, _DILATION = (f"playground.{name}" for name in ("size", "stride", "padding", "dilation"))
_OWN = "playground.own"  # the kernel that was made by hand, if there is one
_SHOWN = "playground.shown"  # the kernel that was drawn last
_BY_HAND = "By hand"
_START = {_OPERATION: "convolution", _KERNEL: "Vertical edges", _SIZE: 3, _STRIDE: 1, _PADDING: 1, _DILATION: 1}
_OPERATIONS: dict[Operation, str] = {
    "convolution": "Convolution",
    "max-pool": "Max-pool",
    "average-pool": "Average-pool",
}


@st.fragment
def draw(subject: Subject) -> None:
    """The digit under a window of one's own choice; a change draws only this again."""
    st.header("Playground", anchor=False)
    st.caption(
        "Your own layer on the same digit: choose how the window slides, take one of the network’s kernels or type "
        "your own. The output, its size and every number of it answer at once."
    )
    for slot, value in _START.items():
        st.session_state.setdefault(slot, value)
    setting, kernel, about = _choose(subject)
    st.session_state[_SHOWN] = kernel
    image = subject.dataset.normalise(subject.digit.image[None])[0, 0]
    try:
        played, problem = play(image, setting, kernel), ""
    except PlaygroundError as error:
        played, problem = None, sentence(str(error))
    by_hand = st.session_state[_KERNEL] == _BY_HAND
    data = playground(image, setting, kernel, played, about=about, problem=problem, handmade=by_hand)
    components.playground(data, "playground.view", _take_edit)


def _choose(subject: Subject) -> tuple[Setting, Kernel | None, str]:
    """The widgets, and what they say: the setting, the kernel of its size (None for a pool), a sentence on it."""
    with st.container(horizontal=True, gap="medium"):
        st.segmented_control(
            "Operation", list(_OPERATIONS), format_func=_OPERATIONS.__getitem__, key=_OPERATION, required=True,
            persist_state="session", width="content",
        )  # fmt: skip
        operation: Operation = st.session_state[_OPERATION]
        pools = operation != "convolution"
        kernel, about = (None, "") if pools else _choose_kernel(subject)
    with st.container(horizontal=True, gap="medium"):
        size = _slider("Kernel size", _SIZE, 1, LARGEST_KERNEL, _take_size)
        stride, padding = _slider("Stride", _STRIDE, 1, 8), _slider("Padding", _PADDING, 0, LARGEST_PADDING)
        dilation = 1 if pools else _slider("Dilation", _DILATION, 1, 6)
    return Setting(operation, size, stride, padding, dilation), kernel, about


def _choose_kernel(subject: Subject) -> tuple[Kernel, str]:
    """The chosen kernel; the size is the kernel’s own, but for those that are made for any size."""
    layer, learnt = kernels_on_image(subject.model)
    own: Kernel | None = st.session_state.get(_OWN)
    names = [f"{layer}, kernel {number}" for number in range(len(learnt))]
    options = [*PRESETS, *([] if own is None else [_BY_HAND]), *names]
    if st.session_state[_KERNEL] not in options:  # another network, with fewer kernels
        st.session_state[_KERNEL] = _START[_KERNEL]
    st.selectbox(
        "Kernel", options, key=_KERNEL, persist_state="session", width=220,
        help="Made by hand, or one of those with which this network reads the digit. Below, its cells can be changed.",
    )  # fmt: skip
    name: str = st.session_state[_KERNEL]
    if name in PRESETS:
        return Kernel(PRESETS[name].make(st.session_state[_SIZE])), PRESETS[name].about
    if name == _BY_HAND and own is not None:
        kernel, about = own, "Your own numbers."
    else:
        kernel = learnt[names.index(name)]
        about = f"The network’s own numbers ({subject.model_name}), and its bias."
    st.session_state[_SIZE] = len(kernel.weight)
    return kernel, about


def _slider(label: str, slot: str, least: int, most: int, on_change: Callable[[], None] | None = None) -> int:
    return st.slider(label, least, most, key=slot, on_change=on_change, persist_state="session", width=165)


def _take_size() -> None:
    """A preset is made anew for any size; another kernel becomes one’s own with it."""
    if st.session_state[_OPERATION] == "convolution" and st.session_state[_KERNEL] not in PRESETS:
        _keep(fitted(st.session_state[_SHOWN], st.session_state[_SIZE]))


def _take_edit(weights: object, bias: object) -> None:
    try:
        _keep(handmade(weights, bias))
    except PlaygroundError as error:
        st.toast(sentence(str(error)), icon=":material/error:")


def _keep(own: Kernel) -> None:
    st.session_state[_OWN], st.session_state[_KERNEL] = own, _BY_HAND
