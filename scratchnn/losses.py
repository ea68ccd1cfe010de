"""What a model is told to make small, and the gradient that backward starts from."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.trace import ShapeError


def log_probabilities(logits: Tensor) -> Tensor:
    """log softmax(logits) along the classes, [N, classes]: as exact for hopeless classes as for certain ones."""
    shifted = logits - logits.amax(1, keepdim=True)  # the same shift for all leaves p as it is: no overflow
    return shifted - shifted.exp().sum(1, keepdim=True).log()


def cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float = 0.0) -> tuple[Tensor, Tensor]:
    """The mean cross-entropy of softmax(logits) against the target classes, and its gradient.

    With p = softmax(z) and the target distribution y (one-hot, or smoothed: each class gets an equal part of
    `label_smoothing`), one sample's loss is

        L = −Σₖ yₖ log pₖ = log Σⱼ exp(zⱼ) − Σₖ yₖ zₖ        since log pₖ = zₖ − log Σⱼ exp(zⱼ) and Σₖ yₖ = 1

    so dL/dzₖ = exp(zₖ) / Σⱼ exp(zⱼ) − yₖ = pₖ − yₖ, divided by the number of samples for their mean.

    Args:
        logits: [N, classes], floating point.
        targets: [N], int64, each a class index from 0 to classes − 1.
        label_smoothing: from 0 to below 1.

    Returns:
        The loss, a scalar tensor, and dL/dlogits, [N, classes].
    """
    _check(logits, targets, label_smoothing)
    samples, classes = logits.shape
    log_p = log_probabilities(logits)
    part = label_smoothing / classes
    y = torch.full_like(logits, part).scatter_(1, targets.unsqueeze(1), 1 - label_smoothing + part)
    loss = (y * log_p).sum() / -samples
    return loss, log_p.exp_().sub_(y).div_(samples)


def _check(logits: Tensor, targets: Tensor, label_smoothing: float) -> None:
    if logits.ndim != 2 or 0 in logits.shape:
        raise ShapeError(
            f"cross_entropy: logits are {list(logits.shape)}; give [samples, classes], at least one of each"
        )
    if targets.shape != logits.shape[:1]:
        raise ShapeError(
            f"cross_entropy: targets are {list(targets.shape)}, but logits are {list(logits.shape)}; "
            "give one class index for each row of logits"
        )
    if targets.dtype != torch.int64:
        raise ShapeError(f"cross_entropy: targets are {targets.dtype}; give int64 class indices")
    lowest, highest = (int(target) for target in torch.aminmax(targets))
    if lowest < 0 or highest >= logits.shape[1]:
        raise ShapeError(
            f"cross_entropy: targets run from {lowest} to {highest}, but {logits.shape[1]} classes are numbered "
            f"from 0 to {logits.shape[1] - 1}"
        )
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"cross_entropy: label_smoothing is {label_smoothing}; it is a share, from 0 to below 1")
