"""Copied as Python and pasted into a shell, an explanation gives the number that was on the page."""

from __future__ import annotations

import code
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from scratchnn.config import ModelName, preset
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import Explanation, Provenance, explain
from scratchnn.inspection.digits import find_digit, handmade_key
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import keep, open_model
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry

ROOT = Path(__file__).parents[2]

Place = tuple[str, ModelName, str, str, tuple[int, ...]]  # model, network, digit, layer, position

PLACES: list[Place] = [
    ("pretrained", "cnn", "test:7", "conv2", (5, 3, 4)),
    ("untrained", "cnn", "test:8", "pool1", (2, 6, 6)),
    ("pretrained", "cnn", "validation:3", "probabilities", (9,)),
    ("pretrained", "transformer", "test:9", "encoder.layers.1.self_attn.scores", (2, 3, 4)),
    ("untrained", "transformer", "test:10", "encoder.layers.0.norm2", (3, 5)),
]


def explained(place: Place) -> Explanation:
    key, kind, digit, layer, position = place
    opened = open_model(key, kind)
    dataset = load_dataset(opened.config.data, opened.config.architecture.image_size)
    images = dataset.normalise(find_digit(digit, dataset).image[None])
    return explain(opened.model, inspect(opened.model, images)[1], layer, position)


def check(printed: str, explanation: Explanation) -> None:
    assert float(printed) == pytest.approx(explanation.total, rel=1e-6, abs=1e-6)
    assert float(printed) == pytest.approx(explanation.value, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]} {place[3]}")
def test_a_snippet_pasted_in_a_shell_gives_the_number(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    explanation = explained(place)
    snippet = explanation.snippet(Provenance(*place[:3]))
    shell = code.InteractiveConsole()
    for line in snippet.splitlines():
        assert not shell.push(line), f"the shell waits for more after {line!r}"
    printed = capsys.readouterr()
    assert not printed.err
    check(printed.out, explanation)
    assert repr(explanation.value) in snippet


def test_a_snippet_gives_the_number_in_a_process_of_its_own() -> None:
    explanation = explained(PLACES[0])
    command = [sys.executable, "-c", explanation.snippet(Provenance(*PLACES[0][:3]))]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    check(run.stdout, explanation)


@pytest.mark.parametrize(
    ("kind", "layer", "position"),
    [("cnn", "conv2", (5, 3, 4)), ("transformer", "encoder.layers.0.self_attn.scores", (2, 3, 4))],
)
def test_a_number_of_a_training_that_went_on_comes_back(
    kind: ModelName, layer: str, position: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = registry.create(preset(kind, "course"))
    try:
        step_to(job, 3)
        opened = open_model(f"live:{job.id}", kind)
        dataset = load_dataset(opened.config.data, opened.config.architecture.image_size)
        images = dataset.normalise(find_digit("test:7", dataset).image[None])
        explanation = explain(opened.model, inspect(opened.model, images)[1], layer, position)
        step_to(job, 5)
        keep(opened)
    finally:
        job.stop()
        job.join(60)
    command = [sys.executable, "-c", explanation.snippet(Provenance(opened.key, kind, "test:7"))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    check(run.stdout, explanation)


def step_to(job: TrainingJob, step: int) -> None:
    """Train until so many steps are done, and rest there."""
    for _ in range(step - job.progress.step):
        job.step_once()
    end = time.monotonic() + 60
    while (made := job.snapshot()) is None or made.step < step:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_snippet_holds_the_drawn_digit_itself() -> None:
    key = handmade_key("drawn", torch.arange(784, dtype=torch.uint8).view(28, 28))
    place: Place = ("pretrained", "cnn", key, "fc2", (3,))
    explanation = explained(place)
    names: dict[str, Any] = {}
    exec(explanation.snippet(Provenance(*place[:3])), names)
    assert float(names["value"]) == pytest.approx(explanation.value, rel=1e-5, abs=1e-5)
