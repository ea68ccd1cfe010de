"""The Train page below its title: buttons, what is wrong, and everything that moves while a training runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from scratchnn.config import RunConfig
from scratchnn.figures.curves import Earlier
from scratchnn.figures.packing import bundle
from scratchnn.training.job import TrainingJob
from scratchnn.training.publishing import Status
from scratchnn.ui import components, controls
from scratchnn.ui.cost_line import cost_line
from scratchnn.ui.earlier import choose_earlier
from scratchnn.ui.live import draw_evaluation, draw_moving, evaluation_parts, moving_parts
from scratchnn.ui.messages import messages
from scratchnn.ui.sidebar import Choice
from scratchnn.ui.watch import Watch, last_watch, same_network, watch

if TYPE_CHECKING:
    from scratchnn.inspection.digits import Digit

_MOVING_AFTER = 0.6  # seconds after what is on the screen, while a job is active; each redraw holds the training up
_EVALUATION_EVERY = 5  # of these: what changes slowly


@dataclass(frozen=True)
class Standing:
    """What the page shows of a job outside its moving parts: when it changes, the page is drawn anew."""

    status: Status | None = None
    place: int | None = None
    learning_rate: float | None = None
    viewers: int = 0

    @classmethod
    def of(cls, job: TrainingJob | None) -> Standing:
        return cls(job.status, job.place, job.peak_learning_rate, job.viewers) if job else cls()


@dataclass(frozen=True)
class Places:
    """Where on the page something is drawn later."""

    digit: DeltaGenerator  # its choice
    strip: DeltaGenerator  # which one it is, and what the network says of it
    buttons: DeltaGenerator


def draw(places: Places, choice: Choice, job: TrainingJob | None) -> None:
    """Everything of the page that needs torch or a job."""
    if choice.config is not None:
        choice = _with_data(choice)
    config, shown = _on_show(choice.config, job)
    drawn_at = Standing.of(shown)  # before anything is drawn: it may change while the page is drawn
    with places.buttons:
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        with row:
            controls.buttons(choice.config, job)
        with st.container(key="train_stands"):  # assets/page.css keeps room for it
            messages(choice.config, job, shown, row)
    if config is not None:
        with st.container(key="train_live"):  # assets/page.css puts its parts in another order on a phone
            _live(places, config, shown, drawn_at)
    if choice.config is not None:
        with choice.summary:
            cost_line(choice.config, job)
    else:
        problem = choice.summary.container(key="train_problem")  # assets/page.css keeps it in sight
        problem.error(f"This cannot be trained: {choice.problem}.", icon=":material/error:")


def _with_data(choice: Choice) -> Choice:
    """The choice as it is, or what is wrong with its images."""
    from scratchnn.data import DataError, load_dataset

    assert choice.config is not None
    try:
        with choice.summary, st.spinner("Reading the images"):
            load_dataset(choice.config.data, choice.config.architecture.image_size)
    except DataError as error:
        return replace(choice, config=None, problem=str(error))
    return choice


def _options(config: RunConfig, shown: TrainingJob | None) -> tuple[list[Earlier], bool]:
    """Which earlier runs to lay under, whether the loss is logarithmic, and the learning rate of a job that trains."""
    with st.container(key="train_options"):
        compare, logarithmic, rate = st.columns([5, 2, 3], gap="medium", vertical_alignment="bottom")
    with compare:
        earlier, damaged = choose_earlier(shown.run_folder if shown else None)
    log_loss = logarithmic.toggle("Logarithmic loss", key="train.log", persist_state="session")
    with rate:
        controls.learning_rate(config, shown)
    for problem in damaged:
        st.caption(f":material/error: A run is left out: {problem}.")
    return earlier, log_loss


def _on_show(config: RunConfig | None, job: TrainingJob | None) -> tuple[RunConfig | None, TrainingJob | None]:
    """What the page shows: a job that runs always; one that ended, until the sidebar describes another network.

    While the sidebar describes nothing that could be trained, what was on show stays.
    """
    if job is not None and controls.is_active(job):
        return job.config, job
    if config is None:
        last = last_watch()
        return (last.config, last.job) if last else (None, None)
    if job is not None and same_network(job.config, config):
        return job.config, job
    return config, None


def _digit(place: DeltaGenerator, seen: Watch) -> Digit:
    """The digit of the frame, the same as on every other page."""
    from scratchnn.ui.subject import choose_digit

    with place:
        said = st.container()
        with st.expander("Digit to look at", key="train.digit", type="compact"):
            return choose_digit(seen.dataset, {"Next mistake": seen.model}, said)


def _live(places: Places, config: RunConfig, job: TrainingJob | None, drawn_at: Standing) -> None:
    """What moves: drawn once, and then fed with new numbers while the job is active, each part as often as it changes.

    `drawn_at`: what the rest of the page shows of the job.
    """
    earlier, log_loss = _options(config, job)
    shown = job.progress if job else None
    seen = watch(config, job)
    digit = _digit(places.digit, seen)
    parts, moving_first = evaluation_parts(seen, digit), moving_parts(seen, digit, earlier, log_loss)
    with places.strip:
        components.strip(moving_first["strip"], "strip")
    draw_moving(seen, digit, moving_first)
    draw_evaluation(seen, parts)
    if job is None or drawn_at.status not in controls.ACTIVE:
        return
    looks = count()

    @st.fragment
    def moving() -> None:
        if Standing.of(job) != drawn_at:
            st.rerun()  # the buttons and messages above depend on it
        look = next(looks)
        if look > 0 and job.progress != shown:  # the page's own run has just drawn everything, a job may rest or wait
            feed(look)
        components.pace(_MOVING_AFTER)

    def feed(look: int) -> None:
        nonlocal shown
        shown = job.progress
        seen = watch(config, job)
        new = moving_parts(seen, digit, earlier, log_loss)
        if look % _EVALUATION_EVERY == 0:
            slow = evaluation_parts(seen, digit)
            if slow.keys() != parts.keys():
                st.rerun()  # the first evaluation has come
            new |= slow
        components.feed(bundle(new), "moving")

    moving()
