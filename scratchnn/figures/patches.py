"""Hidden patches and changed orders, with what the network then says, for the component and the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scratchnn.figures.numbers import count, percent, short
from scratchnn.figures.packing import pack

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.patches import Answer
    from scratchnn.inspection.position_swap import OrderAnswers, OrderScore
    from scratchnn.inspection.positions import Kind

_CHANGES = 2  # classes named whose probability moved most
_WORTH_NAMING = 0.001


def patches(
    answer: Answer,
    hidden: Sequence[int],
    digit: Tensor,
    side: int,
    classes: Sequence[str],
    class_token: bool,
    refusal: str = "",
) -> bytes:
    """The digit in patches, those that are hidden, and the answers before and after.

    Args:
        digit: [H, W] uint8.
        side: patches in a row of the image.
        class_token: whether the sequence has one more token, which is no patch.
        refusal: one sentence: why the last choice was not taken; empty if it was.
    """
    before = side**2 + class_token
    header = {
        "heading": "Hide patches: what does it need to see?",
        "note": "A Transformer reads a sequence of any length. Click a patch to take its token out: the others keep "
        "their places, the sequence really gets shorter, and the network answers anew.",
        "side": side, "hidden": sorted(hidden), "class_token": class_token, "classes": list(classes),
        "tokens": [before, before - len(hidden)], "said": changes(answer, hidden, classes), "refusal": refusal,
        "digit_shape": list(digit.shape),
    }  # fmt: skip
    return pack(header, before=answer.before.cpu().numpy(), after=answer.after.cpu().numpy(), digit=digit.numpy())


def shuffled_patches(answer: OrderAnswers, order: Sequence[int], digit: Tensor, classes: Sequence[str]) -> bytes:
    """The digit with its patches in another order, and one encoding's answers in order and shuffled.

    Args:
        order: every patch's number once; place t shows patch order[t].
        digit: [H, W] uint8, in order.
    """
    said = f"In order it says {verdict(answer.in_order, classes)}, shuffled {verdict(answer.shuffled, classes)}"
    header = {
        "heading": "", "note": "", "side": math.isqrt(len(order)), "order": list(order), "hidden": [],
        "classes": list(classes), "said": f"{said}.", "digit_shape": list(digit.shape),
    }  # fmt: skip
    before, after = answer.in_order.cpu().numpy(), answer.shuffled.cpu().numpy()
    return pack(header, before=before, after=after, digit=digit.numpy())


def changes(answer: Answer, hidden: Sequence[int], classes: Sequence[str]) -> str:
    """What hiding did to the answer, in words, the largest changes with their numbers."""
    first, then = int(answer.before.argmax()), int(answer.after.argmax())
    if not hidden:
        return f"With all patches it says {verdict(answer.before, classes)}."
    still = "still says" if first == then else "now says"
    gone = f"patch {hidden[0]}" if len(hidden) == 1 else f"{len(hidden)} patches"
    said = f"Without {gone} it {still} {classes[then]}"
    moved = (answer.after - answer.before).abs()
    named = [i for i in moved.argsort(descending=True)[:_CHANGES].tolist() if moved[i] >= _WORTH_NAMING]
    if not named:
        return f"{said}, and no probability changed by as much as 0.1\u202f%."
    parts = [
        f"{classes[i]} from {percent(float(answer.before[i]))} to {percent(float(answer.after[i]))}" for i in named
    ]
    return f"{said}. Most changed: {' and '.join(parts)}."


def order_table(answers: Sequence[OrderAnswers], classes: Sequence[str]) -> str:
    """Markdown: a table of each encoding's answers in order and shuffled, and a list of how far they are apart."""
    rows = [
        f"| {_encoding(answer.kind, turn)} | {verdict(answer.in_order, classes)} | "
        f"{verdict(answer.shuffled, classes)} |"
        for turn, answer in enumerate(answers)
    ]
    apart = [
        f"- {answer.kind}: in order and shuffled, the probabilities differ {'by rounding, ' if answer.alike else ''}"
        f"by at most {short(answer.difference)}."
        for answer in answers
    ]
    return "\n".join(["| encoding | in order | shuffled |", "|:--|:--|:--|", *rows, "", *apart])


def score_table(scores: Sequence[OrderScore]) -> str:
    """A Markdown table: how many digits each encoding gets right, in order and shuffled."""
    rows = [
        f"| {_encoding(score.kind, turn)} | {_right(score.in_order, score.digits)} | "
        f"{_right(score.shuffled, score.digits)} |"
        for turn, score in enumerate(scores)
    ]
    return "\n".join(["| encoding | right, in order | right, shuffled |", "|:--|--:|--:|", *rows])


def orders_in_words(answers: Sequence[OrderAnswers]) -> str:
    """What the table shows, and what it does not: the encodings that take the own one's place were not trained."""
    without = next(answer for answer in answers if answer.kind == "none")
    same = (
        "both answers are equal up to rounding" if without.alike else "both answers still differ by more than rounding"
    )
    own = answers[0].kind
    honest = (
        "This network has none itself, so the others are strange to its weights."
        if own == "none"
        else f"All other weights belong to the network’s own encoding, {own}; the others take its place untrained, so "
        "what they say in order shows how much the network leans on its own, not how good they would be."
    )
    return f"With none nothing says where a patch is, and {same}. {honest}"


def _encoding(kind: Kind, turn: int) -> str:
    return f"**{kind}**, its own" if turn == 0 else f"{kind}, in its place"


def verdict(probabilities: Tensor, classes: Sequence[str]) -> str:
    """The likeliest class, and how likely: 0 with 98.2 %."""
    said = int(probabilities.argmax())
    return f"{classes[said]} with {percent(float(probabilities[said]))}"


def _right(right: int, of: int) -> str:
    return f"{count(right)} of {count(of)} ({percent(right / of)})"
