"""What the sidebar says a step takes: estimated, estimated anew when nothing disturbs it, or measured."""

from __future__ import annotations

import itertools

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.config import RunConfig, preset
from scratchnn.figures.numbers import milliseconds
from scratchnn.inspection.cost import Cost
from scratchnn.training.registry import registry
from tests.pages.training_helpers import button, job_of, train_page, until


def line(app: AppTest) -> str:
    (said,) = [caption.value for caption in app.sidebar.caption if "parameters" in caption.value]
    return said


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """For which configs an estimate was made: the first says 1 s a step, the next 2 s, and so on."""
    configs: list[RunConfig] = []
    seconds = itertools.count(1)

    def estimate(config: RunConfig) -> Cost:
        configs.append(config)
        return Cost(98_442, float(next(seconds)))

    monkeypatch.setattr("scratchnn.inspection.cost.estimate_cost", estimate)
    return configs


def test_it_is_estimated_once_for_what_costs_the_same(app: AppTest, measured: list[RunConfig]) -> None:
    train_page(app)
    assert "about **1.00 s** a step ·" in line(app)
    app.number_input(key="training.learning_rate").set_value(0.01).run()
    assert len(measured) == 1
    app.number_input(key="training.batch_size").set_value(128).run()
    assert "about **2.00 s** a step ·" in line(app)


def test_an_estimate_made_beside_a_training_says_so_and_is_made_again(app: AppTest, measured: list[RunConfig]) -> None:
    other = registry.create(preset("transformer", "live"))
    other.start()
    until(lambda: other.status == "running")
    train_page(app)
    assert "about **1.00 s** a step beside another training ·" in line(app)
    app.run()
    assert len(measured) == 1
    other.stop()
    other.join(30)
    app.run()
    assert "about **2.00 s** a step ·" in line(app)


def test_a_training_of_these_settings_says_what_it_measured(app: AppTest, measured: list[RunConfig]) -> None:
    train_page(app)
    button(app, "Train").click().run()
    job = job_of(app)
    until(lambda: job.progress.step >= 10)
    button(app, "Stop").click().run()
    until(lambda: job.ended)
    app.run()
    seconds = job.metrics_since()[0].steps["seconds"]
    said = f"**{milliseconds(seconds[-1] / len(seconds))}** a step, measured ·"
    assert said in line(app)
    app.number_input(key="training.learning_rate").set_value(0.01).run()
    assert said in line(app), "that costs the same"
    app.number_input(key="training.batch_size").set_value(128).run()
    assert "about" in line(app)
