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


@pytest.mark.parametrize(
    ("layer", "position", "there"),
    [
        ("encoder.layers.2.self_attn.softmax", (3, 5, 7), Look(2, 3, 5, 7)),
        ("encoder.layers.10.self_attn.scores", (3, 5, 7), Look(10, 3, 5, 7)),
        ("encoder.layers.2.self_attn.query", (3, 5, 7), Look(2, 3, 5, 4)),
        ("encoder.layers.2.self_attn.key", (3, 5, 7), Look(2, 3, 8, 5)),
        ("encoder.layers.2.self_attn.value", (3, 5, 7), Look(2, 3, 8, 5)),
        ("encoder.layers.2.self_attn.context", (3, 5), None),
        ("encoder.layers.2.norm1", (3, 5), None),
        ("head", (3,), None),
    ],
)
def test_a_number_of_a_head_says_where_to_look(layer: str, position: tuple[int, ...], there: Look | None) -> None:
    assert Look(0, 1, 8, 4, "rollout").at(layer, position) == there
