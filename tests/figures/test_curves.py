import numpy as np
import pytest

from scratchnn.figures.curves import MOST_POINTS, Curves, Series
from scratchnn.training.metrics import MetricsLog, StepMetrics


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


def test_no_spike_is_lost() -> None:
    series = Series()
    for x in range(10_000):
        series.add(x, 100.0 if x == 4321 else 1.0)
    x, y = series.envelope()
    assert len(x) <= MOST_POINTS
    assert y.max() == 100
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
    assert list(whole.gradients["head"].x) == [64, 64 * 11, 64 * 21]
