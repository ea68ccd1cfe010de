"""Every page under AppTest: it runs, says what is wrong before it is too late, and starts and stops a training."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig, RunConfig
from scratchnn.data import load_dataset
from scratchnn.figures.numbers import percent, short
from scratchnn.inspection.probes import one_of_each_class
from scratchnn.models import CustomCNN, build_model
from scratchnn.training.job import TrainingJob
from tests.pages.training_helpers import button, job_of, train_page, until


def test_home(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert app.title[0].value == "Two networks, written out by hand"
    assert button(app, "Train a network")


def test_train_says_what_the_network_costs(app: AppTest) -> None:
    train_page(app)
    assert not app.exception
    assert any("98,442" in caption.value for caption in app.sidebar.caption)
    assert not button(app, "Train").disabled
    assert button(app, "Stop").disabled


def test_transformer_has_its_own_settings(app: AppTest) -> None:
    train_page(app)
    app.segmented_control(key="run.model").set_value("transformer").run()
    assert not app.exception
    assert app.session_state["run.preset"] == "live"
    assert app.slider(key="transformer.heads").value == 6


@pytest.mark.parametrize(
    ("model", "setting", "value", "said"),
    [
        ("transformer", "transformer.patch_size", 5, "do not tile"),
        ("transformer", "transformer.heads", 7, "heads"),
        ("cnn", "cnn.image_size", 8, "pool"),
        ("cnn", "cnn.channels", "16, many", "Channels, number 2, must be a whole number"),
        ("cnn", "cnn.channels", "16,,32", "Channels, number 2, must be a whole number, not ''."),
        ("cnn", "cnn.channels", "16, ²", "Channels, number 2, must be a whole number"),
        ("cnn", "data.data", "~nobodyx", "the data folder ~nobodyx cannot be read"),
        ("cnn", "data.data", "a" * 5000, "cannot be read: File name too long"),
        ("cnn", "training.learning_rate", 0.0, "Learning rate must be greater than 0"),
    ],
)
def test_a_bad_combination_is_named_before_training(
    app: AppTest, model: str, setting: str, value: object, said: str
) -> None:
    train_page(app)
    app.segmented_control(key="run.model").set_value(model).run()
    if setting == "cnn.image_size":
        app.text_input(key="cnn.channels").set_value("8, 8, 8, 8").run()
    kind = next(k for k in ("slider", "number_input", "text_input") if any(w.key == setting for w in getattr(app, k)))
    getattr(app, kind)(key=setting).set_value(value).run()
    assert not app.exception
    assert button(app, "Train").disabled
    (error,) = app.sidebar.error
    assert said in error.value
    assert not app.main.error
    assert any("the sidebar says why" in caption.value for caption in app.main.caption)


def test_a_preset_sets_everything_and_a_change_unmarks_it(app: AppTest) -> None:
    train_page(app)
    app.segmented_control(key="run.preset").set_value("accurate").run()
    assert app.toggle(key="cnn.batch_norm").value is True
    assert app.number_input(key="training.learning_rate").value == pytest.approx(4e-3)
    app.number_input(key="training.epochs").set_value(2).run()
    assert app.session_state["run.preset"] is None


def test_settings_survive_another_page(app: AppTest) -> None:
    train_page(app)
    app.number_input(key="training.seed").set_value(7).run()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/train.py").run()
    assert app.number_input(key="training.seed").value == 7


def test_training_starts_stops_and_is_reset(app: AppTest) -> None:
    train_page(app)
    button(app, "Train").click().run()
    assert not app.exception
    job = job_of(app)
    until(lambda: job.progress.step > 3)
    button(app, "Stop").click().run()
    until(lambda: job.status == "stopped")
    app.run()
    assert (job.run_folder / "config.json").exists()
    button(app, "Reset").click().run()
    assert not app.exception
    assert "run" not in app.query_params


def test_what_moves_is_computed_once_a_page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    from scratchnn.ui import training_page

    calls: Counter[str] = Counter()

    def count(name: str) -> None:
        real = getattr(training_page, name)

        def counted(*arguments: object) -> object:
            calls[name] += 1
            return real(*arguments)

        monkeypatch.setattr(training_page, name, counted)

    count("moving_parts")
    count("evaluation_parts")
    train_page(app)
    calls.clear()
    button(app, "One step").click().run()
    assert not app.exception
    assert calls == {"moving_parts": 1, "evaluation_parts": 1}


def test_train_shows_the_health_of_every_layer(app: AppTest) -> None:
    train_page(app)
    (table,) = (e.proto for e in app.get("bidi_component") if "scratchnn_health" in e.proto.component_name)
    rows = {row["name"]: row for row in json.loads(table.json)["rows"]}
    blocks = [f"{kind}{block}" for block in (1, 2, 3) for kind in ("conv", "relu", "pool")]
    assert list(rows) == [*blocks, "fc1", "relu", "fc2"]
    dataset, model = load_dataset(DataConfig()), build_model(RunConfig())
    assert isinstance(model, CustomCNN)
    split = dataset.validation
    maps = model.conv1(dataset.normalise(split.images[one_of_each_class(split)]))
    assert rows["conv1"]["mean"] == short(float(maps.mean()))
    assert rows["relu1"]["zeros"] == percent(float((maps <= 0).double().mean()))
    assert rows["relu1"]["silent"] == "none of 16 maps"


def test_a_training_that_ends_while_the_page_is_drawn_is_shown_as_ended(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scratchnn.ui import controls

    train_page(app)
    draw_buttons = controls.buttons

    def buttons_then_end(config: RunConfig | None, job: TrainingJob | None) -> None:
        draw_buttons(config, job)
        if job is not None:
            job.stop()
            job.join(30)

    monkeypatch.setattr(controls, "buttons", buttons_then_end)
    button(app, "Train").click().run()
    assert not app.exception
    assert button(app, "Train"), "the buttons are still those of a running training"
