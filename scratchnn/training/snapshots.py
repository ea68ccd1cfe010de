"""The weights of a moment, and the moments that are worth keeping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.training.evaluation import Evaluation

# At the start most happens: these steps are looked at whatever the length of the run.
FIRST_SNAPSHOTS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)
FIRST_EVALUATIONS = (0, 10, 20, 50, 100, 200, 500)
MOST_SNAPSHOTS = 60  # of a long run, besides the first ones


@dataclass(frozen=True)
class Snapshot:
    """A model's state after `step` steps: copies, so that nobody can disturb the training by looking."""

    step: int
    state: dict[str, Tensor]
    evaluation: Evaluation | None = None  # of these weights or the latest before them


@dataclass(frozen=True)
class Milestones:
    """What is due after which step of a run."""

    steps_per_epoch: int
    total_steps: int

    def full_evaluation(self, step: int) -> bool:
        """Whether an epoch ends here: all validation images are looked at, and the best snapshot may change."""
        return step > 0 and step % self.steps_per_epoch == 0

    def quick_evaluation(self, step: int) -> bool:
        """In between: a part of the validation images, often at first and then each quarter of an epoch."""
        return step in FIRST_EVALUATIONS or self._passes(step, self.steps_per_epoch / 4)

    def snapshot(self, step: int) -> bool:
        """Whether this step's weights are kept on disk: the first steps', then each quarter epoch's or rarer."""
        interval = max(self.steps_per_epoch / 4, self.total_steps / MOST_SNAPSHOTS)
        return step in FIRST_SNAPSHOTS or step == self.total_steps or self._passes(step, interval)

    @staticmethod
    def _passes(step: int, interval: float) -> bool:
        return step // interval > (step - 1) // interval
