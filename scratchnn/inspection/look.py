"""Which of a Transformer's attention is looked at: one block's head, a query's row of it, a key in that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scratchnn.inspection.attention import CLASS_TOKEN

Of = Literal["head", "mean", "rollout"]


@dataclass(frozen=True)
class Look:
    """A place in all attention.

    Attributes:
        query, key: tokens by their places in the sequence; without a key, the whole row.
        of: whether the head’s own weights are looked at, the mean of its block’s heads, or the rollout.
    """

    layer: int
    head: int
    query: int
    key: int | None = None
    of: Of = "head"

    def among(self, patches: Sequence[int]) -> Look:
        """The same in a sequence from which patches are missing: the query or else the nearest that is left.

        Args:
            patches: each token's patch by its number, CLASS_TOKEN for what is none.
        """
        places = _whole(patches)
        nearest = min(range(len(places)), key=lambda token: abs(places[token] - self.query))
        return replace(self, query=nearest, key=places.index(self.key) if self.key in places else None)

    def in_whole(self, patches: Sequence[int]) -> Look:
        """Back from there: where these tokens are in the sequence with all patches."""
        places, last = _whole(patches), len(patches) - 1
        key = None if self.key is None else places[min(self.key, last)]
        return replace(self, query=places[min(self.query, last)], key=key)


def _whole(patches: Sequence[int]) -> list[int]:
    """Each token's place in the sequence with all patches."""
    first = int(patches[0] == CLASS_TOKEN)
    return [patch + first for patch in patches]
