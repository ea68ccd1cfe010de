"""One number of flattened maps: which map and pixel it comes from, and the way back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, coordinates, indices
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.flatten import CustomFlatten


def unflattened(index: int, shape: Sequence[int]) -> tuple[int, ...]:
    """Where number `index` of the row stood in a tensor of `shape`: for maps its map, row and column."""
    position = []
    for size in reversed(shape):
        index, within = divmod(index, size)
        position.append(within)
    return tuple(reversed(position))


def flattened(position: Sequence[int], shape: Sequence[int]) -> int:
    """The way back: where in the row the number of that position ends up."""
    return sum(at * math.prod(shape[axis + 1 :]) for axis, at in enumerate(position))


def explain_flatten(place: Place) -> Explanation:
    """Parts: `from` (map, row and column) and `shape` of the maps `[C, h, w]`."""
    layer = place.layer
    assert isinstance(layer, CustomFlatten)
    maps = place.saved("x")
    start = layer.start_dim - 1  # of one image; the batch was axis 0
    joined = maps.shape[start : maps.dim() if layer.end_dim == -1 else layer.end_dim]
    before, after = place.position[:start], place.position[start + 1 :]
    came_from = (*before, *unflattened(place.position[start], joined), *after)
    names = ("map", "row", "column") if maps.dim() == 3 else ["place"] * maps.dim()
    words = ", ".join(f"{name} {at}" for name, at in zip(names, came_from, strict=True))
    return place.explanation(
        sentence=f"Nothing is computed: all maps are laid out in one row of {maps.numel()} numbers, and this one "
        f"comes from {words}.",
        formula=r"y_{(c \cdot h + i) \cdot w + j} = x_{c,i,j}",
        parts={"from": coordinates(*came_from), "shape": coordinates(*maps.shape)},
        steps=(Step("copy", "sum", (Term(words, float(maps[came_from])),)),),
        recipe=(f'value = call.saved["x"][{indices((0, *came_from))}]',),
    )
