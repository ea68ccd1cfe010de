"""The buttons of a training, always in the same places, and its live learning rate."""

from __future__ import annotations

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.figures.numbers import short
from scratchnn.training.job import TrainingJob
from scratchnn.ui import earlier, session

ACTIVE = ("waiting", "running", "paused")
_RATES = [float(f"{mantissa}e{exponent}") for exponent in range(-6, 1) for mantissa in (1, 2, 5)]


def is_active(job: TrainingJob | None) -> bool:
    """Whether a job still trains, rests or waits."""
    return job is not None and job.status in ACTIVE


def buttons(config: RunConfig | None, job: TrainingJob | None) -> None:
    """Train or Pause or Resume, One step, Stop, Reset: each acts before the page is drawn again."""
    status = job.status if job is not None and is_active(job) else "idle"
    if job is None or status == "idle":
        st.button("Train", icon=":material/play_arrow:", type="primary", disabled=config is None,
                  on_click=_train, args=(config,), key="train.main", width=120)  # fmt: skip
    elif status == "paused":
        st.button("Resume", icon=":material/play_arrow:", type="primary", on_click=job.resume,
                  key="train.resume", width=120)  # fmt: skip
    else:
        st.button("Pause", icon=":material/pause:", type="primary", on_click=job.pause,
                  disabled=status == "waiting", key="train.pause", width=120)  # fmt: skip
    st.button("One step", icon=":material/skip_next:", on_click=_one_step, args=(config, job), key="train.one",
              disabled=status not in ("idle", "paused") or (status == "idle" and config is None),
              help="Learn from one batch, then wait.")  # fmt: skip
    st.button("Stop", icon=":material/stop:", on_click=job.stop if job else None, disabled=status == "idle",
              key="train.stop", help="End this training; its run is saved and can be continued.")  # fmt: skip
    st.button("Reset", icon=":material/restart_alt:", on_click=_reset, disabled=job is None, key="train.reset",
              help="Back to the untrained network: the same seed draws the same weights.")  # fmt: skip


def learning_rate(config: RunConfig, job: TrainingJob | None) -> None:
    """Turn the learning rate while training runs; at other times it only shows it, so that nothing moves.

    Args:
        config: what is on show.
        job: its training.
    """
    begun = config.training.learning_rate
    now, key = (job.peak_learning_rate, f"train.rate.{job.id}") if job else (begun, "train.rate")
    label = "Learning rate" if config.training.schedule == "constant" else "Peak learning rate"
    st.session_state[key] = now  # which a reload, another tab or a run that goes on does not know otherwise
    st.select_slider(
        f"{label} now", sorted({*_RATES, begun, now}), format_func=short, key=key, disabled=not is_active(job),
        help="While a training runs, its next step already uses what is set here.",
        on_change=lambda: job.set_learning_rate(st.session_state[key]) if job else None,
    )  # fmt: skip


def _train(config: RunConfig) -> None:
    _new_job(config).start()


def _one_step(config: RunConfig | None, job: TrainingJob | None) -> None:
    if job is None or not is_active(job):
        assert config is not None  # the button is disabled without one
        job = _new_job(config)
    job.step_once()


def _new_job(config: RunConfig) -> TrainingJob:
    past = session.current_job()
    if past is not None:
        earlier.also_show(past.run_folder)
    return session.new_job(config)


def _reset() -> None:
    past = session.current_job()
    session.forget()
    if past is not None:
        earlier.also_show(past.run_folder)
