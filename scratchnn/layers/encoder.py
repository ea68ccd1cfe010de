"""Transformer encoder: attention between tokens, then a network on each token, each with a way around it."""

from __future__ import annotations

import copy
from typing import Literal

import torch
from torch import Tensor

from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.feed_forward import CustomFeedForward
from scratchnn.layers.normalization import CustomLayerNorm
from scratchnn.module import Module
from scratchnn.trace import Trace


class _FeedForward(CustomFeedForward):
    inlined = True  # its linear1 and linear2 are named as the encoder layer's own, as in torch's twin


class CustomTransformerEncoderLayer(Module):
    """Self-attention and feed-forward, each added to what went in (Vaswani et al. 2017, § 3.1). Batch first.

    norm_first=False, the original: x = norm1(x + attention(x)); x = norm2(x + feed_forward(x)).
    norm_first=True (Xiong et al. 2020): x = x + attention(norm1(x)); x = x + feed_forward(norm2(x)).
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Literal["relu", "gelu"] = "relu",
        norm_first: bool = False,
    ) -> None:
        self.norm_first = norm_first
        self.self_attn = CustomMultiHeadAttention(d_model, nhead, dropout)
        self.feed_forward = _FeedForward(d_model, dim_feedforward, dropout, activation)
        self.norm1 = CustomLayerNorm(d_model)
        self.norm2 = CustomLayerNorm(d_model)
        self.dropout1 = CustomDropout(dropout, inplace=True)
        self.dropout2 = CustomDropout(dropout, inplace=True)

    def forward(
        self, x: Tensor, trace: Trace, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None
    ) -> Tensor:
        """x `[B, T, E]` → `[B, T, E]`; masks as in CustomMultiHeadAttention. Saves what each branch adds."""
        masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask}
        attended = self.norm1(x, trace=trace) if self.norm_first else x
        attended = self.dropout1(self.self_attn(attended, trace=trace, **masks), trace=trace)
        middle = torch.add(x, attended, out=trace.buffer(self, "sum", x.shape, like=x))
        if not self.norm_first:
            middle = self.norm1(middle, trace=trace)
        fed = self.norm2(middle, trace=trace) if self.norm_first else middle
        fed = self.dropout2(self.feed_forward(fed, trace=trace), trace=trace)
        y = torch.add(middle, fed, out=trace.buffer(self, "sum", x.shape, like=x))
        if not self.norm_first:
            y = self.norm2(y, trace=trace)
        return trace.save(self, y, x=x, attended=attended, middle=middle, fed=fed)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, T, E]` → dL/dx `[B, T, E]`: at each sum the gradient goes both ways, and comes together again."""
        call = trace.recall(self, grad_output)
        grad = grad_output if self.norm_first else self.norm2.backward(grad_output, trace)
        grad_fed = self.feed_forward.backward(self.dropout2.backward(grad, trace), trace)
        if self.norm_first:
            grad_fed = self.norm2.backward(grad_fed, trace)
        call.gradients["fed"] = grad
        grad_middle = torch.add(grad, grad_fed, out=trace.buffer(self, "grad_sum", grad.shape, like=grad))
        grad = grad_middle if self.norm_first else self.norm1.backward(grad_middle, trace)
        grad_attended = self.self_attn.backward(self.dropout1.backward(grad, trace), trace)
        if self.norm_first:
            grad_attended = self.norm1.backward(grad_attended, trace)
        call.gradients.update(middle=grad_middle, attended=grad)
        return torch.add(grad, grad_attended, out=trace.buffer(self, "grad_sum", grad.shape, like=grad))


class CustomTransformerEncoder(Module):
    """A stack of num_layers copies of encoder_layer, each with weights of its own, then norm if there is one."""

    def __init__(
        self, encoder_layer: CustomTransformerEncoderLayer, num_layers: int, norm: CustomLayerNorm | None = None
    ) -> None:
        self.layers = [copy.deepcopy(encoder_layer) for _ in range(num_layers)]
        self.norm = norm

    def forward(
        self, x: Tensor, trace: Trace, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None
    ) -> Tensor:
        """x `[B, T, E]` → `[B, T, E]`; masks as in CustomMultiHeadAttention, the same for every layer."""
        for layer in self.layers:
            x = layer(x, trace=trace, src_mask=mask, src_key_padding_mask=src_key_padding_mask)
        if self.norm is not None:
            x = self.norm(x, trace=trace)
        return trace.save(self, x)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, T, E]` → dL/dx `[B, T, E]`, last layer first."""
        trace.recall(self, grad_output)
        grad = grad_output if self.norm is None else self.norm.backward(grad_output, trace)
        for layer in reversed(self.layers):
            grad = layer.backward(grad, trace)
        return grad
