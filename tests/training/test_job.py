from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from scratchnn.config import RunConfig
from scratchnn.training import trainer as trainer_module
from scratchnn.training.job import TrainingJob
from scratchnn.training.metrics import Cursor
from scratchnn.training.publishing import SNAPSHOT_EVERY
from scratchnn.training.recording import RecordedTraining
from scratchnn.training.registry import JobRegistry
from scratchnn.training.runs import Run
from scratchnn.training.trainer import Trainer
from tests.training.conftest import small_config
from tests.training.outcomes import outcome, plain

PATIENCE = 60  # seconds; the machine may be busy


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "this never came"
        time.sleep(0.005)


@pytest.fixture
def jobs() -> Iterator[JobRegistry]:
    registry = JobRegistry(max_running=1, threads=1)
    yield registry
    registry.close()
    assert all(job.ended for job in registry.jobs())


@pytest.fixture
def long(digits: Path) -> RunConfig:
    """Longer than any test waits."""
    return small_config(digits, epochs=200)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def steps_of(job: TrainingJob) -> list[int]:
    steps: list[int] = job.metrics_since()[0].steps["step"].tolist()
    return steps


def started(registry: JobRegistry, config: RunConfig) -> TrainingJob:
    job = registry.create(config)
    job.start()
    return job


def test_a_job_runs_to_its_end_and_leaves_what_the_loop_alone_leaves(jobs: JobRegistry, config: RunConfig) -> None:
    job = started(jobs, config)
    assert job.join(PATIENCE)
    assert (job.status, job.error, job.place) == ("finished", None, None)
    assert job.progress.step == job.progress.total_steps == 26
    assert job.progress.epoch == 2
    assert job.run_folder.parent == Path("runs")

    with RecordedTraining(Run.create(Path("alone"), config)) as training:
        while not training.done:
            training.step()
        assert plain(training.finish()) == plain(job.result)
    assert outcome(Path("alone")) == outcome(job.run_folder)
    snapshot = job.snapshot()
    assert snapshot is not None
    assert plain(snapshot.state) == plain(Run.open("alone").checkpoint("last").state)


def test_pause_resume_and_single_steps(jobs: JobRegistry, long: RunConfig) -> None:
    job = started(jobs, long)
    until(lambda: job.progress.step >= 3)
    assert job.status == "running"
    job.pause()
    until(lambda: job.status == "paused")
    resting = job.progress.step
    time.sleep(0.1)
    assert job.progress.step == resting == steps_of(job)[-1]
    assert (job.progress.images_per_second, job.progress.seconds_left) == (0.0, None)
    assert Run.open(job.run_folder).checkpoint("last").step == resting  # saved before it says that it rests

    job.step_once()
    job.step_once()
    until(lambda: job.progress.step == resting + 2)
    time.sleep(0.05)
    assert (job.progress.step, job.status) == (resting + 2, "paused")
    until(lambda: Run.open(job.run_folder).checkpoint("last").step == resting + 2)

    job.resume()
    until(lambda: job.progress.step > resting + 10)
    assert job.status == "running"
    until(lambda: job.progress.images_per_second > 0 and job.progress.seconds_left)
    job.stop()
    assert job.join(PATIENCE)
    assert job.status == "stopped"
    assert Run.open(job.run_folder).result is None
    assert Run.open(job.run_folder).checkpoint("last").step == job.progress.step == steps_of(job)[-1]


def test_pauses_and_single_steps_change_no_number(jobs: JobRegistry, config: RunConfig) -> None:
    job = jobs.create(config)
    job.step_once()
    until(lambda: job.progress.step == 1)
    assert job.status == "paused"
    job.step_once()
    until(lambda: job.progress.step == 2)
    job.resume()
    job.join(PATIENCE)
    straight = started(jobs, config)
    straight.join(PATIENCE)
    assert outcome(job.run_folder) == outcome(straight.run_folder)


def test_a_stopped_job_is_gone_on_with_by_another(jobs: JobRegistry, config: RunConfig) -> None:
    job = started(jobs, config)
    until(lambda: job.progress.step >= 5)
    job.set_learning_rate(2e-3)
    until(lambda: job.metrics_since()[0].changes)
    job.stop()
    job.join(PATIENCE)
    assert job.progress.step < 26
    again = jobs.reopen(job.run_folder)
    again.start()
    assert again.join(PATIENCE)
    assert again.status == "finished"
    assert steps_of(again) == list(range(1, 27))
    assert again.metrics_since()[0].changes == job.metrics_since()[0].changes

    # and it all equals a run that was never stopped
    with RecordedTraining(Run.create(Path("alone"), config)) as training:
        while not training.done:
            if training.trainer.step == job.metrics_since()[0].changes[0].step:
                training.set_learning_rate(2e-3)
            training.step()
        training.finish()
    assert outcome(Path("alone")) == outcome(job.run_folder)
    with pytest.raises(ValueError, match="already finished"):
        jobs.reopen(job.run_folder)


def test_the_learning_rate_is_turned_while_it_runs_and_while_it_rests(jobs: JobRegistry, long: RunConfig) -> None:
    job = jobs.create(long)
    job.step_once()
    until(lambda: job.progress.step == 1)
    job.set_learning_rate(0.005)
    job.step_once()
    until(lambda: job.progress.step == 2)
    rows, _ = job.metrics_since()
    assert rows.steps["learning_rate"].tolist() == [0.001, 0.005]
    assert rows.changes == [(1, 0.005)]
    job.resume()
    until(lambda: job.progress.step > 3)
    job.set_learning_rate(0.002)
    until(lambda: job.metrics_since()[0].steps["learning_rate"][-1] == 0.002)
    with pytest.raises(ValueError, match="must be"):
        job.set_learning_rate(float("nan"))
    assert job.status == "running"


