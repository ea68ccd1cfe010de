"""Where a sliding window stands: the geometry that convolution and pooling share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from torch import Tensor

from scratchnn.module import Module
from scratchnn.trace import Trace

Pair = tuple[int, int]
Index = tuple[Any, ...]  # into a tensor


def as_pair(size: int | Pair) -> Pair:
    """An int means the same for height and width."""
    return (size, size) if isinstance(size, int) else (size[0], size[1])


@dataclass(frozen=True, eq=False)  # compared by identity: layers ask for the same few at every step
class Window:
    """A window sliding along one axis. All sizes in pixels."""

    size: int  # of the axis
    kernel: int
    stride: int
    padding: int
    dilation: int = 1
    unread: int = 0  # places at the end that are left out

    @property
    def reach(self) -> int:
        """Over how many pixels it reaches, the gaps that dilation leaves included."""
        return self.dilation * (self.kernel - 1) + 1

    @cached_property
    def places(self) -> int:
        """How many places the window takes: the output's size along this axis."""
        return (self.size + 2 * self.padding - self.reach) // self.stride + 1 - self.unread

    @cached_property
    def covers_all(self) -> bool:
        """Whether every pixel lies in exactly one place of the window."""
        return self.kernel == self.stride and not self.padding and self.places * self.stride == self.size

    def reads(self, position: int) -> tuple[slice, slice]:
        """For one position within the window: the outputs that read a real pixel there, and those pixels."""
        first_pixel = position * self.dilation - self.padding  # what output 0 reads
        start = max(0, -(first_pixel // self.stride))
        stop = max(start, min(self.places, (self.size - 1 - first_pixel) // self.stride + 1))
        first = first_pixel + start * self.stride
        return slice(start, stop), slice(first, first + (stop - start) * self.stride, self.stride)


def windows_over(
    layer: Module,
    shape: tuple[int, ...],
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    trace: Trace,
    unread: Pair = (0, 0),
) -> tuple[Window, Window]:
    """The row and column windows of a layer over maps of `shape` [B, C, H, W], or its error if none fits."""
    rows, cols = _windows(shape[2], shape[3], kernel, stride, padding, dilation, unread)
    if rows.places > 0 and cols.places > 0:
        return rows, cols
    window, name = (rows, "high") if rows.places < 1 else (cols, "wide")
    raise trace.error(
        layer,
        f"input is {list(shape)}, {window.size} + 2·{window.padding} pixels {name} with its padding, but the "
        f"window reaches over {window.reach}; use a smaller kernel or dilation, more padding or a larger image",
    )


@lru_cache(maxsize=256)
def _windows(
    height: int, width: int, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, unread: Pair
) -> tuple[Window, Window]:
    return (
        Window(height, kernel[0], stride[0], padding[0], dilation[0], unread[0]),
        Window(width, kernel[1], stride[1], padding[1], dilation[1], unread[1]),
    )


@lru_cache(maxsize=256)
def positions(rows: Window, cols: Window) -> list[tuple[Index, Index]]:
    """For each place in the window, row by row: which outputs `[…, w, h, B]` see a pixel there, and these pixels."""
    reads = [(rows.reads(u), cols.reads(v)) for u in range(rows.kernel) for v in range(cols.kernel)]
    every = slice(None)
    return [((..., col[0], row[0], every), (..., col[1], row[1], every)) for row, col in reads]


def padded_maps(x: Tensor, rows: Window, cols: Window) -> tuple[Tensor, Tensor]:
    """Memory for maps x `[B, C, H, W]` within a border of zeros, in two views of it.

    Returns:
        The pixels, `[C, W, H, B]`: to be written, as nobody writes to the border.
        What each position of the window sees at each of its places, `[C, kh, kw, w, h, B]`: to be read. Neighbouring
        windows overlap, so that one pixel stands in it several times.
    """
    batch, channels = x.shape[:2]
    padded = x.new_zeros(channels, cols.size + 2 * cols.padding, rows.size + 2 * rows.padding, batch)
    channel, col, row, image = padded.stride()
    seen = padded.as_strided(
        (channels, rows.kernel, cols.kernel, cols.places, rows.places, batch),
        (channel, rows.dilation * row, cols.dilation * col, cols.stride * col, rows.stride * row, image),
    )
    return padded[:, cols.padding : cols.padding + cols.size, rows.padding : rows.padding + rows.size], seen
