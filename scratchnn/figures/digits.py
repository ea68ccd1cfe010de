"""Digits with what the network says of them, packed for the gallery, the subject card and its strip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchnn.figures.numbers import percent, with_article
from scratchnn.figures.packing import pack

if TYPE_CHECKING:
    from torch import Tensor


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


def subject_card(
    title: str, image: Tensor, label: int, classes: Sequence[str], probabilities: Tensor, heading: str = ""
) -> bytes:
    """One digit, [H, W] uint8, with its ten probabilities; `heading` stands above."""
    header = {
        "heading": heading, "note": "", "title": title, "label": label, "classes": list(classes),
        "shape": list(image.shape),
    }  # fmt: skip
    return pack(header, image=image.numpy(), probabilities=np.asarray(probabilities))


def subject_strip(title: str, image: Tensor, said: str, right: bool | None) -> bytes:
    """One digit, [H, W] uint8, in one line with what a network says of it; `right` is None where nobody knows."""
    return pack({"title": title, "said": said, "right": right, "shape": list(image.shape)}, image=image.numpy())


def two_stages(box: Tensor, image: Tensor, drawing: dict[str, Any] | None = None) -> bytes:
    """A handmade digit on its way (inspection/drawing.py): [20, 20] and [28, 28], uint8.

    Args:
        drawing: the pad's side, its pen's width and the strokes on it; None: there is no pad.
    """
    return pack({"drawing": drawing}, box=box.numpy(), image=image.numpy())
