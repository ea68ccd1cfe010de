"""The softmax component gets one row's own numbers; at temperature 1 its arithmetic gives the pass's weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from scratchnn.figures.softmax import softmax
from scratchnn.inspection.attention_row import read_row
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomTransformer
from tests.figures.test_attention import unpack


@pytest.mark.parametrize("settings", [{}, {"pooling": "class_token", "patch_size": 4}, {"width": 9, "heads": 3}])
def test_the_packed_row_recomputes_to_the_networks_own(settings: dict[str, Any]) -> None:
    model = CustomTransformer(**{"width": 12, "heads": 2, "feed_forward": 8, "depth": 2, **settings}).eval()
    _, trace = inspect(model, 3 * torch.randn(1, 1, 28, 28))
    row, digit = read_row(model, trace, 1, 1, 2), torch.randint(0, 256, (28, 28), dtype=torch.uint8)
    header, arrays = unpack(softmax(row, digit, 2, model.config.heads, 0, 0.5))
    query, keys, values = (arrays[name].astype(np.float64) for name in ("query", "keys", "values"))
    scores = keys @ query / np.sqrt(header["size"])
    exponentials = np.exp(scores - scores.max())
    weights = exponentials / exponentials.sum()
    own = trace["encoder.layers.1.self_attn"].saved["weights"][0, 1, 2].numpy()
    assert (arrays["weights"] == own).all()
    assert weights == pytest.approx(own, abs=1e-6)
    assert weights @ values == pytest.approx(arrays["context"], abs=1e-6)
    assert header["chosen"] == {"layer": 1, "head": 1, "query": 2, "key": 0}
    assert header["temperature"] == 0.5
    assert (header["layers"], header["heads"]) == (2, model.config.heads)
    assert header["patches"] == row.patches.tolist()
    assert not arrays["hidden"].any()
    assert (arrays["digit"] == digit.numpy()).all()


def test_the_heading_names_head_layer_and_query() -> None:
    model = CustomTransformer(width=12, heads=2, feed_forward=8, depth=1, pooling="class_token").eval()
    _, trace = inspect(model, torch.randn(1, 1, 28, 28))
    digit = torch.zeros(28, 28, dtype=torch.uint8)
    for query, name in [(0, "the class token"), (4, "patch 3")]:
        header, _ = unpack(softmax(read_row(model, trace, 0, 1, query), digit, 1, 2))
        assert header["heading"] == f"What head 1 of block 0 looks at, from {name}"
