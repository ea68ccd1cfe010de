"""The positions component gets the encodings' own numbers, and they recompute from one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from scratchnn.figures.positions import MOST_BYTES, positions
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.position_swap import compare_orders
from scratchnn.inspection.positions import bare_tokens, in_comparison
from scratchnn.models import CustomTransformer
from tests.figures.test_attention import unpack

SETTINGS: list[dict[str, Any]] = [
    {}, {"pooling": "class_token"}, {"position": "sinusoidal"}, {"position": "none"}, {"patch_size": 4},
    {"patch_size": 14}, {"width": 9, "heads": 3},
]  # fmt: skip


def packed(**settings: Any) -> tuple[CustomTransformer, bytes]:
    model = CustomTransformer(**{"width": 12, "heads": 2, "feed_forward": 8, "depth": 1, **settings}).eval()
    _, trace = inspect(model, torch.randn(1, 1, 28, 28))
    digit = torch.randint(0, 256, (28, 28), dtype=torch.uint8)
    kinds = in_comparison(model)
    order = list(range(model.config.num_patches))[::-1]
    answers = compare_orders(model, torch.randn(1, 1, 28, 28), order)
    classes = [str(label) for label in range(10)]
    return model, positions(kinds, bare_tokens(trace), digit, (next(iter(kinds)), 1, 2), answers, classes)


@pytest.mark.parametrize("settings", SETTINGS)
def test_each_kind_has_its_table_and_its_cosines(settings: dict[str, Any]) -> None:
    model, data = packed(**settings)
    header, arrays = unpack(data)
    kinds = in_comparison(model)
    assert [listed["kind"] for listed in header["kinds"]] == list(kinds)
    assert [listed["own"] for listed in header["kinds"]] == [True] + [False] * (len(kinds) - 1)
    assert header["left_out"] == []
    assert header["chosen"] == {"kind": next(iter(kinds)), "place": 1, "component": 2}
    for listed in header["kinds"]:
        shown = kinds[listed["kind"]]
        assert (listed["table"] is None) == (listed["kind"] == "none")
        if listed["table"] is None:
            continue
        table = arrays["tables"][listed["table"]].astype(np.float64)
        assert table == pytest.approx(shown.table.numpy(), abs=1e-6)
        sizes = np.linalg.norm(table, axis=1)  # what the page divides by
        cosines = arrays["similarities"][listed["table"]]
        assert table @ table.T / (sizes[:, None] * sizes) == pytest.approx(cosines, abs=1e-5)
    assert header["shape"] == [*kinds[model.config.position].table.shape]
    assert header["has_class_token"] == (model.class_token is not None)
    assert [*arrays["tokens"].shape] == header["shape"]


def test_none_is_said_in_words() -> None:
    header, _ = unpack(packed(position="none")[1])
    assert "every place is the same" in header["kinds"][0]["words"]
    assert "cosine" in header["kinds"][0]["words"]


def test_a_long_sequence_sends_its_own_encoding_and_says_what_is_missing() -> None:
    _, data = packed(patch_size=2, width=512)
    assert len(data) <= MOST_BYTES
    header, arrays = unpack(data)
    assert [listed["kind"] for listed in header["kinds"]] == ["learned", "none"]
    assert header["left_out"] == ["sinusoidal"]
    assert arrays["tables"].shape == (1, 196, 512)
