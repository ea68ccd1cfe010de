"""Positional encoding: tells a token where it stands, by adding a row of numbers for its place."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomPositionalEncoding(Module):
    """y[b, t] = x[b, t] + table[positions[t]]. T tokens at most `max_length`, E = width.

    kind: "learned": the table is the parameter `weight` `[max_length, E]`, drawn from N(0, 0.02²);
        "sinusoidal": a fixed table (Vaswani et al. 2017, § 3.5), not part of the state;
        "none": nothing is added.
    """

    def __init__(
        self, max_length: int, width: int, kind: Literal["learned", "sinusoidal", "none"] = "learned"
    ) -> None:
        self.max_length, self.width, self.kind = max_length, width, kind
        if kind == "learned":
            self.weight = Parameter(torch.empty(max_length, width))
            self.reset_parameters()
        elif kind == "sinusoidal":
            self.sinusoids = sinusoids(max_length, width)
        elif kind != "none":
            raise ValueError(f"CustomPositionalEncoding: kind is {kind!r}; use 'learned', 'sinusoidal' or 'none'")

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        for parameter in self.parameters():
            parameter.value.normal_(0, 0.02, generator=generator)

    def forward(self, x: Tensor, trace: Trace, positions: Tensor | None = None) -> Tensor:
        """x `[B, T, E]` → `[B, T, E]`; `positions` `[T]` or `[B, T]` are the tokens' places, 0 … T − 1 if None."""
        if positions is None:
            positions = torch.arange(x.shape[1], device=x.device)
        self._check(x, positions, trace)
        if self.kind == "none":
            return trace.save(self, x)
        if self.kind == "learned":
            encoding = self.weight.value[positions]  # ([B,] T, E)
        else:
            encoding = self.sinusoids[positions.to(self.sinusoids.device)].to(x)
        y = torch.add(x, encoding, out=trace.buffer(self, "y", x.shape, like=x))
        return trace.save(self, y, x=x, positions=positions, encoding=encoding)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, T, E]` → dL/dx, the same: adding passes the gradient on."""
        call = trace.recall(self, grad_output)
        if self.kind == "learned":
            positions = call.saved["positions"]
            # one row for all images gathers the gradient of them all
            grad_encoding = grad_output if positions.dim() == 2 else grad_output.sum(0)  # ([B,] T, E)
            self.weight.grad.index_add_(0, positions.flatten(), grad_encoding.reshape(-1, self.width))
            call.gradients["encoding"] = grad_encoding
        return grad_output

    def _check(self, x: Tensor, positions: Tensor, trace: Trace) -> None:
        if x.dim() != 3 or x.shape[2] != self.width:
            raise trace.error(
                self,
                f"input is {list(x.shape)}, but this layer was built for width {self.width}; "
                f"give it [B, T, {self.width}]",
            )
        if positions.shape not in (x.shape[:2], x.shape[1:2]) or positions.is_floating_point():
            raise trace.error(
                self,
                f"positions are {list(positions.shape)} of {positions.dtype} for an input {list(x.shape)}; give one "
                f"whole number a token, [{x.shape[1]}] or {list(x.shape[:2])}",
            )
        if positions.numel() and (positions.min() < 0 or positions.max() >= self.max_length):
            raise trace.error(
                self,
                f"places run from {int(positions.min())} to {int(positions.max())}, but this layer knows "
                f"{self.max_length}, numbered from 0; give it a shorter sequence or build it with "
                f"max_length={int(positions.max()) + 1} or more",
            )


def sinusoids(length: int, width: int) -> Tensor:
    """`[length, width]`, float64: sin(t / 10000^(2i/width)) in column 2i and the same cosine in column 2i + 1."""
    if width % 2:
        raise ValueError(
            f"CustomPositionalEncoding: sines and cosines come in pairs, so width must be even, not {width}"
        )
    place = torch.arange(length, dtype=torch.float64)[:, None]
    angle = place * torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10_000) / width))
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)  # (length, width/2, 2) -> (length, width)
