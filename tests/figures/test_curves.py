from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scratchnn.figures.charts import training_charts
from scratchnn.figures.curves import MOST_POINTS, Curves, Earlier, Series
from scratchnn.training.metrics import MetricsLog, StepMetrics
from tests.figures.test_network import unpack


def test_a_constant_curve_is_smoothed_to_itself_from_the_first_point() -> None:
    series = Series()
    for x in range(100):
        series.add(x, 3.0)
    assert np.array(series.smooth) == pytest.approx(np.full(100, 3.0))


@pytest.mark.parametrize("length", [0, 1, MOST_POINTS, 10_000])
def test_a_thinned_curve_keeps_its_ends(length: int) -> None:
    series = Series()
    for x in range(length):
        series.add(x, 2 * x)
    x, y = series.thinned()
    assert len(x) == len(y) == min(length, MOST_POINTS)
    if length:
        assert (x[0], x[-1]) == (0, length - 1)


@pytest.mark.parametrize("length", [MOST_POINTS + 1, 1_999, 10_000])
@pytest.mark.parametrize("place", [0, 7, 333, -1])
@pytest.mark.parametrize("spike", [100.0, -100.0])
def test_no_spike_is_lost(length: int, place: int, spike: float) -> None:
    series = Series()
    for x in range(length):
        series.add(x, spike if x == place % length else 1.0)
    x, y = series.envelope()
    assert len(x) <= MOST_POINTS
    assert x[y == spike].tolist().count(place % length) in (1, 2)  # a stretch may begin or end with it
    assert (np.diff(x) >= 0).all()


def test_metrics_in_two_parts_give_the_same_curves_as_at_once() -> None:
    log, curves, whole = MetricsLog(), Curves(), Curves()
    cursor = log.since()[1]
    for step in range(1, 31):
        norms = {"encoder.layers.0.linear1": 3.0, "encoder.layers.0.linear2": 4.0, "head": 1.0}
        taken = norms if step % 10 == 1 else None
        log.add_step(StepMetrics(step, 1 / step, step / 30, 1e-3, 1.0, 64 * step, 0.1 * step, taken))
        if step == 15:
            rows, cursor = log.since(cursor)
            curves.add(rows)
    curves.add(log.since(cursor)[0])
    whole.add(log.since()[0])
    assert curves.loss == whole.loss
    assert curves.gradients == whole.gradients
    assert list(whole.gradients) == ["block 0 feed-forward", "head"]
    assert whole.gradients["block 0 feed-forward"].y[0] == 5
    assert whole.newest_gradients == norms
    assert list(whole.gradients["head"].x) == [64, 64 * 11, 64 * 21]


def run_of(losses: list[float]) -> Curves:
    curves = Curves()
    for turn, loss in enumerate(losses):
        curves.loss.add(64 * (turn + 1), loss)
    return curves


def loss_chart(run: Curves, log_loss: bool = False, **earlier: Curves) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """The chart, its curves by name, and all points."""
    past = [Earlier(name, "cnn", curves) for name, curves in earlier.items()]
    header, arrays = unpack(training_charts(run, "cnn", past, "run", log_loss))
    return header["charts"][0], {c["name"]: c for c in header["curves"] if c["chart"] == "loss"}, arrays


LEARNS = [2.3 * 0.97**turn for turn in range(400)]


def test_a_spike_does_not_flatten_the_loss_and_is_marked_at_the_edge() -> None:
    chart, curves, arrays = loss_chart(run_of([*LEARNS[:3], 3663.0, 41.0, *LEARNS[3:]]))
    assert 2.3 < chart["top"] < 4
    assert "above the axis, up to 3,663" in chart["summary"]
    above = curves["above the axis, up to 3,663"]
    assert sorted(set(arrays[above["y"]].tolist())) == [41, 3663]
    assert set(arrays[above["x"]].tolist()) == {64 * 4, 64 * 5}


@pytest.mark.parametrize("losses", [LEARNS, [3.9, *LEARNS], [30.0 + turn % 20 for turn in range(100)], []])
def test_an_axis_that_is_not_spoilt_is_left_alone(losses: list[float]) -> None:
    chart, curves, _ = loss_chart(run_of(losses))
    assert chart["top"] is None
    assert not any(curve["style"] == "above" for curve in curves.values())


def test_a_logarithmic_axis_shows_everything() -> None:
    chart, curves, _ = loss_chart(run_of([3663.0, *LEARNS]), log_loss=True)
    assert chart["top"] is None
    assert not any(curve["style"] == "above" for curve in curves.values())


@pytest.mark.parametrize(("awaited", "begins"), [(False, "Press Train"), (True, "The first numbers")])
def test_a_chart_without_points_says_whether_some_are_on_their_way(awaited: bool, begins: str) -> None:
    header, _ = unpack(training_charts(Curves(), "cnn", [], "run", log_loss=False, awaited=awaited))
    assert all(chart["hint"].startswith(begins) for chart in header["charts"])


@pytest.mark.parametrize(("held_out", "weights"), [(True, "best"), (False, "last")])
def test_the_test_result_is_of_the_best_weights_or_of_the_last(held_out: bool, weights: str) -> None:
    run = run_of(LEARNS)
    run.test = 64.0, 0.1, 0.98
    if held_out:
        run.validation_loss.add(64, 0.2)
    _, curves, arrays = loss_chart(run)
    assert arrays[curves[f"test, {weights} weights"]["x"]].tolist() == [64]


def test_a_gradient_that_is_zero_now_is_told_from_a_small_one() -> None:
    run = Curves()
    for layer, norms in {"conv1": [0.5, 1e-9], "fc1": [0.5, 0.0]}.items():
        run.gradients[layer] = Series(window=4)
        for step, norm in enumerate(norms):
            run.gradients[layer].add(step, norm)
    header, _ = unpack(training_charts(run, "cnn", [], "run", log_loss=False))
    notes = {curve["name"]: curve["note"] for curve in header["curves"] if curve["chart"] == "gradients"}
    assert notes == {"conv1": "", "fc1": "0 now"}
    assert header["charts"][3]["summary"].endswith(", exactly 0 now")
    assert header["charts"][3]["summary"].count("exactly") == 1


def test_layers_are_named_before_their_first_gradients_and_neighbours_are_drawn_unlike() -> None:
    run = Curves.of(["conv1", "encoder.layers.0.self_attn", "encoder.layers.0.linear1", "encoder.layers.0.linear2"])
    header, _ = unpack(training_charts(run, "cnn", [], "run", log_loss=False))
    layers = [curve for curve in header["curves"] if curve["chart"] == "gradients"]
    assert [curve["name"] for curve in layers] == ["conv1", "block 0 attention", "block 0 feed-forward"]
    assert [curve["depth"] for curve in layers] == [0, 0.5, 1]
    assert [curve["dash"] for curve in layers] == ["", "broken", ""]
    assert header["charts"][3]["summary"] == "No steps yet."


def test_an_earlier_run_is_named_with_what_is_shown_of_it() -> None:
    past = run_of([9000.0, *LEARNS])
    past.validation_loss.add(64, 2.2)
    chart, curves, arrays = loss_chart(run_of(LEARNS), one=past, other=run_of(LEARNS[:9]))
    names = [curve["name"] for curve in curves.values() if curve["style"] == "earlier"]
    assert names == ["one: validation", "other: training, smoothed"]
    assert arrays[curves["one: validation"]["y"]] == pytest.approx([2.2])
    assert chart["top"] is None, "what is not drawn decides nothing"
