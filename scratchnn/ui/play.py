"""What is set on the playground, as its address says it: `play=convolution.3.1.1.1:blur`.

First the operation, its kernel’s size, stride, padding and dilation; then, of a convolution, which kernel: a preset’s
name, `kernel-5` for the network’s own, or all numbers of one made by hand, the bias last.
"""

from __future__ import annotations

from dataclasses import dataclass

from scratchnn.inspection.playground import (
    LARGEST_DILATION,
    LARGEST_KERNEL,
    LARGEST_PADDING,
    LARGEST_STRIDE,
    Kernel,
    PlaygroundError,
    Setting,
    handmade,
)
from scratchnn.inspection.presets import PRESETS
from scratchnn.ui import link

OPERATIONS = {"convolution": "Convolution", "max-pool": "Max-pool", "average-pool": "Average-pool"}
_NAMES = {name.lower().replace(" ", "-"): name for name in PRESETS}
_LEARNT = "kernel-"


@dataclass(frozen=True)
class Play:
    """A setting, and which kernel: a preset's name, the number of one of the network's, one's own; None for pools."""

    setting: Setting
    kernel: str | int | Kernel | None

    def __str__(self) -> str:
        """As it stands in the address."""
        setting = self.setting
        numbers = setting.kernel_size, setting.stride, setting.padding, setting.dilation
        return f"{setting.operation}.{'.'.join(map(str, numbers))}{_said(self.kernel)}"


def read(text: str) -> Play | None:
    """What `str` has written; None for anything else."""
    first, _, which = text.partition(":")
    operation, _, rest = first.partition(".")
    match link.numbers(rest):
        case [size, stride, padding, dilation] if operation in OPERATIONS:
            in_range = (
                1 <= size <= LARGEST_KERNEL and 1 <= stride <= LARGEST_STRIDE
                and padding <= LARGEST_PADDING and 1 <= dilation <= LARGEST_DILATION
            )  # fmt: skip
            pools = operation != "convolution"
            kernel = None if pools else _kernel(which, size)
            if not in_range or (kernel is None) != pools or (pools and dilation > 1):
                return None
            return Play(Setting(operation, size, stride, padding, dilation), kernel)  # type: ignore[arg-type]
    return None


def _said(kernel: str | int | Kernel | None) -> str:
    match kernel:
        case None:
            return ""
        case str():
            return f":{kernel.lower().replace(' ', '-')}"
        case int():
            return f":{_LEARNT}{kernel}"
    numbers = [*kernel.weight.flatten().tolist(), kernel.bias]
    return f":{','.join(str(number).removesuffix('.0') for number in numbers)}"


def _kernel(text: str, size: int) -> str | int | Kernel | None:
    if text in _NAMES:
        return _NAMES[text]
    if text.startswith(_LEARNT):
        numbers = link.numbers(text.removeprefix(_LEARNT))
        return numbers[0] if numbers else None
    try:
        *weights, bias = map(float, text.split(","))
        kernel = handmade([weights[row : row + size] for row in range(0, len(weights), size)], bias)
    except (ValueError, PlaygroundError):
        return None
    return kernel if len(kernel.weight) == size else None
