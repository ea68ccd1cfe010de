from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from scratchnn.config import RunConfig
from scratchnn.data import Dataset
from scratchnn.training.metrics import STEP_COLUMNS
from scratchnn.training.snapshots import MOST_SNAPSHOTS, Milestones
from scratchnn.training.trainer import Trainer
from tests.reference import DEVICES
from tests.training.conftest import small_config
from tests.training.outcomes import plain, rows_of

MODELS = ["cnn", "transformer"]


def advance(trainer: Trainer, steps: int) -> None:
    """As a recorded training would: with an evaluation at the end of each epoch."""
    for _ in range(steps):
        trainer.train_step()
        if trainer.milestones.full_evaluation(trainer.step):
            trainer.evaluate()


def through_bytes(trainer: Trainer) -> tuple[object, object]:
    """The state as a file would give it back: in memory of its own."""
    tensors, progress = trainer.state()
    return {part: {name: t.clone() for name, t in named.items()} for part, named in tensors.items()}, progress


@pytest.mark.parametrize(("model", "accuracy"), [("cnn", 0.8), ("transformer", 0.6)])
def test_it_learns_real_digits(digits: Path, model: str, accuracy: float) -> None:
    settings = {"epochs": 25, "batch_size": 32, "learning_rate": 5e-3}
    trainer = Trainer(small_config(digits, model, **settings).changed("data", augment=False))
    before = trainer.evaluate()
    advance(trainer, 260)
    after = trainer.evaluate()
    assert before.accuracy < 0.25
    assert after.accuracy > accuracy  # from 800 digits
    assert after.loss < before.loss / 2


@pytest.mark.parametrize("model", MODELS)
def test_same_seed_same_numbers_whatever_else_is_random(digits: Path, model: str) -> None:
    first = Trainer(small_config(digits, model))
    advance(first, 15)
    torch.manual_seed(123)
    second = Trainer(small_config(digits, model))
    untouched = torch.get_rng_state()
    advance(second, 15)
    assert torch.equal(torch.get_rng_state(), untouched)  # the global generator is nobody's business
    assert plain(first.state()) == plain(second.state())
    assert rows_of(first.metrics) == rows_of(second.metrics)


def test_another_seed_other_numbers(digits: Path) -> None:
    first, second = (Trainer(small_config(digits, seed=seed)).train_step() for seed in (0, 1))
    assert first.loss != second.loss


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_resumed_equals_never_stopped_bit_for_bit(digits: Path, model: str, optimizer: str, device: str) -> None:
    config = small_config(digits, model, optimizer=optimizer, schedule="one_cycle", weight_decay=0.01, clip_norm=1.0)
    through = Trainer(config, device)
    advance(through, 9)
    through.set_learning_rate(3e-3)
    advance(through, 7)  # past the first epoch and its evaluation

    resumed = Trainer(config, device)
    resumed.restore(*through_bytes(through), through.metrics)
    advance(through, 8)
    rows = rows_of(through.metrics)
    # the rows that the first has added since are the second's own to make
    resumed.metrics = type(resumed.metrics)()
    advance(resumed, 8)

    assert plain(resumed.state()) == plain(through.state())
    assert resumed.learning_rate == through.learning_rate
    assert plain(resumed.metrics.since()[0].steps)["loss"] == rows[0]["loss"][-8:]


def test_dropout_and_augmentation_are_really_random_here(config: RunConfig) -> None:
    trainer = Trainer(config)
    before = [generator.get_state() for generator in (trainer._dropout, trainer._augmentation)]
    trainer.train_step()
    after = [generator.get_state() for generator in (trainer._dropout, trainer._augmentation)]
    assert not torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_each_step_leaves_one_row(config: RunConfig) -> None:
    trainer = Trainer(config)
    rows = [trainer.train_step() for _ in range(13)]
    steps = trainer.metrics.since()[0].steps
    assert list(steps) == list(STEP_COLUMNS)
    assert steps["step"].tolist() == list(range(1, 14))
    assert steps["images"].tolist()[-2:] == [12 * 64, 800]  # the epoch's last batch is smaller
    assert steps["loss"].tolist() == [row.loss for row in rows]
    assert all(0 <= row.accuracy <= 1 and row.grad_norm > 0 and row.learning_rate == 1e-3 for row in rows)
    assert all(earlier.seconds < later.seconds for earlier, later in pairwise(rows))


