"""The optimizers: fifty steps that equal torch.optim's, state that can be saved, storage that nobody may replace."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from scratchnn import optim
from scratchnn.layers.linear import CustomLinear
from scratchnn.module import Parameter
from scratchnn.optim import SGD, Adam, AdamW, Optimizer
from tests.reference import assert_same

SHAPES = [(5, 3), (7,), (), (2, 3, 3, 2), (40,)]

RULES: list[tuple[type[Optimizer], Any, dict[str, Any]]] = [
    (SGD, torch.optim.SGD, {}),
    (SGD, torch.optim.SGD, {"momentum": 0.9}),
    (SGD, torch.optim.SGD, {"momentum": 0.9, "dampening": 0.3}),
    (SGD, torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.1}),
    (SGD, torch.optim.SGD, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
    (SGD, torch.optim.SGD, {"weight_decay": 0.1}),
    (Adam, torch.optim.Adam, {}),
    (Adam, torch.optim.Adam, {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    (AdamW, torch.optim.AdamW, {}),
    (AdamW, torch.optim.AdamW, {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
]
rules = pytest.mark.parametrize(
    ("rule", "twin", "options"), RULES, ids=lambda value: str(getattr(value, "__name__", value))
)


def new_parameters(seed: int = 0) -> list[Parameter]:
    generator = torch.Generator().manual_seed(seed)
    return [Parameter(torch.randn(shape, generator=generator, dtype=torch.float64)) for shape in SHAPES]


def gradient(value: Tensor, step: int) -> Tensor:
    """Depends on where the weights are, so that a wrong step shows in all that follow; now and then it is zero."""
    noise = torch.randn(value.shape, generator=torch.Generator().manual_seed(step), dtype=torch.float64)
    return torch.zeros_like(value) if step % 11 == 5 else 0.3 * value + noise


def walk(optimizer: Optimizer, parameters: list[Parameter], steps: range) -> None:
    for step in steps:
        optimizer.zero_grad()
        optimizer.lr = 0.01 if step < 25 else 0.003  # as a schedule would
        for parameter in parameters:
            parameter.grad += gradient(parameter.value, step)
        optimizer.step()


@rules
@pytest.mark.parametrize("chunk", [optim.CHUNK, 32])
def test_fifty_steps_equal_torchs(
    rule: type[Optimizer], twin: Any, options: dict[str, Any], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optim, "CHUNK", chunk)  # the parameters fit one chunk, or fill several
    parameters = new_parameters()
    theirs = [nn.Parameter(parameter.value.clone()) for parameter in parameters]
    reference = twin(theirs, lr=0.01, **options)
    walk(rule(parameters, lr=0.01, **options), parameters, range(50))
    for step in range(50):
        reference.param_groups[0]["lr"] = 0.01 if step < 25 else 0.003
        for weight in theirs:
            weight.grad = gradient(weight.detach(), step)
        reference.step()
    for number, (parameter, weight) in enumerate(zip(parameters, theirs, strict=True)):
        assert_same(parameter.value, weight.detach(), f"parameter {number}", rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("scale", [0.0, 1e-44, 1e-20, 1e18, 1e30])
def test_adam_walks_as_torchs_where_squares_vanish_or_overflow(scale: float) -> None:
    """Denormal and zero gradients come from units that stay silent; their square is zero, and so is its root."""
    parameter = Parameter(torch.ones(5))
    theirs = nn.Parameter(torch.ones(5))
    grad = scale * torch.tensor([-1.0, 0.0, 0.5, 1.0, 2.0])
    ours, reference = Adam([parameter]), torch.optim.Adam([theirs])
    for _ in range(3):
        parameter.grad.copy_(grad)
        theirs.grad = grad.clone()
        ours.step()
        reference.step()
    assert_same(parameter.value, theirs.detach(), f"gradients of {scale}", rtol=1e-6, atol=1e-7)


@rules
def test_a_saved_state_goes_on_exactly(rule: type[Optimizer], twin: Any, options: dict[str, Any]) -> None:
    through, stopped = new_parameters(), new_parameters()
    walk(rule(through, lr=0.01, **options), through, range(20))
    first = rule(stopped, lr=0.01, **options)
    walk(first, stopped, range(9))
    state = first.state_dict()
    walk(first, stopped, range(9, 12))  # a saved state is a copy: what follows does not change it
    resumed = new_parameters()
    walk(rule(resumed, lr=0.01, **options), resumed, range(9))
    second = rule(resumed, lr=0.01, **options)
    second.load_state_dict(state)
    walk(second, resumed, range(9, 20))
    for ours, expected in zip(resumed, through, strict=True):
        assert torch.equal(ours.value, expected.value)


def test_a_state_that_does_not_fit_is_refused_in_words() -> None:
    adam = Adam(new_parameters())
    with pytest.raises(ValueError, match=r"SGD: the state has \['mean', 'square', 'steps'\].*needs \['steps'\]"):
        SGD(new_parameters()).load_state_dict(adam.state_dict())
    with pytest.raises(ValueError, match=r"Adam: mean holds \d+ numbers, but this model needs \d+"):
        Adam(new_parameters()[:2]).load_state_dict(adam.state_dict())


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 1e6])
def test_clipping_equals_torchs(max_norm: float) -> None:
    parameters = new_parameters()
    optimizer = SGD(parameters)
    theirs = [nn.Parameter(parameter.value.clone()) for parameter in parameters]
    for parameter, weight in zip(parameters, theirs, strict=True):
        parameter.grad += gradient(parameter.value, 0)
        weight.grad = gradient(weight.detach(), 0)
    norm = nn.utils.clip_grad_norm_(theirs, max_norm)
    assert_same(optimizer.grad_norm(), norm, "norm before")
    assert_same(optimizer.clip_grad_norm(max_norm), norm, "norm returned")
    for parameter, weight in zip(parameters, theirs, strict=True):
        assert_same(parameter.grad, weight.grad, "clipped gradient")


def test_parameters_are_views_of_one_flat_buffer() -> None:
    parameters = new_parameters()
    before = [parameter.value.clone() for parameter in parameters]
    optimizer = Adam(parameters)
    for parameter, value in zip(parameters, before, strict=True):
        assert torch.equal(parameter.value, value), "moving changes no number"
        assert parameter.value.untyped_storage().data_ptr() == optimizer.values.untyped_storage().data_ptr()
        assert parameter.grad.untyped_storage().data_ptr() == optimizer.grads.untyped_storage().data_ptr()
    optimizer.grads.fill_(1)
    assert all((parameter.grad == 1).all() for parameter in parameters)
    optimizer.zero_grad()
    assert not any(parameter.grad.any() for parameter in parameters)


@pytest.mark.parametrize("what", ["value", "grad"])
def test_a_replaced_storage_is_noticed(what: str) -> None:
    layer = CustomLinear(3, 2)
    optimizer = Adam(layer.parameters())
    setattr(layer.weight, what, getattr(layer.weight, what).clone())
    with pytest.raises(RuntimeError, match=r"Adam: a parameter of shape \[2, 3\] was moved.*before making"):
        optimizer.step()


def test_converting_the_model_after_making_the_optimizer_is_noticed() -> None:
    layer = CustomLinear(3, 2)
    optimizer = SGD(layer.parameters())
    layer.to(torch.float64)
    with pytest.raises(RuntimeError, match="moved to other memory"):
        optimizer.step()


def test_loading_weights_into_the_model_reaches_the_optimizer() -> None:
    layer = CustomLinear(3, 2)
    optimizer = SGD(layer.parameters(), lr=1.0)
    layer.load_state_dict({"weight": torch.ones(2, 3), "bias": torch.ones(2)})
    optimizer.grads.fill_(1)
    optimizer.step()
    assert not layer.weight.value.any()
    assert not layer.bias.value.any()


def test_impossible_settings_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"Adam: no parameters.*model.parameters\(\)"):
        Adam([])
    for lr in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"SGD: lr is .*0 or more"):
            SGD(new_parameters(), lr=lr)
    for options in ({"nesterov": True}, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}):
        with pytest.raises(ValueError, match=r"Nesterov.*needs a momentum and no dampening"):
            SGD(new_parameters(), **options)
