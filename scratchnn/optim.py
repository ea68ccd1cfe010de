"""Optimizers: the rules that turn gradients into steps.

All parameters live side by side in one flat buffer, and so do their gradients: a step is a few operations on long
rows, clearing the gradients is one, a snapshot is one copy. An optimizer builds these buffers when it is made and
points every parameter at its part. Whoever replaces a parameter's storage afterwards would train a stale copy (the
course notebook did), so each step checks that nobody has.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property

import torch
from torch import Tensor

from scratchnn.module import Parameter

ALIGNMENT = 16  # numbers: every parameter begins on a cache line
CHUNK = 1 << 17  # numbers that a step works on at a time, few enough to stay in the cache between its operations


class Optimizer:
    """What all rules share: the flat buffers, gradient norms, and state that can be saved.

    Attributes:
        lr: the learning rate; may be changed at any time.
        values, grads: all parameters and all gradients, flat `[P]`, P the padded number of parameters.
        state: what the rule remembers between steps, flat `[P]` each, by name.
    """

    def __init__(self, parameters: Iterable[Parameter], lr: float, weight_decay: float = 0.0) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError(f"{type(self).__name__}: no parameters to learn; give it model.parameters()")
        if lr < 0 or not math.isfinite(lr):
            raise ValueError(f"{type(self).__name__}: lr is {lr}, but a learning rate is a number of 0 or more")
        self.lr, self.weight_decay = lr, weight_decay
        self.steps = 0
        self.values, self.grads = _flatten(self.parameters)
        self._own = [(parameter, parameter.value, parameter.grad) for parameter in self.parameters]
        self.state: dict[str, Tensor] = {}

    def zero_grad(self) -> None:
        self.grads.zero_()

    def grad_norm(self) -> Tensor:
        """The length of the whole gradient, √Σ g²."""
        norm: Tensor = self.grads.norm()
        return norm

    def clip_grad_norm(self, max_norm: float) -> Tensor:
        """Shrink the gradient to length max_norm if it is longer; the length it had before (Pascanu et al. 2013)."""
        norm = self.grad_norm()
        self.grads *= torch.clamp(max_norm / (norm + 1e-6), max=1.0)
        return norm

    def step(self) -> None:
        """Move every parameter by one step of the rule."""
        for parameter, value, grad in self._own:
            if parameter.value is not value or parameter.grad is not grad:
                raise RuntimeError(
                    f"{type(self).__name__}: a parameter of shape {list(parameter.value.shape)} was moved to other "
                    "memory, so this step would train a stale copy; call to() before making the optimizer"
                )
        self.steps += 1
        self._update()

    def _update(self) -> None:
        raise NotImplementedError

    @cached_property
    def _chunks(self) -> list[tuple[Tensor, ...]]:
        """Values, gradients and each state, cut into equal pieces: views, so they always hold the present numbers."""
        flats = (self.values, self.grads, *self.state.values())
        return list(zip(*(torch.split(flat, CHUNK) for flat in flats), strict=True))

    def state_dict(self) -> dict[str, Tensor]:
        """Copies of what the rule remembers, and the number of steps."""
        return {"steps": torch.tensor(self.steps)} | {name: flat.clone() for name, flat in self.state.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on where the saved optimizer stood.

        Raises:
            ValueError: the state is another rule's, or another model's.
        """
        wanted = {"steps", *self.state}
        if state.keys() != wanted:
            raise ValueError(
                f"{type(self).__name__}: the state has {sorted(state)}, but this rule needs {sorted(wanted)}; "
                "was it saved with another optimizer?"
            )
        for name, flat in self.state.items():
            if state[name].shape != flat.shape:
                raise ValueError(
                    f"{type(self).__name__}: {name} holds {state[name].numel()} numbers, but this model needs "
                    f"{flat.numel()}; was it saved from another model?"
                )
        self.steps = int(state["steps"])
        for name, flat in self.state.items():
            flat.copy_(state[name])


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, as torch's: v = momentum · v + (1 − dampening) · g; w −= lr · v.

    With nesterov the step is g + momentum · v, a look ahead (Sutskever et al. 2013).
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("SGD: Nesterov looks ahead along the momentum; it needs a momentum and no dampening")
        self.momentum, self.dampening, self.nesterov = momentum, dampening, nesterov
        if momentum:
            self.state["velocity"] = torch.zeros_like(self.values)

    def _update(self) -> None:
        for value, grad, *state in self._chunks:
            step = grad.add(value, alpha=self.weight_decay) if self.weight_decay else grad
            for velocity in state:
                # torch's first velocity is the first gradient itself, without dampening
                velocity.mul_(self.momentum).add_(step, alpha=1 if self.steps == 1 else 1 - self.dampening)
                step = step.add(velocity, alpha=self.momentum) if self.nesterov else velocity
            value.add_(step, alpha=-self.lr)


class Adam(Optimizer):
    """Steps scaled by running moments of the gradient (Kingma and Ba 2015, algorithm 1); decay joins the gradient.

    m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; w −= lr · m̂ / (√v̂ + eps), both corrected for their start at zero.
    """

    decoupled = False  # whether weight decay acts on the weights themselves

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.betas, self.eps = betas, eps
        self.state = {"mean": torch.zeros_like(self.values), "square": torch.zeros_like(self.values)}
        self._denominator = torch.empty_like(self.values[:CHUNK])

    def _update(self) -> None:
        beta1, beta2 = self.betas
        step_size = self.lr / (1 - beta1**self.steps)
        correction = math.sqrt(1 - beta2**self.steps)
        for value, grad, mean, square in self._chunks:
            if self.weight_decay and self.decoupled:
                value.mul_(1 - self.lr * self.weight_decay)
            elif self.weight_decay:
                grad = grad.add(value, alpha=self.weight_decay)
            mean.lerp_(grad, 1 - beta1)
            square.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
            # m̂ / (√v̂ + eps) with both corrections as plain numbers, which spares passes over v and m
            root = torch.rsqrt(square, out=self._denominator[: len(square)]).reciprocal_()  # sqrt is slow on zeros
            denominator = root.add_(self.eps * correction)
            value.addcdiv_(mean, denominator, value=-step_size * correction)


class AdamW(Adam):
    """Adam whose weight decay shrinks the weights directly, untouched by the moments (Loshchilov and Hutter 2019)."""

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)


def _flatten(parameters: list[Parameter]) -> tuple[Tensor, Tensor]:
    """Move all parameters and gradients into two flat buffers and leave views of them behind."""
    first = parameters[0].value
    sizes = [-(-parameter.value.numel() // ALIGNMENT) * ALIGNMENT for parameter in parameters]
    values, grads = first.new_zeros(sum(sizes)), first.new_zeros(sum(sizes))
    for parameter, value, grad in zip(parameters, torch.split(values, sizes), torch.split(grads, sizes), strict=True):
        shape, count = parameter.value.shape, parameter.value.numel()
        value[:count].copy_(parameter.value.flatten())
        grad[:count].copy_(parameter.grad.flatten())
        parameter.value, parameter.grad = value[:count].view(shape), grad[:count].view(shape)
    return values, grads
