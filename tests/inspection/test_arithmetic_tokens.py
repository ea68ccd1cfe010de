"""What a card shows of layers on tokens, against numbers that are worked out here in another way."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scratchnn.inspection.arithmetic import explain, explainable, patch_of_pixel, pixel_of_patch, values
from scratchnn.inspection.layers import inspect
from scratchnn.layers.activation import CustomGELU
from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm
from tests.inspection.networks import alone, image, transformer


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
    assert position.title == "position · patch 14 · number 1"
    assert position.parts["place"] == 14 + first
    hidden = explain(model, trace, "encoder.layers.0.self_attn.scores", (1, first, first + 1))
    assert hidden.title == "Block 0, scores · head 1 · patch 9 asks patch 2"
    assert hidden.total == hidden.value == -torch.inf
    assert hidden.residual == 0
    assert explain(model, trace, "encoder.layers.0.self_attn.softmax", (1, first, first + 1)).total == 0
    for name, shape in names.items():
        explanation = explain(model, trace, name, tuple(size - 1 for size in shape))
        assert explanation.residual <= 1e-5, name
        found: dict[str, Any] = {"torch": torch, "model": model, "images": images}
        exec(explanation.recipe, found)
        assert float(found["value"]) == pytest.approx(explanation.total, rel=1e-6, abs=1e-6), name


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
