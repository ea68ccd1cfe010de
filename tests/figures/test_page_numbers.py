"""For a hundred random (model, digit, layer, position): canvas and card show the same number, and it recomputes."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import numpy as np
import pytest

from scratchnn.config import ModelName
from scratchnn.data import load_dataset
from scratchnn.figures.network import network
from scratchnn.inspection.digits import find_digit
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import OpenModel, open_model
from tests.closing import CLOSING
from tests.figures.cards import unpacked
from tests.figures.test_network import unpack

MODELS: list[tuple[str, ModelName]] = [
    (key, kind) for key in ("pretrained", "untrained") for kind in ("cnn", "transformer")
]  # type: ignore[misc]


@cache
def opened(key: str, kind: ModelName) -> OpenModel:
    return open_model(key, kind)


def place_of(column: dict[str, Any], position: tuple[int, ...]) -> tuple[int, int, int]:
    """Item, row and column in the canvas, as the browser counts them."""
    _, height, width = column["shown"]
    if column["kind"] == "flat":
        item, rest = divmod(position[0], height * width)
        return item, *divmod(rest, width)
    if column["kind"] == "projections":
        head, token, number = position
        return token, head, number
    if column["kind"] in ("patches", "tokens"):
        return position[0], *divmod(position[1], width)
    return (*position, 0, 0)[:3]  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(100))
def test_a_random_number_of_the_page_recomputes(seed: int) -> None:
    chance = random.Random(seed)
    key, kind = chance.choice(MODELS)
    model = opened(key, kind)
    dataset = load_dataset(model.config.data, model.config.architecture.image_size)
    digit = find_digit(f"test:{chance.randrange(10_000)}", dataset)
    probabilities, trace = inspect(model.model, dataset.normalise(digit.image[None]))
    header, arrays = unpack(network(model.model, trace, probabilities, dataset.classes, digit.label))
    turn, column = chance.choice([*enumerate(header["columns"])][1:])
    position = tuple(chance.randrange(size) for size in column["shape"])
    data = unpacked(model.model, trace, column["name"], position)
    numbers = arrays[f"values{turn - 1 if column['kind'] == 'flat' else turn}"]
    shown = float(numbers[place_of(column, position)])
    assert np.float32(data["value"]) == shown
    last = data["steps"][-1]
    remade = CLOSING[last["how"]]([float(value) for _, value in last["terms"]])
    assert remade == pytest.approx(shown, rel=1e-5, abs=1e-5)
