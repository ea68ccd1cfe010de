"""The same at work: a whole training step enters nothing of torch but operations on arrays."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from scratchnn.config import RunConfig, preset
from scratchnn.losses import cross_entropy
from scratchnn.models import build_model
from scratchnn.optim import SGD, Adam, AdamW


class NothingBorrowed(TorchDispatchMode):
    """Sees every operation that torch is asked for, under whatever name it was called."""

    FORBIDDEN = re.compile(
        r".*_backward.*|.*convolution.*|.*conv\dd.*|.*pool\dd.*|.*(layer|batch|group|rms)_norm.*|.*softmax.*|relu.*|gelu.*"
        r"|silu.*|threshold.*|.*dropout.*|embedding.*|.*_loss.*|.*attention.*|im2col|col2im|_fused_.*|_foreach_.*"
    )

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        assert not self.FORBIDDEN.fullmatch(name), f"torch was asked for {name}"
        return func(*args, **(kwargs or {}))


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the entry points of torch's own layers, gradients and optimizers raise."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("torch's own layer, gradient or optimizer was used")

    functional = torch.nn.functional
    for name in (name for name, value in vars(functional).items() if callable(value) and not isinstance(value, type)):
        monkeypatch.setattr(functional, name, refuse)
    for owner, names in [
        (torch.autograd, ["backward", "grad"]),
        (torch.autograd.Function, ["apply"]),
        (torch.Tensor, ["backward", "requires_grad_", "softmax", "log_softmax", "relu", "relu_"]),
        (torch.nn.Module, ["__init__", "__call__"]),
        (torch.optim.Optimizer, ["__init__", "step"]),
        (torch, ["conv2d", "layer_norm", "batch_norm", "softmax", "log_softmax", "relu", "dropout", "embedding"]),
        (torch, ["max_pool2d", "save", "load"]),
    ]:
        for name in names:
            monkeypatch.setattr(owner, name, refuse)


EVERYTHING: dict[str, tuple[RunConfig, Any]] = {
    "cnn": (preset("cnn", "course"), Adam),
    "cnn, norm and dropout": (preset("cnn", "accurate").changed("cnn", pooling="average"), AdamW),
    "transformer": (preset("transformer", "course"), Adam),
    "transformer, all else": (
        preset("transformer", "live").changed(
            "transformer", activation="gelu", dropout=0.1, pooling="class_token", position="sinusoidal"
        ),
        SGD,
    ),
}


everything = pytest.mark.parametrize(("config", "rule"), EVERYTHING.values(), ids=EVERYTHING.keys())


def take_a_step(config: RunConfig, rule: Any) -> None:
    """From nothing to changed weights."""
    model = build_model(config)
    optimizer = rule(model.parameters(), lr=1e-2)
    before = optimizer.values.clone()
    trace = model.trace(reuse_buffers=True, input_gradient=False)
    logits = model(torch.randn(4, 1, 28, 28), trace=trace)
    model.backward(cross_entropy(logits, torch.arange(4), 0.1)[1], trace)
    optimizer.clip_grad_norm(1.0)
    optimizer.step()
    assert not torch.equal(optimizer.values, before)
    assert not logits.requires_grad
    assert not optimizer.values.requires_grad


@everything
def test_a_step_enters_nothing_of_torchs_own(config: RunConfig, rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch)
    take_a_step(config, rule)


@everything
def test_a_step_asks_torch_for_array_operations_only(config: RunConfig, rule: Any) -> None:
    with NothingBorrowed():
        take_a_step(config, rule)


def test_the_watch_over_operations_sees_what_is_borrowed() -> None:
    x = torch.randn(1, 1, 4, 4)
    for borrow in (lambda: torch.nn.functional.relu(x), lambda: x.softmax(1), lambda: torch.conv2d(x, x)):
        with NothingBorrowed(), pytest.raises(AssertionError, match="torch was asked for"):
            borrow()
