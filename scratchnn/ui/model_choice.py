"""The sidebar's choice of a model: a training as it stands, a saved run at a moment, pretrained, untrained."""

from __future__ import annotations

import streamlit as st

from scratchnn.config import ModelName
from scratchnn.inspection.subjects import how_it_stands, kept_moments, saved_runs
from scratchnn.training.job import TrainingJob
from scratchnn.training.runs import RUNS, Run
from scratchnn.ui import complaints, link, session

_SOURCES = {
    "live": "Live training",  # until it ends
    "run": "Saved run",
    "pretrained": "Pretrained",
    "untrained": "Untrained",
}


def draw(kind: ModelName, key: str, training: TrainingJob | None) -> None:
    """The choice, as it stands at `key`.

    Args:
        training: the one that this is a moment of.
    """
    source, _, rest = key.partition(":")
    job = session.current_job()
    own = job if job is not None and job.config.model == kind else None
    live = own if own is not None and not own.ended else training or own
    runs = saved_runs(kind)
    # Beside a training there always are both: when its first moment is kept and chosen at once, a browser would take
    # the new options for a choice of the first.
    trains = live is not None
    there = {"live": trains or source == "live", "run": trains or source == "run" or bool(runs)}
    names = dict(_SOURCES)
    if live is not None:
        names["live"] = how_it_stands(training if training and source == "live" else live).capitalize()
    slot = f"subject.source.{kind}"
    st.session_state[slot] = source
    st.selectbox(
        "Model", [name for name in names if there.get(name, True)], format_func=names.__getitem__, key=slot,
        on_change=_take_source, args=(kind, slot, list(runs), live),
        help="Untrained: the pretrained network before its first step.",
    )  # fmt: skip
    if source == "run":
        _run(kind, *rest.rpartition("@")[::2], runs)


def _take_source(kind: ModelName, slot: str, runs: list[str], live: TrainingJob | None) -> None:
    source = st.session_state[slot]
    if source == "run" and runs:
        _take_moment(kind, runs[0])
    elif source == "run":
        complaints.complain("nothing of this training is saved yet; no longer follow it, and this moment will be")
    elif source == "live" and live is not None:
        link.choose(link.model_slot(kind), f"live:{live.id}")
    elif source != "live":
        link.choose(link.model_slot(kind), source)


def _run(kind: ModelName, folder: str, moment: str, runs: dict[str, Run]) -> None:
    """Which run, and at which of the moments that it kept."""
    folders = [*runs] if folder in runs else [folder, *runs]
    folder_slot, moment_slot = f"subject.run.{kind}", f"subject.moment.{kind}"
    st.session_state[folder_slot], st.session_state[moment_slot] = folder, moment
    st.selectbox("Run", folders, key=folder_slot, on_change=lambda: _take_moment(kind, st.session_state[folder_slot]))
    # A slider sends its choice's number, which would mean another moment once a training has kept more. So its moments
    # stay as they are until another one is chosen.
    slot, chosen = f"subject.moments.{kind}", (folder, moment)
    if st.session_state.get(slot, (None,))[0] != chosen:
        st.session_state[slot] = chosen, [str(kept) for kept in kept_moments(Run.open(RUNS / folder))]
    moments: list[str] = st.session_state[slot][1]
    if len(moments) > 1:
        st.select_slider(
            "Step", moments, format_func=lambda kept: f"{int(kept):,}" if kept.isdigit() else kept, key=moment_slot,
            on_change=lambda: _take_moment(kind, folder, st.session_state[moment_slot]),
            help="The weights after so many steps; best is by the validation digits.",
        )  # fmt: skip


def _take_moment(kind: ModelName, folder: str, moment: str = "") -> None:
    """A run at a moment; at its best, or else its last, if none was named."""
    link.choose(link.model_slot(kind), f"run:{folder}@{moment or kept_moments(Run.open(RUNS / folder))[-1]}")
