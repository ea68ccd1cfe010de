"""What a card shows of layers on maps, against numbers that are worked out here in another way."""

from __future__ import annotations

import pytest
import torch

from scratchnn.inspection.arithmetic import (
    ExplanationError,
    explain,
    explainable,
    flattened,
    partial_maps,
    unflattened,
)
from scratchnn.inspection.layers import inspect
from scratchnn.layers.activation import CustomReLU
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from tests.inspection.networks import alone, cnn, image


def test_a_convolution_shows_each_input_map_and_the_bias() -> None:
    model, trace = cnn()
    explanation = explain(model, trace, "conv2", (1, 0, 5))
    parts, state = explanation.parts, model.state_dict()
    x = trace["conv2"].saved["x"][0]
    assert torch.equal(parts["kernel"], state["conv2.weight"][1].double())
    assert torch.equal(parts["patch"][:, 1:], x[:, 0:2, 4:7].double())
    assert torch.equal(parts["patch"][:, 0], torch.zeros(3, 3).double())
    assert parts["inside"].tolist() == [[False] * 3, [True] * 3, [True] * 3]
    assert parts["corner"].tolist() == [-1, 4]
    assert torch.equal(parts["products"], parts["patch"] * parts["kernel"])
    assert torch.allclose(parts["partial"], parts["products"].sum((1, 2)), rtol=1e-12)
    assert [term.value for term in explanation.terms] == [*parts["partial"].tolist(), state["conv2.bias"][1].item()]
    assert [term.label for term in explanation.terms] == ["pool1, map 0", "pool1, map 1", "pool1, map 2", "bias"]
    assert explain(model, trace, "conv1", (0, 1, 1)).terms[0].label == "image"


@pytest.mark.parametrize("kernel_size", [1, 3, 4, 5])
def test_partial_maps_and_the_bias_add_up_to_the_map(kernel_size: int) -> None:
    model, trace = cnn(kernel_size=kernel_size)
    for layer, channels in (("conv1", 1), ("conv2", 3)):
        maps = partial_maps(model, trace, layer, 2)
        output = trace[layer].output[0, 2]
        assert maps.shape == (channels, *output.shape)
        assert torch.allclose(maps.sum(0) + model.state_dict()[f"{layer}.bias"][2], output.double(), atol=1e-5)
        pixel = explain(model, trace, layer, (2, 3, 1))
        assert torch.allclose(maps[:, 3, 1], pixel.parts["partial"], rtol=1e-12)
    for layer, output_map in (("conv2", 9), ("pool1", 0), ("conv9", 0)):
        with pytest.raises(ExplanationError):
            partial_maps(model, trace, layer, output_map)


def test_a_convolution_alone_with_every_setting() -> None:
    layer = CustomConv2d(4, 6, (3, 2), stride=(2, 3), padding=(2, 1), dilation=(1, 2), groups=2, bias=False)
    x = torch.randn(2, 4, 9, 8)
    for position in ((0, 0, 0), (3, 2, 1), (5, 4, 2)):
        explanation, trace = alone(layer, x, position)
        assert explanation.parts["channels"].tolist() == ([2, 3] if position[0] > 2 else [0, 1])
        maps = partial_maps(layer, trace, "model", position[0])
        assert torch.allclose(maps.sum(0), trace["model"].output[0, position[0]].double(), atol=1e-5)
    assert "2i+u-2" in explanation.formula
    assert "3j+2v-1" in explanation.formula


