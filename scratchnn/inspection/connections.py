"""What flows from one map or unit into another, on one digit: the strength of a network's connections at work."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from scratchnn.inspection.arithmetic.convolution import seen_by_kernels
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.linear import CustomLinear
from scratchnn.trace import Call

_AT_ONCE = 2**20  # partial results: all of a wide layer would fill the memory


class Connections(NamedTuple):
    """Every source's part in every target, S sources and T targets.

    For a convolution a part is the source's partial result, averaged over its pixels; so a row of `adds` and the
    bias sum to the target map's mean. For a linear layer it is the sum of weight · value over the source's numbers;
    so a row of `adds` and the bias sum to the unit.
    """

    adds: Tensor  # [T, S]
    sizes: Tensor  # [T, S], the same with every product or partial result counted without its sign


def connections(layer: CustomConv2d | CustomLinear, call: Call, sources: int) -> Connections:
    """The connections into `layer` in one call, for the first image of the batch.

    Args:
        sources: how many maps or units the layer reads; a linear layer's inputs are split into as many equal parts.
    """
    if isinstance(layer, CustomLinear):
        parts = (layer.weight.value * call.saved["x"][0]).view(layer.out_features, sources, -1)
        return Connections(parts.sum(2), parts.abs().sum(2))
    adds, sizes = [], []
    alike = layer.out_channels // layer.groups  # targets that read the same sources
    for first in range(0, layer.out_channels, alike):
        seen = seen_by_kernels(layer, call, first).flatten(2)  # (C/G, kh·kw, places)
        kernels = layer.weight.value[first : first + alike].flatten(2).transpose(0, 1)  # (C/G, targets, kh·kw)
        for some in kernels.split(max(1, _AT_ONCE // seen[:, 0].numel()), dim=1):
            partial = some @ seen  # (C/G, some targets, places)
            adds.append(partial.mean(2).T)
            sizes.append(partial.abs().mean(2).T)
    return Connections(torch.cat(adds), torch.cat(sizes))
