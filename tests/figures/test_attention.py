"""The attention component's payload holds the pass's own weights, and says which map is which."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
import torch

from scratchnn.figures.attention import MOST_BYTES, attention
from scratchnn.inspection.attention import Attention, read_attention
from scratchnn.inspection.look import Look
from scratchnn.inspection.patches import hide_patches
from scratchnn.models import CustomTransformer

SMALL: dict[str, Any] = {"width": 24, "heads": 3, "feed_forward": 16, "depth": 2}


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    (length,) = struct.unpack("<I", data[:4])
    header, offset, arrays = json.loads(data[4 : 4 + length]), 4 + length, {}
    for listed in header["arrays"]:
        kind = np.dtype(np.uint8 if listed["kind"] == "u1" else np.float32)
        size = int(np.prod(listed["shape"]))
        arrays[listed["name"]] = np.frombuffer(data, kind, size, offset).reshape(listed["shape"])
        offset += -(-size * kind.itemsize // 4) * 4
    assert offset == len(data)
    return header, arrays


def seen(settings: dict[str, Any], hidden: list[int]) -> tuple[Attention, torch.Tensor]:
    model = CustomTransformer(**settings).eval()
    size = model.config.image_size
    answer = hide_patches(model, torch.randn(1, 1, size, size), hidden)
    return read_attention(model, answer.trace), torch.randint(0, 256, (size, size), dtype=torch.uint8)


@pytest.mark.parametrize("hidden", [[], [1, 6]])
@pytest.mark.parametrize("settings", [SMALL, {**SMALL, "pooling": "class_token", "patch_size": 4, "depth": 1}])
def test_every_map_is_the_one_that_its_name_says(settings: dict[str, Any], hidden: list[int]) -> None:
    view, digit = seen(settings, hidden)
    data = attention(view, digit, Look(0, 2, 1, 3, "mean"), "all")
    assert len(data) <= MOST_BYTES
    header, arrays = unpack(data)
    layers, heads, tokens, _ = view.weights.shape
    assert arrays["maps"].shape == (layers * (heads + 1) + 1, tokens, tokens)
    for listed, shares in zip(header["maps"], arrays["maps"], strict=True):
        layer, head = listed["layer"], listed["head"]
        if layer is None:
            assert listed["name"] == "rollout through all blocks"
            assert shares == pytest.approx(view.rollout().numpy(), abs=1e-7)
        elif head is None:
            assert listed["name"] == f"block {layer}, mean of all heads"
            assert shares == pytest.approx(view.weights[layer].numpy().mean(0), abs=1e-6)
        else:
            assert listed["name"] == f"block {layer}, head {head}"
            assert (shares == view.weights[layer, head].numpy()).all()
    assert arrays["maps"].sum(-1) == pytest.approx(1, abs=1e-5)
    assert (arrays["sizes"] == view.value_sizes.flatten(0, 1).numpy()).all()
    assert (arrays["digit"] == digit.numpy()).all()
    assert header["patches"] == view.patches.tolist()
    assert header["chosen"] == {"layer": 0, "head": 2, "query": 1, "key": 3, "of": "mean"}
    assert header["range"] == "all"


@pytest.mark.parametrize(
    ("settings", "heads", "first_layer"),
    [
        ({**SMALL, "patch_size": 2}, 1, 0),  # 196 tokens: 6 maps fit, and two layers of two heads would be 7
        ({**SMALL, "patch_size": 2, "depth": 8}, 0, 3),  # the means of the last five layers, and the rollout
    ],
)
def test_long_sequences_send_fewer_heads_but_no_rougher_ones(
    settings: dict[str, Any], heads: int, first_layer: int
) -> None:
    view, digit = seen(settings, [])
    data = attention(view, digit, Look(0, 0, 0))
    assert len(data) <= MOST_BYTES
    header, arrays = unpack(data)
    shown = {listed["head"] for listed in header["maps"] if listed["head"] is not None}
    assert len(shown) == header["heads"]
    assert header["maps"][0]["layer"] == first_layer
    for listed, shares in zip(header["maps"], arrays["maps"], strict=True):
        if listed["head"] is not None:
            assert (shares == view.weights[listed["layer"], listed["head"]].numpy()).all()
        elif listed["layer"] is not None:  # the mean is of all heads, also of those that were not sent
            assert shares == pytest.approx(view.weights[listed["layer"]].numpy().mean(0), abs=1e-6)
    assert len(arrays["sizes"]) == sum(listed["head"] is not None for listed in header["maps"])
    assert header["heads_in_all"] == 3
    assert len(shown) == heads
