"""The playground: a window slid over one digit, its settings and its kernel free; the project's own layers do it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeGuard

import torch
from torch import Tensor

from scratchnn.inspection.presets import middle
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from scratchnn.layers.windows import Window
from scratchnn.module import Module

Operation = Literal["convolution", "max-pool", "average-pool"]
LARGEST_KERNEL = 11  # as in config.py
LARGEST_PADDING, LARGEST_STRIDE, LARGEST_DILATION = 6, 8, 6  # what the page offers
LARGEST_WEIGHT = 1000.0  # beyond it float64 would no longer show every product to the fifth decimal place
_POOLS = {"max-pool": CustomMaxPool2d, "average-pool": CustomAvgPool2d}


class PlaygroundError(ValueError):
    """One sentence: why there is no such window or kernel, and what to do."""


@dataclass(frozen=True)
class Setting:
    """What is done, and how its window slides; in pixels, for rows and columns alike. Pools have a dilation of 1."""

    operation: Operation
    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def window(self, size: int) -> Window:
        """The window along one axis of a square image of `size` pixels; its places may be less than one."""
        return Window(size, self.kernel_size, self.stride, self.padding, self.dilation)


@dataclass(frozen=True)
class Kernel:
    """Weights `[k, k]` and a bias, in float64."""

    weight: Tensor
    bias: float = 0.0


@dataclass(frozen=True)
class Played:
    """Output `[h, w]`, float64; of a max-pool also `winner` `[h, w]`, the place u·k + v of each window's maximum."""

    output: Tensor
    winner: Tensor | None


def play(image: Tensor, setting: Setting, kernel: Kernel | None) -> Played:
    """Slide the window over the image, in float64.

    Args:
        image: `[S, S]`, as the network reads it.
        kernel: of the setting’s size; None for a pool.

    Raises:
        PlaygroundError: the setting is impossible.
    """
    refuse_the_impossible(setting, len(image))
    layer = _layer(setting, kernel)
    trace = layer.trace()
    output = layer(image.double()[None, None], trace=trace)
    winner = layer.winners(trace)[0, 0].contiguous() if isinstance(layer, CustomMaxPool2d) else None
    return Played(output[0, 0].contiguous(), winner)


def refuse_the_impossible(setting: Setting, size: int) -> None:
    """Whether the window has a place in a square image of `size` pixels.

    Raises:
        PlaygroundError: it reaches over more than the padded image, or a pool could see more padding than pixels.
    """
    kernel, padding, dilation = setting.kernel_size, setting.padding, setting.dilation
    padded, reach = size + 2 * padding, setting.window(size).reach
    if reach > padded:
        closer = (padded - 1) // (kernel - 1)  # at most this dilation
        remedies = [f"take a kernel size of at most {(padded - 1) // dilation + 1}"]
        remedies += [f"a dilation of at most {closer}"] if closer else []
        enough = padding + math.ceil((reach - padded) / 2)
        remedies += [f"a padding of at least {enough}"] if enough <= LARGEST_PADDING else []
        *others, last = remedies
        raise PlaygroundError(
            f"the window reaches over {dilation}·({kernel} − 1) + 1 = {reach} pixels, but the padded input has only "
            f"{size} + 2·{padding} = {padded}: {', '.join(others)}{' or ' if others else ''}{last}"
        )
    if setting.operation != "convolution" and 2 * padding > kernel:
        raise PlaygroundError(
            f"a padding of {padding} is more than half of the {kernel}×{kernel} window: at the border it would see "
            f"more padding than digit, which pooling layers refuse; take a padding of at most {kernel // 2}, or a "
            f"window of at least {2 * padding}×{2 * padding}"
        )


def kernels_on_image(model: Module) -> tuple[str, list[Kernel]]:
    """The first convolution's name, and its kernels, those that read the image itself, each with its bias."""
    name, layer = next((name, child) for name, child in model.named_children() if isinstance(child, CustomConv2d))
    biases = [0.0] * layer.out_channels if layer.bias is None else layer.bias.value.tolist()
    return name, [Kernel(weight[0].double(), bias) for weight, bias in zip(layer.weight.value, biases, strict=True)]


def fitted(kernel: Kernel, size: int) -> Kernel:
    """The same kernel about the same middle, with zeros around it or without its outermost weights: `[size, size]`."""
    shift = middle(size) - middle(len(kernel.weight))
    weight = torch.zeros(size, size, dtype=torch.float64)
    into, out_of = slice(max(0, shift), None), slice(max(0, -shift), None)
    target, source = weight[into, into], kernel.weight[out_of, out_of]
    common = min(len(target), len(source))
    target[:common, :common] = source[:common, :common]
    return Kernel(weight, kernel.bias)


def handmade(weights: object, bias: object) -> Kernel:
    """A kernel from numbers that may be anything, as they come from a browser: rows of weights, and a bias.

    Raises:
        PlaygroundError: they are no square of numbers, or one of them is too large or not finite.
    """
    rows = weights if isinstance(weights, list) else []
    side = len(rows)
    if not 1 <= side <= LARGEST_KERNEL or not all(isinstance(row, list) and len(row) == side for row in rows):
        raise PlaygroundError(
            f"a kernel is a square of numbers, 1×1 to {LARGEST_KERNEL}×{LARGEST_KERNEL}: give as many rows as columns"
        )
    if not all(map(_is_weight, chain(*rows))) or not _is_weight(bias):
        raise PlaygroundError(
            f"a kernel’s numbers and its bias lie between −{LARGEST_WEIGHT:,.0f} and {LARGEST_WEIGHT:,.0f}: "
            "put a number into each cell"
        )
    return Kernel(torch.tensor(rows, dtype=torch.float64), float(bias))


def _layer(setting: Setting, kernel: Kernel | None) -> Module:
    if kernel is None:
        return _POOLS[setting.operation](setting.kernel_size, setting.stride, setting.padding)
    layer = CustomConv2d(1, 1, setting.kernel_size, setting.stride, setting.padding, setting.dilation)
    layer.to(torch.float64)
    bias = torch.tensor([kernel.bias], dtype=torch.float64)
    layer.load_state_dict({"weight": kernel.weight[None, None], "bias": bias})
    return layer


def _is_weight(number: object) -> TypeGuard[float]:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return abs(number) <= LARGEST_WEIGHT  # which NaN is not
