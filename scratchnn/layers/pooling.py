"""Pooling: each window of a map becomes one number, its maximum or its mean."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.layers.windows import Pair, Window, as_pair, windows_over
from scratchnn.module import Module
from scratchnn.trace import Trace


class _Pool2d(Module):
    """What both pools share: a window of kernel_size, moved by stride (the kernel's size if None)."""

    def __init__(self, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0) -> None:
        self.kernel_size = as_pair(kernel_size)
        self.stride = self.kernel_size if stride is None else as_pair(stride)
        self.padding = as_pair(padding)
        if any(2 * padding > kernel for padding, kernel in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: a padding of {self.padding} is more than half of the kernel "
                f"{self.kernel_size}, so a window could lie outside the map; use less padding"
            )

    def _windows(self, x: Tensor, trace: Trace) -> tuple[Window, Window]:
        if x.dim() != 4:
            raise trace.error(self, f"input is {list(x.shape)}, but pooling reads maps; give it [B, C, H, W]")
        return windows_over(self, x.shape, self.kernel_size, self.stride, self.padding, (1, 1), trace)


def _positions(rows: Window, cols: Window) -> list[tuple[int, tuple[slice, ...], tuple[slice, ...]]]:
    """For each place k = u·kw + v within the window: the outputs `[C, h, w, B]` that look there, and at what pixels."""
    places = []
    for u in range(rows.kernel):
        for v in range(cols.kernel):
            (out_rows, in_rows), (out_cols, in_cols) = rows.reads(u), cols.reads(v)
            every = slice(None)
            places.append((u * cols.kernel + v, (every, out_rows, out_cols), (every, in_rows, in_cols)))
    return places


class CustomMaxPool2d(_Pool2d):
    """y = the largest number of each window; of equals, the first in reading order wins, as in torch.

    MNIST's black background is nothing but equals, so who wins matters: only the winner gets the gradient.
    """

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[B, C, H, W]` → `[B, C, h, w]`; saves `winner` of that shape: u·kw + v, the winner's place in its window.

        Winners are kept as floating-point numbers, like the maps: comparing into them is five times faster.
        """
        rows, cols = self._windows(x, trace)
        pixels = batch_last(x)
        shape = (pixels.shape[0], rows.count, cols.count, pixels.shape[3])
        largest = trace.buffer(self, "y", shape, like=x).fill_(-torch.inf)
        winner = trace.buffer(self, "winner", shape, like=x).zero_()
        larger = trace.buffer(self, "larger", shape, like=x)
        for place, outputs, seen in _positions(rows, cols):
            here = torch.gt(pixels[seen], largest[outputs], out=larger[outputs])  # 1 where a new winner stands
            torch.maximum(largest[outputs], pixels[seen], out=largest[outputs])
            torch.maximum(winner[outputs], here.mul_(place), out=winner[outputs])  # places only grow
        return trace.save(self, batch_first(largest), x=x, winner=batch_first(winner))

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, C, h, w]` → dL/dx `[B, C, H, W]`: each winner gets its window's gradient, all others nothing."""
        saved = trace.recall(self, grad_output).saved
        x, winner, dy = saved["x"], batch_last(saved["winner"]), batch_last(grad_output)
        grad_x = trace.buffer(self, "grad_x", (*x.shape[1:], x.shape[0]), like=dy).zero_()
        won = trace.buffer(self, "larger", dy.shape, like=dy)
        for place, outputs, seen in _positions(*self._windows(x, trace)):
            torch.eq(winner[outputs], place, out=won[outputs])
            grad_x[seen].addcmul_(won[outputs], dy[outputs])  # windows that overlap add up
        return batch_first(grad_x)


class CustomAvgPool2d(_Pool2d):
    """y = the mean of each window; padding counts as zeros, as in torch."""

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[B, C, H, W]` → `[B, C, h, w]`."""
        rows, cols = self._windows(x, trace)
        pixels = batch_last(x)
        y = trace.buffer(self, "y", (pixels.shape[0], rows.count, cols.count, pixels.shape[3]), like=x).zero_()
        for _, outputs, seen in _positions(rows, cols):
            y[outputs].add_(pixels[seen], alpha=1 / (rows.kernel * cols.kernel))
        return trace.save(self, batch_first(y), x=x)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, C, h, w]` → dL/dx `[B, C, H, W]`: every pixel of a window gets an equal share."""
        x, dy = trace.recall(self, grad_output).saved["x"], batch_last(grad_output)
        rows, cols = self._windows(x, trace)
        grad_x = trace.buffer(self, "grad_x", (*x.shape[1:], x.shape[0]), like=dy).zero_()
        for _, outputs, seen in _positions(rows, cols):
            grad_x[seen].add_(dy[outputs], alpha=1 / (rows.kernel * cols.kernel))
        return batch_first(grad_x)
