"""Embedding: a learnt row of numbers for each symbol."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomEmbedding(Module):
    """y[…] = weight[indices[…]]. N = num_embeddings, E = embedding_dim; weight `[N, E]`, drawn from N(0, 1).

    The row `padding_idx` starts at zero and is never learnt.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None) -> None:
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(
                f"CustomEmbedding: padding_idx is {padding_idx}, but the rows are numbered from 0 to "
                f"{num_embeddings - 1}; use one of these"
            )
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(torch.empty(num_embeddings, embedding_dim))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        self.weight.value.normal_(generator=generator)
        if self.padding_idx is not None:
            self.weight.value[self.padding_idx] = 0

    def forward(self, indices: Tensor, trace: Trace) -> Tensor:
        """Integer indices `[…]` → `[…, E]`."""
        if indices.dtype not in (torch.int64, torch.int32):
            raise trace.error(self, f"input is {indices.dtype}, but rows are chosen by whole numbers; give it int64")
        if indices.numel() and (indices.min() < 0 or indices.max() >= self.num_embeddings):
            raise trace.error(
                self,
                f"indices run from {int(indices.min())} to {int(indices.max())}, but this layer's rows are numbered "
                f"from 0 to {self.num_embeddings - 1}; build it with num_embeddings={int(indices.max()) + 1} or more",
            )
        y = trace.buffer(self, "y", (*indices.shape, self.embedding_dim), like=self.weight.value)
        torch.index_select(self.weight.value, 0, indices.flatten(), out=y.view(-1, self.embedding_dim))
        return trace.save(self, y, indices=indices)

    def backward(self, grad_output: Tensor, trace: Trace) -> None:
        """Adds dL/dy `[…, E]` to the rows that were read; indices are whole numbers and have no gradient."""
        indices = trace.recall(self, grad_output).saved["indices"].flatten()
        grad_rows = grad_output.reshape(-1, self.embedding_dim)
        if self.padding_idx is not None:
            learnt = indices != self.padding_idx
            indices, grad_rows = indices[learnt], grad_rows[learnt]
        self.weight.grad.index_add_(0, indices, grad_rows)  # a row read twice gets the sum of both
