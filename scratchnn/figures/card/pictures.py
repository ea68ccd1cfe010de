"""Which picture shows how a number came about: chosen by the parts that its explanation has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scratchnn.figures.card import maps, tokens
from scratchnn.figures.card.figure import Picture

if TYPE_CHECKING:
    from scratchnn.inspection.arithmetic import Explanation

# The first whose parts are all there draws.
_DRAWN: tuple[tuple[frozenset[str], Callable[[Explanation], Picture]], ...] = (
    (frozenset({"patch", "kernel"}), maps.convolution),
    (frozenset({"contributions", "corner"}), maps.patch_embedding),
    (frozenset({"contributions"}), tokens.weighted),
    (frozenset({"pixels"}), maps.patch),
    (frozenset({"greys"}), maps.input_pixel),
    (frozenset({"maps"}), maps.flatten),
    (frozenset({"window"}), maps.pooling),
    (frozenset({"query", "key"}), tokens.score),
    (frozenset({"weights", "values"}), tokens.gathered),
    (frozenset({"column", "share"}), tokens.pooled),
    (frozenset({"scores", "exponentials"}), tokens.exponentials),
    (frozenset({"stream", "branch"}), tokens.residual),
    (frozenset({"row", "normalised"}), tokens.layer_norm),
    (frozenset({"row", "encoding"}), tokens.position),
    (frozenset({"before", "mean"}), maps.batch_norm),
    (frozenset({"before", "cut"}), maps.rectified),
    (frozenset({"before"}), maps.unchanged_or_gated),
)


def picture_of(explanation: Explanation) -> Picture | None:
    """The picture of a number; None if it has none."""
    parts = explanation.parts.keys()
    return next((draw(explanation) for needed, draw in _DRAWN if needed <= parts), None)