def test_layer_norms_are_parts_of_the_whole(digits: Path) -> None:
    trainer = Trainer(small_config(digits, clip_norm=0.01))
    row = trainer.train_step()
    assert row.layer_norms is not None
    assert list(row.layer_norms) == ["conv1", "norm1", "conv2", "norm2", "fc1", "fc2"]
    whole = sum(norm**2 for norm in row.layer_norms.values()) ** 0.5
    assert whole == pytest.approx(row.grad_norm, rel=1e-5)  # both from before clipping
    assert trainer.optimizer.grad_norm().item() == pytest.approx(0.01, rel=1e-3)
    assert trainer.train_step().layer_norms is None


def test_learning_rate_turned_in_mid_run(digits: Path) -> None:
    trainer = Trainer(small_config(digits, schedule="cosine"))
    trainer.train_step()
    before = trainer.learning_rate
    trainer.set_learning_rate(0.01)
    assert trainer.learning_rate == pytest.approx(10 * before)  # the schedule goes on under a higher peak
    assert trainer.train_step().learning_rate == pytest.approx(10 * before)
    assert trainer.metrics.since()[0].changes == [(1, 0.01)]


@pytest.mark.parametrize("rate", [0.0, -1.0, 11.0, float("nan"), float("inf")])
def test_impossible_learning_rate_is_refused(config: RunConfig, rate: float) -> None:
    trainer = Trainer(config)
    with pytest.raises(ValueError, match=r"^training\.learning_rate must be"):
        trainer.set_learning_rate(rate)
    assert trainer.peak_learning_rate == 1e-3


def test_best_is_kept_and_only_full_looks_decide(config: RunConfig, dataset: Dataset) -> None:
    trainer = Trainer(config)
    trainer.evaluate(quick=True)
    assert trainer.best is None
    first = trainer.evaluate()
    assert trainer.best is not None
    assert trainer.best.step == 0
    kept = trainer.best
    advance(trainer, 12)
    for value in kept.state.values():  # copies: training went on, they did not
        assert not any(value.data_ptr() == live.data_ptr() for live in trainer.model.state_dict().values())
    again = Trainer(config)
    again.model.load_state_dict(kept.state)
    assert again.evaluate().loss == first.loss


def test_where_nothing_is_held_out_training_digits_show_how_far_it_is_and_choose_nothing(config: RunConfig) -> None:
    trainer = Trainer(config.changed("data", validation=0))
    seen = trainer.evaluate()
    assert (seen.split, seen.images) == ("training", 1000)
    assert trainer.metrics.last_evaluation is seen
    assert trainer.best is None


def test_a_gpu_that_is_not_there(config: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="no CUDA GPU"):
        Trainer(config, device="cuda")


def test_milestones_are_dense_first_and_bounded_later() -> None:
    short, long = Milestones(860, 860), Milestones(860, 200 * 860)
    assert [step for step in range(861) if short.snapshot(step)] == [
        0, 1, 2, 5, 10, 20, 50, 100, 200, 215, 430, 500, 645, 860,
    ]  # fmt: skip
    assert sum(long.snapshot(step) for step in range(long.total_steps + 1)) <= MOST_SNAPSHOTS + 10
    assert [step for step in range(2000) if long.full_evaluation(step)] == [860, 1720]
    assert sum(long.quick_evaluation(step) for step in range(861, 1721)) == 4
    tiny = Milestones(3, 9)
    assert all(tiny.snapshot(step) for step in range(10))
