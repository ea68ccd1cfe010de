"""Cards as the browser gets them, for the tests."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scratchnn.config import ModelName
from scratchnn.data import load_dataset
from scratchnn.figures.card import card
from scratchnn.inspection.arithmetic import Explanation, Provenance, explain
from scratchnn.inspection.digits import find_digit
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from scratchnn.models import Model
from scratchnn.trace import Trace
from tests.unpacking import unpack

KINDS: list[ModelName] = ["cnn", "transformer"]


@cache
def opened(kind: ModelName, digit: str = "test:0") -> tuple[Model, Trace]:
    """The pretrained network of that kind on a digit."""
    model = open_model("pretrained", kind)
    dataset = load_dataset(model.config.data, model.config.architecture.image_size)
    return model.model, inspect(model.model, dataset.normalise(find_digit(digit, dataset).image[None]))[1]


def explained(kind: ModelName, digit: str, layer: str, position: tuple[int, ...]) -> Explanation:
    """A number of that network on that digit."""
    return explain(*opened(kind, digit), layer, position)


def unpacked(model: Model, trace: Trace, layer: str, position: tuple[int, ...]) -> Any:
    """The card of any network, each step with its terms."""
    return card_of_explanation(explain(model, trace, layer, position))


def card_of_explanation(explanation: Explanation) -> Any:
    """Its card, each step with its terms."""
    data = card(explanation, Provenance("pretrained", "cnn", "test:0"))
    assert len(data) <= 1_000_000
    found = unpack(data)
    place = 0
    for step in filter(None, (*found["steps"], found["instead"])):
        values = found["arrays"]["terms"][place : place + len(step["labels"])]
        step["terms"] = list(zip(step["labels"], values.tolist(), strict=True))
        place += len(values)
    assert place == len(found["arrays"]["terms"])
    return found


def card_of(kind: ModelName, layer: str, position: tuple[int, ...]) -> Any:
    """The card of a number of `opened`."""
    return unpacked(*opened(kind), layer, position)


def figure(data: Any, name: str) -> tuple[Any, NDArray[np.float64]]:
    """A figure of a card by its name, and its numbers [groups, rows, columns]."""
    (told,) = (told for told in data["picture"]["figures"] if told["name"] == name)
    return told, data["arrays"][told["array"]]
