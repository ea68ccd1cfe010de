"""The Transformer's training step: course preset, batch 64; the twin is nn.TransformerEncoder with torch's Adam."""

from __future__ import annotations

from typing import Any

from benchmarks.learners import step_contestants
from benchmarks.timing import compare
from scratchnn.config import preset


def run(quick: bool) -> dict[str, Any]:
    result = compare(step_contestants(preset("transformer", "course")), rounds=3 if quick else 20, warmup=10)
    print(result.line("Transformer step, batch 64"))
    return result.as_json()
