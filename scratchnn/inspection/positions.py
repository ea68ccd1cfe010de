"""What tells the tokens apart by their place: the positional encoding as a table, a wave, and a map of likeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from scratchnn.layers.position import CustomPositionalEncoding, sinusoids
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace

Kind = Literal["learned", "sinusoidal", "none"]


@dataclass(frozen=True)
class Positions:
    """A positional encoding for T places, T = side² or, with a class token at place 0, one more.

    Attributes:
        table: [T, E] float64: what is added to the token at each place; zeros if that is nothing.
        side: patches in a row of the image.
    """

    kind: Kind
    table: Tensor
    side: int

    @property
    def has_class_token(self) -> bool:
        return len(self.table) > self.side**2

    def wave(self, component: int) -> Tensor:
        """[T]: one component from place to place.

        Raises:
            ValueError: there is no such component.
        """
        width = self.table.shape[1]
        if not 0 <= component < width:
            raise ValueError(f"there is no component {component}: they go from 0 to {width - 1}")
        return self.table[:, component]

    def similarity(self) -> Tensor:
        """[T, T]: the cosine of the angle between every two places' rows, −1 to 1; NaN where a row is all zeros."""
        sizes: Tensor = self.table.norm(dim=1)
        return self.table @ self.table.T / (sizes[:, None] * sizes)

    def similarity_maps(self) -> Tensor:
        """[N, side, side]: the likeness of each patch's place, in reading order, with those of all patches."""
        first = int(self.has_class_token)
        return self.similarity()[first:, first:].reshape(-1, self.side, self.side)


def positions(model: CustomTransformer) -> Positions:
    """The encoding that the model adds."""
    layer = model.position
    return Positions(layer.kind, _table(layer), model.config.image_size // model.config.patch_size)


def in_comparison(model: CustomTransformer) -> dict[Kind, Positions]:
    """The model's own encoding first, then those it could have had; a learned one is there only if it learnt one."""
    own = positions(model)
    length, width = own.table.shape
    found: dict[Kind, Positions] = {own.kind: own}
    if width % 2 == 0:  # sines and cosines come in pairs
        found.setdefault("sinusoidal", Positions("sinusoidal", sinusoids(length, width), own.side))
    found.setdefault("none", Positions("none", torch.zeros_like(own.table), own.side))
    return found


def bare_tokens(trace: Trace, image: int = 0) -> Tensor:
    """[T, E]: the tokens of a CustomTransformer's pass, before each one's place's row is added to it."""
    call = trace["position"]
    return call.saved.get("x", call.output)[image].cpu()  # with no encoding nothing is added, and nothing saved


def _table(layer: CustomPositionalEncoding) -> Tensor:
    if layer.kind == "learned":
        return layer.weight.value.cpu().double()
    if layer.kind == "sinusoidal":
        return layer.sinusoids.cpu()
    return torch.zeros(layer.max_length, layer.width, dtype=torch.float64)
