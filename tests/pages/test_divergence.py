"""A training diverges: every place says which step it means, and the way on is one that leads somewhere."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.training.job import TrainingJob
from tests.pages.payloads import payloads
from tests.pages.training_helpers import button, captions, figures, job_of, labels, train_page, until


@pytest.fixture
def diverged(app: AppTest) -> TrainingJob:
    """A training with far too high a learning rate, on show in the app."""
    train_page(app)
    app.segmented_control(key="training.optimizer").set_value("sgd").run()
    app.number_input(key="training.learning_rate").set_value(10.0).run()
    button(app, "Train").click().run()
    job = job_of(app)
    until(lambda: job.status == "failed")
    app.run()
    assert not app.exception
    return job


def test_every_step_that_is_named_is_that_of_the_end_or_that_of_the_weights(
    app: AppTest, diverged: TrainingJob
) -> None:
    kept = diverged.snapshot()
    assert kept is not None
    (error,) = app.main.error
    assert error.value.startswith(f"Training diverged at step {diverged.diverged_at}: ")
    assert error.value.endswith(f"; the weights of step {kept.step} are kept.")
    assert figures(app)["Step"] == (str(diverged.diverged_at), "of 2,580: diverged here")
    assert figures(app)["Time left"] == ("–", "diverged")
    weights = f"with the weights kept after {kept.step} steps"
    (strip,), (probes, *_) = payloads(app, "strip"), payloads(app, "digits")
    assert strip["said"].startswith(f"CNN, {weights}: ")
    assert f"of each class, {weights}." in probes["note"]
    assert f"The network below has the weights kept after {kept.step} steps; " in captions(app)
    assert f"are in {diverged.run_folder}." in captions(app)


def test_to_continue_takes_a_lower_learning_rate(app: AppTest, diverged: TrainingJob) -> None:
    def ways_on() -> set[str]:
        return {label for label in labels(app) if label.startswith("Continue")}

    assert not ways_on(), "it could only diverge again"
    assert "Set a lower learning rate on the left to go on from them." in captions(app)
    rate = app.number_input(key="training.learning_rate")
    rate.set_value(20.0).run()
    assert not ways_on()
    rate.set_value(0.01).run()
    assert ways_on() == {"Continue with learning rate 0.01"}
    button(app, "Continue with learning rate 0.01").click().run()
    assert not app.exception
    again = job_of(app)
    assert again.run_folder == diverged.run_folder
    until(lambda: again.progress.step > 10)
    app.run()
    assert again.metrics_since()[0].steps["learning_rate"].max() == 0.01
    assert app.number_input(key="training.learning_rate").value == 0.01
    assert app.select_slider(key=f"train.rate.{again.id}").value == 0.01
    assert "hold for the next training" not in captions(app), "they hold for this one"


def test_with_another_change_there_is_no_way_on(app: AppTest, diverged: TrainingJob) -> None:
    app.number_input(key="training.learning_rate").set_value(0.01).run()
    app.number_input(key="training.batch_size").set_value(32).run()
    assert not any(label.startswith("Continue") for label in labels(app))


def test_beside_another_network_it_says_what_is_kept(app: AppTest, diverged: TrainingJob) -> None:
    app.segmented_control(key="run.model").set_value("transformer").run()
    assert not app.main.error
    assert f"Your CNN run diverged at step {diverged.diverged_at}. The weights kept after" in captions(app)
    assert not any(label.startswith("Continue") for label in labels(app))
