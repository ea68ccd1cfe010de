"""What a network will cost before it is trained: parameters, and seconds per training step."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from scratchnn.config import RunConfig
from scratchnn.losses import cross_entropy
from scratchnn.models import build_model
from scratchnn.module import Module

_FEW, _MORE = 8, 32  # images of the two passes that are timed
_LONG = 0.2  # seconds: a pass this long is scaled up instead of timing a longer one


@dataclass(frozen=True)
class Cost:
    """What a network takes, before it is trained."""

    parameters: int
    seconds_per_step: float  # forward and backward, of one batch of the config's size


def estimate_cost(config: RunConfig) -> Cost:
    """Build the network, time two small passes, and draw the line through them to the whole batch."""
    model = build_model(config)
    size = config.architecture.image_size
    few = _seconds(model, size, _FEW)
    per_image = few / _FEW if few > _LONG else max(0.0, _seconds(model, size, _MORE) - few) / (_MORE - _FEW)
    return Cost(model.num_parameters(), few + per_image * (config.training.batch_size - _FEW))


def _seconds(model: Module, image_size: int, batch: int) -> float:
    """The quickest of a few passes after the first, which also pays for memory and, on a fresh server, for set-up."""
    images, labels = torch.zeros(batch, 1, image_size, image_size), torch.zeros(batch, dtype=torch.int64)
    trace, took = model.trace(reuse_buffers=True, input_gradient=False), []
    for _ in range(6):
        began = time.perf_counter()
        model.backward(cross_entropy(model(images, trace=trace.restart()), labels)[1], trace)
        took.append(time.perf_counter() - began)
        if sum(took[1:]) > 2 * _LONG:
            break
    return min(took[1:])
