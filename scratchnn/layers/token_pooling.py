"""Token pooling: a sequence of tokens becomes one vector, for the head to read."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from scratchnn.module import Module
from scratchnn.trace import Trace


class CustomTokenPooling(Module):
    """y = the mean of all tokens that are not padding, or the first token (the class token)."""

    def __init__(self, kind: Literal["mean", "class_token"] = "mean") -> None:
        if kind not in ("mean", "class_token"):
            raise ValueError(f"CustomTokenPooling: kind is {kind!r}; use 'mean' or 'class_token'")
        self.kind = kind

    def forward(self, x: Tensor, trace: Trace, key_padding_mask: Tensor | None = None) -> Tensor:
        """x `[B, T, E]` → `[B, E]`; saves `share` `[B, T]`, each token's part in the result.

        Args:
            key_padding_mask: `[B, T]`, bool, True where a token is padding and has no part.
        """
        share = x.new_zeros(x.shape[:2])
        if self.kind == "class_token":
            share[:, 0] = 1
        else:
            share.fill_(1)
            if key_padding_mask is not None:
                share.masked_fill_(key_padding_mask, 0)
            share /= share.sum(1, keepdim=True)
        return trace.save(self, torch.bmm(share[:, None], x).squeeze(1), x=x, share=share)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, E]` → dL/dx `[B, T, E]`: each token gets the gradient times its share."""
        share = trace.recall(self, grad_output).saved["share"]
        grad_x = trace.buffer(self, "grad_x", (*share.shape, grad_output.shape[1]), like=grad_output)
        return torch.mul(share[:, :, None], grad_output[:, None], out=grad_x)
