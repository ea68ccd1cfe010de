"""How the learning rate moves over a run: at each step it is the peak times `schedule.factor(step)`.

The formulas are those of torch's CosineAnnealingLR (down to zero) and OneCycleLR (cosine, momentum left
alone), one value a step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from scratchnn.config import TrainingConfig


class Schedule(Protocol):
    """A curve over a run's steps; after the last step it stays where it ended."""

    def factor(self, step: int) -> float:
        """The share of the peak learning rate that step `step` uses; the first step is 0."""
        ...


@dataclass(frozen=True)
class Constant:
    """The peak, always."""

    def factor(self, step: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Cosine:
    """From the peak down to zero along half a cosine wave; zero would be reached at `total_steps`."""

    total_steps: int

    def factor(self, step: int) -> float:
        return _cosine(1.0, 0.0, min(step, self.total_steps) / self.total_steps)


@dataclass(frozen=True)
class OneCycle:
    """Up to the peak for the first `warmup` share of the steps, then down almost to zero, both along cosines.

    It starts at peak / `div_factor` and ends at that start / `final_div_factor`.
    """

    total_steps: int
    warmup: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def factor(self, step: int) -> float:
        start = 1 / self.div_factor
        end = start / self.final_div_factor
        last = self.total_steps - 1
        top = self.warmup * self.total_steps - 1  # where the peak stands, often between two steps
        step = min(step, last)
        if step < top:
            return _cosine(start, 1.0, step / top)
        return _cosine(1.0, end, (step - top) / (last - top))


def schedule_for(config: TrainingConfig, total_steps: int) -> Schedule:
    """The schedule a config asks for, over a run of `total_steps` steps."""
    match config.schedule:
        case "constant":
            return Constant()
        case "cosine":
            return Cosine(total_steps)
        case "one_cycle":
            return OneCycle(total_steps, warmup=config.warmup)


def _cosine(start: float, end: float, progress: float) -> float:
    """From `start` (progress 0) to `end` (progress 1) along half a cosine wave."""
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2
