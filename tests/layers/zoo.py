"""One example of every layer, with inputs: what `test_contract.py` runs its rules over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from scratchnn.layers.activation import CustomGELU, CustomReLU, CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.embedding import CustomEmbedding
from scratchnn.layers.encoder import CustomTransformerEncoder, CustomTransformerEncoderLayer
from scratchnn.layers.feed_forward import CustomFeedForward
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm
from scratchnn.layers.patches import CustomPatchEmbedding
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from scratchnn.layers.position import CustomPositionalEncoding
from scratchnn.module import Module


@dataclass(frozen=True)
class Example:
    """How to make a layer, its inputs for a batch of any size, and what else its forward takes."""

    make: Callable[[], Module]
    shapes: tuple[tuple[int, ...], ...]  # of one item of each input
    options: dict[str, Any] = field(default_factory=dict)
    whole_numbers: bool = False

    def inputs(self, batch: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, ...]:
        if self.whole_numbers:
            return tuple(torch.randint(5, (batch, *shape)) for shape in self.shapes)
        return tuple(torch.randn(batch, *shape, dtype=dtype) for shape in self.shapes)

    def layer(self, dtype: torch.dtype = torch.float64) -> Module:
        """With every parameter drawn anew, so that no bias is zero and no scale is one."""
        layer = self.make().to(dtype)
        for parameter in layer.parameters():
            parameter.value.normal_()
        return layer


IMAGE, TOKENS = (2, 7, 6), (5, 8)
CAUSAL = torch.ones(5, 5).triu(1).bool()

ZOO: dict[str, Example] = {
    "linear": Example(lambda: CustomLinear(8, 3), (TOKENS,)),
    "linear without bias": Example(lambda: CustomLinear(8, 3, bias=False), (TOKENS,)),
    "convolution": Example(lambda: CustomConv2d(2, 4, 3, padding=1), (IMAGE,)),
    "convolution, all settings": Example(
        lambda: CustomConv2d(2, 4, (3, 2), (2, 3), (2, 1), (1, 2), 2, False), (IMAGE,)
    ),
    "max-pool": Example(lambda: CustomMaxPool2d(2), (IMAGE,)),
    "max-pool, overlapping": Example(lambda: CustomMaxPool2d(3, 2, 1), (IMAGE,)),
    "average pool": Example(lambda: CustomAvgPool2d(2), (IMAGE,)),
    "average pool, overlapping": Example(lambda: CustomAvgPool2d(3, 2, 1), (IMAGE,)),
    "relu": Example(CustomReLU, (IMAGE,)),
    "gelu": Example(CustomGELU, (IMAGE,)),
    "gelu, tanh": Example(lambda: CustomGELU("tanh"), (IMAGE,)),
    "softmax": Example(CustomSoftmax, (TOKENS,)),
    "softmax over channels": Example(lambda: CustomSoftmax(1), (IMAGE,)),
    "dropout": Example(lambda: CustomDropout(0.4), (IMAGE,)),
    "dropout in evaluation": Example(lambda: CustomDropout(0.4).eval(), (IMAGE,)),
    "flatten": Example(CustomFlatten, (IMAGE,)),
    "layer norm": Example(lambda: CustomLayerNorm(8), (TOKENS,)),
    "layer norm over two axes": Example(lambda: CustomLayerNorm((5, 8)), (TOKENS,)),
    "batch norm": Example(lambda: CustomBatchNorm2d(2), (IMAGE,)),
    "batch norm in evaluation": Example(lambda: CustomBatchNorm2d(2).eval(), (IMAGE,)),
    "embedding": Example(lambda: CustomEmbedding(5, 4), ((3,),), whole_numbers=True),
    "learned positions": Example(lambda: CustomPositionalEncoding(6, 8), (TOKENS,)),
    "given positions": Example(
        lambda: CustomPositionalEncoding(6, 8), (TOKENS,), {"positions": torch.tensor([5, 1, 1, 0, 3])}
    ),
    "sinusoidal positions": Example(lambda: CustomPositionalEncoding(6, 8, "sinusoidal"), (TOKENS,)),
    "no positions": Example(lambda: CustomPositionalEncoding(6, 8, "none"), (TOKENS,)),
    "patches": Example(lambda: CustomPatchEmbedding(6, 2, 2, 8), ((2, 6, 6),)),
    "some patches": Example(
        lambda: CustomPatchEmbedding(6, 2, 2, 8), ((2, 6, 6),), {"patches": torch.tensor([8, 0, 4])}
    ),
    "self-attention": Example(lambda: CustomMultiHeadAttention(8, 2), (TOKENS,)),
    "causal self-attention": Example(lambda: CustomMultiHeadAttention(8, 2), (TOKENS,), {"attn_mask": CAUSAL}),
    "cross-attention": Example(lambda: CustomMultiHeadAttention(8, 4), (TOKENS, (3, 8), (3, 8))),
    "feed-forward": Example(lambda: CustomFeedForward(8, 6), (TOKENS,)),
    "encoder layer": Example(lambda: CustomTransformerEncoderLayer(8, 2, 6, 0.0), (TOKENS,)),
    "encoder layer, norm first": Example(
        lambda: CustomTransformerEncoderLayer(8, 2, 6, 0.0, "gelu", norm_first=True), (TOKENS,)
    ),
    "encoder layer with dropout": Example(lambda: CustomTransformerEncoderLayer(8, 2, 6, 0.3), (TOKENS,)),
    "encoder": Example(lambda: CustomTransformerEncoder(CustomTransformerEncoderLayer(8, 2, 6, 0.0), 2), (TOKENS,)),
    "encoder with dropout and a last norm": Example(
        lambda: CustomTransformerEncoder(
            CustomTransformerEncoderLayer(8, 2, 6, 0.3, norm_first=True), 2, CustomLayerNorm(8)
        ),
        (TOKENS,),
        {"mask": CAUSAL},
    ),
}
