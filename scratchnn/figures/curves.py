"""A run's metrics as curves: kept as they come, smoothed once, thinned for the browser at each look."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scratchnn.training.metrics import Rows

_FEW = 4  # values that a smoothed gradient reaches back: it is taken every few steps only
MOST_POINTS = 400  # a curve; more cannot be told apart on screen

Points = tuple[NDArray[Any], NDArray[Any]]  # x, y


@dataclass
class Series:
    """One value over the images seen, raw and as a moving average.

    `window`: about how many values the average reaches back; fewer at first, when the curve is steep.
    """

    window: float = 40.0
    x: array[float] = field(default_factory=lambda: array("f"))
    y: array[float] = field(default_factory=lambda: array("f"))
    smooth: array[float] = field(default_factory=lambda: array("f"))
    _average: float = 0.0
    _weight: float = 0.0

    def add(self, x: float, y: float) -> None:
        self.x.append(x)
        self.y.append(y)
        new = 1 / min(self.window, 3 + len(self.x) / 8)
        self._average += new * (y - self._average)
        self._weight += new * (1 - self._weight)  # so that the first points are not pulled to 0
        self.smooth.append(self._average / self._weight)

    def __len__(self) -> int:
        return len(self.x)

    def thinned(self, smooth: bool = False) -> Points:
        """At most MOST_POINTS points, evenly chosen, the first and the last among them."""
        picked = np.linspace(0, max(len(self) - 1, 0), min(MOST_POINTS, len(self))).astype(int)
        return np.array(self.x)[picked], np.array(self.smooth if smooth else self.y)[picked]

    def envelope(self) -> Points:
        """At most MOST_POINTS points that keep each stretch's lowest and highest, so that no spike is lost."""
        if len(self) <= MOST_POINTS:
            return np.array(self.x), np.array(self.y)
        y = np.array(self.y)
        edges = np.linspace(0, len(y), MOST_POINTS // 2 + 1).astype(int)
        start, end = edges[:-1, None], edges[1:, None]
        stretches = y[
            np.minimum(start + np.arange((end - start).max()), end - 1)
        ]  # the last value again, up to one width
        extremes = np.sort(np.stack([stretches.argmin(1), stretches.argmax(1)], 1), 1)
        picked = (start + extremes).ravel()
        return np.array(self.x)[picked], y[picked]


@dataclass
class Curves:
    """All curves of one run, over the number of training images it had learnt from."""

    loss: Series = field(default_factory=Series)
    accuracy: Series = field(default_factory=Series)
    learning_rate: Series = field(default_factory=Series)
    gradients: dict[str, Series] = field(default_factory=dict)  # by part, in the network's order
    newest_gradients: dict[str, float] = field(default_factory=dict)  # by layer, after the newest step it was taken
    validation_loss: Series = field(default_factory=Series)
    validation_accuracy: Series = field(default_factory=Series)
    test: tuple[float, float, float] | None = None  # images seen, loss, accuracy
    _seen: array[float] = field(default_factory=lambda: array("d", [0.0]))  # after step 0, 1, 2, …

    @classmethod
    def of(cls, layers: Iterable[str]) -> Self:
        """Those of a network with these layers, which are named before their first numbers come."""
        return cls(gradients={_part(layer): Series(_FEW) for layer in layers})

    def add(self, rows: Rows) -> None:
        """Add what was measured since the last time."""
        columns = (rows.steps[name].tolist() for name in ("images", "loss", "accuracy", "learning_rate"))
        for seen, loss, accuracy, learning_rate in zip(*columns, strict=True):
            self._seen.append(seen)
            self.loss.add(seen, loss)
            self.accuracy.add(seen, accuracy)
            self.learning_rate.add(seen, learning_rate)
        for step, norms in zip(rows.norm_steps.tolist(), rows.layer_norms.tolist(), strict=True):
            for part, norm in _norms_by_part(rows.layers, norms).items():
                self.gradients.setdefault(part, Series(_FEW)).add(self._at(step), norm)
        if len(rows.norm_steps):
            self.newest_gradients = dict(zip(rows.layers, rows.layer_norms[-1].tolist(), strict=True))
        for evaluation in rows.evaluations:
            if evaluation.split == "test":
                self.test = (self._at(evaluation.step), evaluation.loss, evaluation.accuracy)
            elif evaluation.split == "validation":
                self.validation_loss.add(self._at(evaluation.step), evaluation.loss)
                self.validation_accuracy.add(self._at(evaluation.step), evaluation.accuracy)

    def pair(self, chart: str) -> tuple[Series, Series]:
        """Training and validation of "loss" or "accuracy"."""
        if chart == "loss":
            return self.loss, self.validation_loss
        return self.accuracy, self.validation_accuracy

    def _at(self, step: int) -> float:
        """How many images had been seen after this step."""
        return self._seen[min(step, len(self._seen) - 1)]


@dataclass(frozen=True)
class Earlier:
    """A run to lay under another; `name` is shown."""

    name: str
    model: str  # "cnn" or "transformer"
    curves: Curves


def _norms_by_part(layers: Sequence[str], norms: Sequence[float]) -> dict[str, float]:
    """An encoder block's many small layers as two lengths, so that the chart stays readable; others as they are."""
    squares: dict[str, float] = {}
    for layer, norm in zip(layers, norms, strict=True):
        squares[_part(layer)] = squares.get(_part(layer), 0.0) + norm**2
    return {part: math.sqrt(square) for part, square in squares.items()}


def _part(layer: str) -> str:
    """encoder.layers.0.self_attn.out_proj is in "block 0 attention", fc1 in "fc1"."""
    if not layer.startswith("encoder.layers."):
        return layer.partition(".")[0].replace("_", " ")
    block, inner = int(layer.split(".")[2]), layer.split(".")[3]
    return f"block {block} {'attention' if inner in ('self_attn', 'norm1') else 'feed-forward'}"
