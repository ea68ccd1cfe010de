"""A place in all attention is found again where patches are missing, and back from there."""

from __future__ import annotations

import pytest

from scratchnn.inspection.attention import CLASS_TOKEN
from scratchnn.inspection.look import Look


@pytest.mark.parametrize(
    ("patches", "query", "key", "there"),
    [
        ([0, 1, 2, 3], 2, 3, (2, 3)),
        ([0, 2, 3], 2, 3, (1, 2)),
        ([0, 3], 2, 1, (1, None)),  # the nearest; a key that is missing is none
        ([CLASS_TOKEN, 0, 3], 0, 4, (0, 2)),  # with a class token, patch 3 stands at place 4
        ([CLASS_TOKEN, 3], 1, 0, (0, 0)),
    ],
)
def test_a_place_in_a_shorter_sequence(
    patches: list[int], query: int, key: int, there: tuple[int, int | None]
) -> None:
    look = Look(1, 2, query, key, "mean")
    found = look.among(patches)
    assert (found.query, found.key) == there
    assert (found.layer, found.head, found.of) == (1, 2, "mean")
    assert found.in_whole(patches).among(patches) == found
