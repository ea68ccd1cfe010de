"""Earlier runs to lay under the present one: which there are, and the choice among them."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.figures.curves import Curves
from scratchnn.figures.numbers import percent
from scratchnn.training.runs import Run, newest_runs
from scratchnn.ui.settings import words
from scratchnn.ui.watch import earlier_curves

CHOICE = "train.earlier"
_MOST_LISTED = 30


def choose_earlier(present: Path | None) -> dict[str, tuple[str, Curves]]:
    """A chooser, and for each chosen run its label, model and curves; `present` is the run on show, not listed."""
    measured = (run for run in newest_runs() if (run.folder / "metrics.parquet").exists() and run.folder != present)
    runs = {str(run.folder): run.config for run in islice(measured, _MOST_LISTED)}
    kept = [folder for folder in st.session_state.get(CHOICE, []) if folder in runs]
    st.session_state[CHOICE] = kept
    chosen = st.multiselect(
        "Compare with earlier runs", list(runs), format_func=lambda folder: _label(folder, runs[folder]), key=CHOICE,
        placeholder="None chosen" if runs else "None saved yet", disabled=not runs, persist_state="session",
    )  # fmt: skip
    overlays: dict[str, tuple[str, Curves]] = {}
    for folder in chosen:
        changed = (Path(folder) / "metrics.parquet").stat().st_mtime
        overlays[_label(folder, runs[folder])] = (runs[folder].model, earlier_curves(folder, changed))
    return overlays


def also_show(folder: Path) -> None:
    """Lay this run under the next one, without being asked."""
    chosen = st.session_state.get(CHOICE, [])
    if str(folder) not in chosen and (folder / "metrics.parquet").exists():
        st.session_state[CHOICE] = [*chosen, str(folder)]


def _label(folder: str, config: RunConfig) -> str:
    result = Run(Path(folder), config).result
    saved = datetime.fromtimestamp(Path(folder, "metrics.parquet").stat().st_mtime)
    ended = f", test {percent(result['test_accuracy'])}" if result else ""
    return f"{words(config.model)}, {saved:%d %b %H:%M:%S}{ended}"
