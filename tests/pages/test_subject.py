"""The frame of the pages that look inside: choices come from the link, go into it, and survive what is wrong in it."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig, preset
from scratchnn.data import load_dataset
from scratchnn.inspection.digits import handmade_key
from scratchnn.inspection.drawing import ink_of, stages
from scratchnn.inspection.subjects import Subject, open_model
from scratchnn.training.evaluation import predict
from scratchnn.training.files import RunError
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry
from scratchnn.training.runs import RUNS, Run
from tests.pages.payloads import payloads

ONE = [[140, 40, 140, 240]]
SEVEN = [[70, 50, 210, 50, 130, 240]]


def cnn_page() -> None:
    import streamlit as st

    from scratchnn.config import preset
    from scratchnn.ui import session
    from scratchnn.ui.subject import choose_subject

    if st.session_state.pop("test.trains_anew", False):  # on the Train page, whose address names no model
        st.query_params.pop("model", None)
        session.new_job(preset("cnn", "course"))
    session.keep_alive()
    st.session_state["test.subject"] = choose_subject("cnn")


@pytest.fixture
def app(runs_apart: None) -> AppTest:
    return AppTest.from_function(cnn_page, default_timeout=60)


def subject(app: AppTest) -> Subject:
    """What the page was given."""
    assert not app.exception
    found = app.session_state["test.subject"]
    assert isinstance(found, Subject)
    return found


def link(app: AppTest) -> dict[str, str]:
    return {name: app.query_params[name] for name in ("model", "digit")}


def choose(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def said(app: AppTest) -> str:
    return " ".join(warning.value for warning in app.sidebar.warning)


def line(app: AppTest) -> dict[str, Any]:
    """What the strip in the main area says."""
    (strip,) = payloads(app, "strip")
    assert isinstance(strip, dict)
    return strip


def test_it_begins_with_the_pretrained_network_and_the_first_test_digit(app: AppTest) -> None:
    app.run()
    found = subject(app)
    assert (found.model_name, found.digit.name, found.digit.label) == ("pretrained", "Test digit 0", 7)
    assert link(app) == {"model": "pretrained", "digit": "test:0"}
    assert line(app)["title"] == "Test digit 0, a 7"
    assert re.fullmatch(r"CNN, pretrained, after [\d,]+ steps: 7 with \d+\.\d\u202f%", line(app)["said"])
    assert line(app)["right"] is True
    assert not said(app)


def test_a_link_shows_the_same_in_another_browser(app: AppTest) -> None:
    app.query_params["model"], app.query_params["digit"] = "untrained", "test:1234"
    app.run()
    found = subject(app)
    assert (found.model_name, found.step, found.digit.key) == ("untrained", 0, "test:1234")
    assert link(app) == {"model": "untrained", "digit": "test:1234"}
    assert app.number_input(key="subject.number").value == 1234
    assert app.selectbox(key="subject.source.cnn").value == "untrained"


@pytest.mark.parametrize(
    ("model", "digit", "sentences"),
    [
        ("nonsense", "test:3", ["model 'nonsense' is of no known kind"]),
        (
            "run:none@best",
            "test:3",
            ["The saved run “none” is not here; choose another model. The pretrained network is shown instead."],
        ),
        ("live:nobody", "test:3", ["no longer here"]),
        ("untrained", "test:10000", ["no test digit '10000'"]),
        ("untrained", "drawn:AAAA", ["incomplete or changed"]),
        ("nonsense", "nonsense", ["model 'nonsense'", "digit 'nonsense'"]),
    ],
)
def test_a_bad_link_is_explained_and_what_is_shown_instead_is_in_the_link(
    app: AppTest, model: str, digit: str, sentences: list[str]
) -> None:
    app.query_params["model"], app.query_params["digit"] = model, digit
    app.run()
    found = subject(app)
    assert found.model_name == ("untrained" if model == "untrained" else "pretrained")
    assert found.digit.key == ("test:3" if digit == "test:3" else "test:0")
    assert link(app)["model"] in ("untrained", "pretrained")
    assert link(app)["digit"] == found.digit.key
    app.run()
    assert all(sentence in said(app) for sentence in sentences), "said only for a moment"
    choose(app, "Random")
    assert not said(app)


def test_a_link_brings_no_picture_into_its_complaint(app: AppTest) -> None:
    app.query_params["model"] = "![](https://example.org/a.png)"
    app.run()
    assert r"!\[](https://example.org/a.png)" in said(app)


def test_digits_by_number_class_and_at_random(app: AppTest) -> None:
    app.run()
    app.number_input(key="subject.number").set_value(42).run()
    assert subject(app).digit.key == link(app)["digit"] == "test:42"
    app.pills(key="subject.class").set_value(5).run()
    assert subject(app).digit.label == 5
    first = subject(app).digit.key
    app.pills(key="subject.class").set_value(5).run()
    assert subject(app).digit.label == 5
    assert subject(app).digit.key != first
    choose(app, "Random")
    assert link(app)["digit"] == subject(app).digit.key != first


def test_the_next_mistake_is_one(app: AppTest) -> None:
    app.query_params["digit"] = "test:5"
    app.run()
    for _ in range(2):
        before = int(subject(app).digit.key.removeprefix("test:"))
        choose(app, "Next mistake")
        found = subject(app)
        said_now = predict(found.model, found.dataset.normalise(found.digit.image[None])).argmax().item()
        assert said_now != found.digit.label
        assert int(found.digit.key.removeprefix("test:")) > before
        assert line(app)["right"] is False


def test_another_model_keeps_the_digit(app: AppTest) -> None:
    app.query_params["digit"] = "test:77"
    app.run()
    app.selectbox(key="subject.source.cnn").set_value("untrained").run()
    assert (subject(app).model_name, subject(app).digit.key) == ("untrained", "test:77")
    assert link(app) == {"model": "untrained", "digit": "test:77"}


def test_a_drawn_digit_is_in_the_link(app: AppTest) -> None:
    drawn = stages(ink_of(SEVEN)).image
    app.query_params["digit"] = handmade_key("drawn", drawn)
    app.run()
    assert torch.equal(subject(app).digit.image, drawn)
    assert app.segmented_control(key="subject.digit_source").value == "drawn"
    assert (line(app)["title"], line(app)["right"]) == ("Your drawing", None)
    assert ": 7 with " in line(app)["said"]


def test_strokes_become_the_digit_and_clearing_keeps_the_last(app: AppTest) -> None:
    def page() -> None:
        import streamlit as st

        from scratchnn.ui import digit_choice
        from scratchnn.ui.subject import choose_subject

        if "test.strokes" in st.session_state:
            digit_choice._take_strokes(*st.session_state.pop("test.strokes"))
        st.session_state["test.subject"] = choose_subject("cnn")

    app = AppTest.from_function(page, default_timeout=60)
    app.run()
    app.session_state["test.strokes"] = ONE, False
    app.run()
    assert torch.equal(subject(app).digit.image, stages(ink_of(ONE)).image)
    assert link(app)["digit"] == "test:0", "the address changes while a stroke grows"
    app.session_state["test.strokes"] = SEVEN, True
    app.run()
    assert torch.equal(subject(app).digit.image, stages(ink_of(SEVEN)).image)
    assert link(app)["digit"] == subject(app).digit.key
    for strokes in ([], "nonsense", [[1, 2, 3]]):
        app.session_state["test.strokes"] = strokes, True
        app.run()
        assert torch.equal(subject(app).digit.image, stages(ink_of(SEVEN)).image)


def test_an_address_that_comes_late_changes_nothing_and_one_gone_back_to_does(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    app.number_input(key="subject.number").set_value(42).run()
    app.query_params["digit"] = "test:0"  # the browser sent this before it knew of 42
    app.run()
    assert subject(app).digit.key == link(app)["digit"] == "test:42"
    now = time.monotonic()
    monkeypatch.setattr("scratchnn.ui.link.time.monotonic", lambda: now + 60)
    app.query_params["digit"] = "test:0"
    app.run()
    assert subject(app).digit.key == link(app)["digit"] == "test:0"


def test_an_uploaded_digit_and_what_was_done_to_it(app: AppTest) -> None:
    image = load_dataset(DataConfig()).test.images[3]
    file = io.BytesIO()
    Image.fromarray(255 - image.numpy()).save(file, "PNG")
    app.run()
    app.segmented_control(key="subject.digit_source").set_value("uploaded").run()
    app.file_uploader[0].set_value(("digit.png", file.getvalue(), "image/png")).run()
    assert torch.equal(subject(app).digit.image, image)
    assert link(app)["digit"].startswith("uploaded:")
    assert any("inverted" in caption.value for caption in app.sidebar.caption)
    assert [pad["drawing"] for pad in payloads(app, "pad")] == [None]
    app.file_uploader[0].set_value(("digit.png", b"hello", "image/png")).run()
    assert "not a PNG, JPEG or WebP image" in said(app)
    assert torch.equal(subject(app).digit.image, image)
    app.query_params["digit"] = handmade_key("uploaded", image.flip(0))
    app.run()
    assert not payloads(app, "pad"), "the stages of another image"


def test_a_saved_run_is_scrubbed(app: AppTest) -> None:
    opened = open_model("untrained", "cnn")
    run, state = Run.create(RUNS / "mine", opened.config), opened.model.state_dict()
    run.begin()
    for step in (0, 100):
        run.write_snapshot(step, state)
    run.write_best(100, state)
    app.run()
    app.selectbox(key="subject.source.cnn").set_value("run").run()
    assert link(app)["model"] == "run:mine@best"
    assert app.selectbox(key="subject.run.cnn").options == ["mine"]
    app.select_slider(key="subject.moment.cnn").set_value("0").run()
    assert link(app)["model"] == "run:mine@0"
    assert (subject(app).step, subject(app).model_name) == (0, "run mine")
    assert subject(app).provenance.model == "run:mine@0"


def test_a_moment_stays_while_its_run_keeps_more(app: AppTest) -> None:
    opened = open_model("untrained", "cnn")
    run, state = Run.create(RUNS / "growing", opened.config), opened.model.state_dict()
    run.begin()
    for step in (0, 100):
        run.write_snapshot(step, state)
    app.query_params["model"] = "run:growing@100"
    app.run()
    for step in (50, 60):
        run.write_snapshot(step, state)
        run.write_best(step, state)
        app.number_input(key="subject.number").set_value(step).run()
        assert link(app) == {"model": "run:growing@100", "digit": f"test:{step}"}
        # a browser sends a number: that of its moment among those that it knows
        assert app.select_slider(key="subject.moment.cnn").options == ["0", "100"]
    app.select_slider(key="subject.moment.cnn").set_value("0").run()
    assert link(app)["model"] == "run:growing@0"
    assert app.select_slider(key="subject.moment.cnn").options == ["0", "50", "60", "100", "best"]


def steps(job: TrainingJob, number: int) -> None:
    """Take so many steps, and rest."""
    wanted = job.progress.step + number
    for _ in range(number):
        job.step_once()
    end = time.monotonic() + 60
    while (made := job.snapshot()) is None or made.step < wanted:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_new_training_is_looked_into_instead_of_the_one_before(app: AppTest) -> None:
    jobs = []
    for _ in range(2):
        app.session_state["test.trains_anew"] = True
        app.run()
        jobs.append(registry.get(app.query_params["run"]))
        assert link(app)["model"] == f"live:{jobs[-1].id}"
    assert jobs[0] is not jobs[1]


def test_a_live_training_is_followed_or_frozen(app: AppTest) -> None:
    job = registry.create(preset("cnn", "course"))
    steps(job, 1)
    app.query_params["run"] = job.id
    app.run()
    assert link(app)["model"] == f"live:{job.id}"
    assert (subject(app).model_name, subject(app).step) == ("live training", 1)
    moves = "subject.moves.None"  # a page has no address in these tests
    assert app.session_state[moves]
    assert subject(app).provenance.model == f"run:{job.run_folder.name}@1"
    steps(job, 2)
    app.run()
    assert subject(app).step == 3
    sources = app.selectbox(key="subject.source.cnn").options
    assert sources == ["Live training", "Saved run", "Pretrained", "Untrained"]
    shown = subject(app).model.state_dict()["fc2.weight"].clone()
    steps(job, 1)  # which the person who freezes it has not seen yet
    app.toggle(key="subject.follow.cnn").set_value(False).run()
    steps(job, 1)
    app.run()
    assert subject(app).step == 3
    assert torch.equal(subject(app).model.state_dict()["fc2.weight"], shown)
    assert link(app)["model"] == f"run:{job.run_folder.name}@3"
    assert app.selectbox(key="subject.source.cnn").options == sources, "a browser would choose anew"
    assert not app.toggle(key="subject.follow.cnn").value
    assert not app.session_state[moves]
    other = AppTest.from_function(cnn_page, default_timeout=60)  # a browser that got the link alone
    other.query_params["model"] = link(app)["model"]
    other.run()
    assert subject(other).step == 3
    assert torch.equal(subject(other).model.state_dict()["fc2.weight"], shown)
    assert not other.toggle, "there is nothing that it could follow"
    app.toggle(key="subject.follow.cnn").set_value(True).run()
    assert (subject(app).step, link(app)["model"]) == (5, f"live:{job.id}")


@pytest.mark.parametrize("ended", ["stopped", "finished", "failed", "diverged"])
def test_a_training_that_has_ended_is_called_what_it_is(app: AppTest, ended: str) -> None:
    job = registry.create(preset("cnn", "course"))
    steps(job, 1)
    app.query_params["run"] = job.id
    app.run()
    job.stop()
    assert job.join(30)
    if ended == "diverged":
        job.status, job.diverged_at = "failed", 2
    else:
        job.status = ended  # type: ignore[assignment]
    app.run()
    more = ", kept weights" if ended == "diverged" else ""
    assert subject(app).model_name == f"{ended} training{more}"
    choice = app.selectbox(key="subject.source.cnn")
    assert (choice.options[0], choice.value) == (f"{ended.capitalize()} training", "live")
    choice.set_value("pretrained").run()
    assert link(app)["model"] == "pretrained"
    app.selectbox(key="subject.source.cnn").set_value("live").run()
    assert link(app)["model"] == f"live:{job.id}"
    assert not said(app)


def test_a_training_that_has_saved_nothing_yet_goes_on_live(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    job = registry.create(preset("cnn", "course"))
    steps(job, 1)
    monkeypatch.setattr("scratchnn.ui.model_choice.saved_runs", lambda kind: {})
    app.query_params["run"] = job.id
    app.run()
    app.selectbox(key="subject.source.cnn").set_value("run").run()
    assert "Nothing of this training is saved yet" in said(app)
    assert link(app)["model"] == f"live:{job.id}"


def test_a_moment_that_cannot_be_kept_is_followed_on(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RunError("the disk is full")

    job = registry.create(preset("cnn", "course"))
    steps(job, 1)
    app.query_params["run"] = job.id
    app.run()
    monkeypatch.setattr("scratchnn.ui.subject.keep", refuse)
    app.toggle(key="subject.follow.cnn").set_value(False).run()
    assert "This moment could not be kept: the disk is full." in said(app)
    assert app.toggle(key="subject.follow.cnn").value
    assert link(app)["model"] == f"live:{job.id}"


def test_a_moment_of_a_live_training_is_kept_when_it_is_asked_for(app: AppTest) -> None:
    def page() -> None:
        import streamlit as st

        from scratchnn.ui import session
        from scratchnn.ui.subject import choose_subject, keep_weights

        session.keep_alive()
        for key in st.session_state.pop("test.copied", []):
            keep_weights("cnn", key)
        st.session_state["test.subject"] = choose_subject("cnn")

    app = AppTest.from_function(page, default_timeout=60)
    job = registry.create(preset("cnn", "course"))
    steps(job, 1)
    app.query_params["run"] = job.id
    app.run()
    shown = subject(app).model.state_dict()["fc2.weight"].clone()
    asked = subject(app).provenance.model
    steps(job, 2)
    app.run()
    assert subject(app).step == 3
    app.session_state["test.copied"] = [asked, "run:../elsewhere@1", "nonsense"]
    app.run()
    assert not app.exception
    run = Run.open(job.run_folder)
    assert [file.name for file in (run.folder / "kept").iterdir()] == ["step-000001.safetensors"]
    assert torch.equal(open_model(asked, "cnn").model.state_dict()["fc2.weight"], shown)
