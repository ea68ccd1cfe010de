"""Every test of a page runs in a folder of its own, and leaves no training behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scratchnn.training.registry import registry


@pytest.fixture
def runs_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs go to a temporary folder, and none outlives the test."""
    monkeypatch.chdir(tmp_path)
    yield
    for job in registry.jobs():
        job.stop()
        job.join(30)
