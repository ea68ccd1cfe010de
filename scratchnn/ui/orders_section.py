"""The patches in another order: what the network says of them with its own positional encoding, and with others."""

from __future__ import annotations

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.figures.numbers import count, plural
from scratchnn.figures.patches import order_table, orders_in_words, score_table
from scratchnn.inspection.patches import random_order
from scratchnn.inspection.position_swap import OrderAnswers, OrderScore, compare_orders, count_right
from scratchnn.inspection.subjects import Subject
from scratchnn.models import CustomTransformer
from scratchnn.ui import link

_ORDER = "shuffle.order"  # kept in the address, too: the number of an order
_NUMBER, _SCORES = "patches.order", "patches.scores"
_IN_ORDER = 0  # the number of the order that is none; the others seed their own
_FIRST = 1
_MOST = 99_999
_DIGITS = 500  # of the test digits are counted

Measured = tuple[tuple[str, RunConfig, int, int], list[OrderScore]]


def check_link() -> None:
    """Complain of an address that names no order."""
    wrong = f"is no shuffle number, which goes from {_IN_ORDER} to {count(_MOST)}; {_FIRST} is taken"
    link.check(_ORDER, lambda text: _read(text) is not None, wrong)


def order(model: CustomTransformer) -> list[int]:
    """Which patch stands at each place."""
    patches, number = model.config.num_patches, _number()
    return random_order(patches, number) if number else list(range(patches))


def choose(subject: Subject, model: CustomTransformer) -> list[OrderAnswers]:
    """The widgets that choose an order, and each encoding's answers in order and in that one."""
    st.session_state[_NUMBER] = number = _number()
    anew = number % _MOST + 1  # after the last comes the first
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            f"Shuffle number, {_IN_ORDER} for none", _IN_ORDER, _MOST, step=1, key=_NUMBER, width=200,
            on_change=lambda: link.choose(_ORDER, str(st.session_state[_NUMBER])),
            help="The same number gives the same order again; 0 is reading order.",
        )  # fmt: skip
        for label, icon, other in (("Shuffle anew", ":material/shuffle:", anew), ("In order", None, _IN_ORDER)):
            st.button(label, icon=icon, disabled=number == other, on_click=link.choose, args=(_ORDER, str(other)))
    return compare_orders(model, subject.dataset.normalise(subject.digit.image[None]), order(model))


def compare(subject: Subject, model: CustomTransformer, answers: list[OrderAnswers]) -> None:
    """The answers side by side, and over many digits."""
    left, right = st.columns(2, gap="large")
    left.subheader("Would another encoding notice?", anchor=False)
    left.markdown(order_table(answers, subject.dataset.classes))
    left.caption(orders_in_words(answers))
    with right:
        st.subheader("Over many digits", anchor=False)
        st.caption("One digit can be luck. How many are right, in order, and all shuffled the same way?")
        _scores(subject, model)


def _number() -> int:
    number = _read(link.hold(_ORDER, str(_FIRST)))
    return _FIRST if number is None else number


def _read(text: str) -> int | None:
    """The number of an order in the address; None if it is none."""
    match link.numbers(text):
        case [number] if number <= _MOST:
            return number
    return None


def _scores(subject: Subject, model: CustomTransformer) -> None:
    """How many test digits are right with each encoding, measured when asked and kept until something changes."""
    what = (subject.model_name, subject.config, subject.step, _number())
    kept: Measured | None = st.session_state.get(_SCORES)
    test = subject.dataset.test
    digits = min(_DIGITS, len(test))
    if st.button(f"Count over the first {digits} test digits", icon=":material/calculate:"):
        busy = "Asking about every digit, in order and shuffled"
        bar = st.progress(0.0, busy)
        images, labels = subject.dataset.normalise(test.images[:digits]), test.labels[:digits]
        kept = (what, count_right(model, images, labels, order(model), lambda share: bar.progress(share, busy)))
        st.session_state[_SCORES] = kept
        bar.empty()
    if kept is not None and kept[0] == what:
        st.markdown(score_table(kept[1]))
        st.caption(
            f"Counted just now: {subject.model_name}, the weights after {plural(subject.step, 'step')}. Only the "
            "encoding changes from line to line; nothing was trained again."
        )
