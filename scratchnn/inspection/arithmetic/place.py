"""Where in a pass a number stands: its layer, its call, its neighbours, and what a person calls them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, exact
from scratchnn.inspection.arithmetic.names import layer_name
from scratchnn.inspection.arithmetic.source import Source, source_of
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.models import CustomTransformer
from scratchnn.module import Module
from scratchnn.trace import Call, Trace


@dataclass(frozen=True, eq=False)
class Place:
    """One number of one pass: what every explanation starts from. Always of the first image of the batch."""

    model: Module
    trace: Trace
    name: str  # the layer's, as in the trace
    inner: str  # which of the values inside the layer; "" for its output
    values: Tensor  # all numbers there, of one image
    position: tuple[int, ...]  # in values

    @property
    def full_name(self) -> str:
        """The name that `explain` knows this by."""
        return inner_name("" if self.name == "model" else self.name, self.inner) if self.inner else self.name

    @property
    def layer(self) -> Module:
        return modules_of(self.trace)[self.name]

    @property
    def parent(self) -> Module:
        """The module that the layer's name says it is part of."""
        return modules_of(self.trace).get(self.name.rpartition(".")[0], self.model)

    @property
    def call(self) -> Call:
        return self.trace[self.name]

    def saved(self, name: str) -> Tensor:
        """What the layer's forward kept under that name, for one image, in float64."""
        return exact(self.call.saved[name][0])

    def around(self, before: Tensor) -> dict[str, Tensor]:
        """As parts `before` and `after`: its whole map `[h, w]`, or the row of numbers it is in `[E]`.

        Args:
            before: all numbers of the image before this layer, of the shape of `values` but for a map's size.
        """
        is_map = len(self.position) == 3 and not isinstance(self.parent, CustomMultiHeadAttention)
        which = self.position[:1] if is_map else self.position[:-1]
        return {"before": exact(before[which]), "after": exact(self.values[which])}

    def tiled(self, count: int) -> dict[str, Tensor]:
        """As part `tiles`, how many rows and columns of patches the image has, if `count` tokens are just these."""
        if not isinstance(self.model, CustomTransformer) or self.model.class_token is not None:
            return {}
        whole = "patches" not in self.trace["patch_embedding"].saved and count == self.model.config.num_patches
        side = math.isqrt(count)
        return {"tiles": torch.tensor([side, side])} if whole else {}

    def before(self, *, skip: tuple[type[Module], ...] = ()) -> str | None:
        """The layer called before this one, passing over those of some types; None for the first."""
        names, modules = [*self.trace.calls], modules_of(self.trace)
        earlier = names[: names.index(self.name)]
        return next((name for name in reversed(earlier) if not isinstance(modules[name], skip)), None)

    def token(self, number: int) -> str:
        """What a token of the encoder is: the class token, or a patch by its number in the image."""
        if not isinstance(self.model, CustomTransformer):
            return f"token {number}"
        number -= self.model.class_token is not None
        return "the class token" if number < 0 else self.patch(number)

    def patch(self, number: int) -> str:
        """The patch that was read as that number of the sequence, by its number in the image."""
        chosen = self.trace["patch_embedding"].saved.get("patches")
        return f"patch {number if chosen is None else int(chosen[0, number, 0])}"

    def tokens(self, count: int) -> list[str]:
        """Their names, as of the first `count` tokens."""
        return [self.token(number) for number in range(count)]

    @property
    def where(self) -> str:
        """The position in words."""
        match self.position:
            case (head, query, key) if isinstance(self.parent, CustomMultiHeadAttention):
                return f"head {head}, {self.token(query)} reads {self.token(key)}"
            case (channel, row, column):
                return f"map {channel}, row {row}, column {column}"
            case (token, component):
                return f"{self.token(token)}, number {component}"
            case (unit,):
                return f"number {unit}"
        return f"position {list(self.position)}"

    def explanation(
        self,
        *,
        sentence: str,
        formula: str,
        parts: Mapping[str, Tensor],
        steps: tuple[Step, ...],
        recipe: tuple[str, ...],
        where: str | None = None,
        source: Source | None = None,
    ) -> Explanation:
        """The explanation of this place.

        Args:
            recipe: lines of Python that turn `layer` and `call` into `value`.
            where: the position in words, if better words are known than `self.where`.
            source: the line that computes the number, if it is not this layer's own.
        """
        layer = "model" if self.name == "model" else f"dict(model.named_modules())[{self.name!r}]"
        before = (
            "trace = model.trace()",
            f"logits = model(images, trace=trace{self._options()})",
            f"layer, call = {layer}, trace[{self.name!r}]",
        )
        return Explanation(
            layer=self.full_name,
            position=self.position,
            name=layer_name(modules_of(self.trace), self.full_name),
            where=where or self.where,
            sentence=sentence,
            formula=formula,
            parts=parts,
            steps=steps,
            value=float(self.values[self.position]),
            source=source or source_of(type(self.layer), self.inner),
            recipe="\n".join([*before, *recipe]),
        )

    def _options(self) -> str:
        """What else the pass was given, as text: which patches were read, and which of them were padding."""
        if not isinstance(self.model, CustomTransformer):
            return ""
        options = ""
        chosen = self.trace["patch_embedding"].saved.get("patches")
        if chosen is not None:
            options += f", patches=torch.tensor({chosen[0, :, 0].tolist()})"
        scores = self.trace["encoder.layers.0.self_attn"].saved["scores"][0, 0, 0]
        hidden = scores[int(self.model.class_token is not None) :] == -torch.inf
        if bool(hidden.any()):
            options += f", key_padding_mask=torch.tensor([{hidden.tolist()}])"
        return options


def modules_of(trace: Trace) -> dict[str, Module]:
    """Name in a trace → module. The trace has them all: to walk the tree for each number took most of a click."""
    return {name: module for module, name in trace.names.items()}


def inner_name(parent: str, inner: str) -> str:
    """The name of a value inside a layer; a whole network's have no first part."""
    return f"{parent}.{inner}" if parent else inner
