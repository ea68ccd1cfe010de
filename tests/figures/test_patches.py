"""Hidden and shuffled patches: what is shown and said is the answer's own."""

from __future__ import annotations

import pytest
import torch

from scratchnn.figures.numbers import percent
from scratchnn.figures.patches import (
    changes,
    order_table,
    orders_in_words,
    patches,
    score_table,
    shuffled_patches,
)
from scratchnn.inspection.patches import Answer, hide_patches, random_order
from scratchnn.inspection.position_swap import OrderAnswers, OrderScore, compare_orders
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace
from tests.figures.test_attention import unpack

CLASSES = [f"class {i}" for i in range(10)]


def small(**settings: object) -> CustomTransformer:
    return CustomTransformer(**{"width": 12, "heads": 2, "feed_forward": 8, "depth": 1, **settings}).eval()


def answer(before: list[float], after: list[float]) -> Answer:
    trace = Trace(small())
    return Answer(torch.tensor(before), torch.tensor(after), trace, torch.zeros(1, 1, 28, 28), [0])


@pytest.mark.parametrize(("pooling", "more"), [("mean", 0), ("class_token", 1)])
def test_the_payload_is_the_answer_and_counts_the_tokens(pooling: str, more: int) -> None:
    model, digit = small(pooling=pooling, patch_size=4), torch.randint(0, 256, (28, 28), dtype=torch.uint8)
    hidden = [9, 3]
    found = hide_patches(model, torch.randn(1, 1, 28, 28), hidden)
    header, arrays = unpack(patches(found, hidden, digit, 7, CLASSES, bool(more), "No."))
    assert header["hidden"] == [3, 9]
    assert header["tokens"] == [49 + more, 47 + more]
    assert header["tokens"][1] == found.trace["encoder"].output.shape[1]
    assert header["refusal"] == "No."
    assert (arrays["before"] == found.before.numpy()).all()
    assert (arrays["after"] == found.after.numpy()).all()
    assert (arrays["digit"] == digit.numpy()).all()


def test_the_largest_changes_are_named_with_their_numbers() -> None:
    before, after = [0.9, 0.05, 0.03, 0.02] + [0.0] * 6, [0.2, 0.1, 0.68, 0.02] + [0.0] * 6
    said = changes(answer(before, after), [1, 2], CLASSES)
    assert said.startswith("Without 2 patches it now says class 2.")
    assert f"class 0 from {percent(0.9)} to {percent(0.2)} and class 2 from {percent(0.03)} to {percent(0.68)}" in said
    assert "class 1" not in said


def test_small_and_no_changes_are_said_as_such() -> None:
    same = [0.9, 0.1] + [0.0] * 8
    assert "still says class 0, and no probability changed" in changes(answer(same, same), [4], CLASSES)
    assert changes(answer(same, same), [4], CLASSES).startswith("Without patch 4 ")
    assert changes(answer(same, same), [], CLASSES) == f"With all patches it says class 0 with {percent(0.9)}."


def test_the_table_of_orders_has_every_kind_in_full_precision() -> None:
    found = compare_orders(small(), torch.randn(1, 1, 28, 28), random_order(16, 1))
    table, apart = (part.splitlines() for part in order_table(found, CLASSES).split("\n\n"))
    own, sinusoidal, none = table[2:]
    assert own.startswith("| **learned**, its own |")
    assert sinusoidal.startswith("| sinusoidal, in its place |")
    assert none.startswith("| none, in its place |")
    for line, words, one in zip((own, sinusoidal, none), apart, found, strict=True):
        cells = line.removesuffix(" |").split(" | ")
        rounding = "by rounding, " if one.kind == "none" else ""
        assert words.startswith(f"- {one.kind}: in order and shuffled, the probabilities differ {rounding}by at most ")
        most = float(words.split(" at most ")[1].rstrip(".").replace("−", "-"))
        assert most == pytest.approx(one.difference, rel=0.01)
        assert cells[1] == f"{CLASSES[int(one.in_order.argmax())]} with {percent(float(one.in_order.max()))}"
        assert cells[2] == f"{CLASSES[int(one.shuffled.argmax())]} with {percent(float(one.shuffled.max()))}"


def test_the_shuffled_digit_comes_with_its_order_and_both_answers() -> None:
    order, digit = random_order(16, 1), torch.randint(0, 256, (28, 28), dtype=torch.uint8)
    own, *_ = compare_orders(small(), torch.randn(1, 1, 28, 28), order)
    header, arrays = unpack(shuffled_patches(own, order, digit, CLASSES))
    assert (header["order"], header["side"]) == (order, 4)
    assert (arrays["before"] == own.in_order.numpy()).all()
    assert (arrays["after"] == own.shuffled.numpy()).all()
    assert (arrays["digit"] == digit.numpy()).all()  # the component moves the patches
    assert (
        f"shuffled {CLASSES[int(own.shuffled.argmax())]} with {percent(float(own.shuffled.max()))}" in header["said"]
    )


@pytest.mark.parametrize("moved", [0.0, 0.5])
def test_the_words_say_what_the_numbers_say(moved: float) -> None:
    first = torch.tensor([1.0, 0.0])
    second = torch.tensor([1 - moved, moved])
    said = orders_in_words([OrderAnswers("learned", first, second), OrderAnswers("none", first, second)])
    assert ("equal up to rounding" in said) == (moved == 0)
    assert "untrained" in said
    assert "has none itself" in orders_in_words([OrderAnswers("none", first, first)])


def test_scores_are_counts_of_the_digits() -> None:
    lines = score_table([OrderScore("learned", 495, 143, 500), OrderScore("none", 60, 60, 500)]).splitlines()
    assert lines[2] == f"| **learned**, its own | 495 of 500 ({percent(0.99)}) | 143 of 500 ({percent(0.286)}) |"
    assert lines[3].startswith("| none, in its place | 60 of 500")
