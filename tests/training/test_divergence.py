from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from scratchnn.config import RunConfig
from scratchnn.module import Module
from scratchnn.training.divergence import Diverged
from scratchnn.training.recording import RecordedTraining
from scratchnn.training.runs import Run
from scratchnn.training.trainer import Trainer
from tests.training.conftest import small_config
from tests.training.outcomes import plain


def layer(trainer: Trainer, name: str) -> Module:
    return dict(trainer.model.named_modules())[name]


def spoil_gradient(trainer: Trainer, name: str, value: float) -> None:
    """From now on this layer's backward leaves one bad number in its weight's gradient."""
    spoilt = layer(trainer, name)
    honest = spoilt.backward

    def backward(*given: object, **options: object) -> object:
        result = honest(*given, **options)  # type: ignore[arg-type]
        spoilt.weight.grad.view(-1)[3] = value  # type: ignore[attr-defined]
        return result

    spoilt.backward = backward  # type: ignore[method-assign]


def spoil_returned_gradient(trainer: Trainer, name: str) -> None:
    """From now on this layer's backward hands on a gradient of NaN, and all layers before it get nothing else."""
    spoilt = layer(trainer, name)
    honest = spoilt.backward
    spoilt.backward = lambda *given: honest(*given) * math.nan  # type: ignore[method-assign]


def train_to_the_end(training: RecordedTraining) -> None:
    while not training.done:
        training.step()


def set_weight(name: str, value: float) -> Callable[[Trainer], object]:
    return lambda trainer: trainer.model.state_dict()[name].view(-1)[0:1].fill_(value)


def set_weights(name: str, value: float) -> Callable[[Trainer], object]:
    return lambda trainer: trainer.model.state_dict()[name].fill_(value)


@pytest.mark.parametrize(
    ("model", "spoil", "named"),
    [
        ("cnn", set_weight("conv2.weight", math.nan), "conv2.weight is NaN"),
        ("cnn", set_weight("fc1.bias", math.inf), "fc1.bias is infinite"),
        ("cnn", set_weight("conv1.bias", -math.inf), "conv1.bias is infinite"),
        ("cnn", set_weights("conv2.weight", 3e38), "conv2's output is"),
        ("cnn", set_weights("norm2.weight", 3e38), "norm2's output is infinite"),
        ("cnn", lambda trainer: spoil_gradient(trainer, "fc1", math.nan), "the gradient of fc1.weight is NaN"),
        (
            "cnn",
            lambda trainer: spoil_gradient(trainer, "conv1", math.inf),
            "the gradient of conv1.weight is infinite",
        ),
        ("cnn", lambda trainer: spoil_gradient(trainer, "conv1", 1e30), "the norm of all gradients is infinite"),
        ("cnn", lambda trainer: spoil_returned_gradient(trainer, "fc1"), "the gradient of dropout1's output is NaN"),
        ("transformer", set_weight("head.weight", math.nan), "head.weight is NaN"),
        (
            "transformer",
            set_weight("encoder.layers.0.self_attn.in_proj_weight", math.nan),
            "encoder.layers.0.self_attn.in_proj_weight is NaN",
        ),
        (
            "transformer",
            set_weights("encoder.layers.0.self_attn.in_proj_weight", 1e25),
            "encoder.layers.0.self_attn.softmax's input is infinite",
        ),
        (
            "transformer",
            lambda trainer: spoil_gradient(trainer, "encoder.layers.0.linear1", math.nan),
            "the gradient of encoder.layers.0.linear1.weight is NaN",
        ),
    ],
)
def test_the_first_bad_tensor_is_named(
    digits: Path, model: str, spoil: Callable[[Trainer], object], named: str
) -> None:
    trainer = Trainer(small_config(digits, model))
    trainer.train_step()
    trainer.train_step()
    spoil(trainer)
    with pytest.raises(Diverged) as caught:
        trainer.train_step()
    assert str(caught.value).startswith(f"training diverged at step 3: {named}")
    assert "lower the learning rate, which was 0.001, to about 0.0001, or clip gradients" in str(caught.value)
    assert trainer.step == 2
    assert len(trainer.metrics) == 2


def test_the_search_meets_the_dropout_of_the_step_that_went_bad(config: RunConfig) -> None:
    good, bad = Trainer(config), Trainer(config)
    good.train_step()
    bad.model.state_dict()["fc2.bias"].fill_(math.nan)
    with pytest.raises(Diverged):
        bad.train_step()
    assert torch.equal(bad._dropout.get_state(), good._dropout.get_state())


def test_a_running_statistic_goes_bad_without_the_loss_knowing(config: RunConfig) -> None:
    trainer = Trainer(config)
    trainer.train_step()
    trainer.model.state_dict()["norm1.running_var"].fill_(math.inf)
    trainer.train_step()
    with pytest.raises(Diverged, match=r"at step 2: norm1\.running_var is NaN"):
        trainer.evaluate()


def test_a_real_explosion_is_caught_and_the_last_good_state_kept(digits: Path, tmp_path: Path) -> None:
    config = small_config(digits, optimizer="sgd", learning_rate=10, weight_decay=1, epochs=20)  # weights × −9 a step
    run = Run.create(tmp_path / "run", config)
    with RecordedTraining(run) as training, pytest.raises(Diverged) as caught:
        train_to_the_end(training)
    message = str(caught.value)
    assert message.count(". ") == 0  # one sentence
    assert "; the weights of step " in message
    kept = int(message.split("the weights of step ")[1].split()[0])
    checkpoint = run.checkpoint("last")
    assert checkpoint.step == kept
    for step in run.snapshots():
        assert all(value.isfinite().all() for value in run.checkpoint(step).state.values())
    steps = run.metrics().since()[0].steps["step"].tolist()
    assert steps[-1] == training.trainer.step >= kept  # the curves reach up to the end

    with RecordedTraining(Run.open(run.folder)) as again:  # readable and resumable, to the same end
        assert again.trainer.step == kept
        with pytest.raises(Diverged) as repeated:
            train_to_the_end(again)
    assert str(repeated.value) == message


def test_nothing_bad_is_ever_saved(config: RunConfig, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", config)
    with RecordedTraining(run) as training:
        training.step()
        training.save()
        good = plain(run.checkpoint("last").state)
        training.trainer.model.state_dict()["conv1.bias"][0] = torch.nan
        training._unsaved = True
        with pytest.raises(Diverged, match=r"conv1\.bias is NaN"):
            training.save()
        assert plain(run.checkpoint("last").state) == good
