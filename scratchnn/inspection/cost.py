"""What a network will cost before it is trained: parameters, and seconds per training step."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from scratchnn.config import RunConfig
from scratchnn.losses import cross_entropy
from scratchnn.models import build_model
from scratchnn.module import Module

_FEW = 8  # images of the passes that are timed first
_LONG = 0.2  # seconds: a longer pass is scaled up from a shorter one instead of being timed
_LEAST, _MOST = 4, 30  # passes that are timed: on a busy machine most are disturbed, and hardly all


@dataclass(frozen=True)
class Cost:
    """What a network takes, before it is trained."""

    parameters: int
    seconds_per_step: float  # forward and backward, of one batch of the config's size


def estimate_cost(config: RunConfig) -> Cost:
    """Build the network and time passes of a whole batch; if those take long, of as many images as do not."""
    model = build_model(config)
    size, batch = config.architecture.image_size, config.training.batch_size
    few = min(_FEW, batch)
    seconds = _seconds(model, size, few)
    affordable = min(batch, int(few * _LONG / seconds))
    per_image = seconds / few
    if affordable > few:
        per_image = max(0.0, _seconds(model, size, affordable) - seconds) / (affordable - few)
    return Cost(model.num_parameters(), seconds + per_image * (batch - few))


def _seconds(model: Module, image_size: int, batch: int) -> float:
    """The quickest of some passes after the first, which also pays for memory and, on a fresh server, for set-up."""
    images, labels = torch.zeros(batch, 1, image_size, image_size), torch.zeros(batch, dtype=torch.int64)
    trace, took = model.trace(reuse_buffers=True, input_gradient=False), []
    for _ in range(1 + _MOST):
        began = time.perf_counter()
        model.backward(cross_entropy(model(images, trace=trace.restart()), labels)[1], trace)
        took.append(time.perf_counter() - began)
        if len(took) > _LEAST and sum(took[1:]) > _LONG:
            break
    return min(took[1:])
