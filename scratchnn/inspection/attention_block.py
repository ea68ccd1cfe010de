"""One encoder block's heads: the queries and keys that meet in them, and the weights that come of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.inspection.attention import patches_in_row, token_patches
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace


@dataclass(frozen=True)
class AttentionBlock:
    """All heads of one encoder block on one image, all of it the pass's own numbers. H heads, T tokens, d numbers.

    In each head weights = softmax(queries · keysᵀ ÷ √d, −∞ where hidden); a row is a query and a column a key.

    Attributes:
        layer: which block.
        queries, keys: [H, T, d].
        hidden: [T] bool, the keys that no query may read: of a CustomTransformer, what is padding.
        weights: [H, T, T].
        patches: [T] int64, each token's patch by its number; CLASS_TOKEN where it is none.
        side: patches in a row of the image.
    """

    layer: int
    queries: Tensor
    keys: Tensor
    hidden: Tensor
    weights: Tensor
    patches: Tensor
    side: int


def read_block(model: CustomTransformer, trace: Trace, layer: int, image: int = 0) -> AttentionBlock:
    """The heads of one block, of one image of a pass in evaluation mode.

    Raises:
        ValueError: there is no such layer.
    """
    ensure_there("layer", layer, model.config.depth)
    saved = trace[f"encoder.layers.{layer}.self_attn"].saved
    return AttentionBlock(
        layer=layer,
        queries=saved["query"][image].cpu(),
        keys=saved["key"][image].cpu(),
        hidden=saved["scores"][image, 0, 0].cpu() == -torch.inf,
        weights=saved["weights"][image].cpu(),
        patches=token_patches(model, trace, image),
        side=patches_in_row(model),
    )


def ensure_there(name: str, number: int, count: int) -> None:
    """Complain about the number of a thing of which there are only so many.

    Raises:
        ValueError: it is below 0, or `count` or more.
    """
    if not 0 <= number < count:
        raise ValueError(f"there is no {name} {number}: they go from 0 to {count - 1}")
