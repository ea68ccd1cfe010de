"""Small networks, and layers alone, whose numbers the tests explain."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.inspection.arithmetic import Explanation, explain
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomCNN, CustomTransformer, Model
from scratchnn.module import Module
from scratchnn.trace import Trace


def image(size: int = 28) -> Tensor:
    """Like a digit: mostly background, all of one value."""
    pixels = torch.randn(1, 1, size, size)
    return torch.where(torch.rand_like(pixels) < 0.5, -0.4242, pixels)


def cnn(**settings: Any) -> tuple[Model, Trace]:
    model = CustomCNN(**{"channels": (3, 4), "hidden": 6, **settings})
    return model, inspect(model, image())[1]


def transformer(**settings: Any) -> Model:
    return CustomTransformer(**{"width": 12, "heads": 3, "feed_forward": 8, **settings}).eval()


def alone(layer: Module, x: Tensor, position: tuple[int, ...], **options: Any) -> tuple[Explanation, Trace]:
    """A layer outside any network, as a playground has it."""
    trace = layer.eval().trace()
    layer(x, trace=trace, **options)
    explanation = explain(layer, trace, "model", position)
    assert explanation.residual <= 1e-5
    names: dict[str, Any] = {"torch": torch, "model": layer, "images": x}
    if not options:
        exec(explanation.recipe, names)
        assert float(names["value"]) == pytest.approx(explanation.total, rel=1e-9, abs=1e-9)
    return explanation, trace
