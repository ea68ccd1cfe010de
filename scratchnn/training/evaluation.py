"""How good a model is on a split: loss, accuracy, who is taken for whom, and the worst mistakes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.data import Dataset, Split
from scratchnn.losses import log_probabilities
from scratchnn.module import Module

BATCH = 100  # images per forward pass: few enough for their activations to stay in the cache
QUICK = 1000  # images of a quick evaluation
WORST = 24  # mistakes kept


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image taken for something else."""

    index: int  # within its split
    label: int
    prediction: int
    probability: float  # that the model gave to its wrong prediction


@dataclass(frozen=True)
class Evaluation:
    """A model, after `step` training steps, on a split."""

    step: int
    split: str  # "validation" or "test"; "training" where nothing is held out
    loss: float  # mean cross-entropy, without label smoothing
    accuracy: float  # share, 0 to 1
    confusion: Tensor  # [classes, classes] int64: row is the true class, column the predicted one
    mistakes: list[Mistake]  # the most confident first

    def better_than(self, other: Evaluation | None) -> bool:
        """Whether more images are right, or as many with a lower loss."""
        return not other or (self.accuracy, -self.loss) > (other.accuracy, -other.loss)

    @property
    def images(self) -> int:
        return int(self.confusion.sum())


def predict(model: Module, images: Tensor) -> Tensor:
    """Probabilities [N, classes] for normalised images [N, 1, H, W], in evaluation mode."""
    training = model.training
    model.eval()
    probabilities = log_probabilities(model(images)).exp()
    model.train(training)
    return probabilities


def evaluate(model: Module, dataset: Dataset, split: Split, step: int, quick: bool = False) -> Evaluation:
    """Measure `model` on all of `split`, or, if `quick`, on about a thousand images spread over it."""
    stride = max(1, len(split) // QUICK) if quick else 1
    images, labels = split.images[::stride], split.labels[::stride]
    training = model.training
    model.eval()
    batches = [
        log_probabilities(model(dataset.normalise(images[start : start + BATCH])))
        for start in range(0, len(images), BATCH)
    ]
    model.train(training)
    scores = torch.cat(batches).cpu()  # [N, classes]
    labels = labels.cpu()
    best, predictions = scores.max(1)  # [N], [N]
    return Evaluation(
        step=step,
        split=split.name,
        loss=-scores.gather(1, labels[:, None]).double().mean().item(),
        accuracy=(predictions == labels).double().mean().item(),
        confusion=_confusion(labels, predictions, len(dataset.classes)),
        mistakes=_worst_mistakes(labels, predictions, best.exp(), stride),
    )


def _confusion(labels: Tensor, predictions: Tensor, classes: int) -> Tensor:
    return torch.bincount(labels * classes + predictions, minlength=classes**2).view(classes, classes)


def _worst_mistakes(labels: Tensor, predictions: Tensor, probabilities: Tensor, stride: int) -> list[Mistake]:
    wrong = (predictions != labels).nonzero().flatten()
    worst = wrong[probabilities[wrong].argsort(descending=True, stable=True)][:WORST]
    return [
        Mistake(index * stride, int(labels[index]), int(predictions[index]), float(probabilities[index]))
        for index in worst.tolist()
    ]
