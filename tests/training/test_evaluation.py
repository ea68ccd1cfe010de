from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from scratchnn.data import Dataset, Split
from scratchnn.layers.dropout import CustomDropout
from scratchnn.module import Module
from scratchnn.trace import Trace
from scratchnn.training.evaluation import WORST, evaluate


class Says(Module):
    """Says what it is told to, image by image; it knows an image by its brightness."""

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits
        self.dropout = CustomDropout(0.5)

    def forward(self, images: Tensor, trace: Trace) -> Tensor:
        return self.dropout(self.logits[images[:, 0, 0, 0].round().long()], trace=trace)


def of(labels: Tensor) -> Dataset:
    count = len(labels)
    images = torch.arange(count, dtype=torch.int32).view(-1, 1, 1).expand(count, 2, 2)
    split = Split("validation", images, labels)
    return Dataset("digits", tuple("0123456789"), 0.0, 1 / 255, split, split, split)


@pytest.fixture
def logits() -> Tensor:
    return 3 * torch.randn(1230, 10)


def test_it_measures_what_torch_measures(logits: Tensor) -> None:
    labels = torch.randint(0, 10, (1230,))
    model = Says(logits)
    dataset = of(labels)
    seen = evaluate(model, dataset, dataset.validation, step=5)
    predictions = logits.argmax(1)
    assert (seen.step, seen.split, seen.images) == (5, "validation", 1230)
    assert seen.loss == pytest.approx(functional.cross_entropy(logits.double(), labels).item(), rel=1e-6)
    assert seen.accuracy == (predictions == labels).double().mean().item()
    for true, predicted in ((0, 0), (3, 7), (9, 1)):
        assert seen.confusion[true, predicted] == ((labels == true) & (predictions == predicted)).sum()
    assert model.training  # as it was found; and dropout was off meanwhile


def test_the_worst_mistakes_are_the_surest(logits: Tensor) -> None:
    labels = torch.randint(0, 10, (1230,))
    dataset = of(labels)
    worst = evaluate(Says(logits), dataset, dataset.validation, 0).mistakes
    probabilities = logits.softmax(1)
    wrong = [i for i in range(1230) if probabilities[i].argmax() != labels[i]]
    expected = sorted(wrong, key=lambda i: -probabilities[i].max().item())[:WORST]
    assert [mistake.index for mistake in worst] == expected
    for mistake in worst:
        assert mistake.label == labels[mistake.index] != mistake.prediction
        assert mistake.probability == pytest.approx(probabilities[mistake.index, mistake.prediction].item(), rel=1e-5)


def test_a_quick_look_is_spread_over_the_split_and_names_its_images_rightly() -> None:
    labels = torch.arange(5000) % 10
    logits = functional.one_hot(labels, 10) * 9.0
    logits[:, 0] += torch.where(torch.arange(5000) == 4015, 99.0, 0.0)  # one mistake, in the part that is looked at
    dataset = of(labels)
    seen = evaluate(Says(logits), dataset, dataset.validation, 0, quick=True)
    assert seen.images == 1000
    assert [(mistake.index, mistake.label) for mistake in seen.mistakes] == [(4015, 5)]
    assert len(seen.confusion.diagonal().nonzero()) == 2  # each fifth image of 0, 1, 2, … is a 0 or a 5
