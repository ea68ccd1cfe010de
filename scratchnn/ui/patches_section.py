"""The Transformer page's experiments with patches: some hidden, or all of them shuffled."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.figures.numbers import sentence
from scratchnn.figures.patches import changes, patches, shuffled_patches
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.patches import PatchError, hide_patches, refuse_the_impossible
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace
from scratchnn.ui import components, link, orders_section

_HIDDEN = "patches.hidden"  # kept in the address, too: 16:5.6, of so many patches these
_REFUSAL = "patches.refusal"


def check_link() -> None:
    """Complain of an address that names no patches."""
    link.check(_HIDDEN, _read, "names no patches; all are shown")


@st.fragment
def draw(subject: Subject) -> None:
    """Hide patches with a click, shuffle them with a button; both stay when the page or the digit changes."""
    model = cast(CustomTransformer, subject.model)
    _hide(subject, model)
    _shuffle(subject, model)


def _shuffle(subject: Subject, model: CustomTransformer) -> None:
    st.header("Shuffle the patches: what position encoding is for", anchor=False)
    st.caption(
        "The same patches in another order. A network that knows where each patch is sees another picture; one that "
        "does not know sees the same bag of patches, and must say the same."
    )
    answers = orders_section.choose(subject, model)
    components.patches(
        shuffled_patches(answers[0], orders_section.order(model), subject.digit.image, subject.dataset.classes),
        "transformer.shuffled",
    )
    orders_section.compare(subject, model, answers)


def read_shorter(subject: Subject, model: CustomTransformer) -> Trace:
    """The pass without the patches that are hidden; if there are any, a line says so, and what the network answers."""
    image, hidden = subject.dataset.normalise(subject.digit.image[None]), _hidden(model)
    if refusal := st.session_state.pop(_REFUSAL, ""):
        st.warning(refusal, icon=":material/link_off:")
    if not hidden:
        return inspect(model, image)[1]
    answer = hide_patches(model, image, hidden)
    with st.container(horizontal=True, vertical_alignment="center"):
        left, said = len(answer.patches), changes(answer, hidden, subject.dataset.classes)
        st.markdown(f"**{left} of {model.config.num_patches} patches** make the sequence. {said}", width="content")
        st.button("Show all patches", on_click=_choose_hidden, args=(model, []))
    return answer.trace


def _hidden(model: CustomTransformer) -> list[int]:
    """Which patches the address hides; another patch size cuts the digit otherwise, so its patches are others."""
    count, patches = _read(link.hold(_HIDDEN, _in_address(model, []))) or (0, [])
    hidden = sorted(set(patches)) if count == model.config.num_patches else []
    try:
        refuse_the_impossible(model, hidden)
    except PatchError as error:
        st.session_state[_REFUSAL] = sentence(str(error))
        _choose_hidden(model, [])
        return []
    return hidden


def _read(text: str) -> tuple[int, list[int]] | None:
    """Of how many patches which ones are hidden; None if it is anything else."""
    count, colon, rest = text.partition(":")
    match link.numbers(count), link.numbers(rest) if rest else []:
        case [number], [*patches] if colon:
            return number, patches
    return None


def _choose_hidden(model: CustomTransformer, patches: list[int]) -> None:
    link.choose(_HIDDEN, _in_address(model, patches))


def _in_address(model: CustomTransformer, patches: list[int]) -> str:
    return f"{model.config.num_patches}:{'.'.join(map(str, patches))}"


def _hide(subject: Subject, model: CustomTransformer) -> None:
    image, hidden = subject.dataset.normalise(subject.digit.image[None]), _hidden(model)
    side = model.config.image_size // model.config.patch_size
    data = patches(
        hide_patches(model, image, hidden), hidden, subject.digit.image, side, subject.dataset.classes,
        model.class_token is not None, st.session_state.pop(_REFUSAL, ""),
    )  # fmt: skip

    def take(wanted: list[int]) -> None:
        try:
            refuse_the_impossible(model, wanted)
        except PatchError as error:
            st.session_state[_REFUSAL] = sentence(str(error))
            return
        _choose_hidden(model, sorted(wanted))

    components.patches(data, "transformer.patches", take)
