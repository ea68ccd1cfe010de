"""What each operation of an explanation means, written once more, independently, for the tests."""

from __future__ import annotations

import math
from collections.abc import Callable

CLOSING: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "mean": lambda terms: math.fsum(terms) / len(terms),
    "product": math.prod,
    "quotient": lambda terms: terms[0] / terms[1],
    "maximum": max,
    "exponential": lambda terms: math.exp(terms[0]),
    "root": lambda terms: math.sqrt(terms[0]),
    "sine": lambda terms: math.sin(terms[0]),
    "cosine": lambda terms: math.cos(terms[0]),
}
