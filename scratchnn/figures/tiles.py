"""Maps of one layer, packed for the wall of tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scratchnn.figures.packing import pack

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.layers import LayerView


def wall(view: LayerView, digit: Tensor, shared: bool = True, heading: str = "", note: str = "") -> bytes:
    """A layer's view as tiles.

    Args:
        digit: [H, W] uint8, drawn over attention.
        shared: one colour range for the whole layer, or one for each map.
        heading, note: shown above; nothing where empty.
    """
    count, height, width = view.values.shape
    header: dict[str, Any] = {
        "heading": heading,
        "note": note,
        "kind": view.kind,
        "shape": [count, height, width],
        "names": view.names,
        "captions": view.captions,
        "shared": shared,
        "unit": "patch at" if view.kind == "attention" else "at",
        "hint": "Point at a map to read its numbers.",
        "tile": 116 if view.kind == "attention" else 60,
        "digit_shape": list(digit.shape),
    }
    return pack(header, values=view.values.numpy(), digit=digit.numpy())
