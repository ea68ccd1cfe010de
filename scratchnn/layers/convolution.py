"""Convolution: one small kernel a channel, slid over the whole image."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.layers.windows import Pair, Window, as_pair, windows_over
from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomConv2d(Module):
    """y[b, o, i, j] = bias[o] + Σ over c, u, v of weight[o, c, u, v] · x[b, c, i·stride + u·dilation − padding, …].

    C = in_channels, O = out_channels, G = groups, (kh, kw) = kernel_size, (h, w) = output size;
    weight `[O, C/G, kh, kw]`, bias `[O]`.

    How it is computed: `columns` holds x once for each of the kernel's kw horizontal positions. Kernel row u needs
    no further copy: it reads the same columns u·dilation rows further down, so a convolution is a sum of kh matrix
    products. (With a vertical stride s, each s-th row is read, so rows are kept in s interleaved phases.)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"CustomConv2d: {in_channels} input and {out_channels} output channels do not both split into "
                f"{groups} groups; use a number of groups that divides both"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = as_pair(kernel_size), as_pair(stride)
        self.padding, self.dilation = as_pair(padding), as_pair(dilation)
        self.weight = Parameter(torch.empty(out_channels, in_channels // groups, *self.kernel_size))
        self.bias = Parameter(torch.empty(out_channels)) if bias else None
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        bound = 1 / math.sqrt(self.weight.value[0].numel())  # as torch: uniform in ±1/√fan_in
        for parameter in self.parameters():
            parameter.value.uniform_(-bound, bound, generator=generator)

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[B, C, H, W]` → `[B, O, h, w]`."""
        if x.dim() != 4 or x.shape[1] != self.in_channels:
            raise trace.error(
                self,
                f"input is {list(x.shape)}, but this layer was built for {self.in_channels} channels; "
                f"give it [B, {self.in_channels}, H, W]",
            )
        rows, cols = self._windows(x, trace)
        columns = self._unfold(batch_last(x), rows, cols, trace)
        y = trace.buffer(self, "y", (self.out_channels, rows.places, cols.places, x.shape[0]), like=x)
        if self.bias is None:
            y.zero_()
        else:
            y.copy_(self.bias.value[:, None, None, None].expand_as(y))
        y_rows, kernel_rows = self._by_group(y), self._kernel_rows()
        for u in range(rows.kernel):
            y_rows.baddbmm_(kernel_rows[u], self._row(columns, u, rows))  # (G, O/G, K) (G, K, h·w·B)
        return trace.save(self, batch_first(y), x=x, columns=columns)

    def backward(self, grad_output: Tensor, trace: Trace, *, input_gradient: bool = True) -> Tensor | None:
        """dL/dy `[B, O, h, w]` → dL/dx `[B, C, H, W]`, or None if the input's gradient is not wanted."""
        saved = trace.recall(self, grad_output).saved
        x, columns = saved["x"], saved["columns"]
        rows, cols = self._windows(x, trace)
        dy_rows, kernel_rows = self._by_group(batch_last(grad_output)), self._kernel_rows()
        if self.bias is not None:
            self.bias.grad += dy_rows.sum(2).flatten()  # b was added to every pixel
        grad_kernel_rows = torch.empty_like(kernel_rows)
        for u in range(rows.kernel):  # y += W[u] · pixels, so dW[u] = dy · pixelsᵀ …
            torch.bmm(dy_rows, self._row(columns, u, rows).transpose(1, 2), out=grad_kernel_rows[u])
        out_first = grad_kernel_rows.view(rows.kernel, self.out_channels, -1, cols.kernel)  # (kh, O, C/G, kw)
        self.weight.grad += out_first.permute(1, 2, 0, 3)
        if not input_gradient:
            return None
        grad_columns = trace.buffer(self, "grad_columns", columns.shape, like=columns).zero_()
        for u in range(rows.kernel):  # … and dpixels += W[u]ᵀ · dy
            self._row(grad_columns, u, rows).baddbmm_(kernel_rows[u].transpose(1, 2), dy_rows)
        return batch_first(self._fold(grad_columns, x, rows, cols, trace))

    def _windows(self, x: Tensor, trace: Trace) -> tuple[Window, Window]:
        return windows_over(self, x.shape, self.kernel_size, self.stride, self.padding, self.dilation, trace)

    def _by_group(self, y: Tensor) -> Tensor:
        """A view of `[O, h, w, B]` as `[G, O/G, h·w·B]`."""
        return y.view(self.groups, self.out_channels // self.groups, -1)

    def _kernel_rows(self) -> Tensor:
        """The weights as one matrix for each kernel row and group: `[kh, G, O/G, K]`, K = C/G·kw."""
        by_row = self.weight.value.permute(2, 0, 1, 3)  # (kh, O, C/G, kw)
        return by_row.reshape(self.kernel_size[0], self.groups, self.out_channels // self.groups, -1)

    def _unfold(self, x: Tensor, rows: Window, cols: Window, trace: Trace) -> Tensor:
        """x `[C, H, W, B]` → columns `[C, kw, phases, rows of a phase, w, B]`, zero where padding is read."""
        rows_of_phase = rows.places + rows.dilation * (rows.kernel - 1) // rows.stride
        shape = (x.shape[0], cols.kernel, rows.stride, rows_of_phase, cols.places, x.shape[3])
        border = f"columns of {rows.size}×{cols.size}"  # maps of another size leave other places unwritten
        columns = trace.buffer(self, border, shape, like=x, zeroed=True)
        for place, pixels in _routes(rows, cols):
            columns[place].copy_(x[pixels])
        return columns

    def _fold(self, grad_columns: Tensor, x: Tensor, rows: Window, cols: Window, trace: Trace) -> Tensor:
        """The way back of `_unfold`: a pixel that was copied several times gets the sum of the gradients."""
        grad_x = trace.buffer(self, "grad_x", (*x.shape[1:], x.shape[0]), like=x).zero_()
        for place, pixels in _routes(rows, cols):
            grad_x[pixels].add_(grad_columns[place])
        return grad_x

    def _row(self, columns: Tensor, u: int, rows: Window) -> Tensor:
        """What kernel row u sees of the columns, without a copy: `[G, K, h·w·B]`."""
        start, phase = divmod(u * rows.dilation, rows.stride)
        seen = columns[:, :, phase, start : start + rows.places]
        return seen.view(self.groups, -1, seen.shape[2] * seen.shape[3] * seen.shape[4])


@lru_cache(maxsize=256)
def _routes(rows: Window, cols: Window) -> list[tuple[tuple[slice | int, ...], tuple[slice, ...]]]:
    """Where pixels go: pairs of an index into the columns, and one into x `[C, H, W, B]`, of equal shape."""
    routes: list[tuple[tuple[slice | int, ...], tuple[slice, ...]]] = []
    every = slice(None)
    for v in range(cols.kernel):
        to_cols, from_cols = cols.reads(v)
        for phase in range(rows.stride):
            first = (phase - rows.padding) % rows.stride  # the first pixel row of this phase …
            start = (first + rows.padding) // rows.stride  # … and its place there
            last = rows.places + rows.dilation * (rows.kernel - 1) // rows.stride
            count = max(0, min(len(range(first, rows.size, rows.stride)), last - start))
            place = (every, v, phase, slice(start, start + count), to_cols)
            routes.append((place, (every, slice(first, first + count * rows.stride, rows.stride), from_cols)))
    return routes
