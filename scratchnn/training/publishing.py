"""What a training shows while it runs. Readers take what is there; only the training thread puts something there."""

from __future__ import annotations

import secrets
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from scratchnn.config import RunConfig
from scratchnn.training.metrics import START, Cursor, MetricsLog, Rows
from scratchnn.training.progress import Pace, Progress
from scratchnn.training.snapshots import Snapshot

if TYPE_CHECKING:
    from scratchnn.training.runs import Run
    from scratchnn.training.trainer import Trainer

Status = Literal["waiting", "running", "paused", "finished", "stopped", "failed"]

SNAPSHOT_EVERY = 0.25  # seconds between two copies of the weights, at least
SNAPSHOT_WANTED = 2.0  # seconds for which somebody who asked for a copy counts as interested in newer ones


class Published:
    """The readable side of a job.

    Attributes:
        id: unguessable; who has it may see and steer the job.
        config, run_folder: what it trains, and where that is written.
        status: "waiting" until it is the job's turn; "finished", "stopped" and "failed" are final.
        error: why it failed, in one sentence.
        diverged_at: the step at which its numbers went bad, if that is why; its snapshot then is of what was saved.
        result: what result.json holds, once finished.
        progress: how far it is; replaced, never changed.
        peak_learning_rate: the schedule's highest value, as it was set last.
    """

    def __init__(self, config: RunConfig, run_folder: Path) -> None:
        self.id = secrets.token_urlsafe(16)
        self.config, self.run_folder = config, run_folder
        self.status: Status = "waiting"
        self.error: str | None = None
        self.diverged_at: int | None = None
        self.result: dict[str, Any] | None = None
        self.progress = Progress()
        self.peak_learning_rate = config.training.learning_rate
        self._metrics = MetricsLog()
        self._snapshot: Snapshot | None = None
        self._snapshot_taken = self._snapshot_asked = float("-inf")
        self._pace = Pace()

    @property
    def ended(self) -> bool:
        return self.status in ("finished", "stopped", "failed")

    def metrics_since(self, cursor: Cursor = START) -> tuple[Rows, Cursor]:
        """The rows added after `cursor`, and the cursor to come back with."""
        return self._metrics.since(cursor)

    def snapshot(self) -> Snapshot | None:
        """The newest copy of the weights; None until the model is built. To ask is to have newer ones made."""
        self._snapshot_asked = monotonic()
        return self._snapshot

    def _publish_saved(self, run: Run) -> None:
        """Called by the training thread when later weights are of no use: show those that the run goes on from."""
        saved = run.checkpoint("last")
        self._snapshot = Snapshot(saved.step, saved.state)

    def _publish(self, trainer: Trainer, moving: bool = True) -> None:
        """Called by the training thread after each step; `moving` is False when no other will follow at once."""
        self._metrics = trainer.metrics
        if not moving:
            self._pace.restart()
        steps, images = self._pace.mark(trainer.step, trainer.images_seen)
        self.progress = Progress(
            step=trainer.step,
            total_steps=trainer.total_steps,
            epoch=trainer.step / trainer.steps_per_epoch,
            images_per_second=images,
            seconds_left=(trainer.total_steps - trainer.step) / steps if steps else None,
            seconds_per_step=trainer.seconds / trainer.step if trainer.step else None,
        )
        now = monotonic()
        wanted = now - self._snapshot_asked < SNAPSHOT_WANTED and now - self._snapshot_taken >= SNAPSHOT_EVERY
        stale = self._snapshot is None or self._snapshot.step != trainer.step
        if stale and (wanted or not moving):
            self._snapshot = Snapshot(trainer.step, trainer.copy_state(), trainer.metrics.last_evaluation)
            self._snapshot_taken = now
