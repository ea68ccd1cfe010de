"""The playground of the CNN page: which window slides over the chosen digit, and with which kernel."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from scratchnn.figures.numbers import sentence
from scratchnn.figures.playground import playground
from scratchnn.inspection.playground import (
    LARGEST_DILATION,
    LARGEST_KERNEL,
    LARGEST_PADDING,
    LARGEST_STRIDE,
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
from scratchnn.ui import components, link
from scratchnn.ui.play import OPERATIONS, Play, read

_OPERATION, _KERNEL = "playground.operation", "playground.kernel"
_SIZE, _STRIDE, _PADDING, _DILATION = (f"playground.{name}" for name in ("size", "stride", "padding", "dilation"))
_OWN = "playground.own"  # the kernel that was made by hand, if there is one
_SHOWN = "playground.shown"  # the kernel that was drawn last
_BY_HAND = "By hand"
_START = {_OPERATION: "convolution", _KERNEL: "Vertical edges", _SIZE: 3, _STRIDE: 1, _PADDING: 1, _DILATION: 1}
_PLAY = "playground.play"  # all of it as it stands in the address, too


def check_link() -> None:
    """Complain of an address that names no setting."""
    link.check(_PLAY, read, "is no setting of the playground; it begins as always")


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
    linked = link.recall(_PLAY)
    if linked is not None and linked != st.session_state.get(_PLAY):  # by a link, or gone back to
        _take_link(linked, subject)
    setting, kernel, about = _choose(subject)
    st.session_state[_SHOWN] = kernel
    link.keep(_PLAY, str(Play(setting, _which(kernel, subject))))
    image = subject.dataset.normalise(subject.digit.image[None])[0, 0]
    try:
        played, problem = play(image, setting, kernel), ""
    except PlaygroundError as error:
        played, problem = None, sentence(str(error))
    by_hand = st.session_state[_KERNEL] == _BY_HAND
    data = playground(image, setting, kernel, played, about=about, problem=problem, handmade=by_hand)
    components.playground(data, "playground.view", _take_edit)


def _take_link(text: str, subject: Subject) -> None:
    """What the address says, in place of what was set; what it cannot mean begins anew."""
    state, asked = st.session_state, read(text)
    if asked is None:
        state.update(_START)
        return
    setting, kernel = asked.setting, asked.kernel
    state[_OPERATION], state[_SIZE] = setting.operation, setting.kernel_size
    state[_STRIDE], state[_PADDING], state[_DILATION] = setting.stride, setting.padding, setting.dilation
    if isinstance(kernel, Kernel):
        _keep(kernel)
    elif isinstance(kernel, int):
        state[_KERNEL] = dict(enumerate(_learnt(subject))).get(kernel, _START[_KERNEL])
    elif kernel is not None:
        state[_KERNEL] = kernel


def _which(kernel: Kernel | None, subject: Subject) -> str | int | Kernel | None:
    """The kernel that is shown, as an address names it."""
    name: str = st.session_state[_KERNEL]
    if kernel is None or name == _BY_HAND:
        return kernel
    return name if name in PRESETS else list(_learnt(subject)).index(name)


def _choose(subject: Subject) -> tuple[Setting, Kernel | None, str]:
    """The widgets, and what they say: the setting, the kernel of its size (None for a pool), a sentence on it."""
    with st.container(horizontal=True, gap="medium"):
        st.segmented_control(
            "Operation", list(OPERATIONS), format_func=OPERATIONS.__getitem__, key=_OPERATION, required=True,
            persist_state="session", width="content",
        )  # fmt: skip
        operation: Operation = st.session_state[_OPERATION]
        pools = operation != "convolution"
        kernel, about = (None, "") if pools else _choose_kernel(subject)
    with st.container(horizontal=True, gap="medium"):
        size = _slider("Kernel size", _SIZE, 1, LARGEST_KERNEL, _take_size)
        stride, padding = (
            _slider("Stride", _STRIDE, 1, LARGEST_STRIDE),
            _slider("Padding", _PADDING, 0, LARGEST_PADDING),
        )
        dilation = 1 if pools else _slider("Dilation", _DILATION, 1, LARGEST_DILATION)
    return Setting(operation, size, stride, padding, dilation), kernel, about


def _choose_kernel(subject: Subject) -> tuple[Kernel, str]:
    """The chosen kernel; the size is the kernel’s own, but for those that are made for any size."""
    learnt = _learnt(subject)
    own: Kernel | None = st.session_state.get(_OWN)
    options = [*PRESETS, *([] if own is None else [_BY_HAND]), *learnt]
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
        kernel = learnt[name]
        about = f"The network’s own numbers ({subject.model_name}), and its bias."
    st.session_state[_SIZE] = len(kernel.weight)
    return kernel, about


def _learnt(subject: Subject) -> dict[str, Kernel]:
    """The network's own kernels by what they are called here."""
    layer, kernels = kernels_on_image(subject.model)
    return {f"{layer}, kernel {number}": kernel for number, kernel in enumerate(kernels)}


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
