"""Flatten: several axes become one; no number changes."""

from __future__ import annotations

import math

from torch import Tensor

from scratchnn.layers.batch_last import batch_last
from scratchnn.module import Module
from scratchnn.trace import Trace


class CustomFlatten(Module):
    """Axes `start_dim` to `end_dim` of x, laid out one after the other as a single axis."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """By default x `[B, C, H, W]` → `[B, C·H·W]`."""
        start, end = (axis if axis >= 0 else axis + x.dim() for axis in (self.start_dim, self.end_dim))
        if not 0 <= start <= end < x.dim():
            raise trace.error(
                self,
                f"input is {list(x.shape)}, but this layer joins axes {self.start_dim} to {self.end_dim}; give it an "
                "input that has these axes, in this order",
            )
        joined = math.prod(x.shape[start : end + 1])
        if (start, end, x.dim()) == (1, 3, 4) and batch_last(x).is_contiguous():
            y = x.permute(1, 2, 3, 0).reshape(joined, -1).T  # copied with the batch innermost, as it lies in memory
        else:
            y = x.reshape(*x.shape[:start], joined, *x.shape[end + 1 :])
        return trace.save(self, y, shape_of=x)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy → dL/dx, in the shape x had."""
        return grad_output.reshape(trace.recall(self, grad_output).input_shape)
