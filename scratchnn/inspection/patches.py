"""What if: some patches hidden, or all of them shuffled, and what the Transformer then says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.inspection.layers import inspect
from scratchnn.layers.activation import CustomSoftmax
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace


class PatchError(ValueError):
    """One sentence: why the patches cannot be hidden or ordered so."""


@dataclass(frozen=True)
class Answer:
    """What the network says of changed patches, beside what it said before.

    Attributes:
        before, after: [classes], probabilities.
        trace: of the pass with the changed patches.
        image: [1, C, H, W], what that pass was given.
        patches: the patches in the sequence, by their number in `image`.
    """

    before: Tensor
    after: Tensor
    trace: Trace
    image: Tensor
    patches: list[int]


def hide_patches(model: CustomTransformer, image: Tensor, hidden: Iterable[int]) -> Answer:
    """Leave patches out: the sequence really gets shorter, and the others keep their places.

    Args:
        image: [1, C, H, W], normalised.
        hidden: their numbers, in reading order from 0.

    Raises:
        PatchError: there is no such patch, or none would be left.
    """
    missing = set(hidden)
    refuse_the_impossible(model, missing)
    shown = [patch for patch in range(model.config.num_patches) if patch not in missing]
    before, _ = inspect(model, image)
    trace = model.trace()
    logits = model(image, trace=trace, patches=torch.tensor(shown, device=image.device))
    return Answer(before[0], CustomSoftmax()(logits)[0], trace, image, shown)


def refuse_the_impossible(model: CustomTransformer, hidden: Iterable[int]) -> None:
    """Whether these patches can be left out.

    Raises:
        PatchError: there is no such patch, or none would be left.
    """
    count, missing = model.config.num_patches, set(hidden)
    if unknown := sorted(missing - set(range(count))):
        raise PatchError(f"there is no patch {unknown[0]}: they go from 0 to {count - 1}")
    if len(missing) == count:
        raise PatchError("with all patches hidden nothing is left for the network to read; leave at least one")


def shuffle_patches(model: CustomTransformer, image: Tensor, order: Sequence[int]) -> Answer:
    """Move the patches' pixels about while the places stay: place t gets the pixels of patch order[t].

    Args:
        image: [1, C, H, W], normalised.
        order: every patch's number once.

    Raises:
        PatchError: a patch is missing in the order, or in it twice.
    """
    moved = shuffled(image, model.config.patch_size, order)
    before, _ = inspect(model, image)
    after, trace = inspect(model, moved)
    return Answer(before[0], after[0], trace, moved, list(range(model.config.num_patches)))


def shuffled(images: Tensor, patch_size: int, order: Sequence[int]) -> Tensor:
    """[B, C, H, W] → the same shape: each image's patches in another order, so that place t shows patch order[t].

    Raises:
        PatchError: a patch is missing in the order, or in it twice.
    """
    batch, channels, height, width = images.shape
    rows, columns = height // patch_size, width // patch_size
    if sorted(order) != list(range(rows * columns)):
        raise PatchError(f"an order needs each of the patches 0 to {rows * columns - 1} once")
    squares = images.reshape(batch, channels, rows, patch_size, columns, patch_size).transpose(3, 4)
    squares = squares.flatten(2, 3)[:, :, list(order)]  # (B, C, N, P, P)
    squares = squares.view(batch, channels, rows, columns, patch_size, patch_size)
    return squares.transpose(3, 4).reshape(images.shape)


def random_order(patches: int, seed: int) -> list[int]:
    """Each patch's number once, in an order that the seed decides."""
    order: list[int] = torch.randperm(patches, generator=torch.Generator().manual_seed(seed)).tolist()
    return order
