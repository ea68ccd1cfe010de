"""A network with Adam that learns from one batch at a time: ours, and its twin. Same weights to start from."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from benchmarks.timing import BASELINE, OURS
from benchmarks.twins import build_twin
from scratchnn.config import RunConfig
from scratchnn.data import load_dataset
from scratchnn.losses import cross_entropy
from scratchnn.models import build_model
from scratchnn.optim import Adam
from scratchnn.training.memory import keep_freed_memory

Step = Callable[[], object]
State = dict[str, Tensor]

CHANNELS_LAST = "torch.nn channels_last"


class Learner(Protocol):
    """What the benchmarks ask of a network and its optimizer."""

    def learn(self, images: Tensor, labels: Tensor, lr: float) -> object:
        """One training step: forward, loss, backward, Adam."""
        ...

    def predict(self, images: Tensor) -> Tensor:
        """Images `[B, 1, H, W]` → the class of each `[B]`, dropout off."""
        ...


class OurLearner:
    """ScratchNN as `Trainer` uses it: one trace whose buffers serve every step, one flat buffer of parameters."""

    def __init__(self, config: RunConfig, state: State) -> None:
        keep_freed_memory()  # as Trainer does; it holds for the whole process, the twin included
        self.model = build_model(config)
        self.model.load_state_dict(state)
        self.optimizer = Adam(self.model.parameters())
        self.trace = self.model.trace(reuse_buffers=True, input_gradient=False)

    @torch.inference_mode()
    def learn(self, images: Tensor, labels: Tensor, lr: float) -> None:
        _, grad_logits = cross_entropy(self.model(images, trace=self.trace.restart()), labels)
        self.optimizer.zero_grad()
        self.model.backward(grad_logits, self.trace)
        self.optimizer.lr = lr
        self.optimizer.step()

    def predict(self, images: Tensor) -> Tensor:
        self.model.eval()
        classes = self.model(images).argmax(1)
        self.model.train()
        return classes


class TwinLearner:
    """The torch.nn twin, eager, in torch's default or channels_last memory layout."""

    def __init__(self, config: RunConfig, state: State, *, channels_last: bool = False) -> None:
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.model = build_twin(config)
        self.model.load_state_dict(state)
        self.model.to(memory_format=self.layout)
        self.optimizer = torch.optim.Adam(self.model.parameters())

    def learn(self, images: Tensor, labels: Tensor, lr: float) -> None:
        self.optimizer.zero_grad()
        logits = self.model(images.contiguous(memory_format=self.layout))
        nn.functional.cross_entropy(logits, labels).backward()
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.step()

    @torch.inference_mode()
    def predict(self, images: Tensor) -> Tensor:
        self.model.eval()
        classes = self.model(images).argmax(1)
        self.model.train()
        return classes


def first_weights(config: RunConfig, seed: int = 0) -> State:
    """The weights that every contestant starts from."""
    torch.manual_seed(seed)
    return {name: tensor.clone() for name, tensor in build_twin(config).state_dict().items()}


def step_contestants(config: RunConfig) -> dict[str, Step]:
    """The twin, for a CNN also in channels_last, and ours; checked to compute the same before anybody is timed."""
    check_same(config)
    state = first_weights(config)
    learners: dict[str, Learner] = {BASELINE: TwinLearner(config, state)}
    if config.model == "cnn":
        learners[CHANNELS_LAST] = TwinLearner(config, state, channels_last=True)
    learners[OURS] = OurLearner(config, state)
    batches = training_batches(config)
    return {name: _endless(learner, batches, config.training.learning_rate) for name, learner in learners.items()}


def training_batches(config: RunConfig, count: int = 64) -> list[tuple[Tensor, Tensor]]:
    """The first batches of the training images, made ready beforehand: only the network is timed.

    Images `[B, 1, H, W]`, normalised; labels `[B]`.
    """
    dataset = load_dataset(config.data, config.architecture.image_size)
    images = dataset.training.images.split(config.training.batch_size)[:count]
    labels = dataset.training.labels.split(config.training.batch_size)[:count]
    return [(dataset.normalise(x), y) for x, y in zip(images, labels, strict=True)]


def check_same(config: RunConfig) -> None:
    """Loss and every gradient of ours equal the twin's on one batch, dropout off: a race of unequals is none.

    In float64: two numbers of a pool's window that round to the same float32 would send the gradient elsewhere.

    Raises:
        AssertionError: they differ; the message names the tensor.
    """
    twin, ours = build_twin(config).double().eval(), build_model(config).to(torch.float64).eval()
    ours.load_state_dict(twin.state_dict())
    images, labels = training_batches(config, count=1)[0]
    images = images.double()

    loss = nn.functional.cross_entropy(twin(images), labels)
    loss.backward()
    trace = ours.trace(input_gradient=False)
    our_loss, grad_logits = cross_entropy(ours(images, trace=trace), labels)
    ours.backward(grad_logits, trace)

    torch.testing.assert_close(our_loss, loss.detach(), msg=lambda text: f"loss: {text}")
    gradients = {name: parameter.grad for name, parameter in ours.named_parameters()}
    for name, parameter in twin.named_parameters():
        torch.testing.assert_close(gradients[name], parameter.grad, msg=lambda text, name=name: f"{name}: {text}")


def _endless(learner: Learner, batches: list[tuple[Tensor, Tensor]], lr: float) -> Step:
    turn = itertools.cycle(batches)
    return lambda: learner.learn(*next(turn), lr)
