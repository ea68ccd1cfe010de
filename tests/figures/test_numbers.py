import math

import pytest

from scratchnn.figures.numbers import duration, milliseconds, percent, plural, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.012345, "0.0123"),
        (4.5678, "4.57"),
        (-12.345, "−12.3"),
        (1234.5, "1,234"),
        (2.5e-5, "2.50e−5"),
        (4.29e13, "4.29e13"),
        (math.inf, "∞"),
        (math.nan, "not a number"),
    ],
)
def test_three_significant_digits_and_a_true_minus(value: float, text: str) -> None:
    assert short(value) == text


def test_nearly_all_is_not_all() -> None:
    assert percent(0.99996) == "99.9\u202f%"
    assert percent(1.0) == "100.0\u202f%"


@pytest.mark.parametrize(("seconds", "text"), [(7.6, "8 s"), (125, "2 min 05 s"), (4320, "1 h 12 min")])
def test_durations_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_words() -> None:
    assert plural(1, "step") == "1 step"
    assert plural(2580, "step") == "2,580 steps"
    assert milliseconds(0.0123) == "12.3 ms"
    assert milliseconds(1.5) == "1.50 s"
