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
    """Parts: `from` (map, row and column), `maps` `[C, h, w]`, all of them, and `to`, the place in the row."""
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
        sentence=f"Nothing is computed: all maps are laid out in one row of {maps.numel()} numbers, and "
        f"{words} comes to place {_way(came_from, maps.shape)}.",
        formula=r"y_{(c \cdot h + i) \cdot w + j} = x_{c,i,j}",
        parts={"from": coordinates(*came_from), "maps": maps, "to": coordinates(place.position[start])},
        steps=(Step("copy", "sum", (Term(words, float(maps[came_from])),)),),
        recipe=(f'value = call.saved["x"][{indices((0, *came_from))}]',),
    )


def _way(position: Sequence[int], shape: Sequence[int]) -> str:
    """`(48 · 3 + 2) · 3 + 1 = 439`: each axis in turn, all places of the later ones passed over."""
    text = str(position[0])
    for turn, (at, size) in enumerate(zip(position[1:], shape[1:], strict=True)):
        text = f"({text}) · {size} + {at}" if turn else f"{text} · {size} + {at}"
    return f"{text} = {flattened(position, shape)}"
