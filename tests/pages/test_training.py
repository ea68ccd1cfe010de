"""The Train page where little is held out, where others train, and where a run was left, stopped or damaged."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.config import RunConfig
from scratchnn.training.job import TrainingJob
from scratchnn.training.recording import RecordedTraining
from scratchnn.training.registry import registry
from scratchnn.training.runs import Run
from scratchnn.ui import controls, earlier
from tests.pages.conftest import APP
from tests.pages.payloads import payloads
from tests.pages.training_helpers import button, captions, figures, job_of, labels, train_page, until
from tests.training.conftest import small_config, write_digits

CLOCK = itertools.count(1_700_000_000)


@pytest.fixture
def config(runs_apart: None, tmp_path: Path) -> RunConfig:
    """A small network, few digits, and more epochs than any test waits for."""
    return small_config(write_digits(tmp_path / "digits", training=300, test=50), epochs=200)


def trained(config: RunConfig, name: str, steps: int = 3) -> Run:
    """A run below runs/ that was left after a few steps, no two in the same second."""
    run = Run.create(Path("runs", name), config)
    with RecordedTraining(run) as training:
        for _ in range(steps):
            training.step()
        training.save()
    second = next(CLOCK)
    os.utime(run.folder / "metrics.parquet", (second, second))
    return run


def hold_out(app: AppTest, images: int) -> AppTest:
    return app.number_input(key="data.validation").set_value(images).run()


# --- what is looked at ----------------------------------------------------------------------------------------


def test_a_small_validation_split_shows_the_classes_that_it_has(app: AppTest) -> None:
    train_page(app)
    for images in (1, 5):
        hold_out(app, images)
        assert not app.exception
        (probes,) = (data for data in payloads(app, "digits") if data["title"] == "Probe digits")
        labels = [item["label"] for item in probes["items"]]
        assert 0 < len(labels) <= images
        assert labels == sorted(set(labels))
        assert "of each class that there is" in probes["note"]


def test_with_nothing_held_out_training_digits_show_what_it_confuses(app: AppTest) -> None:
    train_page(app)
    hold_out(app, 0)
    button(app, "Train").click().run()
    job = job_of(app)
    until(lambda: job.metrics_since()[0].evaluations and job.progress.step > 12)
    button(app, "Stop").click().run()
    until(lambda: job.ended)
    app.run()
    assert not app.exception
    (confusion,) = payloads(app, "confusion")
    assert confusion["note"].startswith("1,000 training digits after ")
    assert sum(confusion["counts"]) == 1000
    assert figures(app)["Validation accuracy"] == ("–", "nothing is held out")


# --- others train, too ----------------------------------------------------------------------------------------


def test_the_place_in_the_queue_is_kept_up_to_date(
    app: AppTest, config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry._slots, "max_running", 1)
    running, before = registry.create(config), registry.create(config)
    running.start()
    before.start()
    train_page(app)
    button(app, "Train").click().run()
    assert [info.value for info in app.main.info] == [
        "All places are taken by other trainings. This one is number 2 in the queue."
    ]
    draw_buttons = controls.buttons

    def buttons_then_one_leaves(config: RunConfig | None, job: TrainingJob | None) -> None:
        draw_buttons(config, job)
        before.stop()
        before.join(30)

    message = app.main.info[0].value
    monkeypatch.setattr(controls, "buttons", buttons_then_one_leaves)
    app.run()  # the fragment that moves sees at once that the page shows another place
    assert app.main.info[0].value != message
    assert "This one is next" in app.main.info[0].value
    button(app, "Stop").click().run()
    assert "Stopped. Nothing was written: it had not begun." in captions(app)
    assert "Continue" not in labels(app)


def test_who_shares_a_training_is_told(app: AppTest) -> None:
    train_page(app)
    button(app, "One step").click().run()
    job = job_of(app)
    assert "another tab" not in captions(app)
    job.keep_alive("a tab that opened the same address")
    app.run()
    assert "This training is open in another tab as well" in captions(app)
    job.release("a tab that opened the same address", grace=60)
    app.run()
    assert "another tab" not in captions(app)


def test_a_reload_shows_the_learning_rate_that_was_turned(app: AppTest) -> None:
    train_page(app)
    button(app, "One step").click().run()
    job = job_of(app)
    until(lambda: job.progress.step == 1)
    app.select_slider(key=f"train.rate.{job.id}").set_value(0.005).run()
    until(lambda: job.metrics_since()[0].changes)
    assert job.metrics_since()[0].changes == [(1, 0.005)]
    reloaded = AppTest.from_file(str(APP), default_timeout=60)
    reloaded.query_params["run"] = job.id
    train_page(reloaded)
    assert not reloaded.exception
    assert reloaded.select_slider(key=f"train.rate.{job.id}").value == 0.005


# --- earlier runs ---------------------------------------------------------------------------------------------


def earlier_curves(app: AppTest) -> list[str]:
    (charts,) = payloads(app, "charts")
    return [curve["name"] for curve in charts["curves"] if curve["style"] == "earlier" and curve["chart"] == "loss"]


def test_the_first_run_has_no_earlier_one(app: AppTest) -> None:
    train_page(app)
    button(app, "One step").click().run()
    job = job_of(app)
    button(app, "Stop").click().run()
    until(lambda: job.ended)
    app.run()
    assert f"The run is kept in {job.run_folder}." in captions(app)
    choice = app.multiselect(key=earlier.CHOICE)
    assert (choice.disabled, choice.placeholder) == (True, "No earlier one yet")


def test_earlier_runs_are_laid_under_by_the_names_that_they_have_elsewhere(app: AppTest, config: RunConfig) -> None:
    one, other = trained(config, "one"), trained(config, "other")
    train_page(app)
    assert earlier_curves(app) == []
    app.multiselect(key=earlier.CHOICE).set_value([str(one.folder)]).run()
    assert earlier_curves(app) == [f"{earlier._label(one)}: validation"]
    assert earlier._label(one).startswith("one")
    app.multiselect(key=earlier.CHOICE).set_value([str(one.folder), str(other.folder)]).run()
    assert not app.exception
    assert earlier_curves(app) == [f"{earlier._label(run)}: validation" for run in (one, other)]


def test_damaged_runs_are_named_and_left_out(app: AppTest, config: RunConfig) -> None:
    good, cut, empty, broken = (trained(config, name) for name in ("good", "cut", "empty", "broken"))
    (cut.folder / "result.json").write_text("{")
    (empty.folder / "result.json").write_text("{}")
    train_page(app)
    assert not app.exception
    assert sorted(app.multiselect(key=earlier.CHOICE).options) == sorted(map(earlier._label, (good, broken)))
    for run in (cut, empty):
        assert f"A run is left out: {run.folder}/result.json is damaged" in captions(app)
    (broken.folder / "metrics.parquet").write_bytes(b"PAR1")
    app.multiselect(key=earlier.CHOICE).set_value([str(broken.folder), str(good.folder)]).run()
    assert not app.exception
    assert f"A run is left out: {broken.folder}/metrics.parquet is damaged" in captions(app)
    assert earlier_curves(app) == [f"{earlier._label(good)}: validation"]


# --- what has ended -------------------------------------------------------------------------------------------


def test_a_stopped_run_is_continued(app: AppTest) -> None:
    train_page(app)
    button(app, "One step").click().run()
    job = job_of(app)
    until(lambda: job.status == "paused" and job.progress.step == 1)
    assert "Continue" not in labels(app)
    job.set_learning_rate(0.005)
    button(app, "Stop").click().run()
    until(lambda: job.ended)
    app.run()
    assert f"Stopped. The run is kept in {job.run_folder}." in captions(app)
    (hint,) = [caption.proto.help for caption in app.main.caption if caption.value.startswith("Stopped.")]
    assert f"`python -m scratchnn train --resume {job.run_folder}`" in hint
    button(app, "Continue").click().run()
    assert not app.exception
    again = job_of(app)
    assert again is not job
    assert again.run_folder == job.run_folder
    until(lambda: again.progress.step >= 3)
    app.run()
    assert app.select_slider(key=f"train.rate.{again.id}").value == 0.005
    assert again.metrics_since()[0].steps["step"].tolist()[:3] == [1, 2, 3]
    assert "Continue" not in labels(app)


def test_beside_another_network_the_button_names_the_run(app: AppTest) -> None:
    train_page(app)
    button(app, "One step").click().run()
    job = job_of(app)
    button(app, "Stop").click().run()
    until(lambda: job.ended)
    app.segmented_control(key="run.model").set_value("transformer").run()
    assert "Continue" not in labels(app)
    button(app, "Continue the CNN run").click().run()
    assert app.session_state["run.model"] == "cnn"
    assert job_of(app).run_folder == job.run_folder


def test_a_finished_run_is_not(app: AppTest, config: RunConfig) -> None:
    job = registry.create(config.changed("training", epochs=1))
    job.start()
    assert job.join(60)
    app.query_params["run"] = job.id
    train_page(app)
    assert f"Finished. The run is kept in {job.run_folder}." in captions(app)
    assert "Continue" not in labels(app)


def test_a_training_that_nobody_watched_is_not_lost_without_a_word(app: AppTest, config: RunConfig) -> None:
    job = registry.create(config)
    job.keep_alive("tab")
    job.start()
    until(lambda: job.progress.step >= 2)
    job.release("tab", grace=0.0)
    assert job.join(60)
    app.query_params["run"] = job.id
    train_page(app)
    assert f"This training has ended. The run is kept in {job.run_folder}." in captions(app)
    assert "run" not in app.query_params
    app.run()
    button(app, "Continue the CNN run").click().run()
    assert not app.exception
    again = job_of(app)
    assert again.config == config
    assert app.number_input(key="training.epochs").value == 200, "the sidebar describes another run"
    until(lambda: again.progress.step > job.progress.step)
    assert "This training has ended" not in captions(app)


def test_an_address_that_no_server_knows_says_so(app: AppTest) -> None:
    app.query_params["run"] = "of-another-server"
    train_page(app)
    assert not app.exception
    (warning,) = app.main.warning
    assert warning.value.startswith("This training is not on this server any more. Press Train to begin another.")
    assert "run" not in app.query_params
    assert not any(label.startswith("Continue") for label in labels(app))
    assert figures(app)["Step"] == ("0", "not started")
    for part in ("strip", "charts", "digits", "subject", "tiles", "confusion", "health"):
        assert payloads(app, part), f"below the message the page lacks its {part}"
    assert any("parameters" in caption.value for caption in app.sidebar.caption)


def test_where_nothing_was_written_nothing_is_promised(app: AppTest, config: RunConfig, tmp_path: Path) -> None:
    job = registry.create(config.changed("data", data=str(tmp_path / "no digits"), dataset="kmnist"))
    (tmp_path / "no digits").write_text("a file")
    job.start()
    assert job.join(60)
    app.query_params["run"] = job.id
    train_page(app)
    assert not app.exception
    assert "Nothing was written" in captions(app)
    assert "is kept in" not in captions(app)
    assert "Continue" not in labels(app)
