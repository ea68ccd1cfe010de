"""The deck of heads gets the pass's own queries, keys and weights: scores and weights recompute from what is sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from scratchnn.figures.heads import MOST_BYTES, heads
from scratchnn.inspection.attention_block import AttentionBlock, read_block
from scratchnn.inspection.look import Look
from scratchnn.inspection.patches import hide_patches
from scratchnn.models import CustomTransformer
from tests.figures.test_attention import SMALL, unpack

DIGIT = torch.arange(28 * 28, dtype=torch.int64).remainder(256).to(torch.uint8).view(28, 28)


def block_of(settings: dict[str, Any], layer: int, left_out: list[int] | None = None) -> AttentionBlock:
    model = CustomTransformer(**{**SMALL, **settings}).eval()
    answer = hide_patches(model, 3 * torch.randn(1, 1, 28, 28), left_out or [])
    return read_block(model, answer.trace, layer)


def from_scores_to_weights(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> np.ndarray:
    """What the browser does, once more: [h, T, T]."""
    queries, keys = arrays["queries"].astype(np.float64), arrays["keys"].astype(np.float64)
    scores = queries @ keys.transpose(0, 2, 1) / np.sqrt(header["size"])
    scores = np.where(arrays["hidden"].astype(bool), -np.inf, scores)
    exponentials = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(-1, keepdims=True))


@pytest.mark.parametrize("left_out", [[], [0, 5]])
@pytest.mark.parametrize(
    "settings", [{}, {"pooling": "class_token", "patch_size": 4}, {"width": 9, "norm_first": True}]
)
def test_the_packed_heads_recompute_to_the_networks_own(settings: dict[str, Any], left_out: list[int]) -> None:
    block = block_of(settings, 1, left_out)
    header, arrays = unpack(heads(block, DIGIT, 2, Look(1, 2, 3)))
    assert (arrays["queries"] == block.queries.numpy()).all()
    assert (arrays["keys"] == block.keys.numpy()).all()
    assert (arrays["weights"] == block.weights.numpy()).all()
    assert from_scores_to_weights(header, arrays) == pytest.approx(block.weights.numpy(), abs=1e-6)
    assert header["patches"] == block.patches.tolist()
    assert not {*left_out} & {*header["patches"]}
    assert header["heads"] == header["heads_in_all"] == header["weighed"] == 3
    assert (header["layer"], header["layers"]) == (1, 2)
    assert header["chosen"] == {"layer": 1, "head": 2, "query": 3, "key": None, "of": "head"}
    assert (arrays["digit"] == DIGIT.numpy()).all()


def test_hidden_keys_are_marked_for_every_query() -> None:
    model = CustomTransformer(**SMALL).eval()
    trace, padding = model.trace(), torch.arange(16) % 5 == 1
    model(torch.randn(1, 1, 28, 28), trace=trace, patches=torch.arange(16), key_padding_mask=padding[None])
    header, arrays = unpack(heads(read_block(model, trace, 0), DIGIT, 2, Look(0, 0, 0)))
    assert (arrays["hidden"].astype(bool) == padding.numpy()).all()
    weights = from_scores_to_weights(header, arrays)
    assert not weights[..., padding.numpy()].any()
    assert weights == pytest.approx(arrays["weights"], abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "sent", "weighed"),
    [
        ({"patch_size": 2, "pooling": "class_token", "width": 96, "heads": 6}, 6, 5),  # 197 tokens
        ({"patch_size": 2, "width": 512, "heads": 8}, 8, 1),  # d = 64: only one head’s weights beside all the rest
        ({"patch_size": 2, "width": 500, "heads": 4, "image_size": 56}, 1, 0),  # 784 tokens, d = 125: not four heads
    ],
)
def test_long_sequences_send_fewer_heads_but_no_rougher_ones(
    settings: dict[str, Any], sent: int, weighed: int
) -> None:
    size = settings.get("image_size", 28)
    model = CustomTransformer(**{**SMALL, "depth": 1, **settings}).eval()
    trace = model.trace()
    model(torch.randn(1, 1, size, size), trace=trace)
    block = read_block(model, trace, 0)
    data = heads(block, torch.zeros(size, size, dtype=torch.uint8), 1, Look(0, 0, 0))
    header, arrays = unpack(data)
    assert (header["heads"], header["weighed"], header["heads_in_all"]) == (sent, weighed, settings["heads"])
    assert len(data) <= MOST_BYTES
    assert (arrays["queries"] == block.queries[:sent].numpy()).all()
    assert (arrays["weights"] == block.weights[:weighed].numpy()).all()
