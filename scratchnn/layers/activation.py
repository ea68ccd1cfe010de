"""Activations: functions of one number each, and softmax, a function of one row."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.module import Module
from scratchnn.trace import Trace


class CustomReLU(Module):
    """y = max(x, 0).

    inplace: in a pass that reuses buffers, write y over x and later dL/dx over y, to touch less memory; for an x that
        nobody else reads.
    """

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x of any shape → the same shape."""
        if self.inplace and trace.reuse_buffers:
            return trace.save(self, x.clamp_min_(0), y=x)
        y = torch.clamp_min(x, 0, out=trace.buffer_like(self, "y", x))
        return trace.save(self, y, x=x, y=y)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """The gradient passes where y > 0, and nowhere else."""
        y = trace.recall(self, grad_output).saved["y"]
        room = y if self.inplace and trace.reuse_buffers else trace.buffer_like(self, "grad_x", y)
        passes = torch.sign(y, out=room)  # 1 or 0, as y is never negative
        return passes.mul_(grad_output)


class CustomGELU(Module):
    """y = x · Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016); or its tanh approximation."""

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"CustomGELU: approximate is {approximate!r}; use 'none' or 'tanh'")
        self.approximate = approximate

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x of any shape → the same shape; saves `gate`, the share of x that is let through."""
        if self.approximate == "tanh":
            gate = torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)).add_(1).mul_(0.5)
        else:
            gate = torch.erf(x * math.sqrt(0.5)).add_(1).mul_(0.5)
        return trace.save(self, x * gate, x=x, gate=gate)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dx = dL/dy · (gate + x · dgate/dx)."""
        saved = trace.recall(self, grad_output).saved
        x, gate = saved["x"], saved["gate"]
        if self.approximate == "tanh":
            slope = 2 * gate * (1 - gate) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
        else:
            slope = torch.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (gate + x * slope)


class CustomSoftmax(Module):
    """y = exp(x) / Σ exp(x) along one axis: positive numbers that sum to one."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x of any shape → the same shape. The largest x is subtracted first, which changes nothing but overflow."""
        y = torch.sub(x, x.amax(self.dim, keepdim=True), out=trace.buffer_like(self, "y", x)).exp_()
        y /= y.sum(self.dim, keepdim=True)
        return trace.save(self, y, x=x, y=y)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dx_i = y_i · (dL/dy_i − Σ_j y_j · dL/dy_j)."""
        y = trace.recall(self, grad_output).saved["y"]
        grad_x = torch.mul(grad_output, y, out=trace.buffer_like(self, "grad_x", y))
        return grad_x.addcmul_(y, grad_x.sum(self.dim, keepdim=True), value=-1)
