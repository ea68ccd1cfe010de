"""Feed-forward network: the part of an encoder layer that works on each token alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from torch import Tensor

from scratchnn.layers.activation import CustomGELU, CustomReLU
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.linear import CustomLinear
from scratchnn.module import Module
from scratchnn.trace import Trace

ACTIVATIONS: dict[str, Callable[[], Module]] = {"relu": partial(CustomReLU, inplace=True), "gelu": CustomGELU}


class CustomFeedForward(Module):
    """y = linear2(dropout(activation(linear1(x)))) (Vaswani et al. 2017, § 3.3). E = d_model, F = dim_feedforward."""

    def __init__(
        self,
        d_model: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Literal["relu", "gelu"] = "relu",
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"CustomFeedForward: activation is {activation!r}; use 'relu' or 'gelu'")
        self.linear1 = CustomLinear(d_model, dim_feedforward)
        self.activation = ACTIVATIONS[activation]()
        self.dropout = CustomDropout(dropout)
        self.linear2 = CustomLinear(dim_feedforward, d_model)

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[..., E]` → `[..., E]`."""
        hidden = self.activation(self.linear1(x, trace=trace), trace=trace)  # (..., F)
        y = self.linear2(self.dropout(hidden, trace=trace), trace=trace)
        return trace.save(self, y)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[..., E]` → dL/dx `[..., E]`."""
        trace.recall(self, grad_output)
        grad = self.dropout.backward(self.linear2.backward(grad_output, trace), trace)
        grad_x: Tensor = self.linear1.backward(self.activation.backward(grad, trace), trace)
        return grad_x
