"""What a card shows of each kind of layer, against numbers that are worked out here in another way."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.inspection.arithmetic import (
    Explanation,
    ExplanationError,
    explain,
    explainable,
    flattened,
    partial_maps,
    patch_of_pixel,
    pixel_of_patch,
    softmax_row,
    unflattened,
    values,
)
from scratchnn.inspection.layers import inspect
from scratchnn.layers.activation import CustomGELU, CustomReLU, CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from scratchnn.models import CustomCNN, CustomTransformer, Model
from scratchnn.module import Module
from scratchnn.trace import Trace


def image(size: int = 28) -> Tensor:
    """Like a digit: mostly background, all of one value."""
    pixels = torch.randn(1, 1, size, size)
    return torch.where(torch.rand_like(pixels) < 0.5, -0.4242, pixels)


def cnn(**settings: Any) -> tuple[Model, Trace]:
    model = CustomCNN(**{"channels": (3, 4), "hidden": 6, **settings})
    return model, inspect(model, image())[1]


def transformer(**settings: Any) -> Model:
    return CustomTransformer(**{"width": 12, "heads": 3, "feed_forward": 8, **settings}).eval()


def alone(layer: Module, x: Tensor, position: tuple[int, ...], **options: Any) -> tuple[Explanation, Trace]:
    """A layer outside any network, as a playground has it."""
    trace = layer.eval().trace()
    layer(x, trace=trace, **options)
    explanation = explain(layer, trace, "model", position)
    assert explanation.residual <= 1e-5
    names: dict[str, Any] = {"torch": torch, "model": layer, "images": x}
    if not options:
        exec(explanation.recipe, names)
        assert float(names["value"]) == pytest.approx(explanation.total, rel=1e-9, abs=1e-9)
    return explanation, trace


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
    assert [term.label for term in explanation.terms] == ["input map 0", "input map 1", "input map 2", "bias"]
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


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_alone(approximate: str) -> None:
    explanation, _ = alone(CustomGELU(approximate), torch.tensor([[-0.7, 1.2]]), (0,))
    assert float(explanation.parts["gate"]) == pytest.approx(0.242, abs=1e-3)


def test_normalisations_show_the_statistics_that_they_used() -> None:
    layer = CustomBatchNorm2d(2)
    layer.running_mean.value.copy_(torch.tensor([1.0, 2.0]))
    layer.running_var.value.copy_(torch.tensor([4.0, 9.0]))
    layer.weight.value.copy_(torch.tensor([1.0, 3.0]))
    layer.bias.value.fill_(0.5)
    explanation, _ = alone(layer, torch.full((2, 2, 3, 3), 5.0), (1, 0, 2))
    wanted = {"mean": 2, "variance": 9, "scale": 3, "shift": 0.5, "x": 5}
    assert {name: float(explanation.parts[name]) for name in wanted} == wanted
    assert explanation.value == pytest.approx(3.5, abs=1e-5)
    x = torch.randn(3, 2, 4, 4)
    trace = layer.train().trace()
    layer(x, trace=trace)
    training = explain(layer, trace, "model", (0, 1, 1))
    assert float(training.parts["mean"]) == pytest.approx(float(x[:, 0].mean()), abs=1e-6)
    assert training.residual <= 1e-5
    row, _ = alone(CustomLayerNorm((2, 3)), x[:, :, :2, :3], (0, 1, 2))
    assert float(row.parts["variance"]) == pytest.approx(float(x[0, 0, :2, :3].var(correction=0)), abs=1e-6)


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


def test_softmax_shares_sum_to_one_at_any_temperature() -> None:
    scores = torch.tensor([1.0, 3.0, -2.0])
    own = softmax_row(scores)
    assert torch.allclose(own.quotients, scores.double().softmax(0), rtol=1e-12)
    assert float(own.exponentials.sum()) == float(own.sum)
    for temperature in (0.1, 1, 5.0):
        assert float(softmax_row(scores, temperature).quotients.sum()) == pytest.approx(1)
    assert softmax_row(scores, 0.1).quotients.max() > own.quotients.max() > softmax_row(scores, 5).quotients.max()
    with pytest.raises(ValueError, match="temperature is 0"):
        softmax_row(scores, 0)
    alone(CustomSoftmax(1), torch.randn(2, 3, 4, 5), (2, 1, 4))


def test_each_pixel_belongs_to_the_patch_that_it_is_read_in() -> None:
    model = transformer()
    embedding = model.patch_embedding
    _, trace = inspect(model, image())
    for token, number in ((0, 0), (6, 10), (15, 48)):
        channel, row, column = pixel_of_patch(embedding, token, number)
        assert patch_of_pixel(embedding, row, column) == token
        explanation = explain(model, trace, "patch_embedding.pixels", (token, number))
        assert explanation.parts["from"].tolist() == [channel, row, column]
        assert explanation.value == trace["model"].saved["images"][0, channel, row, column]
    weighted = explain(model, trace, "patch_embedding", (6, 5)).parts
    assert torch.equal(weighted["folded"].flatten(), weighted["contributions"])
    assert weighted["folded"].shape == (7, 7)
    assert weighted["corner"].tolist() == [7, 14]


@pytest.mark.parametrize("pooling", ["mean", "class_token"])
def test_hidden_and_shuffled_patches_are_still_called_by_their_numbers(pooling: str) -> None:
    model = transformer(pooling=pooling)
    images, chosen = image(), torch.tensor([9, 2, 14, 0])
    padding = torch.tensor([[False, True, False, False]])
    trace = model.trace()
    model(images, trace=trace, patches=chosen, key_padding_mask=padding)
    first = int(pooling == "class_token")
    names = explainable(model, trace)
    assert names["encoder.layers.1.self_attn.scores"] == (3, 4 + first, 4 + first)
    pixel = explain(model, trace, "patch_embedding.pixels", (0, 0))
    assert pixel.parts["from"].tolist() == list(pixel_of_patch(model.patch_embedding, 9, 0))
    position = explain(model, trace, "position", (2 + first, 1))
    assert position.title == "position: patch 14, number 1"
    assert position.parts["place"] == 14 + first
    hidden = explain(model, trace, "encoder.layers.0.self_attn.scores", (1, first, first + 1))
    assert hidden.title.endswith("head 1, patch 9 asks patch 2")
    assert hidden.total == hidden.value == -torch.inf
    assert hidden.residual == 0
    assert explain(model, trace, "encoder.layers.0.self_attn.softmax", (1, first, first + 1)).total == 0
    for name, shape in names.items():
        explanation = explain(model, trace, name, tuple(size - 1 for size in shape))
        assert explanation.residual <= 1e-5, name
        found: dict[str, Any] = {"torch": torch, "model": model, "images": images}
        exec(explanation.recipe, found)
        assert float(found["value"]) == pytest.approx(explanation.total, rel=1e-6, abs=1e-6), name


def test_a_score_goes_from_products_over_the_scale_to_the_mask() -> None:
    model = transformer()
    _, trace = inspect(model, image())
    explanation = explain(model, trace, "encoder.layers.0.self_attn.scores", (2, 3, 7))
    saved = {name: tensor[0].double() for name, tensor in trace["encoder.layers.0.self_attn"].saved.items()}
    products = saved["query"][2, 3] * saved["key"][2, 7]
    assert torch.equal(explanation.parts["products"], products)
    assert float(explanation.parts["scaled"]) == pytest.approx(float(products.sum()) / 2)
    assert [step.name for step in explanation.steps] == ["dot product", "scaled", "score"]


def test_heads_stand_side_by_side_and_are_projected_together() -> None:
    model = transformer()
    _, trace = inspect(model, image())
    name = "encoder.layers.0.self_attn"
    explanation = explain(model, trace, f"{name}.context", (3, 9))
    assert explanation.parts["from"].tolist() == [2, 1]
    weights, value = (trace[name].saved[part][0].double() for part in ("weights", "value"))
    assert torch.equal(explanation.parts["products"], weights[2, 3] * value[2, :, 1])
    projected = explain(model, trace, f"{name}.out_proj", (3, 9)).parts
    assert projected["folded"].shape == (3, 4)
    context = trace[name].saved["context"][0, 3].view(3, 4).double()
    assert torch.equal(projected["folded"], context * model.state_dict()[f"{name}.out_proj.weight"][9].view(3, 4))


def test_cross_attention_projects_each_from_its_own_input() -> None:
    layer, query, other = CustomMultiHeadAttention(8, 2), torch.randn(1, 3, 8), torch.randn(1, 5, 8)
    trace = layer.trace()
    layer(query, other, other, trace=trace)
    names = explainable(layer, trace)
    assert {name: names[name] for name in ("query", "key", "scores")} == {
        "query": (2, 3, 4), "key": (2, 5, 4), "scores": (2, 3, 5),
    }  # fmt: skip
    for name, shape in names.items():
        assert explain(layer, trace, name, tuple(size - 1 for size in shape)).residual <= 1e-5, name
    assert torch.equal(explain(layer, trace, "key", (0, 4, 0)).parts["inputs"], other[0, 4].double())


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_residual_sum_says_how_much_its_branch_adds(norm_first: bool) -> None:
    model = transformer(norm_first=norm_first)
    _, trace = inspect(model, image())
    block = "encoder.layers.1"
    for which, branch in (("residual1", "dropout1"), ("residual2", "dropout2")):
        explanation = explain(model, trace, f"{block}.{which}", (4, 2))
        assert torch.equal(explanation.parts["branch"], trace[f"{block}.{branch}"].output[0, 4].double())
        assert float(explanation.parts["branch_length"]) == pytest.approx(float(explanation.parts["branch"].norm()))
    assert torch.equal(
        values(model, trace, f"{block}.residual1"), trace[f"{block}.norm{1 + norm_first}"].saved["x"][0]
    )
    output = explain(model, trace, block, (4, 2))
    assert output.layer == f"{block}.{'residual2' if norm_first else 'norm2'}"
    assert output.value == trace[block].output[0, 4, 2]


@pytest.mark.parametrize("kind", ["learned", "sinusoidal", "none"])
def test_a_position_adds_a_number_of_its_table(kind: str) -> None:
    model = transformer(position=kind)
    _, trace = inspect(model, image())
    for component in (6, 7):
        explanation = explain(model, trace, "position", (5, component))
        added = float(trace["position"].output[0, 5, component] - trace["patch_embedding"].output[0, 5, component])
        assert float(explanation.parts["encoding"]) == pytest.approx(added, abs=1e-6)
        assert ("encodings" in explanation.parts) == (kind != "none")


def test_pooled_tokens_have_their_shares() -> None:
    for pooling, share in (("mean", [1 / 16] * 16), ("class_token", [1.0] + [0.0] * 16)):
        model = transformer(pooling=pooling)
        explanation = explain(model, inspect(model, image())[1], "pooling", (3,))
        assert explanation.parts["share"].tolist() == pytest.approx(share)
        assert explanation.terms[0].label == ("patch 0" if pooling == "mean" else "the class token")


def test_a_network_that_diverged_is_explained_all_the_same() -> None:
    model, _ = cnn()
    model.state_dict()["conv1.weight"].fill_(float("nan"))
    model.state_dict()["conv2.weight"].fill_(float("inf"))
    _, trace = inspect(model, image())
    for name, shape in explainable(model, trace).items():
        explain(model, trace, name, tuple(0 for _ in shape)).largest(3)
