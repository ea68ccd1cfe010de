"""One query's way through one head: its key products, its weights, and what it gathers with them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from scratchnn.inspection.attention_block import ensure_there, read_block
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace


@dataclass(frozen=True)
class AttentionRow:
    """One row of attention, all of it the pass's own numbers. T tokens, d numbers a head.

    weights = softmax(keys · query ÷ √d, −∞ where hidden), and context = weights · values.

    Attributes:
        layer, head, query_token: which row this is.
        query: [d].
        keys, values: [T, d].
        hidden: [T] bool, the keys that this query may not read.
        weights: [T].
        context: [d], this head's part of what the token gets.
        patches: [T] int64, each token's patch by its number; CLASS_TOKEN where it is none.
        side: patches in a row of the image.
    """

    layer: int
    head: int
    query_token: int
    query: Tensor
    keys: Tensor
    values: Tensor
    hidden: Tensor
    weights: Tensor
    context: Tensor
    patches: Tensor
    side: int


def read_row(
    model: CustomTransformer, trace: Trace, layer: int, head: int, query: int, image: int = 0
) -> AttentionRow:
    """The row of one query token in one head of one layer, of one image of a pass in evaluation mode.

    Raises:
        ValueError: there is no such layer, head or token.
    """
    block = read_block(model, trace, layer, image)
    heads, tokens, size = block.keys.shape
    ensure_there("head", head, heads)
    ensure_there("token", query, tokens)
    saved = trace[f"encoder.layers.{layer}.self_attn"].saved
    return AttentionRow(
        layer=layer,
        head=head,
        query_token=query,
        query=block.queries[head, query],
        keys=block.keys[head],
        values=saved["value"][image, head].cpu(),
        hidden=block.hidden,
        weights=block.weights[head, query],
        context=saved["context"][image, query, head * size : (head + 1) * size].cpu(),
        patches=block.patches,
        side=block.side,
    )
