"""What several tests of the Train page do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry
from tests.pages.payloads import payloads

PATIENCE = 60.0  # seconds; the machine may be busy


def train_page(app: AppTest) -> AppTest:
    app.run()
    app.switch_page("pages/train.py")
    return app.run()


def button(app: AppTest, label: str) -> Any:
    return next(found for found in app.button if found.label == label)


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.main.caption)


def labels(app: AppTest) -> set[str]:
    return {found.label for found in app.button}


def figures(app: AppTest) -> dict[str, tuple[str, str]]:
    """What the status strip says, and its notes, by what is counted."""
    (status,) = payloads(app, "status")
    return {item["label"]: (item["value"], item["note"]) for item in status["items"]}


def job_of(app: AppTest) -> TrainingJob:
    """The training that the page shows."""
    job = registry.get(app.session_state["session.job"])
    assert job is not None
    return job


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
