"""The judges: torch.nn with its autograd, and central differences. Only tests may use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from scratchnn.module import Module
from scratchnn.trace import Trace

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
EXACT = {"rtol": 1e-9, "atol": 1e-11}  # float64: two orders of adding up may differ this much, and no more


def assert_same(actual: Tensor | None, expected: Tensor | None, what: str, **tolerance: float) -> None:
    if actual is None or expected is None:
        assert actual is expected, f"{what}: one is None"
        return
    torch.testing.assert_close(
        actual, expected, **(tolerance or EXACT), msg=lambda message: f"{what}: {message}"
    )  # also compares shape and dtype


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def share_state(ours: Module, theirs: nn.Module) -> None:
    """Load each one's state dict into the other, strictly, so that both hold ours' weights in float64.

    All are moved a little first: no bias stays at zero and no scale at one, where a mistake would not show.
    """
    ours.to(torch.float64)
    theirs.double()
    for tensor in ours.state_dict().values():
        if tensor.is_floating_point():
            tensor += 0.1 * torch.rand_like(tensor)
    own = {name: tensor.clone() for name, tensor in ours.state_dict().items()}
    assert list(own) == list(theirs.state_dict()), "names of the state dict"
    ours.load_state_dict(theirs.state_dict())
    for name, tensor in theirs.state_dict().items():
        assert_same(ours.state_dict()[name], tensor, name, rtol=0, atol=0)
    theirs.load_state_dict(own, strict=True)
    ours.load_state_dict(own)


def check_against_torch(ours: Module, theirs: nn.Module, *inputs: Tensor, **options: Any) -> Trace:
    """Output, every gradient and every buffer equal the twin's, for one pass over the same weights and inputs.

    `options` go to both forwards. Returns the trace, for more to check.
    """
    share_state(ours, theirs)
    trace = ours.trace()
    y = ours(*inputs, trace=trace, **options)
    leaves = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in inputs]
    expected = as_tuple(theirs(*leaves, **options))[0]  # attention also returns its weights
    assert_same(y, expected.detach(), "output")
    check_gradients(ours, theirs, y, expected, leaves, trace)
    return trace


def check_gradients(
    ours: Module, theirs: nn.Module, y: Tensor, expected: Tensor, leaves: list[Tensor], trace: Trace
) -> None:
    """Back through both, from one random gradient."""
    before = snapshot(trace)
    grad_output = torch.randn_like(y)
    ours.zero_grad()
    theirs.zero_grad()
    grads = as_tuple(ours.backward(grad_output.clone(), trace))
    expected.backward(grad_output)
    for number, (grad, leaf) in enumerate(zip(grads, leaves, strict=True)):
        assert_same(grad, leaf.grad, f"gradient of input {number}")
    for name, parameter in ours.named_parameters():
        assert_same(parameter.grad, theirs.get_parameter(name).grad, f"gradient of {name}")
    for name, buffer in theirs.named_buffers():
        assert_same(ours.state_dict()[name], buffer, name)
    for name, tensor in before.items():
        assert_same(snapshot(trace)[name], tensor, f"{name}, which backward must not overwrite", rtol=0, atol=0)


def snapshot(trace: Trace) -> dict[str, Tensor]:
    """A copy of all that a trace holds from forward: `layer[call].saved name` → tensor."""
    held = {}
    for name, calls in trace.calls.items():
        for number, call in enumerate(calls):
            held[f"{name}[{number}].output"] = call.output.clone()
            held |= {f"{name}[{number}].{saved}": tensor.clone() for saved, tensor in call.saved.items()}
    return held


def finite_differences(module: Module, *inputs: Tensor, samples: int = 12, step: float = 1e-6, **options: Any) -> None:
    """Each gradient equals (L(v + h) − L(v − h)) / 2h, at `samples` random places of each input and parameter.

    L is a random weighted sum of the outputs. Dropout draws the same mask each time.
    """

    def forward() -> tuple[Tensor, Trace]:
        trace = module.trace(generator=torch.Generator().manual_seed(0))
        return module(*inputs, trace=trace, **options), trace

    y, trace = forward()
    weights = torch.randn_like(y)
    module.zero_grad()
    grads = as_tuple(module.backward(weights, trace))
    checked = {f"input {i}": (x, g) for i, (x, g) in enumerate(zip(inputs, grads, strict=True)) if g is not None}
    checked |= {name: (parameter.value, parameter.grad) for name, parameter in module.named_parameters()}
    for name, (value, grad) in checked.items():
        assert value.is_contiguous(), f"{name} must be contiguous, so that its flat view is itself"
        flat = value.view(-1)
        for place in torch.randperm(flat.numel())[:samples].tolist():
            kept = flat[place].item()
            flat[place] = kept + step
            above = (forward()[0] * weights).sum()
            flat[place] = kept - step
            below = (forward()[0] * weights).sum()
            flat[place] = kept
            slope = (above - below) / (2 * step)
            assert_same(grad.reshape(-1)[place], slope, f"{name}, element {place}", rtol=1e-5, atol=1e-7)


def layouts(x: Tensor) -> Iterator[tuple[str, Tensor]]:
    """The same numbers in every way memory may hold them."""
    yield "contiguous", x.contiguous()
    yield "batch-last", x.movedim(0, -1).contiguous().movedim(-1, 0)
    yield "transposed", x.transpose(-1, -2).contiguous().transpose(-1, -2) if x.dim() > 1 else x
    yield "every second of a larger one", torch.stack([x, x], -1)[..., 0]
    if x.dim() == 4:
        yield "channels-last", x.contiguous(memory_format=torch.channels_last)
