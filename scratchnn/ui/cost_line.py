"""The line of the Train page's sidebar that says what the settings cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.figures.numbers import count, milliseconds, plural
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry

if TYPE_CHECKING:
    from scratchnn.inspection.cost import Cost

_EVERY = 6.0  # seconds, while a training measures it; each redraw holds it up
_ENOUGH_STEPS = 10  # to say how long one takes
_KNOWN = "train.cost"


def cost_line(config: RunConfig, job: TrainingJob | None) -> None:
    """How many parameters there are and how long a step takes: as this tab's training found, if it is of this cost."""
    from scratchnn.data import load_dataset

    cost, beside = _estimate(config)
    images = len(load_dataset(config.data, config.architecture.image_size).training)
    steps = math.ceil(images / config.training.batch_size)
    own = job if job is not None and _costs_alike(job.config, config) else None

    @st.fragment(run_every=_EVERY if own and own.status == "running" else None)
    def line() -> None:
        measured = own.progress.seconds_per_step if own and own.progress.step >= _ENOUGH_STEPS else None
        if measured is not None:
            step = f"**{milliseconds(measured)}** a step, measured"
        else:
            step = f"about **{milliseconds(cost.seconds_per_step)}** a step{' beside another training' * beside}"
        st.caption(f"**{count(cost.parameters)}** parameters · {step} · **{plural(steps, 'step')}** an epoch")

    line()


def _estimate(config: RunConfig) -> tuple[Cost, bool]:
    """What a network will cost, and whether that was measured beside a training: then it is measured anew after it."""
    from scratchnn.inspection.cost import estimate_cost

    beside = any(job.status == "running" for job in registry.jobs())
    known = st.session_state.get(_KNOWN)
    if known is None or not _costs_alike(known[0], config) or (known[2] and not beside):
        known = st.session_state[_KNOWN] = config, estimate_cost(config), beside
    return known[1], known[2]


def _costs_alike(one: RunConfig, other: RunConfig) -> bool:
    """Whether a step of two configs is as much to compute."""
    return (one.model, one.architecture, one.training.batch_size, one.training.optimizer, one.data.augment) == (
        other.model, other.architecture, other.training.batch_size, other.training.optimizer, other.data.augment,
    )  # fmt: skip
