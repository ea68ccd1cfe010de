"""Which digits to look at: fixed probes, and an example for a cell of the confusion matrix."""

from __future__ import annotations

import torch

from scratchnn.data import Dataset, Split
from scratchnn.module import Module
from scratchnn.training.evaluation import predict


def one_of_each_class(split: Split) -> list[int]:
    """The first digit of each class that is present, by its place in the split; a small one may lack some."""
    return [int((split.labels == digit).nonzero()[0]) for digit in split.labels.unique().tolist()]


def example_of(
    model: Module, dataset: Dataset, split: Split, true: int, predicted: int, batch: int = 250
) -> int | None:
    """The digit of class `true` that the network takes for `predicted` with the highest probability, or None."""
    places = (split.labels == true).nonzero()[:, 0]
    sure = torch.cat([predict(model, dataset.normalise(split.images[some])) for some in torch.split(places, batch)])
    said = sure[:, predicted].masked_fill(sure.argmax(1) != predicted, -1)
    best = int(said.argmax())
    return int(places[best]) if said[best] >= 0 else None
