"""When numbers stop being numbers: which tensor went bad first, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from scratchnn.config import TrainingConfig
from scratchnn.module import Module
from scratchnn.trace import Trace

NamedTensor = tuple[str, Tensor]
LEARNS = {"adam": 1e-3, "adamw": 1e-3, "sgd": 0.05}  # rates with which both networks are known to learn


class Diverged(RuntimeError):  # noqa: N818 - what happened to a run, not what a caller did wrong
    """Training met NaN or infinity at `step` and stopped; the message names the first bad tensor and a remedy, too."""

    def __init__(self, message: str, step: int) -> None:
        super().__init__(message)
        self.step = step


def diverged(tensor: str, step: int, learning_rate: float, training: TrainingConfig) -> Diverged:
    """The exception for `tensor`, a sentence from `first_bad` or `diagnose`."""
    clipping = "" if training.clip_norm > 0 else ", or clip gradients to a norm of 1"
    lower = min(learning_rate / 10, LEARNS[training.optimizer])
    return Diverged(
        f"training diverged at step {step}: {tensor}; lower the learning rate, which was {learning_rate:.3g}, "
        f"to about {lower:.1g}{clipping}",
        step,
    )


def first_bad(tensors: Iterator[NamedTensor]) -> str | None:
    """What is wrong with the first tensor that holds NaN or infinity; None if all are finite."""
    for name, tensor in tensors:
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return f"{name} {'is NaN' if bool(torch.isnan(tensor).any()) else 'is infinite'}"
    return None


def diagnose(model: Module, images: Tensor, trace: Trace, loss: Callable[[Tensor], tuple[Tensor, Tensor]]) -> str:
    """Go once more through a step that went bad, and name the first bad tensor in the order of time.

    The parameters come first, as the last step left them; then layer by layer what forward computed; the loss;
    and from the last layer to the first what backward computed.

    Args:
        trace: one that overwrites nothing (no reused buffers) and gives the same dropout as the step did.
        loss: the logits' loss and its gradient.
    """
    model.zero_grad()
    logits = model(images, trace=trace)
    value, grad_logits = loss(logits)
    parameters = ((name, parameter.value) for name, parameter in model.named_parameters())
    bad = first_bad(parameters) or first_bad(_forward(trace)) or first_bad(iter([("the loss", value)]))
    if bad:
        return bad
    model.backward(grad_logits, trace)
    # all finite one by one, too large together: the squares under the norm's root overflow
    return first_bad(_backward(model, trace)) or "the norm of all gradients is infinite"


def _forward(trace: Trace) -> Iterator[NamedTensor]:
    """What each layer kept on the way, and its output."""
    for layer, calls in trace.calls.items():
        for call in calls:
            yield from ((f"{layer}'s {'input' if kept == 'x' else kept}", value) for kept, value in call.saved.items())
            yield f"{layer}'s output", call.output


def _backward(model: Module, trace: Trace) -> Iterator[NamedTensor]:
    """The gradient of each layer's output, of what it kept, of its parameters."""
    parameters: dict[str, list[NamedTensor]] = {}
    for name, parameter in model.named_parameters():
        parameters.setdefault(name.rpartition(".")[0] or "model", []).append((name, parameter.grad))
    for layer, calls in reversed(trace.calls.items()):
        for call in reversed(calls):
            if call.gradient is not None:
                yield f"the gradient of {layer}'s output", call.gradient
            yield from ((f"the gradient of {layer}'s {kept}", value) for kept, value in call.gradients.items())
        yield from ((f"the gradient of {name}", gradient) for name, gradient in parameters.get(layer, []))
