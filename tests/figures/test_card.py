"""The card's numbers are the network's own: every step, picture and bar of it recomputes."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import pytest

from scratchnn.config import ModelName
from scratchnn.data import load_dataset
from scratchnn.figures.card import card
from scratchnn.inspection.arithmetic import Provenance, explain, explainable, values
from scratchnn.inspection.arithmetic.explanation import PROJECT
from scratchnn.inspection.digits import find_digit
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from scratchnn.models import Model
from scratchnn.trace import Trace
from tests.closing import CLOSING

KINDS: list[ModelName] = ["cnn", "transformer"]


@cache
def opened(kind: ModelName) -> tuple[Model, Trace]:
    model = open_model("pretrained", kind)
    dataset = load_dataset(model.config.data, model.config.architecture.image_size)
    return model.model, inspect(model.model, dataset.normalise(find_digit("test:0", dataset).image[None]))[1]


def card_of(kind: ModelName, layer: str, position: tuple[int, ...]) -> Any:
    """As the browser gets it."""
    data = card(explain(*opened(kind), layer, position), Provenance("pretrained", kind, "test:0"))
    return json.loads(json.dumps(data, allow_nan=False))


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_recomputes(kind: ModelName) -> None:
    model, trace = opened(kind)
    for layer, shape in explainable(model, trace).items():
        for position in (
            tuple(0 for _ in shape),
            tuple(size // 2 for size in shape),
            tuple(size - 1 for size in shape),
        ):
            data = card_of(kind, layer, position)
            own = float(values(model, trace, layer)[position])
            for step in data["steps"]:
                for terms in filter(None, (step["terms"], step["shown"])):
                    remade = CLOSING[step["how"]]([float(value) for _, value in terms])
                    assert remade == pytest.approx(float(step["result"]), abs=1e-9), f"{layer}{position}: {step}"
            assert data["value"] == own
            assert data["total"] == data["steps"][-1]["result"] == pytest.approx(own, rel=1e-5, abs=1e-5)
            assert data["residual"] == abs(data["total"] - own) <= 1e-5 * max(1, abs(own))


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_grid_is_the_product_of_those_before_it_and_adds_up(kind: ModelName) -> None:
    model, trace = opened(kind)
    seen = set()
    for layer, shape in explainable(model, trace).items():
        data = card_of(kind, layer, tuple(size // 3 for size in shape))
        picture = data["picture"]
        if picture is None or [slot["sign"] for slot in picture["slots"]] != ["", "×", "="]:
            continue
        seen.add(picture["slots"][0]["name"])
        for group in picture["groups"]:
            left, right, made = group["grids"]
            assert made == pytest.approx([a * b for a, b in zip(left, right, strict=True)], abs=1e-12)
            assert math.fsum(made) == pytest.approx(group["sum"], abs=1e-9)
            for grid, slot in zip(group["grids"], picture["slots"], strict=True):
                assert max(map(abs, grid)) <= slot["scale"]
        bias = [value for label, value in data["steps"][-1]["terms"] if label == "bias"]
        if not layer.endswith(".scores"):  # these are scaled after the sum
            whole = math.fsum(group["sum"] for group in picture["groups"])
            assert math.fsum([whole, *bias]) == pytest.approx(data["value"], rel=1e-5, abs=1e-5), layer
    assert seen == ({"patch", "inputs"} if kind == "cnn" else {"inputs", "query", "weights", "column"})


def test_groups_are_called_by_what_they_are_and_the_heaviest_comes_first() -> None:
    picture = card_of("cnn", "conv2", (5, 3, 8))["picture"]
    assert [group["name"] for group in picture["groups"][:2]] == ["pool1, map 0", "pool1, map 1"]
    sums = [abs(group["sum"]) for group in picture["groups"]]
    assert picture["first"] == sums.index(max(sums))
    assert card_of("cnn", "fc1", (3,))["picture"]["groups"][7]["name"] == "map 7"


def test_padding_and_winner_are_marked() -> None:
    outside = [
        [slot["outside"] for slot in card_of("cnn", "conv1", at)["picture"]["slots"]] for at in ((0, 0, 0), (0, 5, 5))
    ]
    assert outside == [[[0, 1, 2, 3, 6], [], []], [[], [], []]]
    pooled = card_of("cnn", "pool1", (0, 5, 5))  # whose largest is not the first
    _, window, _ = pooled["picture"]["groups"][0]["grids"]
    row, column, *size = pooled["picture"]["slots"][1]["ring"]
    assert size == [1, 1]
    assert window[2 * row + column] == max(window) == pooled["value"]


@pytest.mark.parametrize("layer", ["norm1", "relu1", "pool1"])
def test_a_map_stands_before_and_after_with_the_number_ringed(layer: str) -> None:
    data = card_of("cnn", layer, (2, 5, 9))
    first, last = data["picture"]["slots"][0], data["picture"]["slots"][-1]
    assert (first["name"], last["name"]) == ("before", "after")
    assert first["scale"] == last["scale"], "or the two could not be compared"
    model, trace = opened("cnn")
    grids = data["picture"]["groups"][0]["grids"]
    assert grids[0] == trace[layer].saved["x"][0, 2].double().flatten().tolist()
    assert grids[-1] == values(model, trace, layer)[2].double().flatten().tolist()
    assert last["ring"] == [5, 9, 1, 1]
    assert grids[-1][5 * last["columns"] + 9] == data["value"]
    assert first["ring"] == ([10, 18, 2, 2] if layer == "pool1" else [5, 9, 1, 1])


def test_only_a_maximum_shows_the_mean_of_the_same_window() -> None:
    pooled = card_of("cnn", "pool2", (2, 3, 3))
    instead = pooled["instead"]
    assert instead["how"] == "mean"
    assert instead["shown"] == instead["terms"] == pooled["steps"][-1]["terms"]
    assert instead["result"] == pytest.approx(math.fsum(value for _, value in instead["terms"]) / 4)
    assert instead["result"] < pooled["value"]
    assert card_of("cnn", "relu2", (2, 3, 3))["instead"] is None


def test_no_picture_where_a_larger_one_stands() -> None:
    explanation = explain(*opened("cnn"), "conv2", (5, 3, 8))
    assert card(explanation, Provenance("pretrained", "cnn", "test:0"), pictured=False)["picture"] is None


@pytest.mark.parametrize(("kind", "layer"), [("cnn", "probabilities"), ("transformer", "probabilities")])
def test_shares_are_shares(kind: ModelName, layer: str) -> None:
    data = card_of(kind, layer, (7,))
    *_, quotients = data["picture"]["groups"][0]["grids"]
    assert math.fsum(quotients) == pytest.approx(1)
    assert data["share"]
    assert quotients[data["picture"]["slots"][2]["ring"][1]] == pytest.approx(data["value"], abs=1e-5)


def test_the_source_is_the_file_with_its_line() -> None:
    source = card_of("cnn", "conv2", (0, 0, 0))["source"]
    assert source["text"] == (PROJECT / source["path"]).read_text("utf-8")
    assert "def forward(" in source["text"].splitlines()[source["line"] - 1]


def test_what_is_not_finite_is_a_word_that_javascript_reads() -> None:
    model, trace = opened("cnn")
    explanation = explain(model, trace, "pool1", (0, 0, 0))
    explanation.parts["window"][0, 0] = -math.inf
    explanation.parts["window"][0, 1] = math.nan
    _, window, _ = card(explanation, Provenance("pretrained", "cnn", "test:0"))["picture"]["groups"][0]["grids"]
    assert window[:2] == ["-Infinity", "NaN"]
