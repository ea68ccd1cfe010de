"""All trainings of this process, by id: a page that was left or reloaded finds its training here again."""

from __future__ import annotations

import atexit
from pathlib import Path

from scratchnn.config import RunConfig
from scratchnn.training.job import TrainingJob
from scratchnn.training.runs import Run, new_folder
from scratchnn.training.slots import Slots

GRACE = 20.0  # seconds a job lives on when its last viewer has gone: a reload or a blink takes less
MOST_LEFT = 1000  # jobs whose runs are still known when they were forgotten


class JobRegistry:
    """The jobs that share this machine."""

    def __init__(self, max_running: int | None = None, threads: int | None = None, grace: float = GRACE) -> None:
        """
        Args:
            max_running: jobs that train at once; `places` by default.
            threads: torch threads of a job that trains alone; as many as torch was told to use by default.
            grace: seconds that a job without viewers lives on.
        """
        self.grace = grace
        self._slots = Slots(max_running, threads)
        self._jobs: dict[str, TrainingJob] = {}
        self._left: dict[str, Path] = {}  # the newest jobs that ended because nobody watched, and their runs
        atexit.register(self.close)  # a torch thread alive at the interpreter's end aborts the process

    def create(self, config: RunConfig, folder: Path | None = None) -> TrainingJob:
        """A job for a new run, not yet started.

        Args:
            folder: a new one below runs/ by default.

        Raises:
            RunError: the folder cannot be written to, or holds a run.
        """
        return self._register(TrainingJob(Run.create(folder or new_folder(config), config), self._slots))

    def reopen(self, folder: Path) -> TrainingJob:
        """A job that goes on with a run that was left half-way, not yet started.

        Raises:
            RunError: there is no run, or it has finished.
        """
        return self._register(TrainingJob(Run.open(folder).unfinished(), self._slots))

    def get(self, job_id: str) -> TrainingJob | None:
        """The job of that id; None if it never was, or has ended and was left."""
        self._forget_abandoned()
        return self._jobs.get(job_id)

    def left_run(self, job_id: str) -> Path | None:
        """The run folder of a job that was forgotten; None if this process never had it."""
        return self._left.get(job_id)

    def jobs(self) -> list[TrainingJob]:
        self._forget_abandoned()
        return list(self._jobs.values())

    def keep_alive(self, job_id: str, token: str) -> None:
        """The viewer called `token` (any unguessable text, one for each session) watches this job."""
        job = self._jobs.get(job_id)
        if job:
            job.keep_alive(token)

    def release(self, token: str) -> None:
        """That viewer has gone, or seems so: what only it watched ends after the grace time, saved."""
        for job in self.jobs():
            job.release(token, self.grace)

    def close(self) -> None:
        """Stop all jobs, save their runs, and wait until their threads have ended."""
        for job in self.jobs():
            job.stop()
        for job in self.jobs():
            job.join()

    def _register(self, job: TrainingJob) -> TrainingJob:
        self._forget_abandoned()
        self._jobs[job.id] = job
        return job

    def _forget_abandoned(self) -> None:
        for job in list(self._jobs.values()):
            if job.abandoned:
                job.stop()  # it does so by itself, unless it was never started
                if job.ended:
                    self._left[job.id] = job.run_folder
                    self._jobs.pop(job.id, None)
        for job_id in list(self._left)[:-MOST_LEFT]:
            self._left.pop(job_id, None)


registry = JobRegistry()
