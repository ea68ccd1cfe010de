"""How far a training is, and how fast it goes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import monotonic

WINDOW = 5.0  # seconds over which speed is measured


@dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    step: int = 0  # done
    total_steps: int = 0  # 0 while it is not known yet
    epoch: float = 0.0  # passes over the training images, done
    images_per_second: float = 0.0  # 0 while it stands still
    seconds_left: float | None = None  # at this speed; None while there is none
    seconds_per_step: float | None = None  # on average; None before the first step


class Pace:
    """The speed of the last few seconds, evaluations and saving included."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int, int]] = deque()  # when, steps, images

    def restart(self) -> None:
        """Forget the past: the training stood still."""
        self._marks.clear()

    def mark(self, step: int, images: int) -> tuple[float, float]:
        """Steps and images a second, now that so many are done."""
        now = monotonic()
        self._marks.append((now, step, images))
        while len(self._marks) > 2 and now - self._marks[1][0] > WINDOW:
            self._marks.popleft()
        then, first_step, first_images = self._marks[0]
        passed = now - then
        return ((step - first_step) / passed, (images - first_images) / passed) if passed > 0 else (0.0, 0.0)
