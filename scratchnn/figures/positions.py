"""Positional encodings, packed for the component that shows what they add to each patch's token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from scratchnn.figures.packing import pack
from scratchnn.figures.patches import verdict

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.position_swap import OrderAnswers
    from scratchnn.inspection.positions import Kind, Positions

MOST_BYTES = 1_000_000
_HEADER = 20_000  # bytes that the tables leave for all else

_WORDS: dict[Kind, str] = {
    "learned": "Learned: the rows are weights like any others. They begin as small random numbers and training moves "
    "them; nobody says which place is beside which, so where neighbours are alike, that was learnt.",
    "sinusoidal": "Sinusoidal: nothing is learnt. The components are sine and cosine waves over the places, fast "
    "ones on the left, slow ones on the right. Places count in reading order, so near in the sequence is alike, and "
    "the patch above or below is a whole row away.",
    "none": "None: nothing is added, so every place is the same, and the network cannot tell where a patch was. All "
    "rows have length 0, and cosine, which divides by the lengths, has no value.",
}


def positions(
    kinds: Mapping[Kind, Positions],
    tokens: Tensor,
    digit: Tensor,
    chosen: tuple[Kind, int, int],
    answers: Sequence[OrderAnswers],
    classes: Sequence[str],
    turn: int = 0,
) -> bytes:
    """The tables [K, T, E] and their similarities [K, T, T] of those encodings that add something.

    At most MOST_BYTES, as far as the network's own encoding fits; then those that it is compared with are left out.

    Args:
        kinds: the network's own first (inspection/positions.py, in_comparison).
        tokens: [T, E], the digit's, before anything is added.
        digit: [H, W] uint8.
        chosen: which encoding, place and component are shown first.
        answers: of each encoding, what the network says of the digit in order and shuffled.
        turn: how many such choices were made so far.
    """
    own, *_ = kinds.values()
    said = {answer.kind: answer for answer in answers}
    sent: list[Positions] = []
    listed: list[dict[str, Any]] = []
    left_out: list[str] = []
    length, width = own.table.shape
    most = (MOST_BYTES - _HEADER - 4 * tokens.numel()) // (4 * length * (length + width))
    for kind, shown in kinds.items():
        adds = kind != "none"
        if adds and sent and len(sent) >= most:
            left_out.append(kind)
            continue
        listed.append(
            {
                "kind": kind, "own": shown is own, "words": _WORDS[kind], "table": len(sent) if adds else None,
                "in_order": verdict(said[kind].in_order, classes), "shuffled": verdict(said[kind].shuffled, classes),
            }
        )  # fmt: skip
        if adds:
            sent.append(shown)
    header = {
        "kinds": listed, "left_out": left_out, "side": own.side, "has_class_token": own.has_class_token,
        "shape": [length, width], "digit_shape": list(digit.shape),
        "chosen": dict(zip(("kind", "place", "component"), chosen, strict=True)), "turn": turn,
    }  # fmt: skip
    empty = torch.zeros(0, length, width)
    tables = torch.stack([shown.table for shown in sent]) if sent else empty
    similarities = torch.stack([shown.similarity() for shown in sent]) if sent else empty
    return pack(
        header, tables=tables.numpy(), similarities=similarities.numpy(), tokens=tokens.numpy(), digit=digit.numpy(),
    )  # fmt: skip
