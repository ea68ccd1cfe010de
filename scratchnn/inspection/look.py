"""Which of a Transformer's attention is looked at: one block's head, a query's row of it, a key in that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scratchnn.inspection.attention import CLASS_TOKEN

Of = Literal["head", "mean", "rollout"]
_OF_A_HEAD = re.compile(r"encoder\.layers\.(\d+)\.self_attn\.(scores|softmax|query|key|value)")


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

    def at(self, layer: str, position: Sequence[int]) -> Look | None:
        """Where a number of a head is, as `explain` takes it; None for any other. What it does not say stays."""
        found = _OF_A_HEAD.fullmatch(layer)
        if found is None:
            return None
        part, (head, *tokens) = found[2], position
        there = replace(self, layer=int(found[1]), head=head, of="head")
        if part in ("scores", "softmax"):
            query, key = tokens
            return replace(there, query=query, key=key)
        return replace(there, query=tokens[0]) if part == "query" else replace(there, key=tokens[0])

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
