"""For any model, digit, layer and position, what the page sends recomputes to the network's own number within 1e-5."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from scratchnn.config import ModelName, RunConfig, preset
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import explainable, values
from scratchnn.inspection.digits import find_digit
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from scratchnn.models import build_model
from scratchnn.training.runs import RUNS, Run
from tests.closing import CLOSING
from tests.figures.cards import unpacked

_TRANSFORMER = {"width": 24, "heads": 3, "feed_forward": 20, "depth": 2}
_RUNS: dict[str, tuple[ModelName, dict[str, Any]]] = {
    "batch-norm": ("cnn", {"channels": (4, 6), "kernel_size": 5, "pooling": "average", "batch_norm": True}),
    "even-kernel": ("cnn", {"channels": (3, 5), "kernel_size": 4, "hidden": 7, "dropout": 0.3, "image_size": 32}),
    "class-token": (
        "transformer",
        {**_TRANSFORMER, "norm_first": True, "activation": "gelu", "pooling": "class_token", "position": "sinusoidal"},
    ),
    "norm-last": ("transformer", {**_TRANSFORMER, "patch_size": 4, "dropout": 0.2}),
    "no-position": ("transformer", {**_TRANSFORMER, "patch_size": 14, "norm_first": True, "position": "none"}),
}


def stirred(config: RunConfig) -> dict[str, torch.Tensor]:
    """Weights as of a training: biases that are not zero, scales and statistics that are not one."""
    state = build_model(config).state_dict()
    spread = {name: 0.05 * torch.randn(value.shape) for name, value in state.items() if value.is_floating_point()}
    return {
        name: value + (spread[name].abs() if "var" in name else spread[name]) if name in spread else value
        for name, value in state.items()
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The pretrained and the untrained networks, and those of saved runs with settings of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("runs"))
        opened = [open_model(key, kind) for key in ("pretrained", "untrained") for kind in ("cnn", "transformer")]
        for name, (kind, settings) in _RUNS.items():
            run = Run.create(RUNS / name, preset(kind, "course").changed(kind, **settings))
            run.begin()
            run.write_snapshot(40, stirred(run.config))
            opened.append(open_model(f"run:{name}@40", kind))
        yield opened


@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_random_numbers_recompute_from_what_the_page_sends(models: Any, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        opened = chance.choice(models)
        dataset = load_dataset(opened.config.data, opened.config.architecture.image_size)
        digit = find_digit(f"test:{chance.randrange(10_000)}", dataset)
        _, trace = inspect(opened.model, dataset.normalise(digit.image[None]))
        layer, shape = chance.choice([*explainable(opened.model, trace).items()])
        position = tuple(chance.randrange(size) for size in shape)
        own = float(values(opened.model, trace, layer)[position])
        data = unpacked(opened.model, trace, layer, position)
        place, results = f"{opened.name}, {digit.key}, {layer}{list(position)}", []
        for step in data["steps"]:
            results.append(CLOSING[step["how"]]([value for _, value in step["terms"]]))
            assert results[-1] == pytest.approx(step["result"], rel=1e-12, abs=1e-12), place
        for at, result in enumerate(results[:-1]):
            later = [abs(value) for step in data["steps"][at + 1 :] for _, value in step["terms"]]
            assert any(abs(result) == pytest.approx(value, rel=1e-9, abs=1e-12) for value in later), place
        assert data["value"] == own, place
        assert abs(results[-1] - own) < 1e-5, place
        assert data["residual"] < 1e-5, place
