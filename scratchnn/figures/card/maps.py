"""Pictures of numbers on maps and on the image, and of what goes through a layer one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from scratchnn.figures.card.figure import MOST_NUMBERS, Choice, Figure, Picture, heaviest, scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from scratchnn.inspection.arithmetic import Explanation

_MOST_ACTIVE = 8


def convolution(explanation: Explanation) -> Picture:
    """Every input map's patch × kernel = products."""
    parts, steps = explanation.parts, explanation.steps
    sums = parts["products"].sum((1, 2))
    kept = heaviest(sums, 3 * parts["kernel"][0].numel())
    patch, kernel, products = (parts[name][kept] for name in ("patch", "kernel", "products"))
    return Picture(
        [
            Figure("grid", "patch", patch, "", *_inked(parts), outside=_outside(parts)),
            Figure("grid", "kernel", kernel, "×"),
            Figure("grid", "products", products, "="),
        ],
        [steps[at].name for at in kept], sums[kept].tolist(), len(sums),
    )  # fmt: skip


def input_pixel(explanation: Explanation) -> Picture:
    """The digit in its grey values, and as the network gets it."""
    parts, (_, *place) = explanation.parts, explanation.position
    ring = [*place, 1, 1]
    return Picture(
        [
            Figure("grid", "grey values", parts["greys"][None], "", "grey", (0.0, 255.0), ring),
            Figure("grid", "normalised", parts["normalised"][None], "→", *_inked(parts), ring),
        ]
    )


def patch_embedding(explanation: Explanation) -> Picture:
    """Where the patch is in the image, and its pixels × weights = contributions."""
    parts = explanation.parts
    shape = parts["folded"].shape[-2:]
    inputs, weights, added = (parts[name].view(-1, *shape) for name in ("inputs", "weights", "contributions"))
    whole = [_image(parts, shape)] if "image" in parts else []
    return Picture(
        [
            *whole,
            Figure("grid", "pixels of the patch", inputs, "→" if whole else "", *_inked(parts)),
            Figure("grid", "weights", weights, "×"),
            Figure("grid", "contributions", added, "="),
        ],
        [f"channel {at}" if len(added) > 1 else "" for at in range(len(added))],
        added.sum((1, 2)).tolist(), len(added),
    )  # fmt: skip


def patch(explanation: Explanation) -> Picture:
    """Where the patch is in the image, and the pixel in it."""
    parts, pixels = explanation.parts, explanation.parts["pixels"]
    place = explanation.position[-1] % pixels.numel()
    ring = [*divmod(place, pixels.shape[1]), 1, 1]
    whole = [_image(parts, pixels.shape)] if "image" in parts else []
    return Picture([*whole, Figure("grid", "the patch", pixels[None], "→" if whole else "", *_inked(parts), ring)])


