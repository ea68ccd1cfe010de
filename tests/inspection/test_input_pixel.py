"""A pixel of the input: from the digit's grey value to the number that the network gets."""

from __future__ import annotations

import code

import pytest
import torch

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import ExplanationError, Provenance, explain_input
from scratchnn.inspection.arithmetic.source import PROJECT
from scratchnn.inspection.digits import find_digit, handmade_key
from tests.closing import CLOSING
from tests.figures.cards import card_of_explanation

DRAWN = handmade_key("drawn", (torch.arange(784) % 256).to(torch.uint8).view(28, 28))


@pytest.mark.parametrize("key", ["test:3", "validation:12", DRAWN])
@pytest.mark.parametrize("place", [(0, 0), (13, 14), (27, 3)])
def test_it_closes_on_what_the_network_gets(
    key: str, place: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = load_dataset(DataConfig())
    digit = find_digit(key, dataset)
    explanation = explain_input(digit.image, dataset, (0, *place))
    assert explanation.value == float(dataset.normalise(digit.image[None])[(0, 0, *place)])
    grey = int(digit.image[place])
    assert explanation.total == ((grey / 255) - dataset.mean) / dataset.std
    assert explanation.residual < 1e-6
    assert explanation.where == f"pixel, row {place[0]}, column {place[1]} of the digit"
    assert explanation.steps[0].terms == (("grey value", grey), ("full ink", 255))
    for step in explanation.steps:
        assert step.result == CLOSING[step.how]([term.value for term in step.terms])
    line = (PROJECT / explanation.source.path).read_text("utf-8").splitlines()[explanation.source.line - 1]
    assert "sub_(255 * self.mean).div_(255 * self.std)" in line
    shell = code.InteractiveConsole()
    for text in explanation.snippet(Provenance("pretrained", "cnn", key)).splitlines():
        assert not shell.push(text)
    printed = capsys.readouterr()
    assert not printed.err
    assert float(printed.out) == explanation.value


def test_the_card_shows_the_digit_before_and_after() -> None:
    dataset = load_dataset(DataConfig())
    image = dataset.test.images[3]
    data = card_of_explanation(explain_input(image, dataset, (0, 9, 10)))
    greys, normalised = data["picture"]["figures"]
    assert (greys["low"], greys["high"], greys["ring"]) == (0, 255, [9, 10, 1, 1])
    assert (data["arrays"][greys["array"]][0] == image.numpy()).all()
    assert data["arrays"][normalised["array"]][0, 9, 10] == data["value"]
    assert normalised["low"] == pytest.approx(-0.424, abs=1e-3)


@pytest.mark.parametrize("position", [(0, 28, 0), (1, 0, 0), (0, 0), (0, -1, 0)])
def test_there_is_no_such_pixel(position: tuple[int, ...]) -> None:
    dataset = load_dataset(DataConfig())
    with pytest.raises(ExplanationError, match=r"the input is \[1, 28, 28\] here and has no position"):
        explain_input(dataset.test.images[3], dataset, position)
