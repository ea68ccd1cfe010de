"""Dropout: in training, a random share of the numbers is set to zero."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.module import Module
from scratchnn.trace import Trace

LEVELS = 1 << 16  # p is rounded to 1/65536, so that one 64-bit random number decides about four values


class CustomDropout(Module):
    """y = x · mask / (1 − p) in training, mask 0 with probability p, else 1; y = x otherwise.

    Srivastava et al. 2014, scaled in training so that evaluation needs no scaling.

    inplace: in a pass that reuses buffers, write y over x; for an x that nobody else reads.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"CustomDropout: p is {p}, but a probability lies between 0 and 1")
        self.p, self.inplace = p, inplace

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x of any shape → the same shape; in training saves `mask`, 0 or 1/(1 − p)."""
        if not self.training or self.p == 0:
            return trace.save(self, x)
        mask = self._draw(x, trace)
        in_place = self.inplace and trace.reuse_buffers
        y = torch.mul(x, mask, out=x if in_place else trace.buffer_like(self, "y", x))
        return trace.save(self, y, mask=mask)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """What was dropped gets no gradient, what was scaled gets a scaled one."""
        saved = trace.recall(self, grad_output).saved
        if "mask" not in saved:
            return grad_output
        mask = saved["mask"]
        return torch.mul(grad_output, mask, out=trace.buffer_like(self, "grad_x", mask))

    def _draw(self, x: Tensor, trace: Trace) -> Tensor:
        mask = trace.buffer_like(self, "mask", x)
        if self.p == 1:
            return mask.zero_()
        random = trace.buffer(self, "random", [(x.numel() + 3) // 4], like=x, dtype=torch.int64)
        random.random_(-(2**63), None, generator=trace.generator)
        levels = random.view(torch.int16)[: x.numel()].view(x.shape)  # uniform in −32768 … 32767
        torch.ge(levels, round(self.p * LEVELS) - LEVELS // 2, out=mask)
        return mask.mul_(1 / (1 - self.p))