def test_stop_is_final_and_never_started_jobs_stop_too(jobs: JobRegistry, long: RunConfig) -> None:
    job = jobs.create(long)
    job.stop()
    job.start()
    job.resume()
    job.step_once()
    assert job.join(PATIENCE)
    assert (job.status, job.progress.step) == ("stopped", 0)
    assert not job.run_folder.exists()


def test_jobs_wait_their_turn_and_know_their_place(jobs: JobRegistry, long: RunConfig) -> None:
    first, second, third = (started(jobs, long) for _ in range(3))
    until(lambda: first.progress.step >= 1)
    assert [job.status for job in (first, second, third)] == ["running", "waiting", "waiting"]
    assert [job.place for job in (first, second, third)] == [None, 1, 2]
    assert second.snapshot() is None

    first.pause()  # lets the next one in
    until(lambda: second.progress.step >= 1)
    assert (first.status, second.status, third.place) == ("paused", "running", 1)
    first.resume()
    until(lambda: first.status == "waiting")
    assert (first.place, third.place) == (2, 1)
    standing = first.progress.step
    third.pause()  # out of the queue
    until(lambda: third.status == "paused")
    assert (first.place, third.place) == (1, None)
    second.stop()
    until(lambda: first.progress.step > standing)
    third.stop()
    assert third.join(PATIENCE)
    assert (third.status, third.progress.step) == ("stopped", 0)


def test_two_train_at_once_and_share_the_cores(long: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[int, set[int]] = {}
    honest = Trainer.train_step

    def noting(self: Trainer) -> object:
        threads.setdefault(id(self.metrics), set()).add(torch.get_num_threads())
        return honest(self)

    monkeypatch.setattr(trainer_module.Trainer, "train_step", noting)
    registry = JobRegistry(max_running=2, threads=2)
    try:
        first = started(registry, long)
        until(lambda: first.progress.step >= 2)
        assert threads.pop(id(first._metrics)) == {2}
        second = started(registry, long)
        until(lambda: second.progress.step >= 2)
        reached = first.progress.step
        until(lambda: first.progress.step >= reached + 2)
        assert (first.status, second.status) == ("running", "running")
        assert threads[id(second._metrics)] == {1}
        assert threads.pop(id(first._metrics)) >= {1}
        second.stop()
        second.join(PATIENCE)
        until(lambda: 2 in threads.get(id(first._metrics), set()))
    finally:
        registry.close()


def test_readers_take_copies_of_the_weights_now_and_then(jobs: JobRegistry, long: RunConfig) -> None:
    job = started(jobs, long)
    until(job.snapshot)
    seen = {}
    end = time.monotonic() + 1.2
    while time.monotonic() < end:
        snapshot = job.snapshot()
        assert snapshot is not None
        seen[snapshot.step] = (snapshot, plain(snapshot.state["conv1.bias"]))
        time.sleep(0.01)
    assert 2 <= len(seen) <= 6  # one each quarter second at most
    for snapshot, then in seen.values():
        assert plain(snapshot.state["conv1.bias"]) == then  # nobody trains on it


def test_nobody_asks_so_nothing_is_copied(jobs: JobRegistry, long: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(jobs, long)
    until(lambda: job.progress.step >= 1)
    copies: list[int] = []
    honest = Trainer.copy_state
    monkeypatch.setattr(Trainer, "copy_state", lambda self: copies.append(self.step) or honest(self))
    time.sleep(3 * SNAPSHOT_EVERY)
    assert all(step % 13 == 0 for step in copies)  # only for a best snapshot, at an epoch's end


def test_metrics_by_cursor_come_once_and_in_order(jobs: JobRegistry, config: RunConfig) -> None:
    job = started(jobs, config)
    cursor, steps, evaluations = Cursor(), [], []
    while not job.join(0.01):
        rows, cursor = job.metrics_since(cursor)
        steps += rows.steps["step"].tolist()
        evaluations += rows.evaluations
    rows, cursor = job.metrics_since(cursor)
    assert steps + rows.steps["step"].tolist() == list(range(1, 27))
    everything = [*evaluations, *rows.evaluations]
    assert everything[0].step == 0  # something to see before the first step
    assert [evaluation.split for evaluation in everything].count("test") == 1


def test_a_diverging_job_fails_in_words(jobs: JobRegistry, digits: Path) -> None:
    config = small_config(digits, optimizer="sgd", learning_rate=10, weight_decay=1, epochs=20)
    job = started(jobs, config)
    assert job.join(PATIENCE)
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.startswith(f"training diverged at step {job.diverged_at}:")
    shown = job.snapshot()
    assert shown is not None
    assert job.error.endswith(f"; the weights of step {shown.step} are kept")
    assert plain(shown.state) == plain(Run.open(job.run_folder).checkpoint("last").state)
    other = started(jobs, small_config(digits, epochs=1))
    other.join(PATIENCE)
    assert other.status == "finished"  # the slot came back


def test_missing_data_fails_in_words(jobs: JobRegistry, config: RunConfig, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    job = started(jobs, config.changed("data", data=str(tmp_path / "file")))
    job.join(PATIENCE)
    assert job.status == "failed"
    assert job.error is not None
    assert "is not a folder" in job.error


def test_even_a_bug_ends_in_a_sentence(
    jobs: JobRegistry, long: RunConfig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def buggy(self: Trainer) -> object:
        raise TypeError("oh")

    monkeypatch.setattr(trainer_module.Trainer, "train_step", buggy)
    job = started(jobs, long)
    job.join(PATIENCE)
    assert (job.status, job.error) == ("failed", "training stopped unexpectedly, by TypeError: oh")
    assert "Traceback" in caplog.text
