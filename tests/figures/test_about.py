"""Every column of the canvas says what it does, whatever the network's settings."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scratchnn.figures.network.about import about
from scratchnn.figures.network.cnn import cnn_columns
from scratchnn.figures.network.transformer import transformer_columns
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomCNN, CustomTransformer
from tests.figures.test_network import SETTINGS as CNNS
from tests.figures.test_transformer_network import SETTINGS as TRANSFORMERS


def texts(model: CustomCNN | CustomTransformer) -> dict[str, str]:
    """What each column says of itself, by its name."""
    size = model.config.image_size
    probabilities, trace = inspect(model, torch.randn(1, 1, size, size))
    if isinstance(model, CustomTransformer):
        return {column.name: about(column) for column in transformer_columns(model, trace, probabilities)}
    return {column.name: about(column) for column in cnn_columns(model, trace, probabilities)}


@pytest.mark.parametrize("settings", CNNS)
def test_every_column_of_a_cnn(settings: dict[str, Any]) -> None:
    model = CustomCNN(**settings)
    said = texts(model)
    assert ("the mean" if model.config.pooling == "average" else "the largest number") in said["pool1"]
    assert f": {model.config.channels[0]} maps of " in said["pool1"]
    assert said["fc1"].endswith(f"[{model.config.hidden}]: {model.config.hidden} numbers.")
    assert "it had in training" in said.get("norm1", "it had in training")
    assert said["fc2"].startswith("One sum for each class")


@pytest.mark.parametrize("settings", TRANSFORMERS)
def test_every_column_of_a_transformer(settings: dict[str, Any]) -> None:
    model = CustomTransformer(**settings)
    config, said = model.config, texts(model)
    tokens = config.num_patches + (config.pooling == "class_token")
    assert ("class token" in said["position"]) is (config.pooling == "class_token")
    assert {"learned": "learnt in training:", "sinusoidal": "waves", "none": "Adds nothing"}[config.position] in said[
        "position"
    ]
    block = "encoder.layers.0"
    heads = f"{config.heads} heads, {tokens} tokens, {config.width // config.heads} numbers of each."
    assert said[f"{block}.self_attn.key"].endswith(heads)
    assert said[f"{block}.self_attn.softmax"].endswith(f"{config.heads} heads, {tokens} queries, {tokens} keys.")
    assert said[f"{block}.activation"].endswith(f"{tokens} tokens of {config.feed_forward} numbers.")
    assert said[f"{block}.norm1"].startswith("Every token less the mean")
    leaving = [name for name, text in said.items() if "leaves the block" in text]
    assert leaving == [
        f"encoder.layers.{n}.{'residual2' if config.norm_first else 'norm2'}" for n in range(config.depth)
    ]
    assert said["probabilities"] != said[f"{block}.self_attn.softmax"]
