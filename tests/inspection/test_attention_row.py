"""One row of attention: the products, the softmax and the mixture, recomputed, are the pass's own."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from scratchnn.inspection.arithmetic.softmax import softmax_row
from scratchnn.inspection.attention import CLASS_TOKEN
from scratchnn.inspection.attention_row import read_row
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomTransformer

SETTINGS: list[dict[str, Any]] = [
    {}, {"pooling": "class_token"}, {"patch_size": 4}, {"patch_size": 14}, {"width": 9, "heads": 3},
    {"position": "none", "norm_first": True},
]  # fmt: skip


def small(**settings: Any) -> CustomTransformer:
    return CustomTransformer(**{"width": 12, "heads": 2, "feed_forward": 8, "depth": 2, **settings}).eval()


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_row_closes_from_query_to_context(settings: dict[str, Any]) -> None:
    model = small(**settings)
    _, trace = inspect(model, 3 * torch.randn(1, 1, 28, 28))
    tokens = model.config.num_patches + (model.class_token is not None)
    for layer, head, query in [(0, 0, 0), (1, model.config.heads - 1, tokens - 1), (0, 1, tokens // 2)]:
        row = read_row(model, trace, layer, head, query)
        scores = row.keys.double() @ row.query.double() / math.sqrt(len(row.query))
        weights = softmax_row(scores).quotients
        assert weights == pytest.approx(row.weights.double(), abs=1e-6)
        assert weights @ row.values.double() == pytest.approx(row.context.double(), abs=1e-6)
        assert not row.hidden.any()
        saved = trace[f"encoder.layers.{layer}.self_attn"].saved
        assert torch.equal(row.weights, saved["weights"][0, head, query])
        assert len(row.patches) == tokens
        assert (row.patches[0] == CLASS_TOKEN) == (model.class_token is not None)


def test_a_hidden_key_is_known() -> None:
    model = small()
    trace = model.trace()
    padding = torch.arange(16)[None] >= 12
    model(torch.randn(1, 1, 28, 28), trace=trace, patches=torch.arange(16), key_padding_mask=padding)
    row = read_row(model, trace, 1, 1, 3)
    assert torch.equal(row.hidden, padding[0])
    assert not row.weights[row.hidden].any()


@pytest.mark.parametrize(("place", "name"), [((2, 0, 0), "layer 2"), ((0, 2, 0), "head 2"), ((0, 0, 16), "token 16")])
def test_a_row_that_is_not_there_is_refused(place: tuple[int, int, int], name: str) -> None:
    model = small()
    _, trace = inspect(model, torch.randn(1, 1, 28, 28))
    with pytest.raises(ValueError, match=f"there is no {name}"):
        read_row(model, trace, *place)
