"""All attention of a Transformer on one digit, packed for the component that lays it over the digit.

All numbers travel as they are, in float32. Where they would be too much for one message, fewer heads are sent, never
rougher ones.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch

from scratchnn.figures.packing import pack

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.attention import Attention
    from scratchnn.inspection.look import Look

RANGES = ("map", "layer", "all")
MOST_BYTES = 1_000_000
_HEADER = 60_000  # bytes that the maps leave for all else


def attention(view: Attention, digit: Tensor, chosen: Look, full_colour: str = RANGES[0], turn: int = 0) -> bytes:
    """Every head's map, each layer's mean and the rollout, [M, T, T], in this order; and the digit below them.

    At most MOST_BYTES, unless not even one map fits: from 485 tokens on.

    Args:
        digit: [H, W] uint8.
        chosen: what is selected at first.
        full_colour: one of RANGES: of which maps the largest weight gets the full colour at first.
        turn: how many choices of those were made so far.
    """
    layers, heads, tokens, _ = view.weights.shape
    most = max(1, (MOST_BYTES - _HEADER) // (4 * tokens * tokens))  # maps
    shown = min(heads, max(0, (most - 1) // layers - 1))
    from_layer = max(0, layers - (most - 1)) if shown == 0 else 0  # the last layers' means come before the first's
    mean = view.mean()
    maps: list[Tensor] = []
    listed: list[dict[str, Any]] = []
    for layer in range(from_layer, layers):
        for head in range(shown):
            maps.append(view.weights[layer, head])
            listed.append({"layer": layer, "head": head, "name": f"block {layer}, head {head}"})
        maps.append(mean[layer])
        listed.append({"layer": layer, "head": None, "name": f"block {layer}, mean of all heads"})
    maps.append(view.rollout().float())
    listed.append({"layer": None, "head": None, "name": "rollout through all blocks"})
    header = {
        "maps": listed,
        "heads": shown,
        "heads_in_all": heads,
        "patches": view.patches.tolist(),
        "side": view.side,
        "digit_shape": list(digit.shape),
        "chosen": asdict(chosen),
        "range": full_colour,
        "turn": turn,
    }
    sizes = view.value_sizes[from_layer:, :shown].flatten(0, 1)  # (heads sent, T), in their maps' order
    return pack(header, maps=torch.stack(maps).numpy(), sizes=sizes.numpy(), digit=digit.numpy())
