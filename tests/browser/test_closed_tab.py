"""A person closes the tab of a training: within a minute it has ended, and its run can be gone on with."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import pytest
from playwright.sync_api import Page

from scratchnn.training.files import RunError, lock_folder
from scratchnn.training.recording import SAVE_EVERY, RecordedTraining
from scratchnn.training.runs import Run
from tests.browser.helpers import begin_training

BOUND = 60.0  # seconds from closing the tab until the training has ended
LOOK_EVERY = 0.2  # seconds


def is_trained(folder: Path) -> bool:
    """Whether a training holds the run folder, this process's or another's."""
    try:
        lock = lock_folder(folder)
    except RunError:
        return True
    assert lock is not None, "there are no file locks here to see a training by"
    lock.close()
    return False


def saved_at(folder: Path) -> float:
    return (folder / "resume.safetensors").stat().st_mtime


def test_a_closed_tabs_training_ends_and_its_run_goes_on(
    page: Page, address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def runs() -> set[Path]:
        return set(tmp_path_factory.getbasetemp().glob("app[0-9]*/runs/*"))

    before = runs()
    begin_training(page, address)
    (folder,) = runs() - before
    assert is_trained(folder)
    # it also saves every ten seconds on its way: close between two of these, so that they are not taken for the last
    while time.time() - saved_at(folder) < SAVE_EVERY / 2:
        page.wait_for_timeout(1000 * LOOK_EVERY)

    page.close()
    closed = time.monotonic()
    lately = deque([saved_at(folder)], maxlen=round(1 / LOOK_EVERY))
    while is_trained(folder):
        assert time.monotonic() - closed < BOUND, "it still trains, and nobody watches"
        lately.append(saved_at(folder))
        time.sleep(LOOK_EVERY)
    assert saved_at(folder) != lately[0], "it ended without saving: what is there was saved on the way"

    run = Run.open(folder).unfinished()
    step = run.checkpoint("last").step
    assert step > 5
    assert run.metrics().since()[0].steps["step"].tolist() == list(range(1, step + 1))
    with RecordedTraining(run) as training:
        assert training.trainer.step == step
        training.step()
        assert training.trainer.step == step + 1