def test_the_winner_of_a_pool_is_the_first_of_the_largest() -> None:
    model, trace = cnn()
    x = trace["pool1"].saved["x"][0]
    for position in ((0, 0, 0), (1, 7, 6), (2, 13, 13)):
        explanation = explain(model, trace, "pool1", position)
        channel, i, j = position
        window = x[channel, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        assert torch.equal(explanation.parts["window"], window.double())
        assert explanation.parts["winner"].tolist() == list(divmod(int(window.flatten().argmax()), 2))
        assert torch.equal(explanation.parts["averaged"], window.double())
        row, column = explanation.parts["winner_in_map"].tolist()
        assert float(x[channel, row, column]) == explanation.value


def test_pools_alone_with_padding() -> None:
    x = torch.randn(1, 2, 7, 6) - 3  # all below zero: padding must not win
    first, _ = alone(CustomMaxPool2d(3, 2, 1), x, (1, 0, 0))
    assert first.parts["inside"].tolist() == [[False] * 3, [False, True, True], [False, True, True]]
    assert first.value == x[0, 1, :2, :2].max()
    mean, _ = alone(CustomAvgPool2d(3, 2, 1), x, (1, 0, 0))
    assert mean.total == pytest.approx(float(x[0, 1, :2, :2].sum()) / 9)
    assert float(first.parts["averaged"].mean()) == pytest.approx(mean.total)


def test_relu_says_how_much_of_its_map_is_cut() -> None:
    model, trace = cnn()
    x = trace["relu1"].saved["x"][0, 1]
    below = (x < 0).nonzero()[0].tolist()
    explanation = explain(model, trace, "relu1", (1, *below))
    assert float(explanation.parts["cut"]) == float((x < 0).double().mean())
    assert explanation.total == 0
    assert not explanation.parts["dead"]
    dead, _ = alone(CustomReLU(), -torch.ones(1, 2, 3, 3), (0, 1, 1))
    assert dead.parts["dead"]
    assert float(dead.parts["cut"]) == 1
    row, _ = alone(CustomReLU(), torch.tensor([[-1.0, 0, 2, 3]]), (1,))
    assert float(row.parts["cut"]) == 0.25  # zero was zero before


def test_a_units_contributions_lie_over_the_maps_that_they_came_from() -> None:
    model, trace = cnn(dropout=0.2)
    explanation = explain(model, trace, "fc1", (3,))
    maps = trace["pool2"].output[0].double()
    weights = model.state_dict()["fc1.weight"][3].double().view_as(maps)
    assert torch.equal(explanation.parts["folded"], maps * weights)
    labelled = dict(explanation.terms)
    assert labelled["map 2, row 1, column 6"] == float((maps * weights)[2, 1, 6])
    assert explain(model, trace, "fc2", (3,)).parts["folded"].shape == (6,)


def test_the_largest_terms_and_the_others_still_add_up() -> None:
    model, trace = cnn()
    explanation = explain(model, trace, "fc1", (3,))
    few = explanation.largest(5)
    sizes = [abs(term.value) for term in few[:5]]
    assert sizes == sorted((abs(term.value) for term in explanation.terms), reverse=True)[:5]
    assert few[5].label == f"the other {len(explanation.terms) - 5}"
    assert sum(term.value for term in few) == pytest.approx(explanation.total, rel=1e-9)
    for everything in (len(explanation.terms) - 1, 10_000):  # nothing is gained by calling one term "the other 1"
        assert sorted(explanation.largest(everything)) == sorted(explanation.terms)
    pooled = explain(model, trace, "pool1", (0, 0, 0))
    assert pooled.largest(1) == pooled.terms


def test_flatten_has_a_way_back() -> None:
    model, trace = cnn()
    shape = (4, 7, 7)
    assert [flattened(unflattened(number, shape), shape) for number in range(196)] == [*range(196)]
    explanation = explain(model, trace, "flatten", (100,))
    assert explanation.parts["from"].tolist() == [2, 0, 2]
    assert explanation.value == trace["pool2"].output[0, 2, 0, 2]


def test_a_network_that_diverged_is_explained_all_the_same() -> None:
    model, _ = cnn()
    model.state_dict()["conv1.weight"].fill_(float("nan"))
    model.state_dict()["conv2.weight"].fill_(float("inf"))
    _, trace = inspect(model, image())
    for name, shape in explainable(model, trace).items():
        explain(model, trace, name, tuple(0 for _ in shape)).largest(3)
