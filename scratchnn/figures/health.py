"""The health of a network's layers, in words, for the table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scratchnn.figures.numbers import count, minus, percent, short

if TYPE_CHECKING:
    from scratchnn.inspection.health import LayerHealth


def health_table(
    layers: Sequence[LayerHealth], model: str, caption: str, gradients: Mapping[str, float]
) -> dict[str, Any]:
    """One row a layer.

    Args:
        model: "cnn" or "transformer"; decides the colour of the bars.
        gradients: the length of each gradient, by the layer that owns the weights.
    """
    return {"caption": caption, "tone": model, "rows": [_row(layer, gradients) for layer in layers]}


def _row(layer: LayerHealth, gradients: Mapping[str, float]) -> dict[str, Any]:
    gradient = _gradient(layer.name, gradients)
    return {
        "name": _name(layer.name),
        "full_name": layer.name,
        "share": layer.zeros,
        "zeros": percent(layer.zeros),
        "silent": _silent(layer),
        "some_silent": bool(layer.silent),
        "mean": short(layer.mean),
        "spread": short(layer.spread),
        "exactly": minus(f"mean {layer.mean!r}, standard deviation {layer.spread!r}"),
        "gradient": "–" if gradient is None else short(gradient),
        "gradient_exactly": "" if gradient is None else repr(gradient),
    }


def _gradient(layer: str, gradients: Mapping[str, float]) -> float | None:
    """The length of all gradients in a layer, those of its parts included; None for one without weights."""
    inside = [length for name, length in gradients.items() if f"{name}.".startswith(f"{layer}.")]
    return math.hypot(*inside) if inside else None


def _silent(layer: LayerHealth) -> str:
    """Which say nothing: "3 of 32 maps silent", "none of 128 units"; a dash for what is never quite silent."""
    if layer.silent is None:
        return "–"
    things = "maps" if layer.makes_maps else "units"
    if layer.silent == 0:
        return f"none of {count(layer.units)} {things}"
    return f"{count(layer.silent)} of {count(layer.units)} {things} silent"


def _name(layer: str) -> str:
    """encoder.layers.0.self_attn is "block 1 attention", patch_embedding "patch embedding"."""
    if layer.startswith("encoder.layers."):
        _, _, block, inner = layer.split(".", 3)
        return f"block {block} {'attention' if inner == 'self_attn' else inner}"
    return layer.replace(".", " ").replace("_", " ")
