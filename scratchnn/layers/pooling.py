"""Pooling: each window of a map becomes one number, its maximum or its mean."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.layers.windows import Pair, Window, as_pair, positions, windows_over
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

    def _windows(self, shape: tuple[int, ...], trace: Trace) -> tuple[Window, Window]:
        if len(shape) != 4:
            raise trace.error(self, f"input is {list(shape)}, but pooling reads maps; give it [B, C, H, W]")
        return windows_over(self, shape, self.kernel_size, self.stride, self.padding, (1, 1), trace)


class CustomMaxPool2d(_Pool2d):
    """y = the largest number of each window; of equals, the first in reading order wins, as in torch.

    MNIST's black background is nothing but equals, so who wins matters: only the winner gets the gradient.
    The maximum is taken along each row of the window first, and then of these along its column.
    """

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[B, C, H, W]` → `[B, C, h, w]`.

        Saves for each row of pixels where in the window's width its maximum stood (`column` `[C, w, H, B]`), and for
        each window in which row (`row` `[C, w, h, B]`): whole numbers kept as floats, since comparing into floats is
        quicker.
        """
        rows, cols = self._windows(x.shape, trace)
        pixels = batch_last(x)
        channels, _, height, batch = pixels.shape
        widest = x.new_empty(channels, cols.places, height, batch)
        column = self._max_along(1, pixels, cols, widest, trace)
        largest = trace.buffer(self, "largest", (channels, cols.places, rows.places, batch), like=x)
        row = self._max_along(2, widest, rows, largest, trace)
        return trace.save(self, batch_first(largest), shape_of=x, column=column, row=row)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, C, h, w]` → dL/dx `[B, C, H, W]`: each winner gets its window's gradient, all others nothing."""
        call = trace.recall(self, grad_output)
        rows, cols = self._windows(call.input_shape, trace)
        grad_widest = self._route_back(2, batch_last(grad_output), call.saved["row"], rows, trace)
        return batch_first(self._route_back(1, grad_widest, call.saved["column"], cols, trace))

    def winners(self, trace: Trace) -> Tensor:
        """After a pass: the place u·kw + v of each window's maximum in its window `[B, C, h, w]`."""
        call = trace[trace.name_of(self)]
        rows, cols = self._windows(call.input_shape, trace)
        row, column = call.saved["row"], call.saved["column"]
        winner = torch.zeros_like(row)
        for u in range(rows.kernel):
            outputs, seen = _along(2, rows, u)
            winner[outputs] += (row[outputs] == u) * (column[seen] + u * cols.kernel)
        return batch_first(winner)

    def _max_along(self, axis: int, x: Tensor, window: Window, largest: Tensor, trace: Trace) -> Tensor:
        """Into `largest` the maximum of each window along one axis; returns at which place 0 … it stood first."""
        place = trace.buffer(self, "place", largest.shape, like=x)
        if window.kernel == 2 and not window.padding:
            first, second = x[_along(axis, window, 0)[1]], x[_along(axis, window, 1)[1]]
            torch.maximum(first, second, out=largest)
            return torch.gt(second, first, out=place)
        place.zero_()
        largest.fill_(-torch.inf)  # padding never wins
        for position in range(window.kernel):
            outputs, seen = _along(axis, window, position)
            candidate, largest_here, place_here = x[seen], largest[outputs], place[outputs]
            wins = torch.gt(candidate, largest_here, out=trace.buffer(self, "wins", candidate.shape, like=x))
            torch.maximum(place_here, wins.mul_(position), out=place_here)  # places only grow
            torch.maximum(largest_here, candidate, out=largest_here)
        return place

    def _route_back(self, axis: int, dy: Tensor, place: Tensor, window: Window, trace: Trace) -> Tensor:
        """Backward of `_max_along`: each gradient goes to the place its maximum came from."""
        grad_x = dy.new_empty(*dy.shape[:axis], window.size, *dy.shape[axis + 1 :])
        overlap = window.kernel > window.stride  # then a pixel may win several times, and its gradients add up …
        if overlap or not window.covers_all:  # … else each is written once, or never
            grad_x.zero_()
        if window.kernel == 2 and not overlap and not window.padding:
            first, second = grad_x[_along(axis, window, 0)[1]], grad_x[_along(axis, window, 1)[1]]
            torch.mul(place, dy, out=second)  # a place's number is the answer to "is it place 1?" …
            torch.sub(dy, second, out=first)  # … and place 0 gets what place 1 did not
            return grad_x
        for position in range(window.kernel):
            outputs, seen = _along(axis, window, position)
            won = torch.eq(place, position, out=trace.buffer(self, "won", dy.shape, like=dy))
            if overlap:
                grad_x[seen].addcmul_(won[outputs], dy[outputs])
            else:
                torch.mul(won[outputs], dy[outputs], out=grad_x[seen])
        return grad_x


@lru_cache(maxsize=256)
def _along(axis: int, window: Window, position: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """`window.reads(position)` as indices along one axis of a tensor."""
    before = (slice(None),) * axis
    outputs, seen = window.reads(position)
    return (*before, outputs), (*before, seen)


class CustomAvgPool2d(_Pool2d):
    """y = the mean of each window; padding counts as zeros, as in torch."""

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[B, C, H, W]` → `[B, C, h, w]`."""
        rows, cols = self._windows(x.shape, trace)
        pixels = batch_last(x)
        y = trace.buffer(self, "y", (pixels.shape[0], cols.places, rows.places, pixels.shape[3]), like=x).zero_()
        for outputs, seen in positions(rows, cols):
            y[outputs].add_(pixels[seen], alpha=1 / (rows.kernel * cols.kernel))
        return trace.save(self, batch_first(y), shape_of=x)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, C, h, w]` → dL/dx `[B, C, H, W]`: every pixel of a window gets an equal share."""
        call, dy = trace.recall(self, grad_output), batch_last(grad_output)
        rows, cols = self._windows(call.input_shape, trace)
        grad_x = trace.buffer(self, "grad_x", (dy.shape[0], cols.size, rows.size, dy.shape[3]), like=dy).zero_()
        for outputs, seen in positions(rows, cols):
            grad_x[seen].add_(dy[outputs], alpha=1 / (rows.kernel * cols.kernel))
        return batch_first(grad_x)
