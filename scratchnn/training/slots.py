"""Who may train now, and who waits: first come, first served."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scratchnn.training.job import TrainingJob


def cores() -> int:
    """The CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def places() -> int:
    """How many jobs train at once: what SCRATCHNN_TRAININGS says, or one per core."""
    said = os.environ.get("SCRATCHNN_TRAININGS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    if said:
        logging.getLogger(__name__).warning("SCRATCHNN_TRAININGS is %r, not a number of trainings: one per core", said)
    return cores()


class Slots:
    """The places that jobs share. Nothing here waits or locks: whoever calls holds the lock of `job.py`."""

    def __init__(self, max_running: int | None = None, threads: int | None = None) -> None:
        """
        Args:
            max_running: jobs that train at once; `places` by default.
            threads: torch threads of a job that trains alone; as many as torch was told to use by default.
        """
        self.max_running = max_running or places()
        self._threads = threads
        self._running: list[TrainingJob] = []
        self._waiting: list[TrainingJob] = []

    def enter(self, job: TrainingJob) -> bool:
        """Queue up, once, and take a slot if it is this job's turn; whether it has one."""
        if job not in self._running + self._waiting:
            self._waiting.append(job)
        if job in self._waiting[:1] and len(self._running) < self.max_running:
            self._running.append(self._waiting.pop(0))
        return job in self._running

    def leave(self, job: TrainingJob) -> None:
        """Give the slot, or the place in the queue, to the others."""
        for group in (self._running, self._waiting):
            if job in group:
                group.remove(job)

    def place(self, job: TrainingJob) -> int | None:
        """1 for the next, 2 for the one after; None for a job that does not wait."""
        return self._waiting.index(job) + 1 if job in self._waiting else None

    def share_cores(self) -> None:
        """Called by a training thread between steps: a lone job uses all of torch's threads, several jobs one each.

        torch keeps this number per thread. Sums over other parts round in another way, so a run is the same bit
        for bit only on the same number of threads.
        """
        import torch

        if self._threads is None:
            self._threads = torch.get_num_threads()  # what the process was started with
        threads = self._threads if len(self._running) < 2 else 1
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
