"""Earlier runs to lay under the present one: which there are, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TypeVar

import streamlit as st

from scratchnn.figures.curves import Curves, Earlier
from scratchnn.figures.numbers import percent
from scratchnn.training.files import RunError
from scratchnn.training.runs import Run, newest_runs
from scratchnn.ui.watch import earlier_curves

CHOICE = "train.earlier"
_MOST_LISTED = 30

T = TypeVar("T")


def choose_earlier(present: Path | None) -> tuple[list[Earlier], list[str]]:
    """A chooser, and each run that is chosen; `present` is the run on show, not listed.

    Returns:
        the chosen runs, and what is wrong with those that had to be left out.
    """
    measured = (run for run in newest_runs() if (run.folder / "metrics.parquet").exists() and run.folder != present)
    runs = {str(run.folder): run for run in islice(measured, _MOST_LISTED)}
    labels, damaged = _readable(runs, _label)
    st.session_state[CHOICE] = [folder for folder in st.session_state.get(CHOICE, []) if folder in labels]
    chosen = st.multiselect(
        "Compare with earlier runs", list(labels), format_func=labels.__getitem__, key=CHOICE,
        placeholder="None chosen" if labels else "No earlier one yet", disabled=not labels, persist_state="session",
    )  # fmt: skip
    curves, unread = _readable({folder: runs[folder] for folder in chosen}, _curves)
    chosen_runs = [Earlier(labels[folder], runs[folder].config.model, read) for folder, read in curves.items()]
    return chosen_runs, [*damaged, *unread]


def also_show(folder: Path) -> None:
    """Lay this run under the next one, without being asked."""
    chosen = st.session_state.get(CHOICE, [])
    if str(folder) not in chosen and (folder / "metrics.parquet").exists():
        st.session_state[CHOICE] = [*chosen, str(folder)]


def _readable(runs: dict[str, Run], read: Callable[[Run], T]) -> tuple[dict[str, T], list[str]]:
    """What `read` makes of each run, and what is wrong with those that are damaged."""
    found: dict[str, T] = {}
    problems = []
    for folder, run in runs.items():
        try:
            found[folder] = read(run)
        except RunError as error:
            problems.append(str(error))
    return found, problems


def _label(run: Run) -> str:
    """Its folder, as the other pages call it, and how it ended."""
    result = run.result
    ended = f", test {percent(result['test_accuracy'])}" if result else ""
    return f"{run.folder.name}{ended}"


def _curves(run: Run) -> Curves:
    return earlier_curves(str(run.folder), _changed(run))


def _changed(run: Run) -> float:
    return (run.folder / "metrics.parquet").stat().st_mtime
