import pytest
import torch

from scratchnn.config import RunConfig, preset
from scratchnn.inspection.layers import inspect, kernels, layer_view, viewable_layers
from scratchnn.models import build_model


def images() -> torch.Tensor:
    return torch.randn(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_a_cnn_shows_the_maps_of_each_layer_before_they_are_flattened() -> None:
    model = build_model(preset("cnn", "course"))
    probabilities, trace = inspect(model, images())
    assert probabilities.sum(1) == pytest.approx(torch.ones(2))
    names = [f"{kind}{block}" for block in (1, 2, 3) for kind in ("conv", "relu", "pool")]
    assert list(viewable_layers(model)) == names
    view = layer_view("pool2", trace, 1)
    assert view.values.shape == (32, 7, 7)
    assert torch.equal(view.values, trace["pool2"].output[1])


@pytest.mark.parametrize("pooling", ["mean", "class_token"])
def test_a_transformer_shows_what_each_head_attends_to(pooling: str) -> None:
    config = RunConfig(model="transformer").changed("transformer", pooling=pooling)
    model = build_model(config)
    _, trace = inspect(model, images())
    name = "encoder.layers.1.self_attn"
    view = layer_view(name, trace, 1)
    weights = trace[name].saved["weights"][1]  # (H, T, T)
    received = weights.mean(1) if pooling == "mean" else weights[:, 0, 1:]
    assert view.kind == "attention"
    assert view.values.shape == (8, 4, 4)
    assert torch.equal(view.values.flatten(1), received)


def test_kernels_stand_apart_in_one_sheet() -> None:
    model = build_model(preset("cnn", "course"))
    first, second = kernels(model, "relu1").values[0], kernels(model, "conv2").values[0]
    assert first.shape == (2 * 4 - 1, 8 * 4 - 1)
    assert torch.equal(first[4:7, 4:7], model.state_dict()["conv1.weight"][9, 0])
    assert second.shape == (16 * 4 - 1, 32 * 4 - 1)
    assert torch.equal(second[8:11, 4:7], model.state_dict()["conv2.weight"][1, 2])
    assert second[3].isnan().all()


def test_a_transformer_looks_for_patches() -> None:
    model = build_model(preset("transformer", "live"))
    sheet = kernels(model, "encoder.layers.0.self_attn").values[0]
    assert torch.equal(sheet[:7, 8:15].flatten(), model.state_dict()["patch_embedding.projection.weight"][1])
