"""What this tab knows of the run it watches: its curves so far, its newest evaluation, and a network to look into."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from scratchnn.config import RunConfig
from scratchnn.figures.curves import Curves
from scratchnn.figures.numbers import plural
from scratchnn.training.job import TrainingJob
from scratchnn.training.metrics import Cursor, Rows

if TYPE_CHECKING:
    from scratchnn.data import Dataset, Split
    from scratchnn.models import Model
    from scratchnn.training.evaluation import Evaluation

_WATCH = "train.watch"


@dataclass
class Watch:
    """One run (or, without a job, a network that was not trained yet), as far as this tab has read it."""

    config: RunConfig
    job: TrainingJob | None
    model: Model  # a copy of its own, never the one being trained
    dataset: Dataset
    step: int = 0
    curves: Curves = field(default_factory=Curves)
    evaluation: Evaluation | None = None
    _cursor: Cursor = field(default_factory=Cursor)

    @property
    def when(self) -> str:
        """How far the network on show had learnt."""
        steps = plural(self.step, "step")
        return f"with the weights kept after {steps}" if self.job and self.job.diverged_at else f"after {steps}"

    @property
    def split(self) -> Split:
        """The digits to look at."""
        return self.dataset.watched

    @cached_property
    def probes(self) -> list[int]:
        """The places of a fixed digit of each class in the split."""
        from scratchnn.inspection.probes import one_of_each_class

        return one_of_each_class(self.split)

    def read(self) -> None:
        """Take what is new since the last look."""
        if self.job is None:
            self.evaluation = self.evaluation or self._evaluate_untrained()
            return
        rows, self._cursor = self.job.metrics_since(self._cursor)
        self.curves.add(rows)
        self.evaluation = _newest(rows) or self.evaluation
        snapshot = self.job.snapshot()
        if snapshot is not None and snapshot.step != self.step:
            self.model.load_state_dict(snapshot.state)
            self.step = snapshot.step

    def _evaluate_untrained(self) -> Evaluation:
        from scratchnn.training.evaluation import evaluate

        return evaluate(self.model, self.dataset, self.split, self.step, quick=True)


def last_watch() -> Watch | None:
    """What this tab looked at last."""
    return st.session_state.get(_WATCH)


def watch(config: RunConfig, job: TrainingJob | None) -> Watch:
    """This tab's watch on a job, or on the untrained network of a config; kept from look to look.

    Raises:
        DataError: the config's images cannot be read.
    """
    from scratchnn.data import load_dataset
    from scratchnn.models import build_model
    from scratchnn.training.setup import gradients_by_layer

    known = last_watch()
    if known is None or known.job is not job or (job is None and known.config != config):
        config = job.config if job else config
        dataset = load_dataset(config.data, config.architecture.image_size)
        model = build_model(config)
        curves = Curves.of(gradients_by_layer(model))
        known = st.session_state[_WATCH] = Watch(config, job, model, dataset, curves=curves)
    known.read()
    return known


def same_network(one: RunConfig, other: RunConfig) -> bool:
    """Whether two configs begin with the same weights and look at the same images."""
    return (one.model, one.architecture, one.training.seed, one.data.dataset, one.data.data) == (
        other.model, other.architecture, other.training.seed, other.data.dataset, other.data.data,
    )  # fmt: skip


@st.cache_resource(max_entries=24, show_spinner=False)
def earlier_curves(folder: str, changed: float) -> Curves:
    """A saved run's curves; `changed` is the time of its metrics file, so that a longer one is read anew."""
    from scratchnn.training.runs import Run

    curves = Curves()
    curves.add(Run.open(Path(folder)).metrics().since()[0])
    return curves


def _newest(rows: Rows) -> Evaluation | None:
    return next((e for e in reversed(rows.evaluations) if e.split != "test"), None)
