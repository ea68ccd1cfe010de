"""A column of the network canvas: what one layer put out, and of which columns before it every number is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from scratchnn.inspection.connections import Connections

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

_IN_SEQUENCE = ("maps", "flat", "patches", "tokens", "projections")  # of these only the first may be sent
_IN_SQUARES = ("scores", "weights")  # every token by every token


class Source(NamedTuple):
    """A column that another is made of, by its name, and how (assets/components/network/ways.js).

    Attributes:
        shift: item i is made of the source's item i + shift.
    """

    name: str
    how: str
    shift: int = 0


@dataclass(frozen=True)
class Column:
    """What one layer put out: `values` [items, rows, columns], an item being a map, a token, a head or a unit.

    Attributes:
        name: of the numbers, as `explain` knows them; `label` stands above the column, `title` says what was done.
        kind: "image", "maps", "flat", "units", "logits", "probabilities"; of a Transformer also "patches", "tokens",
            "projections" (of each token, a row a head), "scores" and "weights" (of each head, a row a query).
        shape: of the whole output, also where not all of it is sent.
        window: what a pixel sees of its source; None: the same pixel, or everything.
        joins: how much of each source item is in each item, where every item is made of all of them.
        kernels: [items, source items, kh, kw], of a convolution; so what each source adds to one pixel can be told.
        flow: [items, source items], how much each token brings to each other in a block of a Transformer.
        shares: [source items], each token's part in the mean.
        block: the encoder block that it is in, by number; `inside`: seen only while that block is open.
        closed: its sources while the block is not open, if these are others.
    """

    name: str
    label: str
    title: str
    module: str
    kind: str
    values: Tensor
    shape: list[int]
    sources: tuple[Source, ...] = ()
    window: dict[str, list[int]] | None = None
    joins: Connections | None = None
    kernels: Tensor | None = None
    flow: Tensor | None = None
    shares: Tensor | None = None
    block: int | None = None
    inside: bool = False
    closed: tuple[Source, ...] = ()

    def header(self) -> dict[str, Any]:
        """What can be said of it without its numbers."""
        said = ("name", "label", "title", "module", "kind", "shape", "window", "block", "inside")
        return {
            **{name: getattr(self, name) for name in said},
            "shown": list(self.values.shape),
            "sources": [source._asdict() for source in self.sources],
            "closed": [source._asdict() for source in self.closed],
        }

    def arrays(self, turn: int) -> Mapping[str, NDArray[np.float32]]:
        """Its numbers, as the pass has them; `turn` is its place among the columns."""
        found = {"kernels": self.kernels, "flow": self.flow, "shares": self.shares}
        if self.kind != "flat":  # its numbers are those of the column before it, in the same order
            found["values"] = self.values
        if self.joins is not None:
            found |= {"adds": self.joins.adds, "sizes": self.joins.sizes}
        return {f"{name}{turn}": tensor.cpu().numpy() for name, tensor in found.items() if tensor is not None}


def first_items(columns: Sequence[Column], most: int) -> list[Column]:
    """The first `most` maps, or tokens, of every column and what flows between them; the units are few and stay."""
    kept: dict[str, Column] = {}
    for column in columns:
        values, joins, kernels, flow, shares = column.values, column.joins, column.kernels, column.flow, column.shares
        if column.kind in _IN_SEQUENCE:
            values = values[:most]
        elif column.kind in _IN_SQUARES:
            values = values[:, :most, :most]
        if joins is not None:
            targets, sources = len(values), len(kept[column.sources[0].name].values)
            joins = Connections(joins.adds[:targets, :sources], joins.sizes[:targets, :sources])
            kernels = None if kernels is None else kernels[:targets, :sources]
        kept[column.name] = replace(
            column, values=values, joins=joins, kernels=kernels,
            flow=None if flow is None else flow[:most, :most], shares=None if shares is None else shares[:most],
        )  # fmt: skip
    return [*kept.values()]
