"""A run on disk: a folder that can be read by hand, and read whole after a crash at any instant.

    config.json                     the settings
    metrics.parquet                 one row a step, one an evaluation (metrics_file.py)
    snapshots/step-000100.safetensors   the weights after 100 steps
    kept/step-000123.safetensors        the same, of a moment that somebody looked at; the newest few
    best.safetensors                the weights that did best on the validation images so far
    resume.safetensors              all that the next step depends on: weights, optimizer, random states, the best
    result.json                     how it ended; only a finished run has one

Metrics are written before the resume state. So after a crash they reach at least as far, and going on means
to drop the rows behind it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from scratchnn.config import RunConfig
from scratchnn.training.checkpoints import Checkpoint, parse_config
from scratchnn.training.files import RunError, read_bytes, read_tensors, write_atomically, write_tensors
from scratchnn.training.metrics import MetricsLog

if TYPE_CHECKING:
    from torch import Tensor

RUNS = Path("runs")
Which = int | Literal["best", "last"]
MOST_KEPT = 12  # of the moments that somebody looked at


def new_folder(config: RunConfig) -> Path:
    """A name below runs/ in the current folder that no other run has."""
    return RUNS / f"{datetime.now():%Y-%m-%d-%H%M%S}-{config.model}-{secrets.token_hex(2)}"


def newest_runs() -> Iterator[Run]:
    """The runs below runs/ that can be read, the one written to last first."""
    folders = [file.parent for file in RUNS.glob("*/config.json")]
    for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True):
        try:
            yield Run.open(folder)
        except RunError:
            continue  # of another version: nothing to open


class Run:
    """A run folder, opened for reading, and for writing by the one training that fills it."""

    def __init__(self, folder: Path, config: RunConfig) -> None:
        self.folder = folder
        self.config = config

    @classmethod
    def create(cls, folder: Path, config: RunConfig) -> Self:
        """A new run; its folder appears when the training begins.

        Raises:
            RunError: there is a run already.
        """
        if (folder / "config.json").exists():
            raise RunError(f"{folder} already holds a run; resume that one, or choose another folder")
        return cls(folder, config)

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """An existing run folder.

        Raises:
            RunError: there is no run, or its settings cannot be read.
        """
        folder = Path(folder)
        path = folder / "config.json"
        if not path.is_file():
            raise RunError(
                f"there is no run in {folder}: config.json is missing; name a run folder, such as {RUNS}/first"
            )
        return cls(folder, parse_config(read_bytes(path), path))

    def unfinished(self) -> Self:
        """This run, to go on with.

        Raises:
            RunError: there is nothing left to do.
        """
        if self.result:
            raise RunError(
                f"{self.folder} is already finished, with {self.result['test_accuracy']:.2%} of the test images "
                "right; start a new run to train on"
            )
        return self

    def begin(self) -> None:
        """Write the settings, if that has not been done.

        Raises:
            RunError: the folder holds another run, or cannot be written to.
        """
        if not (self.folder / "config.json").exists():
            write_atomically(self.folder / "config.json", self.config.model_dump_json(indent=2).encode())
        elif Run.open(self.folder).config != self.config:
            raise RunError(f"{self.folder} already holds another run; choose another folder")

    # --- reading ------------------------------------------------------------------------------------------

    @property
    def result(self) -> dict[str, Any] | None:
        """How the run ended: test_accuracy, test_loss, …; None while it has not.

        Raises:
            RunError: the file is damaged.
        """
        path = self.folder / "result.json"
        if not path.exists():
            return None
        try:
            result: dict[str, Any] = json.loads(read_bytes(path))
            float(result["test_accuracy"])
        except (ValueError, TypeError, KeyError) as error:
            raise RunError(f"{path} is damaged; remove it and resume the run to make it anew") from error
        return result

    def snapshots(self) -> list[int]:
        """The steps whose weights there are, in order: those that the training wrote, and those that were kept."""
        return sorted(dict(self._snapshots()))

    def checkpoint(self, which: Which) -> Checkpoint:
        """The weights of a step that was kept, the best, or the last that was saved."""
        names = {"best": "best.safetensors", "last": "resume.safetensors"}
        if isinstance(which, int):
            path = dict(self._snapshots()).get(which, self._snapshot(which))
        else:
            path = self.folder / names[which]
        checkpoint = Checkpoint.read(path)
        if (checkpoint.config.model, checkpoint.config.architecture) != (self.config.model, self.config.architecture):
            raise RunError(
                f"{path} holds the weights of another model than config.json beside it describes; "
                "put the run's own files back, or use another run"
            )
        return checkpoint

    def best_or_last(self) -> Checkpoint:
        """The best weights; the last, of a run that held out no validation images to choose by."""
        if (self.folder / "best.safetensors").exists():
            return self.checkpoint("best")
        if not (self.folder / "resume.safetensors").exists():
            raise RunError(f"{self.folder} holds no weights yet; go on with it: train --resume {self.folder}")
        return self.checkpoint("last")

    def metrics(self, up_to: int | None = None) -> MetricsLog:
        """The rows as they were written; with `up_to`, as they were when that step was done."""
        from scratchnn.training.metrics_file import from_parquet

        path = self.folder / "metrics.parquet"
        try:
            return from_parquet(read_bytes(path), up_to)
        except ValueError as error:
            raise RunError(f"{path} is damaged: {error}") from error

    def read_resume(self) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]] | None:
        """What `write_resume` wrote last, as a Trainer's `state`; None if that never came to be."""
        path = self.folder / "resume.safetensors"
        if not path.exists():
            return None
        tensors, metadata = read_tensors(path)
        parts: dict[str, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = tensor
        try:
            return parts, json.loads(metadata["progress"])
        except (KeyError, ValueError) as error:
            raise RunError(f"{path} is not a resume state of ScratchNN") from error

    # --- writing ------------------------------------------------------------------------------------------

    def write_snapshot(self, step: int, state: dict[str, Tensor]) -> None:
        write_tensors(self._snapshot(step), state, self._metadata(step))

    def keep(self, step: int, state: dict[str, Tensor]) -> None:
        """Write the weights of a moment that somebody looks at, beside a training that may go on; old ones go.

        Raises:
            RunError: they cannot be written, or the folder holds another run.
        """
        self.begin()
        file = self._snapshot(step, "kept")
        write_tensors(file, state, self._metadata(step))
        for old in sorted(file.parent.glob("*.safetensors"), key=lambda file: file.stat().st_mtime_ns)[:-MOST_KEPT]:
            old.unlink(missing_ok=True)

    def write_best(self, step: int, state: dict[str, Tensor]) -> None:
        write_tensors(self.folder / "best.safetensors", state, self._metadata(step))

    def write_resume(self, step: int, parts: dict[str, dict[str, Tensor]], progress: dict[str, Any]) -> None:
        tensors = {f"{part}/{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
        metadata = {**self._metadata(step), "progress": json.dumps(progress)}
        write_tensors(self.folder / "resume.safetensors", tensors, metadata)

    def write_metrics(self, log: MetricsLog) -> None:
        from scratchnn.training.metrics_file import to_parquet

        write_atomically(self.folder / "metrics.parquet", to_parquet(log))

    def write_result(self, result: dict[str, Any]) -> None:
        write_atomically(self.folder / "result.json", json.dumps(result, indent=2, allow_nan=False).encode())

    def forget_after(self, step: int) -> None:
        """Remove the snapshots of later steps: the run goes on from `step`, perhaps another way."""
        for later, file in self._snapshots():
            if later > step:
                file.unlink()

    def forget_best(self) -> None:
        (self.folder / "best.safetensors").unlink(missing_ok=True)

    def _snapshots(self) -> list[tuple[int, Path]]:
        files = [file for kind in ("kept", "snapshots") for file in (self.folder / kind).glob("step-*.safetensors")]
        return [(int(file.stem.removeprefix("step-")), file) for file in files]

    def _snapshot(self, step: int, kind: str = "snapshots") -> Path:
        return self.folder / kind / f"step-{step:06d}.safetensors"

    def _metadata(self, step: int) -> dict[str, str]:
        return {"format": "pt", "step": str(step), "config": self.config.model_dump_json()}
