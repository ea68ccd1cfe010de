"""The frame of every page that looks inside: which model × which digit, at the top of the sidebar and in the link."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from scratchnn.config import ModelName
from scratchnn.data import DataError, Dataset, load_dataset
from scratchnn.figures.digits import subject_card, subject_strip
from scratchnn.figures.numbers import plural
from scratchnn.inspection.digits import FIRST, Digit, DigitError, find_digit
from scratchnn.inspection.subjects import TITLES, OpenModel, Subject, SubjectError, keep, newest, open_model
from scratchnn.models import Model
from scratchnn.training.evaluation import predict
from scratchnn.training.files import RunError
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry
from scratchnn.ui import complaints, components, digit_choice, link, model_choice, session

_FOLLOW_AFTER = 1.0  # seconds from what is on the screen to the next look for newer weights of a live training
_MOST_RECENT = 3  # moments of it that a browser may still show when it asks to keep one


def choose_subject(kind: ModelName) -> Subject:
    """Draw the frame for this network, and open what was chosen in it: the choice in the sidebar, and here a line that
    says what it is and stays in sight.

    Both choices are in the address (`model=`, `digit=`), so that a copied link shows the same anywhere; a value that
    leads nowhere is named in a sentence, and the pretrained network or the first test digit takes its place.
    """
    strip = st.container(key="subject_strip")  # assets/page.css keeps it in sight
    with st.sidebar:
        card, said = st.container(), st.container()
        opened, dataset = _model(kind)
        digit = choose_digit(dataset, {"Next mistake": opened.model}, said)
    _show(strip, card, kind, opened, digit, dataset)
    return Subject(opened.model, opened.config, opened.name, opened.key, opened.step, digit, dataset, opened.kept)


def keep_weights(kind: ModelName, key: str) -> None:
    """Keep the weights of a moment of a live training that this session has just shown: a number of it was copied."""
    found = next((opened for opened in st.session_state.get(_recent_slot(kind), []) if opened.key == key), None)
    if found is None:
        return
    try:
        keep(found)
    except RunError as error:
        st.toast(f"These weights could not be kept: {error}.")


def _model(kind: ModelName) -> tuple[OpenModel, Dataset]:
    """The model of the link, of this session, or the one to begin with; and the choice of another."""
    slot = link.model_slot(kind)
    key = link.recall(slot) or _begin_with(kind)
    try:
        opened, dataset = _opened(key, kind)
    except (SubjectError, DataError) as error:
        complaints.complain(f"{error}. The pretrained network is shown instead")
        key = "pretrained"
        opened, dataset = _opened(key, kind)
    link.keep(slot, key)
    job = _training_of(kind, key)
    link.moves(job is not None and key.startswith("live:") and not job.ended)
    model_choice.draw(kind, key, job)
    if job is not None:
        _follow(kind, key, job)
    return opened, dataset


def choose_digit(dataset: Dataset, models: Mapping[str, Model], said: DeltaGenerator) -> Digit:
    """The digit of the link, of this session, or the first test digit; and, here, the choice of another.

    Args:
        models: the networks whose next mistake can be asked for, by the words that ask.
        said: where to say what the link names and is not there.
    """
    key = link.recall(link.DIGIT) or FIRST
    try:
        digit = find_digit(key, dataset)
    except DigitError as error:
        complaints.complain(str(error))
        digit = find_digit(FIRST, dataset)
    link.keep(link.DIGIT, digit.key)
    digit_choice.draw(digit, models, dataset)
    if complaints.problem():
        said.warning(complaints.problem(), icon=":material/error:")
    return digit


def _begin_with(kind: ModelName) -> str:
    """This tab's own training, if it is of this network."""
    job = session.current_job()
    return f"live:{job.id}" if job is not None and job.config.model == kind else "pretrained"


def _opened(key: str, kind: ModelName) -> tuple[OpenModel, Dataset]:
    """A model of this session's own, kept until another is chosen or there are newer weights to follow."""
    slot, stamp = _opened_slot(kind), newest(key)
    kept = st.session_state.get(slot)
    if kept is not None and kept[:2] == (key, stamp):
        return kept[2], kept[3]
    opened = open_model(key, kind)
    with st.spinner("Reading the images"):
        dataset = load_dataset(opened.config.data, opened.config.architecture.image_size)
    st.session_state[slot] = (key, stamp, opened, dataset)
    if not opened.kept:
        recent = st.session_state.get(_recent_slot(kind), [])
        st.session_state[_recent_slot(kind)] = [opened, *recent][:_MOST_RECENT]
    return opened, dataset


def _opened_slot(kind: ModelName) -> str:
    return f"subject.opened.{kind}"


def _recent_slot(kind: ModelName) -> str:
    return f"subject.recent.{kind}"


def _training_of(kind: ModelName, key: str) -> TrainingJob | None:
    """The training that this is, or a moment of which this is: one that this session follows, or its own."""
    slot, (source, _, rest) = f"subject.followed.{kind}", key.partition(":")
    if source == "live":
        st.session_state[slot] = rest
        return registry.get(rest)
    jobs = registry.get(st.session_state.get(slot, "")), session.current_job()
    return next(
        (job for job in jobs if job and source == "run" and job.run_folder.name == rest.rpartition("@")[0]), None
    )


def _follow(kind: ModelName, key: str, job: TrainingJob) -> None:
    """The switch between following a training and holding on to this moment of it, which then is in the link."""
    slot, follows = f"subject.follow.{kind}", key.startswith("live:")
    st.session_state[slot] = follows
    st.toggle(
        "Follow the newest weights", key=slot, on_change=_take_follow, args=(kind, job.id, slot),
        help="Off: the weights of this moment stay, on this page and in its address, while the training goes on.",
    )  # fmt: skip
    if not follows:
        return

    shown = st.session_state[_opened_slot(kind)][1]

    @st.fragment
    def look() -> None:
        if newest(key) != shown:
            st.rerun()
        if not job.ended:
            components.pace(_FOLLOW_AFTER)

    look()


def _take_follow(kind: ModelName, job_id: str, slot: str) -> None:
    if st.session_state[slot]:
        link.choose(link.model_slot(kind), f"live:{job_id}")
        return
    shown: OpenModel = st.session_state[_opened_slot(kind)][2]
    try:
        keep(shown)
    except RunError as error:
        complaints.complain(f"This moment could not be kept: {error}")
        return
    link.choose(link.model_slot(kind), shown.key)


def _show(
    strip: DeltaGenerator, card: DeltaGenerator, kind: ModelName, opened: OpenModel, digit: Digit, dataset: Dataset
) -> None:
    """The digit, what it is, and what this model says of it: in one line, and large with all probabilities."""
    probabilities = predict(opened.model, dataset.normalise(digit.image[None]))[0]
    name = f"{TITLES[kind]}, {opened.name}, after {plural(opened.step, 'step')}"
    with strip:
        components.strip(subject_strip(digit, dataset.classes, {name: probabilities}), "subject.strip")
    with card:
        components.subject(subject_card(digit, dataset.classes, probabilities), "subject.card")
