"""Whose training is whose: the job of this tab, found again after a reload, kept alive while the tab is open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import GRACE, registry
from scratchnn.ui import link

_JOB, _KNOWN, _LOST, _URL = "session.job", "session.known", "session.lost", "run"
_BEAT = GRACE / 2  # seconds between two signs of life


@dataclass(frozen=True)
class Lost:
    """A training that ended while nobody watched it; its run folder, if this server still knows it."""

    folder: Path | None


@st.cache_resource(scope="session", on_release=registry.release, show_spinner=False)
def _token() -> str:
    """This session's sign of life. Streamlit releases it when the tab closes or the connection drops; in the
    second case the next run makes a new one before the registry's patience ends.
    """
    return uuid4().hex


def current_job() -> TrainingJob | None:
    """This tab's job: the session's own or, after a reload, the one whose id is in the address.

    One that is not there any more is noted as lost.
    """
    job_id = st.session_state.get(_JOB) or st.query_params.get(_URL)
    job = registry.get(job_id) if job_id else None
    if job is not None:
        st.session_state[_JOB] = job.id
    elif job_id:
        st.session_state.pop(_JOB, None)
        st.session_state[_LOST] = Lost(registry.left_run(job_id))
    return job


def lost() -> Lost | None:
    """This tab's training that ended while nobody watched, until another begins."""
    return st.session_state.get(_LOST)


def keep_alive() -> None:
    """Tell the registry that somebody is watching, and put the job's id into the address. Each page run calls it."""
    job = current_job()
    if job is None:
        if _URL in st.query_params:
            del st.query_params[_URL]
        return
    registry.keep_alive(job.id, _token())
    if st.query_params.get(_URL) != job.id:
        st.query_params[_URL] = job.id


def stay() -> None:
    """Keep this tab's training alive while nobody touches the page. app.py calls this on every page.

    When a lost connection is back, Streamlit runs a page anew if a part of it runs by itself, as this does.
    """
    job = current_job()
    if job is not None and not job.ended:
        st.fragment(keep_alive, run_every=_BEAT)()


def found_again() -> RunConfig | None:
    """The config of a job that this session has just found by its address, once."""
    job = current_job()
    if job is None or st.session_state.get(_KNOWN) == job.id:
        return None
    st.session_state[_KNOWN] = job.id
    return job.config


def new_job(config: RunConfig) -> TrainingJob:
    """A training that belongs to this tab, not yet started."""
    job = registry.create(config)
    st.session_state[_KNOWN] = job.id
    return _take(job)


def go_on_with(folder: Path, learning_rate: float | None = None) -> TrainingJob:
    """A training that goes on with a run that was left half-way, not yet started; it belongs to this tab.

    Args:
        learning_rate: another one to go on with, which the sidebar shows already.

    Raises:
        RunError: there is no run, or it has finished.
    """
    job = registry.reopen(folder)
    if learning_rate is not None:
        job.set_learning_rate(learning_rate)
        st.session_state[_KNOWN] = job.id
    return _take(job)


def _take(job: TrainingJob) -> TrainingJob:
    st.session_state[_JOB] = job.id
    st.session_state.pop(_LOST, None)
    link.forget(link.model_slot(job.config.model))  # the pages that look inside begin with this training
    keep_alive()
    return job


def forget() -> None:
    """Let go of this tab's job: its run is saved, the network goes back to where it began."""
    job = current_job()
    if job is not None:
        job.stop()
    st.session_state.pop(_JOB, None)
    if _URL in st.query_params:
        del st.query_params[_URL]
