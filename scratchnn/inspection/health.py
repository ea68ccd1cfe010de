"""Whether each layer is alive: how large its numbers are, how many are exactly 0, which of its units never fire."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.layers.activation import CustomReLU
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.patches import CustomPatchEmbedding
from scratchnn.module import Module
from scratchnn.trace import Trace

_AS_ONE = (CustomMultiHeadAttention, CustomPatchEmbedding)  # their parts are steps of one calculation
_SAME_NUMBERS = (CustomFlatten, CustomDropout)  # once a network no longer learns, they put out what they are given


@dataclass(frozen=True)
class LayerHealth:
    """What one layer put out for all images of a pass.

    `spread`: the standard deviation, √ of the mean squared distance from the mean.
    `zeros`: the share of numbers that are exactly 0, from 0 to 1.
    `units`: how many maps a layer of maps has, or how many numbers the vectors of another.
    `silent`: how many of these are 0 everywhere, for every image, so that no gradient passes them; None if the layer
        is not a ReLU, for which that means nothing.
    """

    name: str  # dotted, encoder.layers.0.self_attn
    mean: float
    spread: float
    zeros: float
    units: int
    makes_maps: bool
    silent: int | None


def layer_health(trace: Trace) -> list[LayerHealth]:
    """Every layer with numbers of its own, in the order of the pass.

    Args:
        trace: a pass for inspection, in evaluation mode; one for training overwrites what layers put out.
    """
    layers = {name: layer for layer, name in trace.names.items()}
    inside = tuple(f"{name}." for name, layer in layers.items() if isinstance(layer, _AS_ONE))
    own = (name for name in trace.calls if _has_numbers_of_its_own(layers[name]) and not name.startswith(inside))
    return [_health(name, layers[name], trace[name].output) for name in own]


def _has_numbers_of_its_own(layer: Module) -> bool:
    has_parts = any(True for _ in layer.named_children())
    return isinstance(layer, _AS_ONE) or not (has_parts or isinstance(layer, _SAME_NUMBERS))


def _health(name: str, layer: Module, output: Tensor) -> LayerHealth:
    """`output`: maps [B, C, H, W], or vectors [B, E] or [B, T, E]."""
    spread, mean = torch.std_mean(output, correction=0)
    makes_maps = output.dim() == 4
    unit_axis = 1 if makes_maps else output.dim() - 1
    silent = None
    if isinstance(layer, CustomReLU):  # never below 0, so a largest number of 0 means nothing but zeros
        largest = output.amax([axis for axis in range(output.dim()) if axis != unit_axis])
        silent = int((largest == 0).sum())
    return LayerHealth(
        name=name,
        mean=float(mean),
        spread=float(spread),
        zeros=1 - int(output.count_nonzero()) / output.numel(),
        units=output.shape[unit_axis],
        makes_maps=makes_maps,
        silent=silent,
    )
