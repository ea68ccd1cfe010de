"""Convolution: one small kernel a channel, slid over the whole image."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.layers.windows import Pair, Window, as_pair, seen_by, windows_over, with_border, without_border
from scratchnn.matrix import bmm
from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomConv2d(Module):
    """y[b, o, i, j] = bias[o] + Σ over c, u, v of weight[o, c, u, v] · x[b, c, i·stride + u·dilation − padding, …].

    C = in_channels, O = out_channels, G = groups, (kh, kw) = kernel_size, (h, w) = output size;
    weight `[O, C/G, kh, kw]`, bias `[O]`.

    How it is computed: `columns` holds what each kernel weight is multiplied with, so that the convolution becomes
    one matrix product (Chellapilla et al. 2006). The bias is one more weight, whose input is always 1.
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
        rows, cols = self._windows(x.shape, trace)
        columns = self._unfold(batch_last(x), rows, cols, trace)
        weights = self._weights()
        y = bmm(weights, columns)  # (G, O/G, K) (G, K, w·h·B) -> (G, O/G, w·h·B)
        y = y.view(self.out_channels, cols.places, rows.places, x.shape[0])
        return trace.save(self, batch_first(y), shape_of=x, columns=columns, weights=weights)

    def backward(self, grad_output: Tensor, trace: Trace, *, input_gradient: bool = True) -> Tensor | None:
        """dL/dy `[B, O, h, w]` → dL/dx `[B, C, H, W]`, or None if the input's gradient is not wanted."""
        call = trace.recall(self, grad_output)
        columns = call.saved.pop("columns") if trace.reuse_buffers else call.saved["columns"]
        dy = batch_last(grad_output).reshape(self.groups, self.out_channels // self.groups, -1)  # (G, O/G, w·h·B)
        # y = W · columns, so dW = dy · columnsᵀ …
        grad_weights = bmm(columns, dy.transpose(1, 2)).transpose(1, 2)  # (G, O/G, K)
        self._by_output(self.weight.grad).add_(grad_weights[..., : self._fan_in])
        if self.bias is not None:
            self._by_output(self.bias.grad).add_(grad_weights[..., self._fan_in :])
        if not input_gradient:
            trace.leave(self, "columns", columns)
            return None
        del columns  # dcolumns is as large, and gets its memory while the cache still holds it
        grad_columns = bmm(call.saved["weights"].transpose(1, 2), dy)  # … and dcolumns = Wᵀ · dy
        trace.leave(self, "columns", grad_columns)
        rows, cols = self._windows(call.input_shape, trace)
        return batch_first(self._fold(grad_columns, rows, cols, batch=call.input_shape[0]))

    def _windows(self, shape: tuple[int, ...], trace: Trace) -> tuple[Window, Window]:
        return windows_over(self, shape, self.kernel_size, self.stride, self.padding, self.dilation, trace)

    def _weights(self) -> Tensor:
        """One matrix a group, `[G, O/G, K]`: each row the weights of one output, and then its bias."""
        weights = self._by_output(self.weight.value)
        return weights if self.bias is None else torch.cat([weights, self._by_output(self.bias.value)], 2)

    def _by_output(self, parameter: Tensor) -> Tensor:
        """A view of the weight `[O, C/G, kh, kw]` as `[G, O/G, C/G·kh·kw]`, or of the bias `[O]` as `[G, O/G, 1]`."""
        return parameter.view(self.groups, self.out_channels // self.groups, -1)

    def _unfold(self, x: Tensor, rows: Window, cols: Window, trace: Trace) -> Tensor:
        """x `[C, W, H, B]` → columns `[G, K, w·h·B]`: what each weight is multiplied with, for the bias 1."""
        bordered = with_border(self.in_channels, rows, cols, x.shape[3])
        padded = trace.buffer(self, "padded x", bordered, like=x, zeroed=True)
        without_border(padded, rows, cols).copy_(x)
        seen = seen_by(padded, rows, cols, self.groups)  # (G, C/G, kh, kw, w, h, B)
        shape = (self.groups, self._fan_in + (self.bias is not None), math.prod(seen.shape[-3:]))
        columns = trace.take(self, "columns", shape, like=x)
        columns[:, self._fan_in :].fill_(1)
        columns[:, : self._fan_in].view(seen.shape).copy_(seen)
        return columns

    def _fold(self, grad_columns: Tensor, rows: Window, cols: Window, batch: int) -> Tensor:
        """dcolumns `[G, K, w·h·B]` → dx `[C, W, H, B]`: a pixel in several columns gets all their gradients."""
        padded = grad_columns.new_zeros(with_border(self.in_channels, rows, cols, batch))
        seen = seen_by(padded, rows, cols, self.groups)
        kernels = grad_columns[:, : self._fan_in]  # without the bias, which has no pixel
        grads = kernels.view(*seen.shape[:2], rows.kernel * cols.kernel, *seen.shape[4:]).unbind(2)
        positions = (pixels for seen_row in seen.unbind(2) for pixels in seen_row.unbind(2))
        for pixels, grad in zip(positions, grads, strict=True):
            pixels.add_(grad)
        return without_border(padded, rows, cols)
