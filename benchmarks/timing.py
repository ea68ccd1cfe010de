"""Medians and ratios of things that take turns in one process.

A machine's speed drifts: it warms up, other programs come and go. So the contestants take turns; a ratio is formed
within each round, where both met the same machine, and only then is the median taken. A turn is a short run of steps,
as training is: after the first, the caches hold what the contestant itself left there, not what the others did.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

BASELINE = "torch.nn"  # eager, default layout: what every ratio is relative to
OURS = "ScratchNN"
RUN = 20  # steps in a row that make one turn


@dataclass(frozen=True)
class Comparison:
    """What the rounds gave, by contestant."""

    milliseconds: dict[str, float]  # of one step, the mean of a turn; median over rounds
    ratio: dict[str, float]  # median over rounds of step time ÷ the baseline's step time in the same round
    ratio_quartiles: dict[str, tuple[float, float]]  # half of the rounds lie between
    rounds: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def line(self, title: str) -> str:
        """One line for a person: `conv1   ScratchNN 0.71× (3.12 ms)   torch.nn 4.41 ms`."""
        parts = [
            f"{name} {self.ratio[name]:.2f}× ({milliseconds:.2f} ms)"
            for name, milliseconds in self.milliseconds.items()
            if name != BASELINE
        ]
        return f"  {title:<26} " + "   ".join([*parts, f"{BASELINE} {self.milliseconds[BASELINE]:.2f} ms"])


def compare(contestants: Mapping[str, Callable[[], object]], *, rounds: int, warmup: int = 10) -> Comparison:
    """Let the contestants take turns of `RUN` steps: every one once a round, in every other round the last one first.

    Args:
        contestants: name → one step; `BASELINE` must be among them.
        rounds: how many timed turns each gets.
        warmup: how many untimed steps each gets before.
    """
    for step in contestants.values():
        for _ in range(warmup):
            step()

    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    order = list(contestants)
    with _no_garbage_collection():
        for _ in range(rounds):
            for name in order:
                start = time.perf_counter()
                for _ in range(RUN):
                    contestants[name]()
                seconds[name].append((time.perf_counter() - start) / RUN)
            order.reverse()

    ratios = {
        name: [own / base for own, base in zip(times, seconds[BASELINE], strict=True)]
        for name, times in seconds.items()
    }
    return Comparison(
        milliseconds={name: statistics.median(times) * 1e3 for name, times in seconds.items()},
        ratio={name: statistics.median(values) for name, values in ratios.items()},
        ratio_quartiles={name: _quartiles(values) for name, values in ratios.items()},
        rounds=rounds,
    )


def _quartiles(values: list[float]) -> tuple[float, float]:
    low, _, high = statistics.quantiles(values, n=4)
    return low, high


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A collection in the middle of a step would be counted against whoever happened to run."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
