"""Every test of a page runs in a folder of its own, and leaves no training behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.training.registry import registry

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def runs_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs go to a temporary folder, and none outlives the test."""
    monkeypatch.chdir(tmp_path)
    yield
    for job in registry.jobs():
        job.stop()
        job.join(30)


@pytest.fixture
def app(runs_apart: None) -> AppTest:
    """The app, its runs in a temporary folder; no training outlives the test."""
    return AppTest.from_file(str(APP), default_timeout=60)
