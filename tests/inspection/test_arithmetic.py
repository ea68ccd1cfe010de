"""Every number that a network makes of a digit has an explanation, and every explanation closes."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import Explanation, ExplanationError, Step, explain, explainable, values
from scratchnn.inspection.layers import inspect
from scratchnn.layers.normalization import CustomBatchNorm2d
from scratchnn.models import CustomCNN, CustomTransformer, Model
from scratchnn.trace import Trace
from scratchnn.training.checkpoints import Checkpoint
from tests.closing import CLOSING

ROOT = Path(__file__).parents[2]


def stirred(model: Model) -> Model:
    """With biases that are not zero, scales that are not one, and running statistics as of a training."""
    for name, parameter in model.named_parameters():
        if "norm" in name or "bias" in name:
            parameter.value.add_(torch.randn(parameter.value.shape) * 0.3)
    for _, module in model.named_modules():
        if isinstance(module, CustomBatchNorm2d):
            module.running_mean.value.normal_()
            module.running_var.value.uniform_(0.2, 2)
    return model.eval()


def pretrained(name: str) -> Any:
    return Checkpoint.read(ROOT / "assets" / "pretrained" / f"{name}.safetensors").model()


SMALL: dict[str, Any] = {"width": 24, "heads": 3, "feed_forward": 20}

MODELS: dict[str, Callable[[], Model]] = {
    "pretrained cnn": lambda: pretrained("cnn"),
    "pretrained transformer": lambda: pretrained("transformer"),
    "course cnn": lambda: stirred(CustomCNN()),
    "cnn, batch norm, average": lambda: stirred(
        CustomCNN(channels=(4, 6), kernel_size=5, pooling="average", batch_norm=True, dropout=0.3, hidden=12)
    ),
    "cnn, even kernel, odd maps": lambda: stirred(CustomCNN(channels=(3, 5), kernel_size=4, hidden=7)),
    "cnn, one pixel kernel": lambda: stirred(CustomCNN(channels=(3,), kernel_size=1, batch_norm=True, hidden=7)),
    "course transformer": lambda: stirred(CustomTransformer()),
    "norm first, gelu, class token": lambda: stirred(
        CustomTransformer(
            **SMALL, norm_first=True, activation="gelu", pooling="class_token", position="sinusoidal", dropout=0.2
        )
    ),
    "norm last, gelu, class token": lambda: stirred(
        CustomTransformer(**SMALL, patch_size=4, activation="gelu", pooling="class_token", depth=3)
    ),
    "norm first, no positions": lambda: stirred(
        CustomTransformer(**SMALL, patch_size=14, norm_first=True, position="none")
    ),
}


@cache
def model_of(name: str) -> Model:
    torch.manual_seed(0)
    return MODELS[name]()


@cache
def digit(index: int) -> Tensor:
    dataset = load_dataset(DataConfig())
    return dataset.normalise(dataset.test.images[index : index + 1])


@cache
def pass_of(name: str, index: int) -> Trace:
    return inspect(model_of(name), digit(index))[1]


def recomputed(step: Step) -> float:
    """The step done again, by other means than the explanation's own."""
    return CLOSING[step.how]([term.value for term in step.terms])


def check(explanation: Explanation, trace: Trace, model: Model) -> None:
    """It ends at the pass's own number, each step closes, and no step's result is left hanging."""
    name = f"{explanation.layer}{list(explanation.position)}"
    own = float(values(model, trace, explanation.layer)[explanation.position])
    assert explanation.value == own, name
    total = recomputed(explanation.steps[-1])
    assert total == pytest.approx(explanation.total, rel=1e-12, abs=1e-12), name
    assert abs(total - own) <= 1e-5 * max(1, abs(own)), name
    assert explanation.residual <= 1e-5 * max(1, abs(own)), name
    for place, step in enumerate(explanation.steps[:-1]):
        later = [abs(term.value) for after in explanation.steps[place + 1 :] for term in after.terms]
        result = abs(recomputed(step))
        assert any(result == pytest.approx(value, rel=1e-9, abs=1e-12) for value in later), f"{name}: {step.name}"
    assert explanation.title.startswith(f"{explanation.name} · ")
    assert explanation.sentence.endswith(".")
    assert ". " not in explanation.sentence, "it is one sentence"
    assert explanation.formula


