"""The training step as one setting grows: batch, width, depth, image size; with a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.learners import step_contestants
from benchmarks.plot import write_growth_plot
from benchmarks.timing import compare
from scratchnn.config import ModelName, RunConfig, preset

PLOT = Path(__file__).parent / "results" / "growth.svg"

Growth = dict[str, tuple[str, str, list[Any]]]  # title → section of the config, setting, its values

GROWTH: dict[ModelName, Growth] = {
    "cnn": {
        "batch size": ("training", "batch_size", [16, 32, 64, 128, 256]),
        "channels of the first block": ("cnn", "channels", [(c, 2 * c, 4 * c) for c in (8, 16, 24, 32, 48)]),
        "blocks": ("cnn", "channels", [(16,), (16, 32), (16, 32, 64), (16, 32, 64, 128)]),
        "image size": ("cnn", "image_size", [16, 28, 40, 56]),
    },
    "transformer": {
        "batch size": ("training", "batch_size", [16, 32, 64, 128]),
        "width": ("transformer", "width", [64, 128, 256, 384]),
        "encoder blocks": ("transformer", "depth", [1, 2, 4, 6]),
        "image size": ("transformer", "image_size", [14, 28, 42, 56]),
    },
}


def run(quick: bool) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for model, growth in GROWTH.items():
        for title, (section, setting, values) in growth.items():
            rows = [
                _measure(preset(model, "course").changed(section, **{setting: value}), title, size, quick)
                for value in values
                for size in [_size(title, value)]
            ]
            figures.setdefault(model, {})[title] = rows
    try:
        write_growth_plot(figures, PLOT)
    except RuntimeError as error:
        print(f"  not drawn: {error}")
    return figures


def _size(title: str, value: Any) -> int:
    """What stands on the x axis: a number, also where the setting is a list of channels."""
    if isinstance(value, tuple):
        return len(value) if title == "blocks" else int(value[0])
    return int(value)


def _measure(config: RunConfig, title: str, size: int, quick: bool) -> dict[str, Any]:
    result = compare(step_contestants(config), rounds=2 if quick else 4, warmup=5)
    print(result.line(f"{config.model}, {title} {size}"), flush=True)
    return {"size": size, **result.as_json()}
