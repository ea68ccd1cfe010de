from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.config import DataConfig, preset
from scratchnn.data import Dataset, load_dataset
from scratchnn.inspection.digits import (
    DigitError,
    find_digit,
    handmade_key,
    next_mistake,
    next_of_class,
    place_of,
    random_digit,
)
from scratchnn.models import build_model
from scratchnn.module import Module
from scratchnn.training.evaluation import predict


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset(DataConfig())


def noise() -> Tensor:
    return torch.randint(0, 256, (28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


@pytest.mark.parametrize("split", ["test", "validation", "training"])
def test_a_digit_by_its_number(dataset: Dataset, split: str) -> None:
    digit = find_digit(f"{split}:1234", dataset)
    part = getattr(dataset, split)
    assert torch.equal(digit.image, part.images[1234])
    assert (digit.label, digit.name) == (int(part.labels[1234]), f"{split.capitalize()} digit 1,234")
    assert find_digit(digit.key, dataset).key == digit.key
    assert place_of(digit) == (split, 1234)


@pytest.mark.parametrize("kind", ["drawn", "uploaded"])
def test_a_handmade_digit_travels_in_its_key(dataset: Dataset, kind: str) -> None:
    for image in (dataset.test.images[7], noise(), torch.zeros(28, 28, dtype=torch.uint8)):
        key = handmade_key(kind, image)
        assert set(key) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:")
        digit = find_digit(key, dataset)
        assert torch.equal(digit.image, image)
        assert digit.label is None
        assert place_of(digit) == ("test", -1)
    assert len(handmade_key(kind, dataset.test.images[7])) < 400


def test_a_network_of_another_image_size_gets_its_size() -> None:
    small = load_dataset(DataConfig(), image_size=14)
    assert find_digit(handmade_key("drawn", noise()), small).image.shape == (14, 14)
    assert find_digit("test:0", small).image.shape == (14, 14)


@pytest.mark.parametrize(
    "key",
    ["", "test", "test:", "test:-1", "test:10000", "test:１", "test:1e3", "test:99999999999", "other:1", "x" * 999],
)
def test_a_key_that_names_no_digit_is_refused(dataset: Dataset, key: str) -> None:
    with pytest.raises(DigitError, match="digit"):
        find_digit(key, dataset)


def test_corrupt_text_is_refused(dataset: Dataset) -> None:
    good = handmade_key("drawn", noise())
    bad = [
        good[:-5],
        good[:40] + "A" + good[41:],
        good + "AAAA",
        "drawn:",
        "drawn:é",
        "drawn:a",
        "drawn:" + "A" * 5000,
    ]
    for key in (*bad, handmade_key("drawn", torch.zeros(27, 28, dtype=torch.uint8)),
                handmade_key("drawn", torch.zeros(5000, 5000, dtype=torch.uint8)[:200])):  # fmt: skip
        with pytest.raises(DigitError, match="incomplete or changed"):
            find_digit(key, dataset)


def test_the_next_of_a_class_goes_round(dataset: Dataset) -> None:
    split = dataset.test
    first = next_of_class(split, 5, -1)
    assert first == split.labels.tolist().index(5)
    seen = {first}
    while (following := next_of_class(split, 5, first)) not in seen:
        assert following is not None
        seen.add(following)
        first = following
    assert len(seen) == int((split.labels == 5).sum())
    assert next_of_class(split, 10, 0) is None


def test_the_next_mistake_is_the_first_one_after(dataset: Dataset) -> None:
    model, split = build_model(preset("cnn", "course")), dataset.test
    said = predict(model, dataset.normalise(split.images[:400])).argmax(1)
    right = (said == split.labels[:400]).nonzero().flatten().tolist()
    before = next(index for index in right if index > 5)  # so that what follows is not always the next number
    wrong = next(index for index in range(before, 400) if index not in right)
    assert next_mistake(model, dataset, split, before - 1) == wrong


class Perfect(Module):
    """Knows the labels of the images that it is shown, in order; `but` marks the one it gets wrong."""

    def __init__(self, dataset: Dataset, but: int | None) -> None:
        self.labels = {image.numpy().tobytes(): int(label) for image, label in
                       zip(dataset.normalise(dataset.test.images), dataset.test.labels, strict=True)}  # fmt: skip
        self.seen, self.but = 0, dataset.normalise(dataset.test.images[[but]])[0] if but is not None else None

    def forward(self, images: Tensor, **_: Any) -> Tensor:
        self.seen += len(images)
        labels = [self.labels[image.numpy().tobytes()] for image in images]
        wrong = [self.but is not None and torch.equal(image, self.but) for image in images]
        said = [(label + miss) % 10 for label, miss in zip(labels, wrong, strict=True)]
        return 9.0 * torch.eye(10)[said]


def test_the_search_for_a_mistake_goes_round_once(dataset: Dataset) -> None:
    perfect = Perfect(dataset, None)
    assert next_mistake(perfect, dataset, dataset.test, 17) is None
    assert perfect.seen == 10_000
    assert next_mistake(Perfect(dataset, 17), dataset, dataset.test, 17) == 17
    assert next_mistake(Perfect(dataset, 17), dataset, dataset.test, 16) == 17


def test_random_digits_differ(dataset: Dataset) -> None:
    found = {random_digit(dataset.test) for _ in range(50)}
    assert len(found) > 40
    assert found <= set(range(10_000))
