"""Parameter, Buffer and Module: a tree of layers, its names, its state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import torch
from torch import Tensor

from scratchnn.trace import NoTrace, Trace


class Parameter:
    """A tensor to learn, and the gradient that backward adds up for it.

    Its storage is never replaced by learning or loading: both write into it. An optimizer may point it at a
    part of one flat buffer (`optim.py`), once.
    """

    def __init__(self, value: Tensor) -> None:
        self.value = value
        self.grad = torch.zeros_like(value)


class Buffer:
    """A tensor that is part of a module's state but is not learnt, such as a running mean."""

    def __init__(self, value: Tensor) -> None:
        self.value = value


class Module:
    """A layer or a tree of layers.

    A subclass sets Parameters, Buffers, Modules and lists of Modules as attributes, and writes
    `forward(x, trace)` with `backward(grad_output, trace)` next to it. Attribute names make the state's names.
    """

    training = True
    inlined = False  # True for a part whose children are named as its parent's own, as in torch's twin

    def forward(self, *inputs: Any, **options: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, grad_output: Tensor, trace: Trace) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def __call__(self, *inputs: Any, trace: Trace | None = None, **options: Any) -> Tensor:
        """Run forward; with a trace, remember everything in it, without one keep nothing."""
        return self.forward(*inputs, trace=NoTrace(self) if trace is None else trace, **options)

    def trace(self, **options: Any) -> Trace:
        """An empty Trace for one pass through this module; `options` are those of Trace."""
        return Trace(self, **options)

    # --- the tree -----------------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, list):
                yield from ((f"{name}.{i}", item) for i, item in enumerate(value) if isinstance(item, Module))

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module under `prefix`, then everything below it, depth first."""
        yield prefix, self
        for name, child in self.named_children():
            below = child.named_modules(f"{prefix}.{name}" if prefix else name)
            if child.inlined:
                yield next(below)
                below = (item for item in child.named_modules(prefix) if item[1] is not child)
            yield from below

    def _named_tensors(self, kinds: type | tuple[type, ...]) -> Iterator[tuple[str, Any]]:
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, kinds):
                    yield (f"{prefix}.{name}" if prefix else name), value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        return self._named_tensors(Parameter)

    def parameters(self) -> Iterator[Parameter]:
        return (parameter for _, parameter in self.named_parameters())

    def num_parameters(self) -> int:
        return sum(parameter.value.numel() for parameter in self.parameters())

    # --- state --------------------------------------------------------------------------------------------

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw every parameter anew, child by child: the same generator state gives the same weights."""
        for _, child in self.named_children():
            child.reset_parameters(generator)

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad.zero_()

    def train(self, mode: bool = True) -> Self:
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        return self.train(False)

    def to(self, target: torch.device | torch.dtype | str) -> Self:
        """Move to a device, or convert every floating-point tensor to a dtype. Do it before making an optimizer."""
        for _, item in self._named_tensors((Parameter, Buffer)):
            integer_to_dtype = isinstance(target, torch.dtype) and not item.value.is_floating_point()
            if not integer_to_dtype:
                item.value = item.value.to(target)
            if isinstance(item, Parameter):
                item.grad = item.grad.to(target)
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """Name → tensor, under the names torch.nn's twin uses. The tensors are the live ones: clone to keep them."""
        return {name: item.value for name, item in self._named_tensors((Parameter, Buffer))}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Copy `state` into this module's own tensors; every name and shape must match, or nothing is changed.

        Raises:
            ValueError: a name is missing or unknown, or a shape differs.
        """
        own, kind = self.state_dict(), type(self).__name__
        for name in own:
            if name not in state:
                raise ValueError(f"{name} is missing from the given state; it has {', '.join(state) or 'nothing'}")
        for name in state:
            if name not in own:
                raise ValueError(f"{name} is not a name of this {kind}; it has {', '.join(own) or 'nothing'}")
        for name, tensor in state.items():
            if tensor.shape != own[name].shape:
                raise ValueError(
                    f"{name} is {list(tensor.shape)} in the given state, but {list(own[name].shape)} in this "
                    f"{kind}; was it saved from a model with other settings?"
                )
        for name, tensor in state.items():
            own[name].copy_(tensor)
