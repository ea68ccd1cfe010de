from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save_file

from scratchnn.config import RunConfig
from scratchnn.models import build_model
from scratchnn.training import files, recording
from scratchnn.training.checkpoints import Checkpoint
from scratchnn.training.files import RunError, write_atomically
from scratchnn.training.recording import RecordedTraining
from scratchnn.training.runs import MOST_KEPT, Run
from tests.training.conftest import small_config, write_digits
from tests.training.outcomes import outcome, plain

MODELS = ["cnn", "transformer"]


class Killed(BaseException):
    """As good as kill -9: nothing that catches errors catches it."""


def finish(run: Run, steps: int | None = None) -> RecordedTraining:
    with RecordedTraining(run) as training:
        while not training.done and training.trainer.step != steps:
            training.step()
        if training.done:
            training.finish()
        else:
            training.save()
    return training


@pytest.fixture
def finished(config: RunConfig, tmp_path: Path) -> Run:
    run = Run.create(tmp_path / "finished", config)
    finish(run)
    return run


@pytest.fixture(autouse=True)
def often_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """After every step; and without waiting for the disk, which is most of the time here."""
    monkeypatch.setattr(files.os, "fsync", lambda file: None)
    monkeypatch.setattr(recording, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(recording, "SAVE_SHARE", 1e9)


# --- what a run folder holds ----------------------------------------------------------------------------------


def test_a_finished_run_says_everything(finished: Run) -> None:
    assert sorted(path.name for path in finished.folder.iterdir() if path.name != ".lock") == [
        "best.safetensors", "config.json", "metrics.parquet", "result.json", "resume.safetensors", "snapshots",
    ]  # fmt: skip
    assert RunConfig.model_validate_json((finished.folder / "config.json").read_bytes()) == finished.config
    result = json.loads((finished.folder / "result.json").read_text())
    assert {"test_accuracy", "test_loss", "seconds", "epochs", "config", "best_step", "parameters"} <= result.keys()
    assert RunConfig.model_validate(result["config"]) == finished.config
    assert finished.snapshots()[:6] == [0, 1, 2, 4, 5, 7]
    assert finished.snapshots()[-1] == 26


def test_the_one_look_at_the_test_images_uses_the_best_weights(digits: Path, tmp_path: Path) -> None:
    finished = Run.create(tmp_path / "run", small_config(digits, learning_rate=0.01, batch_size=25))
    finish(finished, 32)
    with RecordedTraining(finished) as training:
        training.set_learning_rate(10)  # from here on it gets worse
    finish(finished)
    log = finished.metrics()
    evaluations = log.since()[0].evaluations
    tests = [evaluation for evaluation in evaluations if evaluation.split == "test"]
    assert len(tests) == 1
    full = {e.step: e for e in evaluations if e.split == "validation" and e.images == 200 and e.step in (32, 64)}
    best = max(full.values(), key=lambda e: (e.accuracy, -e.loss))
    assert finished.result is not None
    assert finished.result["best_step"] == tests[0].step == best.step == finished.checkpoint("best").step
    assert finished.result["best_step"] == 32
    assert finished.result["validation_accuracy"] == best.accuracy
    assert finished.checkpoint("best").evaluate().loss == tests[0].loss == finished.result["test_loss"]


def test_without_validation_images_the_last_weights_count(config: RunConfig, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", config.changed("data", validation=0))
    finish(run)
    assert run.result is not None
    assert run.result["validation_accuracy"] is None
    assert not (run.folder / "best.safetensors").exists()
    assert run.best_or_last().step == run.result["best_step"] == 32  # 1,000 images, two epochs
    seen = run.metrics().since()[0].evaluations
    assert [e.step for e in seen if e.split == "training"] == [0, 4, 8, 10, 12, 16, 20, 24, 28, 32]
    assert seen[-1].split == "test"
    assert plain(run.checkpoint("last").state) == plain(run.checkpoint(32).state)


def test_any_moment_can_be_loaded(finished: Run) -> None:
    first, last = (finished.checkpoint(which).model() for which in (0, "last"))
    assert not first.training
    weights = last.state_dict()["fc1.weight"]
    assert not torch.equal(first.state_dict()["fc1.weight"], weights)
    assert torch.equal(finished.checkpoint(26).model().state_dict()["fc1.weight"], weights)


# --- stop and go on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_stopped_and_resumed_equals_never_stopped(digits: Path, tmp_path: Path, model: str) -> None:
    config = small_config(digits, model, optimizer="adamw", schedule="one_cycle")
    through, pieces = (Run.create(tmp_path / name, config) for name in ("through", "pieces"))
    with RecordedTraining(through) as training:
        while not training.done:
            training.step()
            if training.trainer.step == 9:
                training.set_learning_rate(2e-3)
        training.finish()
    with RecordedTraining(pieces) as training:
        while training.trainer.step < 9:
            training.step()
        training.set_learning_rate(2e-3)
    for steps in (9, 13, 14, None):
        finish(Run.open(pieces.folder), steps)
    assert outcome(pieces.folder) == outcome(through.folder)


def test_killed_around_any_write_and_resumed_equals_never_stopped(config: RunConfig, tmp_path: Path) -> None:
    """Each write of a run is a moment to die: before the file is in its place, or just after it."""
    few = write_digits(tmp_path / "few", training=120, test=40)
    config = config.changed("data", data=str(few), validation=40).changed("training", batch_size=40)  # four steps
    through = Run.create(tmp_path / "through", config)
    finish(through)
    expected = outcome(through.folder)

    for moment in count():
        folder = tmp_path / f"killed-{moment}"
        try:
            with death_at(moment):
                finish(Run.create(folder, config))
            break
        except Killed:
            if (folder / "config.json").exists():  # else there is no run yet
                resume_and_compare(folder, expected)
    assert moment >= 60


def resume_and_compare(folder: Path, expected: object) -> None:
    run = Run.open(folder)
    for step in run.snapshots():
        run.checkpoint(step).model()
    if (folder / "metrics.parquet").exists():
        run.metrics()
    if run.result is None:
        finish(run)
    assert outcome(folder) == expected, folder.name


@contextmanager
def death_at(moment: int) -> Iterator[None]:
    """Files are synced and moved into place so many times, and then no more."""
    left = count(moment, -1)
    replace = Path.replace

    def die_or_sync(file: int) -> None:
        if next(left) <= 0:
            if stat.S_ISREG(os.fstat(file).st_mode):
                os.ftruncate(file, os.fstat(file).st_size // 2)  # not all of it had reached the disk
            raise Killed

    def die_or_replace(self: Path, target: Path) -> Path:
        if next(left) <= 0:
            raise Killed
        return replace(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files.os, "fsync", die_or_sync)
        patch.setattr(Path, "replace", die_or_replace)
        yield


def test_what_came_after_the_saved_step_is_forgotten(config: RunConfig, tmp_path: Path) -> None:
    """Killed after a later best and later snapshots, a run that goes on another way must not keep them."""
    run = Run.create(tmp_path / "run", config)
    finish(run, 9)
    kept = (run.folder / "resume.safetensors").read_bytes()
    finish(run, 20)
    assert run.checkpoint("best").step == 13
    (run.folder / "resume.safetensors").write_bytes(kept)
    with RecordedTraining(Run.open(run.folder)) as training:
        assert training.trainer.step == 9
        assert training.trainer.metrics.since()[0].steps["step"].tolist() == list(range(1, 10))
        assert max(run.snapshots()) <= 9
        assert not (run.folder / "best.safetensors").exists()


def test_the_newest_moments_that_were_looked_at_are_kept_beside_a_training(config: RunConfig, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", config)
    state = build_model(config).state_dict()
    for step in range(1, MOST_KEPT + 4):
        run.keep(step, state)
    assert run.snapshots() == list(range(4, MOST_KEPT + 4))
    run.keep(4, state)  # asked for again: now the newest
    run.keep(100, state)
    assert run.snapshots() == [4, *range(6, MOST_KEPT + 4), 100]
    held = Run.open(run.folder).checkpoint(4)
    assert held.step == 4
    assert all(torch.equal(held.state[name], value) for name, value in state.items())
    run.write_snapshot(100, state)
    with RecordedTraining(Run.open(run.folder)):
        assert not [*run.folder.glob("*/step-*")], "of a training that begins anew these weights may never come to be"


def test_a_run_killed_before_its_first_save_begins_again(config: RunConfig, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", config)
    finish(run, 5)
    (run.folder / "resume.safetensors").unlink()
    with RecordedTraining(Run.open(run.folder)) as training:
        assert training.trainer.step == 0
        assert run.snapshots() == []
    with pytest.raises(RunError, match="holds no weights yet"):
        run.best_or_last()


def test_a_run_goes_on_where_its_random_numbers_are(config: RunConfig, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", config)
    finish(run, 2)
    resume = run.read_resume()
    assert resume is not None
    run.write_resume(2, resume[0], resume[1] | {"device": "cuda"})
    with pytest.raises(RunError, match="was trained on cuda; go on there, with --device cuda"):
        RecordedTraining(run)


def test_only_one_training_at_a_time(config: RunConfig, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", config)
    with RecordedTraining(run), pytest.raises(RunError, match="is being trained right now"):
        RecordedTraining(Run.open(run.folder))
    RecordedTraining(Run.open(run.folder)).close()  # let go of


# --- refusals, each in one sentence ---------------------------------------------------------------------------


def test_a_folder_with_a_run_is_refused(finished: Run, config: RunConfig) -> None:
    with pytest.raises(RunError, match="already holds a run"):
        Run.create(finished.folder, config)
    with pytest.raises(RunError, match="already holds another run"):
        RecordedTraining(Run(finished.folder, config.changed("training", seed=9)))
    with pytest.raises(RunError, match=r"already finished, with .*%"):
        finished.unfinished()


def test_no_run_and_unreadable_settings(tmp_path: Path, finished: Run) -> None:
    with pytest.raises(RunError, match=r"there is no run in .*: config\.json is missing"):
        Run.open(tmp_path)
    for broken in (b"", b"{", b"[]", b'{"model": "rnn"}', b'{"training": {"epochs": 0}}', b"\xff"):
        (finished.folder / "config.json").write_bytes(broken)
        with pytest.raises(RunError, match=r"the settings in .*config\.json cannot be used: ") as caught:
            Run.open(finished.folder)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("broken", ["", "{", "[]", "{}", '{"test_accuracy": null}'])
def test_a_damaged_result_is_refused(finished: Run, broken: str) -> None:
    (finished.folder / "result.json").write_text(broken)
    with pytest.raises(RunError, match=r"result\.json is damaged; remove it and resume the run"):
        finished.unfinished()


def test_damaged_metrics_are_refused(finished: Run) -> None:
    path = finished.folder / "metrics.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.drop_columns(["loss"]), path)
    with pytest.raises(RunError, match=r"metrics\.parquet is damaged: its rows are not those of a training"):
        finished.metrics()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RunError, match=r"metrics\.parquet is damaged: not a complete parquet file"):
        finished.metrics()


@pytest.mark.parametrize("keep", [0, 4, 50, 1000, -1])
def test_a_cut_checkpoint_is_refused(finished: Run, keep: int) -> None:
    path = finished.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RunError, match=r"best\.safetensors is damaged, cut short or not a safetensors file"):
        finished.checkpoint("best")


def test_foreign_checkpoints_are_refused(finished: Run, digits: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.safetensors"
    save_file({"weight": torch.zeros(2)}, stranger)
    with pytest.raises(RunError, match="was not saved by ScratchNN"):
        Checkpoint.read(stranger)

    mixed = tmp_path / "mixed.safetensors"
    metadata = {"step": "1", "config": small_config(digits, "transformer").model_dump_json()}
    save_file(finished.checkpoint("best").state, mixed, metadata)
    with pytest.raises(RunError, match="does not hold the weights of its transformer"):
        Checkpoint.read(mixed).model()

    (finished.folder / "config.json").write_text(small_config(digits, "transformer").model_dump_json())
    with pytest.raises(RunError, match="another model than"):
        Run.open(finished.folder).best_or_last()


def test_a_full_disk_is_said_and_leaves_what_was_whole(
    config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.create(tmp_path / "run", config)
    finish(run, 5)
    before = {path: path.read_bytes() for path in run.folder.rglob("*.*") if path.is_file()}
    with RecordedTraining(run) as training:

        def full(file: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(files.os, "fsync", full)
        with pytest.raises(RunError, match=r"cannot write .*: No space left on device"):
            training.step()
    assert {path: path.read_bytes() for path in run.folder.rglob("*.*") if path.is_file()} == before


def test_a_place_that_cannot_be_written(config: RunConfig, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RunError, match="cannot make the folder"):
        RecordedTraining(Run.create(tmp_path / "file" / "run", config))
    with pytest.raises(RunError, match="cannot write"):
        write_atomically(tmp_path / "file" / "x", b"")
