"""A training in a thread of its own, steered from outside: start, pause, resume, one step, stop.

The one file that starts threads. Whoever reads (publishing.py) takes what is there and never makes the training
wait; whoever steers leaves a wish, which the thread meets between two steps.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Literal

from scratchnn.training.metrics import check_learning_rate
from scratchnn.training.publishing import Published, Status
from scratchnn.training.slots import Slots
from scratchnn.training.viewers import Viewers

if TYPE_CHECKING:
    from scratchnn.training.recording import RecordedTraining
    from scratchnn.training.runs import Run

Wish = Literal["run", "pause", "stop"]
changed = threading.Condition()  # held to change what a training thread waits for: wishes, slots, viewers


class TrainingJob(Published):
    """One training that somebody watches. What of it can be read stands in Published."""

    def __init__(self, run: Run, slots: Slots | None = None) -> None:
        """
        Args:
            run: the folder to fill; a run that was left half-way goes on.
            slots: what the job shares with others; nothing by default.
        """
        super().__init__(run.config, run.folder)
        self._run, self._slots, self._viewers = run, slots or Slots(), Viewers()
        self._thread: threading.Thread | None = None
        self._wish: Wish = "run"
        self._steps_wanted = 0
        self._learning_rate: float | None = None  # the one wanted

    def start(self) -> None:
        """Begin, or queue up. A job starts once."""
        with changed:
            if self._thread or self.ended:
                return
            if self._wish == "run":
                self._slots.enter(self)  # here, so that jobs queue in the order of their starts
            else:
                self.status = "paused"
            self._thread = threading.Thread(target=self._work, name=f"training {self.run_folder}", daemon=True)
            self._thread.start()

    def pause(self) -> None:
        """Rest after the step at hand; another job may take the slot meanwhile."""
        self._ask("pause")

    def resume(self) -> None:
        """Go on, or queue up again."""
        self._ask("run")

    def step_once(self) -> None:
        """Take exactly one more step and rest; the job need not have been started."""
        self._ask("pause", steps=1)
        self.start()

    def stop(self) -> None:
        """End after the step at hand, for good; the run can be resumed from exactly there."""
        with changed:
            if self._thread is None:
                self.status = "stopped"
        self._ask("stop")

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; whether it has come."""
        if self._thread:
            self._thread.join(timeout)
        return self.ended

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the schedule's highest value from the next step on; a ValueError if it is out of range."""
        check_learning_rate(self.config, learning_rate)
        with changed:
            self._learning_rate = self.peak_learning_rate = learning_rate
            changed.notify_all()

    def keep_alive(self, token: str) -> None:
        """Somebody watches: as long as anybody does, the job lives."""
        with changed:
            self._viewers.come(token)

    def release(self, token: str, grace: float) -> None:
        """Somebody has gone; if nobody is left or comes within `grace` seconds, the job saves and stops."""
        with changed:
            self._viewers.go(token, grace)
            changed.notify_all()

    def _ask(self, wish: Wish, steps: int = 0) -> None:
        with changed:
            self._steps_wanted = 0 if wish == "run" else self._steps_wanted + steps
            if self._wish != "stop":
                self._wish = wish
            changed.notify_all()

    @property
    def abandoned(self) -> bool:
        """Whether the last who watched has been gone for too long."""
        return self._viewers.gone

    @property
    def viewers(self) -> int:
        """In how many tabs it is open."""
        return len(self._viewers)

    @property
    def place(self) -> int | None:
        """The place in the queue, 1 for the next; None for a job that does not wait."""
        with changed:
            return self._slots.place(self)

    def _work(self) -> None:
        from scratchnn.training.divergence import Diverged
        from scratchnn.training.files import RunError

        end: Status = "failed"
        try:
            end = self._train()
        except Diverged as error:
            self.error, self.diverged_at = str(error), error.step
            with suppress(RunError):  # somebody has removed the folder
                self._publish_saved(self._run)
        except ValueError as error:
            self.error = str(error)
        except Exception as error:
            logging.getLogger(__name__).exception("training %s failed", self.run_folder)
            self.error = f"training stopped unexpectedly, by {type(error).__name__}: {error}"
        with changed:
            self._slots.leave(self)
            self.status = end
            changed.notify_all()

    def _train(self) -> Status:
        from scratchnn.training.recording import RecordedTraining

        with ExitStack() as stack:
            training: RecordedTraining | None = None  # built when it is the job's turn, not before
            while not self._ending:
                turn = self._my_turn(training)
                if training is None:
                    if not turn:
                        continue
                    training = stack.enter_context(RecordedTraining(self._run))
                    self._publish(training.trainer, moving=False)
                    self._begin_with(training.trainer.peak_learning_rate)
                self._turn_learning_rate(training)
                if turn and not training.done:
                    self._slots.share_cores()
                    training.step()
                    self._publish(training.trainer)
                if training.done:
                    self.result = training.finish()
                    self._publish(training.trainer, moving=False)
                    return "finished"
            if training:
                self._turn_learning_rate(training)
                training.save()
                self._publish(training.trainer, moving=False)
            return "stopped"

    @property
    def _ending(self) -> bool:
        return self._wish == "stop" or self.abandoned

    def _my_turn(self, training: RecordedTraining | None) -> bool:
        """Whether to take a step now; if not, this has waited for something to change."""
        if self.status == "running" and self._wish == "run":
            return True  # nearly always, and without the lock
        rests = self._wish == "pause" and not self._steps_wanted
        if rests and training:  # saved before anybody is told that it rests
            training.save()
            self._publish(training.trainer, moving=False)
        with changed:
            if self._steps_wanted:
                self._steps_wanted -= 1
                return True
            if self._wish == "run":
                if self._slots.enter(self):
                    self.status = "running"
                    changed.notify_all()  # who was second in the queue is next now
                    return True
                self.status = "waiting"
            elif rests:
                self.status = "paused"
                self._slots.leave(self)
                changed.notify_all()
            else:
                return False  # asked to rest just now, with nothing saved
            if not self._ending and not (training and self._learning_rate is not None):
                changed.wait(self._viewers.seconds_left)
        return False

    def _begin_with(self, learning_rate: float) -> None:
        """What a run that goes on was left with, unless it has just been turned."""
        with changed:
            if self._learning_rate is None:
                self.peak_learning_rate = learning_rate

    def _turn_learning_rate(self, training: RecordedTraining) -> None:
        with changed:
            wanted, self._learning_rate = self._learning_rate, None
        if wanted is not None:
            training.set_learning_rate(wanted)
