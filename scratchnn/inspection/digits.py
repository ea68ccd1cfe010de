"""The digit to look at: named by a short key that fits into a link, and found again by it anywhere."""

from __future__ import annotations

import base64
import binascii
import random
import zlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from scratchnn.data import Dataset, Split, resize
from scratchnn.inspection.drawing import SIDE
from scratchnn.module import Module
from scratchnn.training.evaluation import BATCH, predict

FIRST = "test:0"  # the digit that is there before one was chosen
SPLITS = ("test", "validation", "training")
HANDMADE = {"drawn": "Your drawing", "uploaded": "Your image"}
_LONGEST = 1200  # characters that 784 bytes can need, if nothing can be compressed


class DigitError(ValueError):
    """One sentence: why a key names no digit."""


@dataclass(frozen=True)
class Digit:
    """A digit, as the network gets it but for the normalisation.

    Attributes:
        key: names it in a link.
        name: names it on the page, such as "Test digit 123".
        image: [28, 28] uint8, 0 is black; of the size that the data set was loaded with.
        label: the truth; None where nobody knows it.
    """

    key: str
    name: str
    image: Tensor
    label: int | None


def find_digit(key: str, dataset: Dataset) -> Digit:
    """The digit that a key names.

    Args:
        key: "test:123" (or validation, training), or "drawn:" or "uploaded:" with the image itself as text.

    Raises:
        DigitError: there is no such digit, or the text is no image.
    """
    kind, _, rest = key.partition(":")
    if kind in HANDMADE:
        image = resize(_unpacked(rest)[None], dataset.test.images.shape[1])[0]
        return Digit(key, HANDMADE[kind], image, None)
    if kind not in SPLITS:
        raise DigitError(f"the link’s digit {key[:40]!r} is of no known kind; choose a digit here")
    split: Split = getattr(dataset, kind)
    index = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 9 else len(split)
    if index >= len(split):
        last = f"they go from 0 to {len(split) - 1:,}" if len(split) else "there are none"
        raise DigitError(f"there is no {kind} digit {rest[:12]!r}: {last}")
    return Digit(
        f"{kind}:{index}", f"{kind.capitalize()} digit {index:,}", split.images[index], int(split.labels[index])
    )


def handmade_key(kind: str, image: Tensor) -> str:
    """The key of a digit that is in no data set: all of it, compressed, in letters that a link may hold.

    Args:
        kind: "drawn" or "uploaded".
        image: [28, 28] uint8.
    """
    packed = zlib.compress(image.contiguous().numpy().tobytes(), 9)
    return f"{kind}:{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def place_of(digit: Digit) -> tuple[str, int]:
    """The split that a digit is of, and its index there; where to begin in the test digits, for a handmade one."""
    kind, _, index = digit.key.partition(":")
    return (kind, int(index)) if kind in SPLITS else ("test", -1)


def random_digit(split: Split) -> int:
    """Any index."""
    return random.randrange(len(split))


def next_of_class(split: Split, label: int, after: int) -> int | None:
    """The index of the next digit of a class, from the beginning again after the end; None if there is none."""
    places = (split.labels == label).nonzero().flatten()
    later = places[places > after]
    found = later if len(later) else places
    return int(found[0]) if len(found) else None


def next_mistake(model: Module, dataset: Dataset, split: Split, after: int) -> int | None:
    """The index of the next digit that the model gets wrong; None if, after one round, there is none.

    Digits are looked at batch by batch, so that a model with many mistakes answers at once.
    """
    order = (torch.arange(len(split)) + after + 1) % max(1, len(split))
    for some in torch.split(order, BATCH):
        said = predict(model, dataset.normalise(split.images[some])).argmax(1)
        wrong = (said != split.labels[some]).nonzero().flatten()
        if len(wrong):
            return int(some[wrong[0]])
    return None


def _unpacked(text: str) -> Tensor:
    """[28, 28] uint8 from the text of a link, which may be anything."""
    broken = DigitError("the link’s drawing is incomplete or changed; ask for the link again, or draw it here")
    if not text.isascii() or len(text) > _LONGEST:
        raise broken
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, SIDE * SIDE + 1)  # no more than is needed to know
    except (binascii.Error, ValueError, zlib.error) as error:
        raise broken from error
    if len(data) != SIDE * SIDE or not unpacker.eof or unpacker.unused_data:
        raise broken
    return torch.from_numpy(np.frombuffer(data, np.uint8).reshape(SIDE, SIDE).copy())
