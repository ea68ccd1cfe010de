"""Digits with what the network says of them, packed for the gallery, the subject card and its strip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchnn.figures.numbers import percent, with_article
from scratchnn.figures.packing import pack

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.digits import Digit


def gallery(
    title: str,
    images: Tensor,
    indices: Sequence[int],
    labels: Sequence[int],
    classes: Sequence[str],
    chosen: int | None,
    predictions: Sequence[tuple[int, float]] | None = None,
    probabilities: Tensor | None = None,
    heading: str = "",
    note: str = "",
) -> bytes:
    """Digits to choose from.

    Args:
        images: [N, H, W] uint8.
        indices: the place of each in its split: what choosing one hands back.
        predictions: for each the class that the network says, and its probability.
        probabilities: [N, 10]; given, each digit also gets ten bars.
        heading, note: shown above; nothing where empty.
    """
    items = []
    for turn, (index, label) in enumerate(zip(indices, labels, strict=True)):
        name = classes[label]
        spoken = with_article(name).capitalize()
        item = {"index": index, "label": label, "verdict": name, "spoken": spoken, "right": None}
        if predictions is not None:
            said, p = predictions[turn]
            sure = f"{classes[said]}  {percent(p)}"
            item["verdict"] = sure if probabilities is not None else f"{name} → {classes[said]}"
            item["spoken"] = f"True {name}; the network says {classes[said]} with {percent(p)}"
            item["right"] = said == label
        items.append(item)
    bars = {} if probabilities is None else {"probabilities": probabilities.numpy()}
    header = {
        "heading": heading, "note": note, "title": title, "items": items, "chosen": chosen, "bars": bool(bars),
        "shape": list(images.shape),
    }  # fmt: skip
    return pack(header, images=images.numpy(), **bars)


def subject_card(digit: Digit, classes: Sequence[str], probabilities: Tensor, heading: str = "") -> bytes:
    """One digit with its ten probabilities; `heading` stands above."""
    header = {
        "heading": heading, "note": "", "title": _title(digit, classes), "classes": list(classes),
        "label": -1 if digit.label is None else digit.label,  # no class has this number
        "shape": list(digit.image.shape),
    }  # fmt: skip
    return pack(header, image=digit.image.numpy(), probabilities=np.asarray(probabilities))


def subject_strip(digit: Digit, classes: Sequence[str], probabilities: Mapping[str, Tensor]) -> bytes:
    """One digit in one line with what networks say of it.

    Args:
        probabilities: for each network by its name, [10].
    """
    said = {name: int(shares.argmax()) for name, shares in probabilities.items()}
    words = [f"{name}: {classes[k]} with {percent(float(probabilities[name][k]))}" for name, k in said.items()]
    right = {k == digit.label for k in said.values()}
    header = {
        "title": _title(digit, classes), "said": "; ".join(words), "shape": list(digit.image.shape),
        "right": right.pop() if digit.label is not None and len(right) == 1 else None,  # None: nobody knows, or both
    }  # fmt: skip
    return pack(header, image=digit.image.numpy())


def _title(digit: Digit, classes: Sequence[str]) -> str:
    return digit.name if digit.label is None else f"{digit.name}, {with_article(classes[digit.label])}"


def two_stages(box: Tensor, image: Tensor, drawing: dict[str, Any] | None = None) -> bytes:
    """A handmade digit on its way (inspection/drawing.py): [20, 20] and [28, 28], uint8.

    Args:
        drawing: the pad's side, its pen's width and the strokes on it; None: there is no pad.
    """
    return pack({"drawing": drawing}, box=box.numpy(), image=image.numpy())
