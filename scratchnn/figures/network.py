"""A CNN on one digit as columns from left to right, packed for the network canvas.

All numbers travel as the Trace has them, in float32. Where a wide network would be too much for one message, fewer
maps of each layer are sent, never rougher ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scratchnn.figures.packing import pack
from scratchnn.inspection.connections import Connections, connections
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomBatchNorm2d
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.models import CustomCNN
    from scratchnn.module import Module
    from scratchnn.trace import Trace

MOST_BYTES = 1_000_000
_CLASSIFIER = "Classifier"


@dataclass
class Column:
    """What one layer put out: `values` [maps, h, w], or [units, 1, 1]; and what flowed into each of them."""

    name: str
    title: str
    module: str
    kind: str  # "image", "maps", "flat", "units", "logits" or "probabilities"
    values: Tensor
    shape: list[int]  # of the whole output, also where not all of it is sent
    window: dict[str, list[int]] | None = None  # what a pixel sees of its source; None: the same pixel, or everything
    joins: Connections | None = None  # None: map i is made of the source's map i

    def header(self) -> dict[str, Any]:
        """What can be said of it without its numbers."""
        return {
            "name": self.name,
            "title": self.title,
            "module": self.module,
            "kind": self.kind,
            "shape": self.shape,
            "shown": list(self.values.shape),
            "window": self.window,
            "joined": self.joins is not None,
        }


def network(
    model: CustomCNN,
    trace: Trace,
    probabilities: Tensor,
    classes: Sequence[str],
    label: int | None = None,
    chosen: tuple[str, tuple[int, ...]] | None = None,
) -> bytes:
    """The whole network at work on the first image of a pass, at most MOST_BYTES.

    Args:
        probabilities: [B, classes].
        label: the true class, if it is known.
        chosen: layer and position that are selected at first: (channel, row, column) or (unit,).
    """
    whole = columns(model, trace, probabilities)
    most = max(len(column.values) for column in whole)
    packed = _pack(whole, classes, label, chosen)
    while len(packed) > MOST_BYTES and most > 1:
        most //= 2
        packed = _pack(_first_maps(whole, most), classes, label, chosen)
    return packed


def columns(model: CustomCNN, trace: Trace, probabilities: Tensor) -> list[Column]:
    """The image, every layer that changes numbers or their order, and the probabilities."""
    image = trace["model"].saved["images"][0]
    found = [Column("input", "normalised pixels", "", "image", image, list(image.shape))]
    blocks = 0
    for name, layer in model.named_children():
        if isinstance(layer, CustomDropout):
            continue  # lets everything through outside training
        blocks += isinstance(layer, CustomConv2d)
        found.append(_column(name, layer, f"Block {blocks}", trace, found[-1]))
    found[-1].kind = "logits"
    shares = probabilities[0]
    module = found[-1].module
    found.append(
        Column("probabilities", "softmax", module, "probabilities", shares.view(-1, 1, 1), list(shares.shape))
    )
    return found


def _column(name: str, layer: Module, block: str, trace: Trace, source: Column) -> Column:
    call = trace[name]
    output = call.output[0]
    shape = list(output.shape)
    title, window = _title_and_window(layer)
    if isinstance(layer, CustomFlatten):
        return Column(name, title, _CLASSIFIER, "flat", source.values, shape)
    if output.dim() == 1:
        output, kind, block = output.view(-1, 1, 1), "units", _CLASSIFIER
    else:
        kind = "maps"
    joins = None
    if isinstance(layer, CustomConv2d | CustomLinear):
        joins = connections(layer, call, len(source.values))
    return Column(name, title, block, kind, output, shape, window, joins)


def _title_and_window(layer: Module) -> tuple[str, dict[str, list[int]] | None]:
    if isinstance(layer, CustomConv2d | CustomMaxPool2d | CustomAvgPool2d):
        size = "×".join(str(side) for side in layer.kernel_size)
        what = {CustomConv2d: "convolution", CustomMaxPool2d: "max-pooling", CustomAvgPool2d: "average pooling"}
        geometry = {"kernel": layer.kernel_size, "stride": layer.stride, "padding": layer.padding}
        return f"{size} {what[type(layer)]}", {key: list(pair) for key, pair in geometry.items()}
    if isinstance(layer, CustomFlatten):
        return "every map laid flat", None
    if isinstance(layer, CustomLinear):
        return "linear", None
    return "batch normalisation" if isinstance(layer, CustomBatchNorm2d) else "ReLU", None


def _first_maps(whole: Sequence[Column], most: int) -> list[Column]:
    """The first `most` maps of every layer, and what flows between them; the units are few numbers and stay."""
    kept: list[Column] = []
    for column in whole:
        values = column.values[:most] if column.kind in ("maps", "flat") else column.values
        joins = column.joins
        if joins is not None:
            targets, sources = len(values), len(kept[-1].values)
            joins = Connections(joins.adds[:targets, :sources], joins.sizes[:targets, :sources])
        kept.append(replace(column, values=values, joins=joins))
    return kept


def _pack(
    whole: Sequence[Column],
    classes: Sequence[str],
    label: int | None,
    chosen: tuple[str, tuple[int, ...]] | None,
) -> bytes:
    arrays = {}
    for turn, column in enumerate(whole):
        if column.kind != "flat":  # its numbers are those of the column before it, in the same order
            arrays[f"values{turn}"] = column.values.cpu().numpy()
        if column.joins is not None:
            arrays[f"adds{turn}"] = column.joins.adds.cpu().numpy()
            arrays[f"sizes{turn}"] = column.joins.sizes.cpu().numpy()
    header = {
        "columns": [column.header() for column in whole],
        "classes": list(classes),
        "label": label,
        "chosen": None if chosen is None else {"layer": chosen[0], "position": list(chosen[1])},
    }
    return pack(header, **arrays)
