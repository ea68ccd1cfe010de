"""Linear layer: every output is a weighted sum of all inputs, plus a bias."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.matrix import matmul
from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomLinear(Module):
    """y = x Wᵀ + b on the last axis. I = in_features, O = out_features; any leading dimensions.

    Weight `[O, I]` and bias `[O]`, drawn uniformly from ±1/√I as torch does (He et al. 2015 with a = √5).
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(torch.empty(out_features, in_features))  # (O, I)
        self.bias = Parameter(torch.empty(out_features)) if bias else None  # (O,)
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        bound = 1 / math.sqrt(self.in_features)
        for parameter in self.parameters():
            parameter.value.uniform_(-bound, bound, generator=generator)

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[..., I]` → `[..., O]`."""
        if x.shape[-1] != self.in_features:
            raise trace.error(
                self,
                f"input is {list(x.shape)}, but this layer was built for {self.in_features} features "
                f"on the last axis; give it [..., {self.in_features}] or build it with in_features={x.shape[-1]}",
            )
        rows = x.reshape(-1, self.in_features)
        y = matmul(rows, self.weight.value.T, self.bias.value if self.bias else None)  # (N, I) (I, O) -> (N, O)
        return trace.save(self, y.view(*x.shape[:-1], self.out_features), x=x)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[..., O]` → dL/dx `[..., I]`."""
        x = trace.recall(self, grad_output).saved["x"]
        rows, grad_rows = x.reshape(-1, self.in_features), grad_output.reshape(-1, self.out_features)
        # y = x Wᵀ + b, so dW = dyᵀ x; b was added to every row, so db = Σ rows of dy
        self.weight.grad.addmm_(grad_rows.T, rows)  # += (O, N) (N, I) -> (O, I)
        if self.bias is not None:
            self.bias.grad += grad_rows.sum(0)
        return matmul(grad_rows, self.weight.value).view(x.shape)  # (N, O) (O, I) -> (N, I)
