"""Kernels made by hand, each for any size: what a convolution can do before anybody has learned anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Preset(NamedTuple):
    """A kernel that is made by hand, for any size."""

    make: Callable[[int], Tensor]
    about: str


def middle(size: int) -> int:
    """Of an even size the first of the two in the middle."""
    return (size - 1) // 2


def _from_middle(size: int) -> Tensor:
    """Signed distance of each row or column from the middle of the window: `[size]`."""
    return torch.arange(size, dtype=torch.float64) - (size - 1) / 2


def _identity(size: int) -> Tensor:
    weight = torch.zeros(size, size, dtype=torch.float64)
    weight[middle(size), middle(size)] = 1
    return weight


def _vertical(size: int) -> Tensor:
    return _from_middle(size).sign().expand(size, size).clone()


def _horizontal(size: int) -> Tensor:
    return _vertical(size).T.clone()


def _laplacian(size: int) -> Tensor:
    return size**2 * _identity(size) - 1


def _blur(size: int) -> Tensor:
    return torch.full((size, size), size**-2, dtype=torch.float64)


def _sharpen(size: int) -> Tensor:
    return _laplacian(size) + _identity(size)


def _emboss(size: int) -> Tensor:
    distance = _from_middle(size)
    return distance[:, None] + distance + _identity(size)


PRESETS: dict[str, Preset] = {
    "Identity": Preset(_identity, "One in the middle, zeros around it: each pixel is only copied."),
    "Vertical edges": Preset(_vertical, "Right minus left: blue where the numbers grow to the right."),
    "Horizontal edges": Preset(_horizontal, "Below minus above: blue where the numbers grow downwards."),
    "Laplacian": Preset(_laplacian, "The middle against all around it: zero wherever the digit is flat."),
    "Blur": Preset(_blur, "All alike, together one: each pixel becomes the mean of its surroundings."),
    "Sharpen": Preset(_sharpen, "Laplacian plus identity: what differs from its surroundings differs more."),
    "Emboss": Preset(_emboss, "Below right minus above left, plus the pixel itself: as if lit from a corner."),
}
