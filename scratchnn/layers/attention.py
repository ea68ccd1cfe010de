"""Multi-head attention: every token asks all others, in several subspaces at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from scratchnn.layers.activation import CustomSoftmax
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.linear import CustomLinear
from scratchnn.matrix import matmul
from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomMultiHeadAttention(Module):
    """softmax(Q Kᵀ / √d + mask) V in each head, heads side by side, then a linear layer (Vaswani et al. 2017, § 3.2).

    B = batch, T = queries, S = keys, E = embed_dim, H = num_heads, d = E / H. Always batch first.
    `in_proj_weight` `[3E, E]` holds the rows for query, key and value, one below the other.

    The trace saves `query`, `key`, `value` `[B, H, T or S, d]`, `scores` (scaled and masked) and `weights` (their
    softmax, before dropout) `[B, H, T, S]`, and `context` `[B, T, E]`, the heads side by side.
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True) -> None:
        if embed_dim % num_heads:
            raise ValueError(
                f"CustomMultiHeadAttention: a width of {embed_dim} does not split into {num_heads} heads of equal "
                "size; use a width that is a multiple of the heads"
            )
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.scale = 1 / math.sqrt(embed_dim // num_heads)
        self.in_proj_weight = Parameter(torch.empty(3 * embed_dim, embed_dim))
        self.in_proj_bias = Parameter(torch.empty(3 * embed_dim)) if bias else None
        self.softmax = CustomSoftmax()
        self.dropout = CustomDropout(dropout)
        self.out_proj = CustomLinear(embed_dim, embed_dim, bias)
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """As torch: Glorot and Bengio 2010 for query, key and value as one matrix; biases zero."""
        bound = math.sqrt(6 / (4 * self.embed_dim))
        self.in_proj_weight.value.uniform_(-bound, bound, generator=generator)
        self.out_proj.reset_parameters(generator)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                bias.value.zero_()

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        *,
        trace: Trace,
        key_padding_mask: Tensor | None = None,
        attn_mask: Tensor | None = None,
    ) -> Tensor:
        """query `[B, T, E]`, key and value `[B, S, E]` → `[B, T, E]`. With query alone: self-attention.

        Args:
            key_padding_mask: `[B, S]`, bool, True where a key is padding that nobody may read.
            attn_mask: `[T, S]` or `[B·H, T, S]`; bool, True where a query may not read a key, or numbers that are
                added to the scores.
        """
        if (key is None) != (value is None):
            raise trace.error(self, "it was given one of key and value; give both, or neither for self-attention")
        inputs = {"query_input": query}
        if key is not None and value is not None:
            inputs |= {"key_input": key, "value_input": value}
        sources = self._sources(inputs)
        self._check(sources, trace)
        projected = [self._project(rows, source, trace) for rows, source in self._rows_for([*inputs.values()])]
        q, k, v = (heads for stack in projected for heads in stack)  # (B, H, T or S, d)
        scores = trace.buffer(self, "scores", (*q.shape[:3], k.shape[2]), like=q)  # (B, H, T, S)
        _bmm(q, k.transpose(2, 3), out=scores, scale=self.scale)
        mask = self._mask(scores, key_padding_mask, attn_mask, trace)
        if mask is not None:
            scores += mask
        weights = self.softmax(scores, trace=trace)
        kept = self.dropout(weights, trace=trace)
        mixed = _bmm(kept, v, out=trace.buffer(self, "mixed", q.shape, like=q))  # (B, H, T, d)
        context = trace.buffer(self, "context", query.shape, like=query)
        self._in_heads(context)[0].copy_(mixed)
        output = self.out_proj(context, trace=trace)
        return trace.save(
            self, output, query=q, key=k, value=v, scores=scores, weights=weights, kept=kept, context=context, **inputs
        )

    def backward(self, grad_output: Tensor, trace: Trace) -> Any:  # one Tensor or three
        """dL/dy `[B, T, E]` → dL/dquery; for cross-attention (dL/dquery, dL/dkey, dL/dvalue), each like its input."""
        call = trace.recall(self, grad_output)
        q, k, v, kept = (call.saved[name] for name in ("query", "key", "value", "kept"))
        grad_context = self.out_proj.backward(grad_output, trace)
        grad_mixed = trace.buffer(self, "grad_mixed", q.shape, like=q).copy_(self._in_heads(grad_context)[0])
        inputs = [call.saved[name] for name in ("query_input", "key_input", "value_input") if name in call.saved]
        grad_projected = [
            trace.buffer(self, "grad_heads", (3 // len(inputs), *heads.shape), like=q)
            for heads in (q, k, v)[: len(inputs)]
        ]
        grad_q, grad_k, grad_v = (heads for stack in grad_projected for heads in stack)
        # mixed = kept · v, so dkept = dmixed · vᵀ and dv = keptᵀ · dmixed
        grad_kept = _bmm(grad_mixed, v.transpose(2, 3), out=trace.buffer(self, "grad_kept", kept.shape, like=q))
        _bmm(kept.transpose(2, 3), grad_mixed, out=grad_v)
        grad_weights = self.dropout.backward(grad_kept, trace)
        grad_scores = self.softmax.backward(grad_weights, trace)  # the mask was added, and passes the gradient on
        # scores = scale · q · kᵀ, so dq = scale · dscores · k and dk = scale · dscoresᵀ · q
        _bmm(grad_scores, k, out=grad_q, scale=self.scale)
        _bmm(grad_scores.transpose(2, 3), q, out=grad_k, scale=self.scale)
        call.gradients.update(
            query=grad_q, key=grad_k, value=grad_v, scores=grad_scores, weights=grad_weights, context=grad_context
        )
        grad_inputs = tuple(
            self._project_back(rows, grad_heads, source, trace)
            for (rows, source), grad_heads in zip(self._rows_for(inputs), grad_projected, strict=True)
        )
        return grad_inputs if len(inputs) == 3 else grad_inputs[0]

    def _rows_for(self, inputs: list[Tensor]) -> Iterator[tuple[slice, Tensor]]:
        """Each input with the rows of the projection that read it: all of them, or a third where there are three."""
        count = 3 * self.embed_dim // len(inputs)
        return ((slice(part * count, (part + 1) * count), x) for part, x in enumerate(inputs))

    def _project(self, rows: slice, source: Tensor, trace: Trace) -> Tensor:
        """These rows of the projection, P·E of them, split into heads: `[B, S, E]` → `[P, B, H, S, d]`."""
        bias = None if self.in_proj_bias is None else self.in_proj_bias.value[rows]
        flat = matmul(source.reshape(-1, self.embed_dim), self.in_proj_weight.value[rows].T, bias)
        in_heads = self._in_heads(flat.view(*source.shape[:2], -1))
        return trace.buffer(self, "heads", in_heads.shape, like=source).copy_(in_heads)

    def _project_back(self, rows: slice, grad_heads: Tensor, source: Tensor, trace: Trace) -> Tensor:
        """Backward of `_project`: `[P, B, H, S, d]` → `[B, S, E]`. What the rows read reaches it added up."""
        grad = trace.buffer(self, "grad_projected", (*source.shape[:2], rows.stop - rows.start), like=grad_heads)
        self._in_heads(grad).copy_(grad_heads)
        grad_tokens = grad.flatten(0, 1)  # (N, P·E)
        self.in_proj_weight.grad[rows].addmm_(grad_tokens.T, source.reshape(-1, self.embed_dim))
        if self.in_proj_bias is not None:
            self.in_proj_bias.grad[rows].add_(grad_tokens.sum(0))
        return matmul(grad_tokens, self.in_proj_weight.value[rows]).view(source.shape)

    def _in_heads(self, flat: Tensor) -> Tensor:
        """A view of `[B, T, P·E]` as `[P, B, H, T, d]`."""
        split = flat.view(*flat.shape[:2], -1, self.num_heads, self.embed_dim // self.num_heads)
        return split.permute(2, 0, 3, 1, 4)

    @staticmethod
    def _sources(inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = [*inputs.values()] * (3 // len(inputs))
        return query, key, value

    def _mask(
        self, scores: Tensor, key_padding_mask: Tensor | None, attn_mask: Tensor | None, trace: Trace
    ) -> Tensor | None:
        """Both masks as one tensor to add to the scores: −∞ where reading is forbidden; None if there is no mask."""
        batch, heads, queries, keys = scores.shape
        fitting: dict[str, list[tuple[int, ...]]] = {
            "key_padding_mask": [(batch, keys)],
            "attn_mask": [(queries, keys), (batch * heads, queries, keys)],
        }
        total = None
        for name, mask in (("key_padding_mask", key_padding_mask), ("attn_mask", attn_mask)):
            if mask is None:
                continue
            if tuple(mask.shape) not in fitting[name]:
                wanted = " or ".join(str(list(shape)) for shape in fitting[name])
                raise trace.error(self, f"{name} is {list(mask.shape)}, but for these inputs it must be {wanted}")
            if mask.dtype == torch.bool:
                mask = torch.zeros(mask.shape, dtype=scores.dtype, device=scores.device).masked_fill_(mask, -torch.inf)
            if name == "key_padding_mask":
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask.view(scores.shape)
            total = mask if total is None else total + mask
        if total is not None and bool((total == -torch.inf).all(-1).any()):
            raise trace.error(self, "the masks leave a query without any key to read; leave each at least one")
        return total

    def _check(self, sources: tuple[Tensor, Tensor, Tensor], trace: Trace) -> None:
        for name, x in zip(("query", "key", "value"), sources, strict=True):
            if x.dim() != 3 or x.shape[2] != self.embed_dim:
                raise trace.error(
                    self,
                    f"{name} is {list(x.shape)}, but this layer was built for width {self.embed_dim}; "
                    f"give it [B, T, {self.embed_dim}]",
                )
        query, key, value = sources
        if key.shape != value.shape or key.shape[0] != query.shape[0]:
            raise trace.error(
                self,
                f"query, key and value are {list(query.shape)}, {list(key.shape)}, {list(value.shape)}; all need the "
                "same batch size, and key and value the same length",
            )


def _bmm(a: Tensor, b: Tensor, *, out: Tensor, scale: float = 1.0) -> Tensor:
    """out = scale · a b for each image and head: `[B, H, n, m]` and `[B, H, m, k]` → `[B, H, n, k]`."""
    flat = out.flatten(0, 1)
    torch.baddbmm(flat, a.flatten(0, 1), b.flatten(0, 1), beta=0, alpha=scale, out=flat)
    return out
