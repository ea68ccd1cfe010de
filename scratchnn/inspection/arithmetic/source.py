"""Which line of the project computes a number: found by what stands in it, in the file as it is now."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from typing import NamedTuple

import scratchnn
from scratchnn.data import Dataset
from scratchnn.layers.activation import CustomGELU, CustomReLU, CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.encoder import CustomTransformerEncoderLayer
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm
from scratchnn.layers.patches import CustomPatchEmbedding
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from scratchnn.layers.position import CustomPositionalEncoding
from scratchnn.layers.token_pooling import CustomTokenPooling
from scratchnn.module import Module

PROJECT = Path(scratchnn.__file__).parents[1]


class Source(NamedTuple):
    """Where in the project a number is computed."""

    path: str  # relative to the project
    line: int  # counted from 1


# Of each layer's output, or of a value inside it: what stands in the line that gives it its last change.
_LINES: dict[tuple[type[Module] | type[Dataset], str], str] = {
    (Dataset, "normalise"): "return images.to(torch.float32).sub_(",
    (CustomConv2d, ""): "y = matmul(self._weights(), columns)",
    (CustomBatchNorm2d, ""): "y.view_as(pixels).add_(self.bias",
    (CustomReLU, ""): "y = torch.clamp_min(x, 0",
    (CustomGELU, ""): "x * gate",
    (CustomSoftmax, ""): "y /= y.sum(",
    (CustomMaxPool2d, ""): "row = self._max_along(2",
    (CustomAvgPool2d, ""): "y[outputs].add_(pixels[seen]",
    (CustomFlatten, ""): "y = x.permute(1, 2, 3, 0).reshape(joined",
    (CustomDropout, ""): "return trace.save(self, x)",
    (CustomLinear, ""): "y = matmul(rows, self.weight.value.T",
    (CustomPatchEmbedding, "pixels"): "squares = x.reshape(",
    (CustomPositionalEncoding, ""): "y = torch.add(x, encoding",
    (CustomPositionalEncoding, "none"): "return trace.save(self, x)",
    (CustomLayerNorm, ""): "torch.addcmul(bias, normalized, weight",
    (CustomTokenPooling, ""): "torch.bmm(share[:, None], x)",
    (CustomMultiHeadAttention, "query"): "flat = matmul(source",
    (CustomMultiHeadAttention, "key"): "flat = matmul(source",
    (CustomMultiHeadAttention, "value"): "flat = matmul(source",
    (CustomMultiHeadAttention, "scores"): "_bmm(q, k.transpose(2, 3), out=scores",
    (CustomMultiHeadAttention, "context"): "mixed = _bmm(kept, v",
    (CustomTransformerEncoderLayer, "residual1"): "middle = torch.add(x, attended",
    (CustomTransformerEncoderLayer, "residual2"): "y = torch.add(middle, fed",
}


def source_of(kind: type[Module] | type[Dataset], inner: str = "") -> Source:
    """The line that computes that layer's output, or a value inside it.

    Args:
        inner: the value's name; "" for the output.
    """
    return _found(kind, inner)  # type: ignore[arg-type]  # mypy takes the class for one of its own instances


@cache
def _found(kind: type[Module] | type[Dataset], inner: str) -> Source:
    text, (lines, first) = _LINES[kind, inner], inspect.getsourcelines(kind)
    line = next(number for number, content in enumerate(lines, first) if text in content)
    return Source(Path(inspect.getfile(kind)).relative_to(PROJECT).as_posix(), line)
