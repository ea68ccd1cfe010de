"""What a training has measured so far: rows that are only ever added, and readers that take them from a cursor.

Kept as columns of plain numbers: ten minutes of training are some 60,000 rows, and must stay a few megabytes.
One thread adds, any number read; nobody waits for anybody.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import ValidationError

from scratchnn.config import RunConfig, explain

if TYPE_CHECKING:
    from scratchnn.training.evaluation import Evaluation

Column = np.ndarray[tuple[int], np.dtype[Any]]

# The measures of one step, and how each is kept: q is a 64-bit integer, d a 64-bit float.
STEP_COLUMNS = {
    "step": "q",  # steps done, this one included
    "loss": "d",  # mean over the batch, as it was minimised (with label smoothing)
    "accuracy": "d",  # of the batch, before this step's update
    "learning_rate": "d",
    "grad_norm": "d",  # of all gradients together, before clipping
    "images": "q",  # seen since the start of the run, this batch included
    "seconds": "d",  # spent in training steps since the start of the run
}


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One row per training step; the fields are STEP_COLUMNS, and sometimes the gradient norm of each layer."""

    step: int
    loss: float
    accuracy: float
    learning_rate: float
    grad_norm: float
    images: int
    seconds: float
    layer_norms: dict[str, float] | None = None


class LearningRateChange(NamedTuple):
    """Somebody turned the learning rate while training ran; it holds for the steps after `step`."""

    step: int
    learning_rate: float  # the schedule's highest value from here on


def check_learning_rate(config: RunConfig, learning_rate: float) -> None:
    """
    Raises:
        ValueError: it is not in the range of the setting.
    """
    try:
        config.changed("training", learning_rate=learning_rate)
    except ValidationError as error:
        raise ValueError(explain(error)) from None


class Cursor(NamedTuple):
    """How far a reader has read; a new one starts at the beginning."""

    steps: int = 0
    norms: int = 0
    evaluations: int = 0
    changes: int = 0


START = Cursor()


@dataclass(frozen=True)
class Rows:
    """The rows between two cursors."""

    steps: dict[str, Column]  # each of STEP_COLUMNS -> [n]
    layers: tuple[str, ...]  # L names
    norm_steps: Column  # [m]: the steps after which the layers' gradient norms were taken
    layer_norms: np.ndarray[tuple[int, int], np.dtype[np.float64]]  # [m, L]
    evaluations: list[Evaluation]
    changes: list[LearningRateChange]


class MetricsLog:
    """The rows of one run."""

    def __init__(self) -> None:
        self.layers: tuple[str, ...] = ()
        self._steps = {name: array(kind) for name, kind in STEP_COLUMNS.items()}
        self._norm_steps = array("q")
        self._layer_norms = array("d")  # row after row
        self._evaluations: list[Evaluation] = []
        self._changes: list[LearningRateChange] = []

    def __len__(self) -> int:
        return len(self._steps["seconds"])  # the column that is added to last, so every other is as long

    def add_step(self, row: StepMetrics) -> None:
        if row.layer_norms is not None:
            self.layers = tuple(row.layer_norms)
            self._layer_norms.extend(row.layer_norms.values())
            self._norm_steps.append(row.step)
        for name, column in self._steps.items():
            column.append(getattr(row, name))

    def add_evaluation(self, evaluation: Evaluation) -> None:
        self._evaluations.append(evaluation)

    def add_change(self, change: LearningRateChange) -> None:
        self._changes.append(change)

    def since(self, cursor: Cursor = START) -> tuple[Rows, Cursor]:
        """The rows added after `cursor`, and the cursor to come back with."""
        now = Cursor(len(self), len(self._norm_steps), len(self._evaluations), len(self._changes))
        layers = self.layers  # after `now`, or a first row could be counted without its layers
        norms = np.array(self._layer_norms[cursor.norms * len(layers) : now.norms * len(layers)])
        rows = Rows(
            # slices are copies: an array that numpy looks into could not grow
            steps={name: np.array(column[cursor.steps : now.steps]) for name, column in self._steps.items()},
            layers=layers,
            norm_steps=np.array(self._norm_steps[cursor.norms : now.norms]),
            layer_norms=norms.reshape(now.norms - cursor.norms, len(layers)),
            evaluations=self._evaluations[cursor.evaluations : now.evaluations],
            changes=self._changes[cursor.changes : now.changes],
        )
        return rows, now

    @property
    def last_evaluation(self) -> Evaluation | None:
        return self._evaluations[-1] if self._evaluations else None

    def evaluation_after(self, step: int) -> Evaluation | None:
        """What was measured on the validation images when `step` steps were done."""
        return next((e for e in self._evaluations if e.step == step and e.split == "validation"), None)

    @property
    def last_change(self) -> LearningRateChange | None:
        return self._changes[-1] if self._changes else None
