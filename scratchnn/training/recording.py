"""A training that writes its run: what the command line and the app's job both drive, one step at a time.

After each step, in this order: the evaluation that is due, the snapshot that is due, and at most every ten
seconds the state to resume from. So that state always means "all of this step's work is done".
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, Self

import torch

from scratchnn.config import RunConfig
from scratchnn.models import build_model
from scratchnn.training.divergence import Diverged
from scratchnn.training.evaluation import Evaluation, evaluate
from scratchnn.training.files import RunError, lock_folder
from scratchnn.training.metrics import StepMetrics
from scratchnn.training.runs import Run
from scratchnn.training.trainer import Trainer

SAVE_EVERY = 10.0  # seconds: what a killed run loses at most
SAVE_SHARE = 0.02  # of the time, at most, goes into saving


class RecordedTraining:
    """A Trainer and the run folder it fills. It begins where the run stands: at step 0, or where it was left."""

    def __init__(self, run: Run, device: str = "cpu") -> None:
        """
        Raises:
            RunError: another training fills this run, or its files do not fit together.
            ValueError: as Trainer.
        """
        self.run = run
        self.trainer = Trainer(run.config, device)  # first: what cannot be trained leaves no folder
        self._lock = lock_folder(run.folder)
        try:
            run.begin()
            self._go_on()
        except BaseException:
            self.close()
            raise
        self._saved_at, self._save_seconds = perf_counter(), 0.0

    def _go_on(self) -> None:
        """Bring trainer and folder to where the run was saved last, and forget what came after."""
        resume = self.run.read_resume()
        self._saved_step: int | None = None
        self.threads: int | None = None  # torch's, when it was saved
        if resume:
            tensors, progress = resume
            device = progress.get("device", "cpu")
            if device != self.trainer.device.type:  # each has random numbers of its own
                raise RunError(f"{self.run.folder} was trained on {device}; go on there, with --device {device}")
            try:
                self.trainer.restore(tensors, progress, self.run.metrics(up_to=progress["step"]))
            except (KeyError, ValueError) as error:
                raise RunError(f"{self.run.folder} cannot be resumed: {error}") from error
            self._saved_step, self.threads = self.trainer.step, progress["threads"]
        self._unsaved = not resume
        self.run.forget_after(-1 if self._saved_step is None else self._saved_step)
        self._write_best()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another training have the folder."""
        if self._lock:
            self._lock.close()

    @property
    def done(self) -> bool:
        return self.trainer.done

    # --- the way ------------------------------------------------------------------------------------------

    def step(self) -> StepMetrics:
        """One training step, and whatever is due after it.

        Raises:
            Diverged: a number went bad; the run stays as it was saved last, its curves up to here.
            RunError: something cannot be written.
        """
        try:
            if self.trainer.step == 0 and not self.trainer.metrics.last_evaluation:
                self._after_step()
            row = self.trainer.train_step()
            self._unsaved = True
            self._after_step()
        except Diverged as error:
            self.run.write_metrics(self.trainer.metrics)
            kept = "" if self._saved_step is None else f"; the weights of step {self._saved_step} are kept"
            raise Diverged(f"{error}{kept}", error.step) from error
        return row

    def _after_step(self) -> None:
        trainer, due = self.trainer, self.trainer.milestones
        if due.full_evaluation(trainer.step):
            trainer.evaluate()
        elif due.quick_evaluation(trainer.step):
            trainer.evaluate(quick=True)
        if trainer.best and trainer.best.step == trainer.step:
            self._write_best()
        if due.snapshot(trainer.step):
            trainer.check_finite()
            self.run.write_snapshot(trainer.step, trainer.model.state_dict())
        passed = perf_counter() - self._saved_at
        if self._saved_step is None or passed > max(SAVE_EVERY, self._save_seconds / SAVE_SHARE):
            self.save()

    def set_learning_rate(self, peak: float) -> None:
        """Change the learning rate for the steps to come, and remember that it was."""
        self.trainer.set_learning_rate(peak)
        self._unsaved = True
        self.save()

    def save(self) -> None:
        """Write all that is needed to go on from here, if that has not been done.

        Raises:
            RunError: it cannot be written; what was written before is still whole.
            Diverged: there is nothing good to save.
        """
        if not self._unsaved:
            return
        started = perf_counter()
        self.trainer.check_finite()
        self.run.write_metrics(self.trainer.metrics)
        tensors, progress = self.trainer.state()
        machine = {"device": self.trainer.device.type, "threads": torch.get_num_threads()}
        self.run.write_resume(self.trainer.step, tensors, progress | machine)
        self._saved_step, self._saved_at = self.trainer.step, perf_counter()
        self._save_seconds, self._unsaved = self._saved_at - started, False

    def _write_best(self) -> None:
        best = self.trainer.best
        if best:
            self.run.write_best(best.step, best.state)
        else:
            self.run.forget_best()

    # --- the end ------------------------------------------------------------------------------------------

    def finish(self) -> dict[str, Any]:
        """Look at the test images, this once, with the best weights; the last, if none were held out to choose by."""
        self.save()
        trainer, best = self.trainer, self.trainer.best
        model = build_model(self.run.config).to(trainer.device)
        model.load_state_dict(best.state if best else trainer.model.state_dict())
        step = best.step if best else trainer.step
        test = evaluate(model, trainer.dataset, trainer.dataset.test, step)
        trainer.metrics.add_evaluation(test)
        self.run.write_metrics(trainer.metrics)
        result = self._result(test)
        self.run.write_result(result)
        return result

    def _result(self, test: Evaluation) -> dict[str, Any]:
        trainer, best = self.trainer, self.trainer.best
        config: RunConfig = self.run.config
        return {
            "test_accuracy": test.accuracy,
            "test_loss": test.loss,
            "seconds": trainer.seconds,
            "epochs": config.training.epochs,
            "steps": trainer.step,
            "best_step": test.step,
            "validation_accuracy": best.evaluation.accuracy if best and best.evaluation else None,
            "parameters": trainer.model.num_parameters(),
            "device": str(trainer.device),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "config": config.model_dump(),
        }
