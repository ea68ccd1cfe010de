"""All that a run came to, so that two runs can be compared bit for bit."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from scratchnn.training.metrics import Cursor, MetricsLog
from scratchnn.training.runs import Run

CLOCK = ("seconds",)  # what no two runs have in common


def plain(value: Any) -> Any:
    """Tensors and arrays as nested lists, for ==; floats keep all their bits."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if name not in CLOCK}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value


def rows_of(log: MetricsLog) -> Any:
    rows, _ = log.since(Cursor())
    return plain([rows.steps, rows.layers, rows.norm_steps, rows.layer_norms, rows.changes]) + [
        plain(asdict(evaluation)) for evaluation in rows.evaluations
    ]


def tensors_of(path: Path) -> dict[str, Any]:
    return {name: (str(tensor.dtype), plain(tensor)) for name, tensor in load_file(path).items()}


def outcome(folder: Path) -> dict[str, Any]:
    """Every file of a finished run, apart from what the clock said."""
    run = Run.open(folder)
    files = sorted(folder.rglob("*.safetensors"))
    return {
        "tensors": {str(file.relative_to(folder)): tensors_of(file) for file in files},
        "rows": rows_of(run.metrics()),
        "result": plain(run.result),
    }
