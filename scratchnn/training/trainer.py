"""The training loop: one batch forward, backward, one step of the optimizer, over and over.

No threads and no files: the command line, the tests and the app run this same loop, and get the same numbers
from the same config. Whatever is random comes from generators of the trainer's own, never from torch's.
"""

from __future__ import annotations

import math
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from scratchnn.config import RunConfig
from scratchnn.data import BatchOrder, augment, load_dataset
from scratchnn.losses import cross_entropy
from scratchnn.models import build_model
from scratchnn.schedules import schedule_for
from scratchnn.training.divergence import Diverged, diagnose, diverged, first_bad
from scratchnn.training.evaluation import Evaluation, evaluate
from scratchnn.training.memory import keep_freed_memory
from scratchnn.training.metrics import LearningRateChange, MetricsLog, StepMetrics, check_learning_rate
from scratchnn.training.setup import build_generator, build_optimizer, find_device, gradients_by_layer, on_device
from scratchnn.training.snapshots import Milestones, Snapshot

LAYER_NORMS_EVERY = 10  # steps between two looks at each layer's gradient


class Trainer:
    """A model that learns, and everything its next step depends on."""

    def __init__(self, config: RunConfig, device: str = "cpu") -> None:
        """
        Args:
            config: all hyperparameters.
            device: "cpu" or "cuda".

        Raises:
            ValueError: there is no such device, or the data cannot be read (DataError).
        """
        keep_freed_memory()
        self.config, training = config, config.training
        self.device = find_device(device)
        self.dataset = on_device(load_dataset(config.data, config.architecture.image_size), self.device)
        self.model = build_model(config).to(self.device).train()
        self.optimizer = build_optimizer(training, self.model)
        self._gradients = gradients_by_layer(self.model)
        self._dropout = build_generator(training.seed, "dropout", self.device)
        self._augmentation = build_generator(training.seed, "augmentation", self.device)
        self._trace = self.model.trace(reuse_buffers=True, input_gradient=False, generator=self._dropout)

        self._order = BatchOrder(len(self.dataset.training), training.batch_size, training.seed)
        self.steps_per_epoch = self._order.steps_per_epoch
        self.total_steps = training.epochs * self.steps_per_epoch
        self.milestones = Milestones(self.steps_per_epoch, self.total_steps)
        self._schedule = schedule_for(training, self.total_steps)

        self.step = 0  # steps done
        self.images_seen = 0
        self.seconds = 0.0  # spent in steps
        self.peak_learning_rate = training.learning_rate
        self.best: Snapshot | None = None  # by accuracy on all validation images
        self.metrics = MetricsLog()

    @property
    def done(self) -> bool:
        return self.step >= self.total_steps

    @property
    def learning_rate(self) -> float:
        """What the next step uses."""
        return self.peak_learning_rate * self._schedule.factor(self.step)

    def set_learning_rate(self, peak: float) -> None:
        """Change the schedule's highest value, from the next step on; a resumed run repeats the change.

        Raises:
            ValueError: it is out of the setting's range.
        """
        check_learning_rate(self.config, peak)
        self.peak_learning_rate = float(peak)
        self.metrics.add_change(LearningRateChange(self.step, self.peak_learning_rate))

    # --- one step -----------------------------------------------------------------------------------------

    @torch.inference_mode()  # the gradients are our own, so torch need not keep watch for its autograd
    def train_step(self) -> StepMetrics:
        """Learn from the next batch.

        Raises:
            Diverged: the loss or a gradient is NaN or infinite; the weights are still those before this step.
        """
        started = perf_counter()
        images, labels = self._next_batch()
        dropout_before = self._dropout.get_state()
        logits = self.model(images, trace=self._trace.restart())  # [B, classes]
        loss, grad_logits = self._loss(logits, labels)
        self.optimizer.zero_grad()
        self.model.backward(grad_logits, self._trace)
        layer_norms = self._layer_norms() if self.step % LAYER_NORMS_EVERY == 0 else None
        grad_norm = self._clip().item()
        if not (math.isfinite(loss) and math.isfinite(grad_norm)):
            raise self._diverged(images, labels, dropout_before)
        learning_rate = self.optimizer.lr = self.learning_rate
        self.optimizer.step()
        self.step += 1
        self.images_seen += len(labels)
        accuracy = int((logits.argmax(1) == labels).sum()) / len(labels)
        self.seconds += perf_counter() - started
        row = StepMetrics(
            self.step, loss.item(), accuracy, learning_rate, grad_norm, self.images_seen, self.seconds, layer_norms
        )
        self.metrics.add_step(row)
        return row

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        """[B, 1, H, W] float32, [B] int64."""
        chosen = self._order.indices(self.step).to(self.device)
        images = self.dataset.normalise(self.dataset.training.images[chosen])
        if self.config.data.augment:
            images = augment(images, self.config.data, self._augmentation)
        return images, self.dataset.training.labels[chosen]

    def _loss(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        return cross_entropy(logits, labels, self.config.training.label_smoothing)

    def _clip(self) -> Tensor:
        """The norm of all gradients together; afterwards they are no longer than the config allows."""
        longest = self.config.training.clip_norm
        return self.optimizer.clip_grad_norm(longest) if longest else self.optimizer.grad_norm()

    def _layer_norms(self) -> dict[str, float]:
        norms = [torch.stack([g.norm() for g in gradients]).norm() for gradients in self._gradients.values()]
        return dict(zip(self._gradients, torch.stack(norms).tolist(), strict=True))

    # --- when it goes wrong -------------------------------------------------------------------------------

    def check_finite(self) -> None:
        """
        Raises:
            Diverged: the last step left a weight or a running statistic that is NaN or infinite.
        """
        bad = first_bad(iter(self.model.state_dict().items()))
        if bad:
            raise diverged(bad, self.step, self.optimizer.lr, self.config.training)

    def _diverged(self, images: Tensor, labels: Tensor, dropout: Tensor) -> Diverged:
        self._dropout.set_state(dropout)
        trace = self.model.trace(input_gradient=False, generator=self._dropout)
        bad = diagnose(self.model, images, trace, lambda logits: self._loss(logits, labels))
        return diverged(bad, self.step + 1, self.learning_rate, self.config.training)

    # --- looking ------------------------------------------------------------------------------------------

    def evaluate(self, quick: bool = False) -> Evaluation:
        """Measure the model as it is on the images that are held out.

        On all of them, not on the thousand of `quick`, it may be the best so far. Where none are held out, a thousand
        of the training images show how far it is, and nothing is chosen by them.
        """
        self.check_finite()
        split = self.dataset.watched
        quick = quick or split is self.dataset.training
        evaluation = evaluate(self.model, self.dataset, split, self.step, quick)
        self.metrics.add_evaluation(evaluation)
        best = self.best.evaluation if self.best else None
        if not quick and evaluation.better_than(best):
            self.best = Snapshot(self.step, self.copy_state(), evaluation)
        return evaluation

    def copy_state(self) -> dict[str, Tensor]:
        """The weights as they are now, in memory of their own."""
        return {name: tensor.to("cpu", copy=True) for name, tensor in self.model.state_dict().items()}

    # --- stop and go on -----------------------------------------------------------------------------------

    def state(self) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
        """All that the next step depends on, apart from the metrics: tensors, by part and name, and numbers."""
        tensors = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": {"dropout": self._dropout.get_state(), "augmentation": self._augmentation.get_state()},
            "best": self.best.state if self.best else {},
        }
        progress = {"step": self.step, "images_seen": self.images_seen, "seconds": self.seconds}
        return tensors, progress | {"best_step": self.best.step if self.best else None}

    def restore(self, tensors: dict[str, dict[str, Tensor]], progress: dict[str, Any], metrics: MetricsLog) -> None:
        """Become the trainer whose `state` this was, and whose metrics these were.

        Raises:
            KeyError, ValueError: something is missing, or belongs to another model or optimizer.
        """
        self.model.load_state_dict(tensors["model"])
        self.optimizer.load_state_dict(tensors["optimizer"])
        self._dropout.set_state(tensors["generator"]["dropout"])
        self._augmentation.set_state(tensors["generator"]["augmentation"])
        self.step, self.images_seen, self.seconds = (progress[name] for name in ("step", "images_seen", "seconds"))
        self.metrics = metrics
        if metrics.last_change:
            self.peak_learning_rate = metrics.last_change.learning_rate
        best_step = progress["best_step"]
        if best_step is not None:
            self.best = Snapshot(best_step, tensors["best"], metrics.evaluation_after(best_step))
