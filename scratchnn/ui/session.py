"""Whose training is whose: the job of this tab, found again after a reload, kept alive while the tab is open."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry

_JOB, _URL = "session.job", "run"


@st.cache_resource(scope="session", on_release=registry.release, show_spinner=False)
def _token() -> str:
    """This session's sign of life. Streamlit releases it when the tab closes or the connection drops; in the
    second case the next run makes a new one before the registry's patience ends.
    """
    return uuid4().hex


def current_job() -> TrainingJob | None:
    """This tab's job: the session's own or, after a reload, the one whose id is in the address."""
    job_id = st.session_state.get(_JOB) or st.query_params.get(_URL)
    job = registry.get(job_id) if job_id else None
    if job is not None:
        st.session_state[_JOB] = job.id
    return job


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


def found_again() -> RunConfig | None:
    """The config of a job that this session has just found by its address, once."""
    job = current_job()
    if job is None or st.session_state.get("session.known") == job.id:
        return None
    st.session_state["session.known"] = job.id
    return job.config


def new_job(config: RunConfig) -> TrainingJob:
    """A training that belongs to this tab, not yet started."""
    job = registry.create(config)
    st.session_state[_JOB] = st.session_state["session.known"] = job.id
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
