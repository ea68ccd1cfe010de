"""The networks, and how a config becomes one."""

from __future__ import annotations

import torch

from scratchnn.config import RunConfig
from scratchnn.models.cnn import CustomCNN
from scratchnn.models.transformer import CustomTransformer

__all__ = ["CustomCNN", "CustomTransformer", "Model", "build_model"]

Model = CustomCNN | CustomTransformer

MODELS: dict[str, type[Model]] = {"cnn": CustomCNN, "transformer": CustomTransformer}


def build_model(config: RunConfig) -> Model:
    """The network that a config describes, its weights drawn from the config's seed."""
    model = MODELS[config.model](**dict(config.architecture))
    model.reset_parameters(torch.Generator().manual_seed(config.training.seed))
    return model
