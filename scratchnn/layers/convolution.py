"""Convolution: one small kernel a channel, slid over the whole image."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.layers.windows import Index, Pair, Window, as_pair, padded_maps, positions, windows_over
from scratchnn.matrix import matmul
from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace

SHORT_LIVED = 1 << 22  # numbers: columns up to this size are new in each pass, larger ones stay from pass to pass


class CustomConv2d(Module):
    """y[b, o, i, j] = bias[o] + Σ over c, u, v of weight[o, c, u, v] · x[b, c, i·stride + u·dilation − padding, …].

    C = in_channels, O = out_channels, G = groups, (kh, kw) = kernel_size, (h, w) = output size;
    weight `[O, C/G, kh, kw]`, bias `[O]`.

    How it is computed: `columns` holds what each kernel weight is multiplied with, so that the convolution becomes
    one matrix product (Chellapilla et al. 2006). The bias is one more weight, whose input is always 1. With several
    groups each matrix `[N, M]` is `[G, N, M]`. Backward gives up the memory of `columns` before it computes their
    gradient, which has the same size, so that this is mostly written where the cache still holds what was just read.
    Large ones keep theirs: no cache holds them, and for the largest each pass would ask the kernel anew, slowly.

    unread: how many rows at the bottom and columns at the right of y nobody reads; a pass that reuses buffers does not
        compute them.
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
        *,
        unread: int | Pair = 0,
    ) -> None:
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"CustomConv2d: {in_channels} input and {out_channels} output channels do not both split into "
                f"{groups} groups; use a number of groups that divides both"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = as_pair(kernel_size), as_pair(stride)
        self.padding, self.dilation, self.unread = as_pair(padding), as_pair(dilation), as_pair(unread)
        self._by_group = () if groups == 1 else (groups,)  # the axis that matrices have in front
        self.weight = Parameter(torch.empty(out_channels, in_channels // groups, *self.kernel_size))
        self._fan_in = self.weight.value[0].numel()  # how many weights one output has
        self.bias = Parameter(torch.empty(out_channels)) if bias else None
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        bound = 1 / math.sqrt(self._fan_in)  # as torch: uniform in ±1/√fan_in
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
        seen = self._pad(x, trace)
        columns = self._unfold(seen, trace)
        y = matmul(self._weights(), columns)  # (O/G, K) (K, w·h·B) -> (O/G, w·h·B)
        y = y.view(self.out_channels, *seen.shape[-3:])  # (O, w, h, B)
        return trace.save(self, batch_first(y), shape_of=x, columns=columns)

    def backward(self, grad_output: Tensor, trace: Trace, *, input_gradient: bool = True) -> Tensor | None:
        """dL/dy `[B, O, h, w]` → dL/dx `[B, C, H, W]`, or None if the input's gradient is not wanted."""
        call = trace.recall(self, grad_output)
        dy = batch_last(grad_output).reshape(*self._by_group, self.out_channels // self.groups, -1)  # (O/G, w·h·B)
        # y = W · columns, so dW = dy · columnsᵀ …
        grad_weights = matmul(trace.release(call, "columns"), dy.mT).mT  # (O/G, K)
        self._by_output(self.weight.grad).add_(grad_weights[..., : self._fan_in])
        if self.bias is not None:
            self._by_output(self.bias.grad).add_(grad_weights[..., self._fan_in :])
        if not input_gradient:
            return None
        grad_columns = matmul(self._weights_by_place(), dy)  # … and dcolumns = Wᵀ · dy
        return batch_first(self._fold(grad_columns, grad_output.shape, call.input_shape, trace))

    def _windows(self, shape: tuple[int, ...], trace: Trace) -> tuple[Window, Window]:
        unread = self.unread if trace.reuse_buffers else (0, 0)
        return windows_over(self, shape, self.kernel_size, self.stride, self.padding, self.dilation, trace, unread)

    def _weights(self) -> Tensor:
        """`[O/G, K]`: each row the weights of one output, and then its bias."""
        weights = self._by_output(self.weight.value)
        return weights if self.bias is None else torch.cat([weights, self._by_output(self.bias.value)], -1)

    def _weights_by_place(self) -> Tensor:
        """Wᵀ `[kh·kw·C/G, O/G]`, sorted by place in the kernel, so that each place's gradients lie together."""
        weights = self.weight.value.view(*self._by_group, -1, *self.weight.value.shape[1:]).flatten(-2)
        return weights.transpose(-3, -1).flatten(-3, -2)  # (O/G, C/G, kh·kw) -> (kh·kw, C/G, O/G) -> …

    def _by_output(self, parameter: Tensor) -> Tensor:
        """A view of the weight `[O, C/G, kh, kw]` as `[O/G, C/G·kh·kw]`, or of the bias `[O]` as `[O/G, 1]`."""
        return parameter.view(*self._by_group, self.out_channels // self.groups, -1)

    def _pad(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[B, C, H, W]` → what each kernel weight sees in its padded maps: a view `[C/G, kh, kw, w, h, B]`."""

        def memory() -> tuple[Tensor, Tensor]:
            rows, cols = self._windows(x.shape, trace)
            pixels, seen = padded_maps(x, rows, cols)
            return pixels, seen.view(*self._by_group, self.in_channels // self.groups, *seen.shape[1:])

        pixels, seen = trace.kept(self, "padded", (x.shape, x.dtype, x.device), memory)
        pixels.copy_(batch_last(x))
        return seen

    def _unfold(self, seen: Tensor, trace: Trace) -> Tensor:
        """What each weight is multiplied with, for the bias 1: columns `[K, w·h·B]`."""
        shape = (*self._by_group, self._fan_in + (self.bias is not None), math.prod(seen.shape[-3:]))
        short_lived = math.prod(shape) <= SHORT_LIVED
        columns = seen.new_empty(shape) if short_lived else trace.buffer(self, "columns", shape, like=seen)
        columns[..., : self._fan_in, :].view(seen.shape).copy_(seen)
        columns[..., self._fan_in :, :].fill_(1)
        return columns

    def _fold(
        self, grad_columns: Tensor, output_shape: tuple[int, ...], input_shape: tuple[int, ...], trace: Trace
    ) -> Tensor:
        """dcolumns `[kh·kw·C/G, w·h·B]` → dx `[C, W, H, B]`: a pixel in several columns gets all their gradients."""
        batch, _, h, w = output_shape

        def memory() -> tuple[Tensor, list[tuple[Tensor, Index]]]:
            rows, cols = self._windows(input_shape, trace)
            grad_x = grad_columns.new_empty(self.in_channels, cols.size, rows.size, batch)
            by_group = grad_x.view(*self._by_group, -1, *grad_x.shape[1:])
            return grad_x, [(by_group[pixels], outputs) for outputs, pixels in positions(rows, cols)]

        kind = (input_shape, grad_columns.dtype, grad_columns.device)
        grad_x, places = trace.kept(self, "grad_x", kind, memory)
        grad_x.zero_()
        by_place = grad_columns.view(*self._by_group, len(places), -1, w, h, batch).unbind(-5)
        for (pixels, outputs), grad in zip(places, by_place, strict=True):
            pixels.add_(grad[outputs])
        return grad_x
