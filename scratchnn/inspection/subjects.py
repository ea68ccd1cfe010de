"""What a page looks into: a model at some moment of its training, and a digit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from scratchnn.config import ModelName, RunConfig
from scratchnn.data import Dataset
from scratchnn.inspection.arithmetic.provenance import Provenance
from scratchnn.inspection.digits import Digit
from scratchnn.models import Model, build_model
from scratchnn.training.checkpoints import Checkpoint
from scratchnn.training.files import RunError
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry
from scratchnn.training.runs import RUNS, Run, Which, newest_runs

PRETRAINED = Path(__file__).parents[2] / "assets" / "pretrained"
TITLES: dict[ModelName, str] = {"cnn": "CNN", "transformer": "Transformer"}
_MOST_RUNS = 30  # listed


class SubjectError(ValueError):
    """One sentence: why a model cannot be opened."""


@dataclass(frozen=True)
class OpenModel:
    """A model of one's own, in evaluation mode: never the one being trained.

    Attributes:
        name: names it on the page, such as "pretrained".
        key: names it in any process started in the same folder.
        step: how many training steps it has behind it.
        kept: whether its weights are where the key says; those of a live training are not until `keep` is called.
    """

    model: Model
    config: RunConfig
    name: str
    key: str
    step: int
    kept: bool = True


@dataclass(frozen=True)
class Subject:
    """(A model at some moment of its training) × (a digit): what every inspection begins with."""

    model: Model
    config: RunConfig
    model_name: str
    model_key: str
    step: int
    digit: Digit
    dataset: Dataset
    kept: bool = True

    @property
    def provenance(self) -> Provenance:
        """How to get it again in a Python shell."""
        return Provenance(self.model_key, self.config.model, self.digit.key, self.kept)


def open_model(key: str, kind: ModelName) -> OpenModel:
    """The model that a key names.

    Args:
        key: "pretrained"; "untrained", the same network before its first step; "run:<folder>@<step>", a folder below
            runs/ at a step that was kept, or "best" or "last"; "live:<job id>", a training at its newest snapshot.
        kind: the network that the page can show.

    Raises:
        SubjectError: there is no such model, it cannot be read, or it is another network.
    """
    source, _, rest = key.partition(":")
    try:
        if key in ("pretrained", "untrained"):
            opened = _bundled(key, kind)
        elif source == "run":
            opened = _saved(rest)
        elif source == "live":
            opened = _live(rest)
        else:
            raise SubjectError(f"the link’s model {key[:60]!r} is of no known kind; choose a model here")
    except RunError as error:
        raise SubjectError(str(error)) from error
    if opened.config.model != kind:
        raise SubjectError(
            f"{opened.name} is a {TITLES[opened.config.model]}, and this page shows the {TITLES[kind]}; "
            "choose another model here"
        )
    return opened


def keep(opened: OpenModel) -> None:
    """Write the weights of a moment of a live training where its key says, while the training goes on.

    Raises:
        RunError: they cannot be written.
    """
    folder = opened.key.removeprefix("run:").rpartition("@")[0]
    Run(RUNS / folder, opened.config).keep(opened.step, opened.model.state_dict())


def newest(key: str) -> tuple[int, str]:
    """What changes when the key's model does: the step of a training and how it stands, the time of a run's file."""
    source, _, rest = key.partition(":")
    if source == "live":
        job = registry.get(rest)
        snapshot = job.snapshot() if job else None
        return (snapshot.step if snapshot else 0), (how_it_stands(job) if job else "")
    if source == "run":
        folder, _, which = rest.rpartition("@")
        file = RUNS / Path(folder).name / {"best": "best.safetensors", "last": "resume.safetensors"}.get(which, "")
        return (file.stat().st_mtime_ns if file.is_file() else 0), ""
    return 0, ""


def how_it_stands(job: TrainingJob) -> str:
    """What a training is called."""
    if job.diverged_at is not None:
        return "diverged training"
    return f"{job.status if job.ended else 'live'} training"


def saved_runs(kind: ModelName) -> dict[str, Run]:
    """The newest runs of this network that hold weights, newest first, by the names of their folders."""
    runs = (run for run in newest_runs() if run.config.model == kind and kept_moments(run))
    return {run.folder.name: run for run in islice(runs, _MOST_RUNS)}


def kept_moments(run: Run) -> list[Which]:
    """The moments whose weights a run kept: what may follow the @ in its key."""
    files: dict[Which, str] = {"last": "resume.safetensors", "best": "best.safetensors"}
    return [*run.snapshots(), *(moment for moment, file in files.items() if (run.folder / file).is_file())]


def _bundled(key: str, kind: ModelName) -> OpenModel:
    checkpoint = Checkpoint.read(PRETRAINED / f"{kind}.safetensors")
    if key == "untrained":
        return OpenModel(build_model(checkpoint.config).eval(), checkpoint.config, "untrained", key, 0)
    return _of(checkpoint, "pretrained", key)


def _saved(rest: str) -> OpenModel:
    folder, _, moment = rest.rpartition("@")
    if folder in ("", "..") or folder != Path(folder).name:  # a link must not lead to other places of the disk
        raise SubjectError(
            f"{rest[:80]!r} names no run: that takes a folder below runs/, then @ and a step, best or last"
        )
    if not (RUNS / folder / "config.json").is_file():  # Run.open would say what to type on a command line
        raise SubjectError(f"the saved run “{folder}” is not here; choose another model")
    run = Run.open(RUNS / folder)
    kept = {str(which): which for which in kept_moments(run)}
    if moment not in kept:
        raise SubjectError(
            f"the run {folder} kept no weights of {moment[:20]!r}; choose another moment, or another run"
        )
    which = kept[moment]
    name = f"run {folder}, {which}" if isinstance(which, str) else f"run {folder}"
    return _of(run.checkpoint(which), name, f"run:{folder}@{which}")


def _live(job_id: str) -> OpenModel:
    job = registry.get(job_id)
    if job is None:
        raise SubjectError("that training is no longer here; its run may be among the saved runs")
    model, snapshot = build_model(job.config), job.snapshot()
    if snapshot is not None:
        model.load_state_dict(snapshot.state)
    model.eval()
    step = snapshot.step if snapshot else 0
    name = how_it_stands(job) + (", kept weights" if job.diverged_at is not None else "")
    return OpenModel(model, job.config, name, f"run:{job.run_folder.name}@{step}", step, kept=False)


def _of(checkpoint: Checkpoint, name: str, key: str) -> OpenModel:
    return OpenModel(cast(Model, checkpoint.model()), checkpoint.config, name, key, checkpoint.step)
