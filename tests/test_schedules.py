"""The schedules, step by step against torch.optim.lr_scheduler."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR

from scratchnn.config import TrainingConfig
from scratchnn.schedules import Constant, Cosine, OneCycle, schedule_for

PEAK = 3e-3


def torchs_rates(make: object, steps: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=PEAK)
    scheduler: LRScheduler = make(optimizer)  # type: ignore[operator]
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return rates


@given(st.integers(1, 60))
def test_cosine_equals_torch(total: int) -> None:
    expected = torchs_rates(lambda optimizer: CosineAnnealingLR(optimizer, total), total + 1)
    actual = [PEAK * Cosine(total).factor(step) for step in range(total + 1)]
    assert actual == pytest.approx(expected, rel=1e-9, abs=1e-15)


@given(st.integers(1, 60), st.floats(0.05, 0.95))
def test_one_cycle_equals_torch(total: int, warmup: float) -> None:
    try:
        expected = torchs_rates(
            lambda optimizer: OneCycleLR(
                optimizer, PEAK, total_steps=total, pct_start=warmup, cycle_momentum=False, anneal_strategy="cos"
            ),
            total,
        )
    except ZeroDivisionError:  # torch's own, where the peak stands on the first step
        assert OneCycle(total, warmup).factor(0) == 1
        return
    actual = [PEAK * OneCycle(total, warmup).factor(step) for step in range(total)]
    assert actual == pytest.approx(expected, rel=1e-9)


def test_the_shape_of_one_cycle() -> None:
    schedule = OneCycle(total_steps=100, warmup=0.3)
    factors = [schedule.factor(step) for step in range(100)]
    assert factors[0] == pytest.approx(1 / 25)
    assert factors[29] == max(factors) == 1
    assert factors[-1] == pytest.approx(1 / 25 / 1e4)
    assert factors[:30] == sorted(factors[:30])
    assert factors[29:] == sorted(factors[29:], reverse=True)


def test_the_peak_may_stand_on_the_first_step() -> None:
    assert [OneCycle(total_steps=2, warmup=0.5).factor(step) for step in range(2)] == pytest.approx([1, 1 / 25e4])


def test_after_the_end_a_schedule_stays_where_it_ended() -> None:
    for schedule in (Constant(), Cosine(10), OneCycle(10)):
        assert schedule.factor(25) == schedule.factor(11) == pytest.approx(schedule.factor(10))


def test_a_config_chooses_the_schedule() -> None:
    assert schedule_for(TrainingConfig(schedule="constant"), 10) == Constant()
    assert schedule_for(TrainingConfig(schedule="cosine"), 10) == Cosine(10)
    assert schedule_for(TrainingConfig(schedule="one_cycle", warmup=0.2), 10) == OneCycle(10, warmup=0.2)
