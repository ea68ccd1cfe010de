"""Convolution: one small kernel a channel, slid over the whole image."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import islice

import torch
from torch import Tensor

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.layers.windows import Pair, Window, as_pair, windows_over
from scratchnn.matrix import bmm
from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomConv2d(Module):
    """y[b, o, i, j] = bias[o] + Σ over c, u, v of weight[o, c, u, v] · x[b, c, i·stride + u·dilation − padding, …].

    C = in_channels, O = out_channels, G = groups, (kh, kw) = kernel_size, (h, w) = output size;
    weight `[O, C/G, kh, kw]`, bias `[O]`.

    How it is computed: `columns` holds what each kernel weight is multiplied with, so that the convolution becomes
    one matrix product (Chellapilla et al. 2006).
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
        products = bmm(self._weights(self.weight.value), self._by_group(columns))  # (G, O/G, K) (G, K, h·w·B)
        y = trace.buffer(self, "y", (self.out_channels, rows.places, cols.places, x.shape[0]), like=x)
        bias = self.bias.value[:, None, None, None] if self.bias else torch.zeros_like(y[:1, :1, :1, :1])
        torch.add(products.view(y.shape), bias, out=y)
        return trace.save(self, batch_first(y), x=x, columns=columns)

    def backward(self, grad_output: Tensor, trace: Trace, *, input_gradient: bool = True) -> Tensor | None:
        """dL/dy `[B, O, h, w]` → dL/dx `[B, C, H, W]`, or None if the input's gradient is not wanted."""
        saved = trace.recall(self, grad_output).saved
        x, columns = saved["x"], saved["columns"]
        dy = self._by_group(batch_last(grad_output))  # (G, O/G, h·w·B)
        if self.bias is not None:
            self.bias.grad += dy.sum(2).flatten()  # b was added to every pixel
        # y = W · columns, so dW = dy · columnsᵀ …
        grad_weight = self._weights(self.weight.grad)
        grad_weight += bmm(self._by_group(columns), dy.transpose(1, 2)).transpose(1, 2)
        if not input_gradient:
            return None
        return batch_first(self._fold(dy, x, *self._windows(x, trace), trace))

    def _windows(self, x: Tensor, trace: Trace) -> tuple[Window, Window]:
        return windows_over(self, x.shape, self.kernel_size, self.stride, self.padding, self.dilation, trace)

    def _weights(self, weight: Tensor) -> Tensor:
        """A view of `[O, C/G, kh, kw]` as one matrix a group, `[G, O/G, K]`, K = C/G·kh·kw."""
        return weight.view(self.groups, self.out_channels // self.groups, -1)

    def _by_group(self, maps: Tensor) -> Tensor:
        """A view of `[O, h, w, B]` as `[G, O/G, h·w·B]`, of columns `[C, kh, kw, h, w, B]` as `[G, K, h·w·B]`."""
        return maps.reshape(self.groups, -1, math.prod(maps.shape[-3:]))

    def _unfold(self, x: Tensor, rows: Window, cols: Window, trace: Trace) -> Tensor:
        """x `[C, H, W, B]` → columns `[C, kh, kw, h, w, B]`, zero where padding is read."""
        shape = (x.shape[0], rows.kernel, cols.kernel, rows.places, cols.places, x.shape[3])
        # named after the image's size: images of other sizes can give as many columns, with other borders
        columns = trace.buffer(self, f"columns of {rows.size}×{cols.size}", shape, like=x, zeroed=True)
        for place, pixels in _routes(rows, cols):
            columns[place].copy_(x[pixels])
        return columns

    def _fold(self, dy: Tensor, x: Tensor, rows: Window, cols: Window, trace: Trace) -> Tensor:
        """… and dcolumns = Wᵀ · dy; a pixel that was copied into several columns gets the sum of their gradients.

        One kernel row at a time, so that its columns are folded while they are still in the cache.
        """
        grad_x = trace.buffer(self, "grad_x", (*x.shape[1:], x.shape[0]), like=x).zero_()
        by_row = self.weight.value.unflatten(0, (self.groups, -1)).permute(3, 0, 2, 4, 1)  # (kh, G, C/G, kw, O/G)
        routes = iter(_routes(rows, cols))
        for kernel_row in by_row.flatten(2, 3):
            shape = (self.in_channels, cols.kernel, rows.places, cols.places, x.shape[0])
            grad_columns = bmm(kernel_row, dy).view(shape)  # (G, C/G·kw, O/G) (G, O/G, h·w·B)
            for (_, _, v, to_rows, to_cols), pixels in islice(routes, cols.kernel):
                grad_x[pixels].add_(grad_columns[:, v, to_rows, to_cols])
        return grad_x


@lru_cache(maxsize=256)
def _routes(rows: Window, cols: Window) -> list[tuple[tuple[slice | int, ...], tuple[slice, ...]]]:
    """Where pixels go: pairs of an index into the columns, and one into x `[C, H, W, B]`, of equal shape."""
    every = slice(None)
    routes: list[tuple[tuple[slice | int, ...], tuple[slice, ...]]] = []
    for u in range(rows.kernel):
        for v in range(cols.kernel):
            (to_rows, from_rows), (to_cols, from_cols) = rows.reads(u), cols.reads(v)
            routes.append(((every, u, v, to_rows, to_cols), (every, from_rows, from_cols)))
    return routes