def flatten(explanation: Explanation) -> Picture:
    """All maps, and the row that they become: a line for each map."""
    maps, place = explanation.parts["maps"], explanation.parts["from"].tolist()
    maps = maps.view(-1, *maps.shape[-2:])
    most = max(1, MOST_NUMBERS // maps[0].numel())
    first = max(0, min(place[0] - most // 2, len(maps) - most))
    kept = maps[first : first + most]
    row, column = place[-2:]
    scale, number, area = scale_of(kept), place[0] - first, maps[0].numel()
    return Picture(
        [
            Figure("wall", "the maps", kept, scale=scale, ring=[number, row, column, 1, 1]),
            Figure(
                "grid", "this map", kept[number][None], "→", scale=scale, ring=[row, column, 1, 1],
                choice=Choice(offset=place[0] * area),
            ),
            Figure(
                "grid", "the row, a line for each map", kept.flatten(1)[None], "→", scale=scale,
                ring=[number, row * maps.shape[2] + column, 1, 1], choice=Choice(offset=first * area),
            ),
        ],
        [f"map {at}" for at in range(first, first + len(kept))], kept.sum((1, 2)).tolist(), len(maps),
    )  # fmt: skip


def pooling(explanation: Explanation) -> Picture:
    """The map, the window in it, of a maximum its winner, and the map that comes out."""
    parts = explanation.parts
    before, window, after = (parts[name] for name in ("before", "window", "after"))
    scale = scale_of(before, after)
    won = [*parts["winner"].tolist(), 1, 1] if "winner" in parts else None
    corner = [*parts["corner"].tolist(), *window.shape]
    channel = explanation.position[:1]
    (high, wide), (top, left) = (parts[name].tolist() for name in ("stride", "padding"))
    seen = Choice(channel, flat=False, stride=(high, wide), padding=(top, left), places=(len(after), after.shape[1]))
    return Picture([
        Figure("grid", "before", before[None], scale=scale, ring=corner, choice=seen),
        Figure("grid", "window", window[None], "→", scale=scale, ring=won, outside=_outside(parts)),
        Figure(
                "grid", "after", after[None], "→", scale=scale, ring=[*explanation.position[1:], 1, 1],
                choice=Choice(channel, flat=False),
            ),
    ])  # fmt: skip


def batch_norm(explanation: Explanation) -> Picture:
    """The map's numbers about the mean that is taken away, and the map before and after."""
    parts = explanation.parts
    marks = {name: float(parts[name]) for name in ("mean", "deviation", "x")}
    return Picture([
        Figure("spread", "the map’s numbers, before", parts["before"].reshape(1, 1, -1), marks=marks),
        *_before_and_after(explanation),
    ])  # fmt: skip


def rectified(explanation: Explanation) -> Picture:
    """Before and after, how much is cut off, and of hidden units the most active ones."""
    parts = explanation.parts
    cut = float(parts["cut"])
    shares = torch.tensor([[[1 - cut, cut]]], dtype=torch.float64)
    return Picture([
        *_before_and_after(explanation),
        Figure("bars", "of these numbers", shares, ramp="share", scale=(0, 1), words=("stay", "are cut to zero")),
        _curve(explanation),
        *most_active(parts["after"]),
    ])  # fmt: skip


def unchanged_or_gated(explanation: Explanation) -> Picture:
    """Before and after; of GELU also its curve, and of hidden units the most active ones."""
    curve: list[Figure] = []
    if "gate" in explanation.parts:
        curve = [_curve(explanation), *most_active(explanation.parts["after"])]
    return Picture([*_before_and_after(explanation), *curve])


def most_active(units: Tensor) -> list[Figure]:
    """The largest of a row of units; nothing of a map."""
    if units.dim() > 1 or not bool(units.any()):
        return []
    most = units.abs().argsort(descending=True, stable=True)[:_MOST_ACTIVE]
    most = most[units[most] != 0]
    return [
        Figure("bars", "most active units", units[most].view(1, 1, -1), words=[f"unit {at}" for at in most.tolist()])
    ]


def _curve(explanation: Explanation) -> Figure:
    """The layer's function, and where on it this number is."""
    marks = {"x": float(explanation.parts["x"]), "y": explanation.value}
    return Figure("line", "its function", explanation.parts["curve"][None], words=("in", "out"), marks=marks)


def _before_and_after(explanation: Explanation) -> list[Figure]:
    before, after = explanation.parts["before"], explanation.parts["after"]
    scale, place = scale_of(before, after), explanation.position
    ring = [*(place[-2:] if before.dim() == 2 else (0, place[-1])), 1, 1]
    grids = [numbers.view(1, -1, numbers.shape[-1]) for numbers in (before, after)]
    choice = Choice(place[:1], flat=False) if before.dim() == 2 else Choice(place[:-1])
    return [
        Figure("grid", name, numbers, sign, scale=scale, ring=ring, choice=choice)
        for name, numbers, sign in zip(("before", "after"), grids, ("", "→"), strict=True)
    ]


def _image(parts: Mapping[str, Tensor], size: tuple[int, ...]) -> Figure:
    return Figure("grid", "the digit", parts["image"][None], "", *_inked(parts), [*parts["corner"].tolist(), *size])


def _inked(parts: Mapping[str, Tensor]) -> tuple[Literal["signed", "grey"], tuple[float, float] | None]:
    """Pixels of the image are grey, from its darkest to its brightest."""
    if "shades" not in parts:
        return "signed", None
    darkest, brightest = parts["shades"].tolist()
    return "grey", (darkest, brightest)


def _outside(parts: Mapping[str, Tensor]) -> list[int]:
    """Which numbers of what a window sees stand in the padding."""
    return (~parts["inside"]).flatten().nonzero().flatten().tolist()
