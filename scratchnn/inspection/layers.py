"""What one layer made of one digit, read from a Trace: feature maps, kernels, attention."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from scratchnn.layers.activation import CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.patches import CustomPatchEmbedding
from scratchnn.module import Module
from scratchnn.trace import Trace

MOST_MAPS = 64  # more than that cannot be taken in, and would be sent twice a second


@dataclass(frozen=True)
class LayerView:
    """Maps that belong together: `values` [n, h, w], each with a name and a short caption.

    kind "signed": any numbers, zero in the middle; NaN where there is nothing.
    kind "attention": shares of one whole per map, laid over the digit.
    """

    kind: Literal["signed", "attention"]
    values: Tensor
    names: list[str]
    captions: list[str]
    note: str


def inspect(model: Module, images: Tensor) -> tuple[Tensor, Trace]:
    """One pass of a network that learns nothing: probabilities [B, 10] and the Trace.

    Args:
        images: [B, 1, H, W], normalised.
    """
    model.eval()
    trace = model.trace()
    logits = model(images, trace=trace)
    return CustomSoftmax()(logits), trace


def viewable_layers(model: Module) -> dict[str, Module]:
    """Layers with something to see: what makes or passes on maps, and every self-attention, in their order.

    Layers come by their dotted name; those after the maps were flattened have no shape to show.
    """
    modules = model.named_modules()
    attention: dict[str, Module] = {name: m for name, m in modules if isinstance(m, CustomMultiHeadAttention)}
    if attention:
        return attention
    children = list(model.named_children())
    flat = next((i for i, (_, m) in enumerate(children) if isinstance(m, CustomFlatten)), len(children))
    return dict(children[:flat])


def layer_view(name: str, trace: Trace, image: int = 0) -> LayerView:
    """One layer's view of one image of the pass: its heads if it attends, its maps otherwise."""
    call = trace[name]
    if "scores" in call.saved:
        return _attention(call.saved["weights"][image])
    return _maps(name, call.output[image])


def _maps(name: str, output: Tensor) -> LayerView:
    channels, height, width = output.shape
    shown = min(channels, MOST_MAPS)
    some = f", the first {shown} of {channels}" if shown < channels else ""
    zero = float((output == 0).float().mean())
    return LayerView(
        kind="signed",
        values=output[:shown].contiguous(),
        names=[f"{name}, map {i}" for i in range(shown)],
        captions=[str(i) for i in range(shown)],
        note=f"{channels} maps of {height}×{width}{some}; {zero:.0%} of the numbers are exactly 0",
    )


def _attention(weights: Tensor) -> LayerView:
    """Weights [H, T, T]: how much of each head's attention a patch receives, as seen by the token that is read out.

    With a class token its own row counts; without one, all patches are averaged, as the head of the network does.
    """
    heads, tokens, _ = weights.shape
    side = math.isqrt(tokens)  # patches tile a square, so one token more is the class token
    has_class_token = tokens > side**2
    received = weights[:, 0] if has_class_token else weights.mean(1)  # (H, T)
    patches = received[:, tokens - side**2 :].reshape(heads, side, side)
    reader = "the class token" if has_class_token else "all patches on average"
    return LayerView(
        kind="attention",
        values=patches.contiguous(),
        names=[f"head {i}" for i in range(heads)],
        captions=[f"head {i}" for i in range(heads)],
        note=f"where {reader} look{'s' if has_class_token else ''}, head by head; {side}×{side} patches",
    )


def kernels(model: Module, name: str) -> LayerView:
    """What a layer's maps were looked for with: the kernels of the convolution at or before it, or of the patches."""
    layers = viewable_layers(model)
    before = [*layers][: [*layers].index(name) + 1]
    convolutions = [(near, layers[near]) for near in before if isinstance(layers[near], CustomConv2d)]
    if convolutions:
        return _convolution_kernels(*convolutions[-1])
    return _patch_kernels(next(m for _, m in model.named_modules() if isinstance(m, CustomPatchEmbedding)))


def _patch_kernels(embedding: CustomPatchEmbedding) -> LayerView:
    """The patch embedding's rows as little images: one for each number of a token; the input is grey."""
    size, width = embedding.patch_size, len(embedding.projection.weight.value)
    weight = embedding.projection.weight.value[:MOST_MAPS].view(-1, size, size)
    some = f", the first {len(weight)}" if len(weight) < width else ""
    note = f"the patch embedding’s {width} kernels of {size}×{size}{some}, one for each number of a token"
    return _sheet("patch embedding", _in_rows_of_eight(weight), note)


def _convolution_kernels(name: str, layer: Module) -> LayerView:
    """A convolution's kernels: a column for each output map and a row for each input map, if there are several."""
    assert isinstance(layer, CustomConv2d)
    weight = layer.weight.value[:MOST_MAPS, :MOST_MAPS]  # (out, in, kh, kw)
    what = f"{name}’s {weight.shape[2]}×{weight.shape[3]} kernels"
    if weight.shape[1] == 1:
        return _sheet(name, _in_rows_of_eight(weight[:, 0]), f"{what}, one for each output map")
    return _sheet(name, weight.transpose(0, 1), f"{what}: a column for each output map, a row for each input map")


def _in_rows_of_eight(kernels: Tensor) -> Tensor:
    """[N, h, w] → [rows, 8, h, w]; what is missing in the last row is NaN."""
    missing = torch.full((-len(kernels) % 8, *kernels.shape[1:]), torch.nan)
    return torch.cat([kernels, missing]).view(-1, 8, *kernels.shape[1:])


def _sheet(name: str, kernels: Tensor, note: str) -> LayerView:
    """Kernels [rows, columns, h, w] side by side in one image, one pixel apart."""
    rows, columns, height, width = kernels.shape
    cells = torch.full((rows, height + 1, columns, width + 1), torch.nan)
    cells[:, :height, :, :width] = kernels.transpose(1, 2)
    image = cells.view(rows * (height + 1), columns * (width + 1))[:-1, :-1]
    return LayerView("signed", image[None].contiguous(), [f"{name}, kernels"], [""], note)
