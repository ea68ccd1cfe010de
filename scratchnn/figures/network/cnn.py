"""A CNN's columns: the image, the maps of every layer, the units, the probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scratchnn.figures.network.column import Column, Source
from scratchnn.inspection.connections import connections
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

_CLASSIFIER = "Classifier"


def cnn_columns(model: CustomCNN, trace: Trace, probabilities: Tensor) -> list[Column]:
    """The image, every layer that changes numbers or their order, and the probabilities [B, classes]."""
    found = [image_column(trace)]
    layers = [(name, layer) for name, layer in model.named_children() if not isinstance(layer, CustomDropout)]
    blocks = 0
    for name, layer in layers:  # dropout lets everything through outside training
        blocks += isinstance(layer, CustomConv2d)
        found.append(_column(name, layer, f"Block {blocks}", trace, found[-1], last=name == layers[-1][0]))
    return [*found, probability_column(found[-1], probabilities)]


def image_column(trace: Trace) -> Column:
    """The first image of the pass."""
    image = trace["model"].saved["images"][0]
    return Column("input", "input", "normalised pixels", "", "image", image, list(image.shape))


def probability_column(logits: Column, probabilities: Tensor) -> Column:
    """The softmax of the logits, [B, classes]."""
    shares = probabilities[0]
    return Column(
        "probabilities", "probabilities", "softmax", logits.module, "probabilities", shares.view(-1, 1, 1),
        list(shares.shape), (Source(logits.name, "fraction"),),
    )  # fmt: skip


def linear_column(name: str, layer: CustomLinear, module: str, trace: Trace, source: Column, last: bool) -> Column:
    """A linear layer's units; the last one's are the logits."""
    call = trace[name]
    output = call.output[0]
    return Column(
        name, name, "linear", module, "logits" if last else "units", output.view(-1, 1, 1), list(output.shape),
        (Source(source.name, "joined"),), joins=connections(layer, call, len(source.values)),
    )  # fmt: skip


def _column(name: str, layer: Module, block: str, trace: Trace, source: Column, last: bool) -> Column:
    if isinstance(layer, CustomLinear):
        return linear_column(name, layer, _CLASSIFIER, trace, source, last)
    call = trace[name]
    output = call.output[0]
    shape = list(output.shape)
    title, window = _title_and_window(layer)
    same = (Source(source.name, "same"),)
    if isinstance(layer, CustomFlatten):
        return Column(name, name, title, _CLASSIFIER, "flat", source.values, shape, same)
    if output.dim() == 1:
        return Column(name, name, title, _CLASSIFIER, "units", output.view(-1, 1, 1), shape, same)
    if isinstance(layer, CustomConv2d):
        return Column(
            name, name, title, block, "maps", output, shape, (Source(source.name, "joined"),), window,
            joins=connections(layer, call, len(source.values)), kernels=layer.weight.value,
        )  # fmt: skip
    return Column(name, name, title, block, "maps", output, shape, same, window)


def _title_and_window(layer: Module) -> tuple[str, dict[str, list[int]] | None]:
    if isinstance(layer, CustomConv2d | CustomMaxPool2d | CustomAvgPool2d):
        size = "×".join(str(side) for side in layer.kernel_size)
        what = {CustomConv2d: "convolution", CustomMaxPool2d: "max-pooling", CustomAvgPool2d: "average pooling"}
        geometry = {"kernel": layer.kernel_size, "stride": layer.stride, "padding": layer.padding}
        return f"{size} {what[type(layer)]}", {key: list(pair) for key, pair in geometry.items()}
    if isinstance(layer, CustomFlatten):
        return "every map laid flat", None
    return "batch normalisation" if isinstance(layer, CustomBatchNorm2d) else "ReLU", None
