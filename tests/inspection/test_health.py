from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from scratchnn.config import RunConfig, preset
from scratchnn.inspection.health import LayerHealth, layer_health
from scratchnn.inspection.layers import inspect
from scratchnn.layers.activation import CustomReLU
from scratchnn.models import Model, build_model
from scratchnn.trace import Trace

CNN = RunConfig().changed("cnn", batch_norm=True, dropout=0.5)
POST_NORM = RunConfig(model="transformer").changed("transformer", depth=1)
PRE_NORM = POST_NORM.changed("transformer", norm_first=True, activation="gelu", pooling="class_token")


def look_into(model: Model) -> tuple[Trace, dict[str, LayerHealth]]:
    images = torch.randn(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    _, trace = inspect(model, images)
    return trace, {layer.name: layer for layer in layer_health(trace)}


def of_relu(x: Tensor) -> LayerHealth:
    relu = CustomReLU()
    trace = relu.trace()
    relu(x, trace=trace)
    (layer,) = layer_health(trace)
    return layer


def test_vectors_by_hand() -> None:
    layer = of_relu(torch.tensor([[-1.0, -1.0, 2.0], [-3.0, 4.0, 5.0]]))  # the second fires for one image only
    assert (layer.units, layer.makes_maps, layer.silent) == (3, False, 1)
    assert layer.zeros == pytest.approx(3 / 6)
    assert layer.mean == pytest.approx(11 / 6)
    assert layer.spread == pytest.approx(math.sqrt(45 / 6 - (11 / 6) ** 2))


def test_tokens_by_hand() -> None:
    layer = of_relu(torch.tensor([[[-1.0, 0.0], [-1.0, 3.0]], [[-2.0, -2.0], [-3.0, -4.0]]]))  # [B, T, E]
    assert (layer.units, layer.makes_maps, layer.silent) == (2, False, 1)
    assert layer.zeros == pytest.approx(7 / 8)


def test_maps_by_hand() -> None:
    maps = torch.full((2, 3, 2, 2), -1.0)
    maps[1, 2, 0, 1] = 0.5  # one pixel of one image keeps a map alive
    layer = of_relu(maps)
    assert (layer.units, layer.makes_maps, layer.silent) == (3, True, 2)
    assert layer.zeros == pytest.approx(23 / 24)


@pytest.mark.parametrize("config", [CNN, POST_NORM, PRE_NORM], ids=["cnn", "post-norm", "pre-norm"])
def test_every_number_is_that_of_the_layers_output(config: RunConfig) -> None:
    trace, layers = look_into(build_model(config))
    for name, layer in layers.items():
        output = trace[name].output
        numbers = output.double().flatten().tolist()
        mean = math.fsum(numbers) / len(numbers)
        spread = math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))
        assert layer.mean == pytest.approx(mean, rel=1e-5, abs=1e-6), name
        assert layer.spread == pytest.approx(spread, rel=1e-5), name
        assert layer.zeros == pytest.approx(numbers.count(0) / len(numbers), abs=1e-12), name
        units = output.transpose(0, 1) if layer.makes_maps else output.reshape(-1, output.shape[-1]).T
        assert layer.units == len(units), name
        if layer.silent is not None:
            assert layer.silent == sum(not any(unit.flatten().tolist()) for unit in units), name


def test_units_that_were_killed_are_counted() -> None:
    model = build_model(preset("cnn", "course"))
    bias = model.state_dict()["conv2.bias"]
    bias[:] = 1e3
    assert look_into(model)[1]["relu2"].silent == 0
    bias[[3, 7, 20]] = -1e6
    assert look_into(model)[1]["relu2"].silent == 3
    bias[:] = -1e6
    assert look_into(model)[1]["relu2"].silent == 32


def test_only_a_relu_can_die() -> None:
    for config, relus in ((CNN, {"relu1", "relu2", "relu3", "relu"}), (POST_NORM, {"encoder.layers.0.activation"})):
        layers = look_into(build_model(config))[1]
        assert {name for name, layer in layers.items() if layer.silent is not None} == relus
    assert all(layer.silent is None for layer in look_into(build_model(PRE_NORM))[1].values())  # of GELUs


def test_layers_come_in_the_order_of_the_pass_without_those_that_change_nothing() -> None:
    blocks = [f"{kind}{block}" for block in (1, 2, 3) for kind in ("conv", "norm", "relu", "pool")]
    assert list(look_into(build_model(CNN))[1]) == [*blocks, "fc1", "relu", "fc2"]

    fed = ["linear1", "activation", "linear2"]
    before, after = ["patch_embedding", "position"], ["pooling", "head"]
    inside = [f"encoder.layers.0.{part}" for part in ("self_attn", "norm1", *fed, "norm2")]
    assert list(look_into(build_model(POST_NORM))[1]) == [*before, *inside, *after]
    inside = [f"encoder.layers.0.{part}" for part in ("norm1", "self_attn", "norm2", *fed)]
    assert list(look_into(build_model(PRE_NORM))[1]) == [*before, *inside, "encoder.norm", *after]
