"""What the Train page says of this tab's training, and the way on with one that ended before it was done."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.figures.numbers import sentence
from scratchnn.training.files import RunError
from scratchnn.training.job import TrainingJob
from scratchnn.training.runs import Run
from scratchnn.ui import controls, session
from scratchnn.ui.settings import words


def messages(config: RunConfig | None, job: TrainingJob | None, shown: TrainingJob | None) -> None:
    """How the training stands.

    Args:
        config: what the sidebar describes, if it can be trained.
        job: this tab's training.
        shown: the same, or None if the page shows another network.
    """
    if config is None:
        st.caption(
            ":material/error: These settings cannot be trained: the sidebar says why. The network below is still the "
            "one before this change."
        )
    if job is None:
        _say_lost()
    elif job.status == "waiting":
        st.info(_place(job.place), icon=":material/hourglass_top:")
    elif job.status == "failed":
        if job is shown:
            st.error(sentence(job.error or "The training failed"), icon=":material/error:")
        _say_kept(_ended(job, shown, "Failed"), job.run_folder, "What was saved until then")
    elif job.status == "stopped":
        _say_kept(_ended(job, shown, "Stopped"), job.run_folder)
    elif job.status == "finished":
        _say_kept(_ended(job, shown, "Finished"), job.run_folder)
    if job is not None and controls.is_active(job) and job.viewers > 1:
        st.caption("This training is open in another tab as well: its buttons act on it from there too.")
    if job is not None and controls.is_active(job) and config not in (None, job.config):
        st.caption("The settings on the left have changed: they hold for the next training, not for this one.")


def _ended(job: TrainingJob, shown: TrainingJob | None, how: str) -> str:
    return f"{how}." if job is shown else f"Your {words(job.config.model)} run has ended."


def _say_lost() -> None:
    lost = session.lost()
    if lost is None:
        return
    if lost.folder is not None:
        _say_kept("This training has ended.", lost.folder)
    else:
        st.warning(
            "This training is not on this server any more. Press Train to begin another. If the one before was saved, "
            "it is among the earlier runs below.",
            icon=":material/link_off:",
        )
        st.caption("To go on with it without the app: `python -m scratchnn train --resume` and its folder below runs.")


def _say_kept(ended: str, folder: Path, what: str = "The run") -> None:
    """How a run has ended, what is kept of it and, if anything is left to do, how to go on with it."""
    if not (folder / "config.json").exists():
        st.caption(f"{ended} Nothing was written: it had not begun.")
        return
    kept = f"{ended} {what} is kept in {folder}."
    try:
        done = Run.open(folder).result is not None
    except RunError as error:
        st.caption(f"{kept} {sentence(str(error))}")
        return
    if done:
        st.caption(kept)
        return
    st.button("Continue", icon=":material/resume:", on_click=_continue, args=(folder,), key="train.continue",
              help="Go on exactly where it was saved last.")  # fmt: skip
    st.caption(f"{kept} To go on without the app: `python -m scratchnn train --resume {folder}`")


def _continue(folder: Path) -> None:
    try:
        session.go_on_with(folder).start()
    except RunError as error:
        st.toast(sentence(str(error)), icon=":material/error:")


def _place(place: int | None) -> str:
    if place is None or place <= 1:
        return "All places are taken by other trainings. This one is next."
    return f"All places are taken by other trainings. This one is number {place} in the queue."
