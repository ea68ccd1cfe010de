"""The playground's window, kernel and output on one digit, for the component that slides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scratchnn.figures.numbers import count, minus, plural
from scratchnn.inspection.playground import LARGEST_WEIGHT

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.playground import Kernel, Played, Setting

_EACH = {"convolution": "multiplications", "max-pool": "numbers compared", "average-pool": "numbers averaged"}


def playground(
    image: Tensor,
    setting: Setting,
    kernel: Kernel | None,
    played: Played | None,
    *,
    about: str,
    problem: str,
    handmade: bool,
) -> dict[str, Any]:
    """All that the playground shows, as plain numbers in float64 (a few thousand at most), so that its sums close.

    Args:
        image: `[S, S]`, as the network reads it.
        kernel: None for a pool.
        played: None where the setting is impossible.
        about: a sentence on the kernel; empty for a pool.
        problem: a sentence on why the setting is impossible; else empty.
        handmade: whether the kernel is what the component itself has sent.

    Returns:
        `image` [S][S], `kernel` [k][k] and `bias`; `output` [h][w] and, of a max-pool, `winner` [h][w]; each None
        where there is none. `first` is the row and column of the output that is shown at first, its largest by size;
        `formula` are its symbols and its numbers; `rounding` says what rounding down cut off; `counts` is what there
        is to compute; `most` the largest weight that is taken.
    """
    size = len(image)
    window = setting.window(size)
    return {
        "operation": setting.operation,
        "kernel_size": setting.kernel_size,
        "stride": setting.stride,
        "padding": setting.padding,
        "dilation": setting.dilation,
        "reach": window.reach,
        "image": image.tolist(),
        "kernel": None if kernel is None else kernel.weight.tolist(),
        "bias": 0.0 if kernel is None else kernel.bias,
        "output": None if played is None else played.output.tolist(),
        "winner": None if played is None or played.winner is None else played.winner.long().tolist(),
        "first": [0, 0] if played is None else list(divmod(int(played.output.abs().argmax()), window.places)),
        "formula": _formula(setting, size),
        "rounding": "" if played is None else _rounding(setting, size),
        "counts": "" if played is None else _counts(setting, window.places),
        "about": about,
        "problem": problem,
        "handmade": handmade,
        "most": LARGEST_WEIGHT,
    }


def _formula(setting: Setting, size: int) -> list[str]:
    """The formula of the output's size, in symbols and with its numbers."""
    kernel, stride, padding, dilation = setting.kernel_size, setting.stride, setting.padding, setting.dilation
    reach, own = "dilation·(kernel − 1) − 1", f"{dilation}·({kernel} − 1) − 1"
    if setting.operation != "convolution":  # pooling knows no dilation
        reach, own = "kernel", str(kernel)
    return [
        f"output = ⌊(input + 2·padding − {reach}) / stride⌋ + 1",
        f"⌊({size} + 2·{padding} − {own}) / {stride}⌋ + 1 = {minus(str(setting.window(size).places))}",
    ]


def _rounding(setting: Setting, size: int) -> str:
    """What rounding down has cut off; empty where nothing."""
    window = setting.window(size)
    room = size + 2 * setting.padding - window.reach
    out = window.places * setting.stride - room  # how far one more place would stick out
    if room % setting.stride == 0:
        return ""
    return (
        f"{room} / {setting.stride} = {room / setting.stride:.4g} is rounded down to {window.places - 1}: one step "
        f"further, the window would stick out by {plural(out, 'pixel')}."
    )


def _counts(setting: Setting, places: int) -> str:
    """How many pixels the output has, and what that takes."""
    side, weights = count(places), setting.kernel_size**2
    return (
        f"{side} × {side} = {plural(places**2, 'output pixel')}; "
        f"{side} × {side} × {weights} = {count(places**2 * weights)} {_EACH[setting.operation]}"
    )
