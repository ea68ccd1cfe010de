"""The Transformer page's experiments with patches: some hidden, or all of them shuffled."""

from __future__ import annotations

from typing import cast

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.figures.numbers import sentence
from scratchnn.figures.patches import order_table, orders_in_words, patches, score_table, shuffled_patches
from scratchnn.inspection.patches import PatchError, hide_patches, random_order
from scratchnn.inspection.position_swap import OrderScore, compare_orders, count_right
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import components

_HIDDEN, _REFUSAL, _ORDER, _SCORES = "patches.hidden", "patches.refusal", "patches.order", "patches.scores"
_IN_ORDER = 0  # the number of the order that is none; the others seed their own
_DIGITS = 500  # of the test digits are counted

Measured = tuple[tuple[str, RunConfig, int, int], list[OrderScore]]


@st.fragment
def draw(subject: Subject) -> None:
    """Hide patches with a click, shuffle them with a button; both stay when the page or the digit changes."""
    model = cast(CustomTransformer, subject.model)
    _hide(subject, model)
    _shuffle(subject, model)


def _hide(subject: Subject, model: CustomTransformer) -> None:
    count = model.config.num_patches
    slot = f"{_HIDDEN}.{count}"  # another patch size cuts the digit otherwise, so it has hidden patches of its own
    image = subject.dataset.normalise(subject.digit.image[None])
    hidden: list[int] = st.session_state.setdefault(slot, [])
    side = model.config.image_size // model.config.patch_size
    data = patches(
        hide_patches(model, image, hidden), hidden, subject.digit.image, side, subject.dataset.classes,
        model.class_token is not None, st.session_state.pop(_REFUSAL, ""),
    )  # fmt: skip

    def take(patch: int | None) -> None:
        wanted = [] if patch is None else sorted({*hidden} ^ {patch})
        try:
            hide_patches(model, image, wanted)
        except PatchError as error:
            st.session_state[_REFUSAL] = sentence(str(error))
            return
        st.session_state[slot] = wanted

    components.patches(data, "transformer.patches", take)


def _shuffle(subject: Subject, model: CustomTransformer) -> None:
    st.header("Shuffle the patches: what position encoding is for", anchor=False)
    st.caption(
        "The same patches in another order. A network that knows where each patch is sees another picture; one that "
        "does not know sees the same bag of patches, and must say the same."
    )
    number = _choose_order()
    order = random_order(model.config.num_patches, number) if number else list(range(model.config.num_patches))
    answers = compare_orders(model, subject.dataset.normalise(subject.digit.image[None]), order)
    components.patches(
        shuffled_patches(answers[0], order, subject.digit.image, subject.dataset.classes), "transformer.shuffled"
    )
    left, right = st.columns(2, gap="large")
    left.subheader("Would another encoding notice?", anchor=False)
    left.markdown(order_table(answers, subject.dataset.classes))
    left.caption(orders_in_words(answers))
    with right:
        st.subheader("Over many digits", anchor=False)
        st.caption("One digit can be luck. How many are right, in order, and all shuffled the same way?")
        _scores(subject, model, order, number)


def _choose_order() -> int:
    st.session_state.setdefault(_ORDER, _IN_ORDER + 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Order", _IN_ORDER, 10**6, step=1, key=_ORDER, persist_state="session", width=140,
            help="The same number gives the same order again; 0 is reading order.",
        )  # fmt: skip
        st.button("Shuffle anew", icon=":material/shuffle:", on_click=_set_order, args=(number + 1,))
        st.button("In order", disabled=number == _IN_ORDER, on_click=_set_order, args=(_IN_ORDER,))
    return int(number)


def _set_order(number: int) -> None:
    st.session_state[_ORDER] = number


def _scores(subject: Subject, model: CustomTransformer, order: list[int], number: int) -> None:
    """How many test digits are right with each encoding, measured when asked and kept until something changes."""
    what = (subject.model_name, subject.config, subject.step, number)
    kept: Measured | None = st.session_state.get(_SCORES)
    test = subject.dataset.test
    digits = min(_DIGITS, len(test))
    if st.button(f"Count over the first {digits} test digits", icon=":material/calculate:"):
        busy = "Asking about every digit, in order and shuffled"
        bar = st.progress(0.0, busy)
        images = subject.dataset.normalise(test.images[:digits])
        kept = (what, count_right(model, images, test.labels[:digits], order, lambda share: bar.progress(share, busy)))
        st.session_state[_SCORES] = kept
        bar.empty()
    if kept is not None and kept[0] == what:
        st.markdown(score_table(kept[1]))
