"""What the Train page says of this tab's training, and the way on with one that ended before it was done."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from scratchnn.config import RunConfig
from scratchnn.figures.numbers import plural, sentence
from scratchnn.training.files import RunError
from scratchnn.training.job import TrainingJob
from scratchnn.training.runs import Run
from scratchnn.ui import controls, session
from scratchnn.ui.settings import words

_ENDED = {"stopped": "Stopped", "finished": "Finished", "failed": "Failed"}


def messages(
    config: RunConfig | None, job: TrainingJob | None, shown: TrainingJob | None, row: DeltaGenerator
) -> None:
    """How the training stands: always a line, so that what is below stays where it is.

    Args:
        config: what the sidebar describes, if it can be trained.
        job: this tab's training.
        shown: the same, or None if the page shows another network.
        row: where the buttons are; the way on is one of them.
    """
    if config is None:
        st.caption(
            ":material/error: These settings cannot be trained: the sidebar says why. The network below is still the "
            "one before this change."
        )
    if job is None:
        _say_none(row)
    elif controls.is_active(job):
        _say_active(config, job)
    elif job.diverged_at is not None:
        _say_diverged(config, job, shown, row)
    else:
        if job is shown and job.status == "failed":
            st.error(sentence(job.error or "The training failed"), icon=":material/error:")
        ended = f"{_ENDED[job.status]}." if job is shown else f"Your {words(job.config.model)} run has ended."
        what = "What was saved until then" if job.status == "failed" else "The run"
        _say_kept(row, ended, job.run_folder, job is shown, what)


def _say_none(row: DeltaGenerator) -> None:
    lost = session.lost()
    if lost is None:
        st.caption("Nothing is trained yet: press Train, or take one step at a time.")
    elif lost.folder is not None:
        _say_kept(row, "This training has ended.", lost.folder, on_show=False)
    else:
        st.warning(
            "This training is not on this server any more. Press Train to begin another. If the one before was saved, "
            "it is among the earlier runs below.",
            icon=":material/link_off:",
        )
        st.caption("To go on with it without the app: `python -m scratchnn train --resume` and its folder below runs.")


def _say_active(config: RunConfig | None, job: TrainingJob) -> None:
    if job.status == "waiting":
        st.info(_place(job.place), icon=":material/hourglass_top:")
    elif job.status == "paused":
        st.caption(f"Paused. The run is kept in {job.run_folder}.")
    else:
        st.caption(f"Training. The run is written to {job.run_folder} as it goes.")
    if job.viewers > 1:
        st.caption("This training is open in another tab as well: its buttons act on it from there too.")
    if config not in (None, job.config, job.config.changed("training", learning_rate=job.peak_learning_rate)):
        st.caption("The settings on the left have changed: they hold for the next training, not for this one.")


def _say_diverged(config: RunConfig | None, job: TrainingJob, shown: TrainingJob | None, row: DeltaGenerator) -> None:
    """To go on as it was would only diverge again: so there is a way on only with a lower learning rate."""
    kept = job.snapshot()
    weights = f"weights kept after {plural(kept.step if kept else 0, 'step')}"
    if job is not shown:
        st.caption(
            f"Your {words(job.config.model)} run diverged at step {job.diverged_at}. The {weights} are in "
            f"{job.run_folder}."
        )
        return
    st.error(sentence(job.error or "The training diverged"), icon=":material/error:")
    rate = _lower_rate(config, job)
    if rate is None:
        way_on = "Set a lower learning rate on the left to go on from them."
    else:
        way_on = "Go on from them, or train from the beginning."
        row.button(f"Continue with learning rate {rate:g}", icon=":material/resume:", on_click=_continue,
                   args=(job.run_folder, rate), key="train.continue", help=f"Go on from the {weights}.")  # fmt: skip
    st.caption(f"The network below has the {weights}; they are in {job.run_folder}. {way_on}")


def _lower_rate(config: RunConfig | None, job: TrainingJob) -> float | None:
    """The learning rate on the left, if it is lower than the one that diverged and nothing else is changed there."""
    if config is None or config.training.learning_rate >= job.peak_learning_rate:
        return None
    rate = config.training.learning_rate
    return rate if config == job.config.changed("training", learning_rate=rate) else None


def _say_kept(row: DeltaGenerator, ended: str, folder: Path, on_show: bool, what: str = "The run") -> None:
    """How a run has ended, what is kept of it and, if anything is left to do, how to go on with it."""
    if not (folder / "config.json").exists():
        st.caption(f"{ended} Nothing was written: it had not begun.")
        return
    kept = f"{ended} {what} is kept in {folder}."
    try:
        run = Run.open(folder)
        done = run.result is not None
    except RunError as error:
        st.caption(f"{kept} {sentence(str(error))}")
        return
    if done:
        st.caption(kept)
        return
    if on_show:
        which, what_it_does = "Continue", "Go on exactly where it was saved last."
    else:
        which = f"Continue the {words(run.config.model)} run"
        what_it_does = "Show this run and its settings again, and go on exactly where it was saved last."
    row.button(which, icon=":material/resume:", on_click=_continue, args=(folder,), key="train.continue",
               help=what_it_does)  # fmt: skip
    st.caption(kept, help=f"To go on without the app: `python -m scratchnn train --resume {folder}`")


def _continue(folder: Path, learning_rate: float | None = None) -> None:
    try:
        session.go_on_with(folder, learning_rate).start()
    except RunError as error:
        st.toast(sentence(str(error)), icon=":material/error:")


def _place(place: int | None) -> str:
    if place is None or place <= 1:
        return "All places are taken by other trainings. This one is next."
    return f"All places are taken by other trainings. This one is number {place} in the queue."
