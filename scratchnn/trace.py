"""The memory of one forward and backward pass: what each layer put out, kept, and was told.

No layer remembers anything between passes. Whatever its backward needs, its forward saves here,
under a name; whatever a page shows, it reads from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

import torch
from torch import Tensor

if TYPE_CHECKING:
    from scratchnn.module import Module


T = TypeVar("T")


class ShapeError(ValueError):
    """A layer was given something that does not fit it; the message says which, what, and what to do."""


NOT_KEPT = torch.empty(0)


@dataclass
class Call:
    """One use of one layer: its output, the values its backward will need, and the gradients that came back.

    A training pass keeps neither outputs nor their gradients as such (`NOT_KEPT`): memory that is free again is used
    again while the cache still holds it.
    """

    output: Tensor
    saved: dict[str, Tensor]
    output_shape: tuple[int, ...]
    input_shape: tuple[int, ...] = ()  # of layers whose backward needs no more of their input than that
    gradient: Tensor | None = None  # dL/doutput, set when backward passes through
    gradients: dict[str, Tensor] = field(default_factory=dict)  # dL/d of saved values, by the same names


class Trace:
    """One pass through one module tree.

    Args:
        root: the module whose tree the pass runs through; it gives every layer its name.
        reuse_buffers: for training: `restart()` forgets the calls but keeps the memory they used for the next step,
            and layers built with inplace=True overwrite their input. A trace for inspection leaves this off, keeps
            everything and overwrites nothing.
        input_gradient: whether backward must reach the image itself; training has no use for that, and a CNN saves
            the most expensive part of its first layer's backward.
        generator: the source of the pass's random numbers (dropout); torch's global one if None.
    """

    def __init__(
        self,
        root: Module,
        *,
        reuse_buffers: bool = False,
        input_gradient: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        self.names: Mapping[Module, str] = {module: name or "model" for name, module in root.named_modules()}
        self.calls: dict[str, list[Call]] = {}
        self.input_gradient = input_gradient
        self.generator = generator
        self.reuse_buffers = reuse_buffers
        self._kept: dict[tuple[object, ...], list[object]] = {}
        self._asked: dict[tuple[object, ...], int] = {}

    def name_of(self, layer: Module) -> str:
        """The layer's dotted name in this pass's tree, `encoder.layers.0.self_attn`."""
        try:
            return self.names[layer]
        except KeyError:
            raise RuntimeError(
                f"{type(layer).__name__}: this trace was made for another module; make one with trace() on the "
                "module whose forward you call"
            ) from None

    def save(self, layer: Module, output: Tensor, *, shape_of: Tensor | None = None, **saved: Tensor) -> Tensor:
        """Remember one call of `layer` and hand its output on.

        `shape_of` is an input of which backward needs the shape only; a pass for inspection keeps it, as `x`.
        """
        call = Call(NOT_KEPT if self.reuse_buffers else output, saved, output.shape)
        if shape_of is not None:
            call.input_shape = shape_of.shape
            if not self.reuse_buffers:
                saved["x"] = shape_of
        self.calls.setdefault(self.name_of(layer), []).append(call)
        return output

    def recall(self, layer: Module, grad_output: Tensor) -> Call:
        """The latest call of `layer` that backward has not yet gone through, now given its gradient."""
        name = self.name_of(layer)
        for call in reversed(self.calls.get(name, [])):
            if call.gradient is None:
                if call.output_shape != grad_output.shape:
                    raise ShapeError(
                        f"{name}: the gradient is {list(grad_output.shape)}, but the output it belongs to was "
                        f"{list(call.output_shape)}; give backward the gradient of what forward returned"
                    )
                call.gradient = NOT_KEPT if self.reuse_buffers else grad_output
                return call
        raise RuntimeError(f"{name}: backward was called more often than forward; run forward with this trace first")

    def release(self, call: Call, name: str) -> Tensor:
        """A saved value that backward needs no more after this; a training pass frees its memory with it."""
        return call.saved.pop(name) if self.reuse_buffers else call.saved[name]

    def kept(self, layer: Module, purpose: str, kind: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` makes for one call: memory, and views of it; made now, or in a pass before `restart()`.

        kind: all that the memory depends on, such as shape, dtype and device.
        """
        if not self.reuse_buffers:
            return make()
        place = (layer, purpose, kind)
        turn = self._asked.get(place, 0)
        self._asked[place] = turn + 1
        kept = self._kept.setdefault(place, [])
        if turn == len(kept):
            kept.append(make())
        return cast(T, kept[turn])

    def buffer(
        self, layer: Module, purpose: str, shape: Iterable[int], like: Tensor, *, dtype: torch.dtype | None = None
    ) -> Tensor:
        """Memory for one value of one call, new, or the same as in the pass before `restart()`."""
        shape, dtype = tuple(shape), dtype or like.dtype
        kind = (shape, dtype, like.device)
        return self.kept(layer, purpose, kind, lambda: torch.empty(shape, dtype=dtype, device=like.device))

    def buffer_like(self, layer: Module, purpose: str, like: Tensor) -> Tensor:
        """`buffer` with the shape of `like`, laid out in memory as `like` is."""
        if like.is_contiguous():
            return self.buffer(layer, purpose, like.shape, like)
        order = sorted(range(like.dim()), key=lambda axis: (like.stride()[axis], like.shape[axis]), reverse=True)
        memory = self.buffer(layer, purpose, (like.shape[axis] for axis in order), like)
        return memory.permute(sorted(range(like.dim()), key=order.__getitem__))

    def restart(self) -> Trace:
        """Forget the calls, keep the buffers: the same trace is ready for the next step."""
        self.calls.clear()
        self._asked.clear()
        return self

    def error(self, layer: Module, problem: str) -> ShapeError:
        """A ShapeError that begins with the layer's name."""
        return ShapeError(f"{self.name_of(layer)}: {problem}")

    def __getitem__(self, name: str) -> Call:
        """The latest call of the layer of that name."""
        if name not in self.calls:
            raise KeyError(f"{name!r} was not called in this pass; called were {', '.join(self.calls) or 'none'}")
        return self.calls[name][-1]

    def __contains__(self, name: str) -> bool:
        return name in self.calls


class NoTrace(Trace):
    """What a layer gets when nobody asked for a trace: inference, which keeps nothing."""

    def __init__(self, root: Module) -> None:
        self.root = root
        self.calls = {}
        self.input_gradient = False
        self.generator = None
        self.reuse_buffers = False

    def name_of(self, layer: Module) -> str:
        return next((name or "model" for name, module in self.root.named_modules() if module is layer), "model")

    def save(self, layer: Module, output: Tensor, *, shape_of: Tensor | None = None, **saved: Tensor) -> Tensor:
        return output

    def recall(self, layer: Module, grad_output: Tensor) -> Call:
        raise RuntimeError("backward needs the trace that forward was given: module(x, trace=trace)")
