"""The CNN's training step: course design, batch 64; forward, loss, backward, Adam."""

from __future__ import annotations

from typing import Any

from benchmarks.learners import step_contestants
from benchmarks.timing import compare
from scratchnn.config import preset


def run(quick: bool) -> dict[str, Any]:
    result = compare(step_contestants(preset("cnn", "course")), rounds=5 if quick else 50, warmup=20)
    print(result.line("CNN step, batch 64"))
    return result.as_json()