def outcome(explanation: Explanation, model: Model, images: Tensor) -> float:
    """What the recipe says, run where nothing but the model and the image is known."""
    names: dict[str, Any] = {"torch": torch, "model": model, "images": images}
    exec(explanation.recipe, names)
    return float(names["value"])


@pytest.mark.parametrize("seed", range(5))
def test_random_numbers_recompute(seed: int) -> None:
    """In all, two hundred of any model, any digit, any layer, any position."""
    chance = random.Random(seed)
    for _ in range(40):
        name, index = chance.choice([*MODELS]), chance.randrange(10_000)
        model, trace = model_of(name), pass_of(name, index)
        layer, shape = chance.choice([*explainable(model, trace).items()])
        position = tuple(chance.randrange(size) for size in shape)
        explanation = explain(model, trace, layer, position)
        check(explanation, trace, model)
        repeated = outcome(explanation, model, digit(index))
        assert repeated == pytest.approx(explanation.total, rel=1e-6, abs=1e-6), f"{name}: {layer}{position}"
        assert repeated == pytest.approx(explanation.value, rel=1e-5, abs=1e-5), f"{name}: {layer}{position}"


@pytest.mark.parametrize("name", MODELS)
def test_no_layer_that_was_called_is_left_out(name: str) -> None:
    model, trace = model_of(name), pass_of(name, 0)
    names = explainable(model, trace)
    assert trace.calls.keys() <= names.keys()
    assert [*names][-1] == "probabilities"
    for layer, shape in names.items():
        assert tuple(values(model, trace, layer).shape) == shape
        for position in (tuple(0 for _ in shape), tuple(size - 1 for size in shape)):
            check(explain(model, trace, layer, position), trace, model)


@pytest.mark.parametrize("name", MODELS)
def test_the_source_is_a_line_that_computes(name: str) -> None:
    model, trace = model_of(name), pass_of(name, 0)
    for layer, shape in explainable(model, trace).items():
        path, line = explain(model, trace, layer, tuple(0 for _ in shape)).source
        assert path.startswith("scratchnn/layers/")
        content = (ROOT / path).read_text().splitlines()[line - 1].strip()
        assert not content.startswith(("def ", "#", '"')), layer


def test_what_is_inside_a_layer_comes_in_the_order_of_the_pass() -> None:
    names = [*explainable(model_of("norm first, gelu, class token"), pass_of("norm first, gelu, class token", 0))]
    block = [name.removeprefix("encoder.layers.0.") for name in names if name.startswith("encoder.layers.0")]
    assert names[:2] == ["patch_embedding.pixels", "patch_embedding.projection"]
    assert block == [
        "norm1", "self_attn.query", "self_attn.key", "self_attn.value", "self_attn.scores", "self_attn.softmax",
        "self_attn.dropout", "self_attn.context", "self_attn.out_proj", "self_attn", "dropout1", "residual1",
        "norm2", "linear1", "activation", "dropout", "linear2", "feed_forward", "dropout2", "residual2",
        "encoder.layers.0",
    ]  # fmt: skip


def test_a_place_that_is_not_there_is_refused_in_words() -> None:
    model, trace = model_of("course cnn"), pass_of("course cnn", 0)
    with pytest.raises(ExplanationError, match=r"nothing called 'conv9'; it has conv1, relu1, pool1"):
        explain(model, trace, "conv9", (0,))
    with pytest.raises(ExplanationError, match=r"nothing called 'conv1.scores'"):
        explain(model, trace, "conv1.scores", (0,))
    for position in ((16, 0, 0), (0, 0), (0, 0, -1), ()):
        with pytest.raises(ExplanationError, match=r"conv1 is \[16, 28, 28\] here and has no position"):
            explain(model, trace, "conv1", position)
