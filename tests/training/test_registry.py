from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scratchnn.config import RunConfig
from scratchnn.training.registry import JobRegistry
from scratchnn.training.runs import Run
from scratchnn.training.slots import cores, places
from tests.training.conftest import small_config
from tests.training.test_job import PATIENCE, started, until

GRACE = 0.3


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRegistry]:
    monkeypatch.chdir(tmp_path)
    registry = JobRegistry(max_running=1, threads=1, grace=GRACE)
    yield registry
    registry.close()


@pytest.fixture
def long(digits: Path) -> RunConfig:
    return small_config(digits, epochs=200)


def test_jobs_are_found_by_their_id_only(jobs: JobRegistry, long: RunConfig) -> None:
    first, second = jobs.create(long), jobs.create(long)
    assert jobs.get(first.id) is first
    assert jobs.get("") is jobs.get("guess") is None
    assert len(first.id) >= 20
    assert first.id != second.id
    assert jobs.jobs() == [first, second]
    assert first.id not in str(first.run_folder)  # which others may see
    assert first.run_folder != second.run_folder


def test_a_left_job_saves_and_stops_after_the_grace_time(jobs: JobRegistry, long: RunConfig) -> None:
    job = started(jobs, long)
    jobs.keep_alive(job.id, "tab")
    until(lambda: job.progress.step >= 2)
    jobs.release("tab")
    assert job.join(PATIENCE)
    assert (job.status, job.abandoned) == ("stopped", True)
    assert Run.open(job.run_folder).checkpoint("last").step == job.progress.step
    assert jobs.get(job.id) is None  # and it is forgotten
    assert jobs.jobs() == []


def test_a_blink_or_a_reload_does_not_end_it(jobs: JobRegistry, long: RunConfig) -> None:
    job = started(jobs, long)
    jobs.keep_alive(job.id, "tab")
    jobs.release("tab")
    jobs.keep_alive(job.id, "tab")  # the same session came back: a blink
    time.sleep(2 * GRACE)
    assert job.status == "running"
    jobs.release("tab")
    jobs.keep_alive(job.id, "another")  # a new session with the id from its address: a reload
    time.sleep(2 * GRACE)
    assert job.status == "running"
    jobs.release("tab")  # long gone
    time.sleep(2 * GRACE)
    assert job.status == "running"
    assert jobs.get(job.id) is job


def test_two_viewers_both_must_go(jobs: JobRegistry, long: RunConfig) -> None:
    job = started(jobs, long)
    jobs.keep_alive(job.id, "one")
    jobs.keep_alive(job.id, "two")
    jobs.release("one")
    time.sleep(2 * GRACE)
    assert job.status == "running"
    jobs.release("two")
    assert job.join(PATIENCE)


def test_a_job_that_nobody_ever_watched_goes_on(jobs: JobRegistry, long: RunConfig) -> None:
    job = started(jobs, long)
    jobs.release("tab")
    until(lambda: job.progress.step >= 2)
    time.sleep(2 * GRACE)
    assert job.status == "running"


def test_paused_waiting_and_finished_jobs_are_left_too(jobs: JobRegistry, long: RunConfig, digits: Path) -> None:
    paused = jobs.create(long)
    paused.step_once()
    until(lambda: paused.progress.step == 1 and paused.status == "paused")
    finished = started(jobs, small_config(digits, epochs=1))
    finished.join(PATIENCE)
    running, waiting = started(jobs, long), started(jobs, long)
    until(lambda: running.status == "running" and waiting.status == "waiting")
    idle = jobs.create(long)
    for job in (paused, waiting, finished, idle):
        jobs.keep_alive(job.id, "tab")
    jobs.release("tab")
    assert paused.join(PATIENCE)
    assert waiting.join(PATIENCE)
    assert (paused.status, waiting.status, finished.status) == ("stopped", "stopped", "finished")
    assert Run.open(paused.run_folder).checkpoint("last").step == 1
    assert finished.result is not None
    until(lambda: jobs.jobs() == [running])
    assert jobs.get(finished.id) is None
    assert running.status == "running"


def test_what_was_left_is_known_by_its_run(jobs: JobRegistry, long: RunConfig) -> None:
    job = started(jobs, long)
    jobs.keep_alive(job.id, "tab")
    assert jobs.left_run(job.id) is None
    jobs.release("tab")
    assert job.join(PATIENCE)
    assert jobs.get(job.id) is None
    assert jobs.left_run(job.id) == job.run_folder


@pytest.mark.parametrize(("said", "meant"), [("3", 3), ("", cores()), ("0", cores()), ("many", cores())])
def test_how_many_train_at_once_can_be_set(monkeypatch: pytest.MonkeyPatch, said: str, meant: int) -> None:
    monkeypatch.setenv("SCRATCHNN_TRAININGS", said)
    assert places() == meant


def test_the_interpreter_ends_well_with_a_training_under_way(digits: Path, tmp_path: Path) -> None:
    """A torch thread that is alive at the end aborts the process, with all work lost."""
    program = f"""
import time
from scratchnn.training.registry import registry
from tests.training.conftest import small_config
from pathlib import Path
job = registry.create(small_config(Path({str(digits)!r}), epochs=200))
job.start()
while job.progress.step < 3:
    time.sleep(0.01)
print(job.run_folder)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert Run.open(tmp_path / done.stdout.strip()).checkpoint("last").step >= 3


def test_asking_for_a_job_does_not_load_torch() -> None:
    program = """
import sys
from scratchnn.training.registry import registry
registry.get("x")
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.strip() == "False", done.stderr
