"""A network at work on one digit as columns from left to right, packed for the network canvas.

All numbers travel as the Trace has them, in float32. Where a large network would be too much for one message, fewer
maps or tokens of each layer are sent, never rougher ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scratchnn.figures.network.about import about
from scratchnn.figures.network.cnn import cnn_columns
from scratchnn.figures.network.column import Column, first_items
from scratchnn.figures.network.transformer import transformer_columns
from scratchnn.figures.packing import pack
from scratchnn.inspection.attention import patches_in_row, token_patches
from scratchnn.models import CustomCNN, CustomTransformer

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.trace import Trace

MOST_BYTES = 1_000_000


class Begun(NamedTuple):
    """What the canvas begins with.

    Attributes:
        chosen: layer and position of the number that is selected, as `explain` takes them.
        opened: the encoder block that is open.
        turn: the number of the last choice made in the canvas that these know of.
    """

    chosen: tuple[str, tuple[int, ...]] | None = None
    opened: int | None = None
    turn: int = 0


NOTHING = Begun()


def network(
    model: CustomCNN | CustomTransformer,
    trace: Trace,
    probabilities: Tensor,
    classes: Sequence[str],
    label: int | None = None,
    begun: Begun = NOTHING,
    inside: int | None = None,
) -> bytes:
    """The whole network at work on the first image of a pass, at most MOST_BYTES.

    Args:
        probabilities: [B, classes].
        label: the true class, if it is known.
        inside: the encoder block whose inside is sent, if all of them would be too much.
    """
    header: dict[str, Any] = {
        "classes": list(classes),
        "label": label,
        "turn": begun.turn,
        "opened": begun.opened,
        "chosen": None if begun.chosen is None else {"layer": begun.chosen[0], "position": list(begun.chosen[1])},
    }
    if isinstance(model, CustomTransformer):
        columns = transformer_columns(model, trace, probabilities)
        patches = token_patches(model, trace).tolist()
        header |= {"patches": patches, "side": patches_in_row(model), "patch_size": model.config.patch_size}
    else:
        columns = cnn_columns(model, trace, probabilities)
    packed = _pack(header, columns)
    if len(packed) > MOST_BYTES:
        columns = [column for column in columns if not column.inside or column.block == inside]
        packed = _pack(header, columns)
    most = max(len(column.values) for column in columns)
    while len(packed) > MOST_BYTES and most > 1:
        most //= 2
        packed = _pack(header, first_items(columns, most))
    return packed


def _pack(header: dict[str, Any], columns: Sequence[Column]) -> bytes:
    arrays = {name: array for turn, column in enumerate(columns) for name, array in column.arrays(turn).items()}
    listed = [{**column.header(), "about": about(column)} for column in columns]
    return pack({**header, "columns": listed}, **arrays)
