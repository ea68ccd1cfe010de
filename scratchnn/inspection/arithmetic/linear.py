"""One unit of a linear layer: what each input contributes, also laid back over the maps that it came from."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from scratchnn.inspection.arithmetic.composites import last_part
from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, exact, indices, number, terms
from scratchnn.inspection.arithmetic.place import Place, modules_of
from scratchnn.layers.activation import CustomGELU, CustomReLU
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.patches import CustomPatchEmbedding
from scratchnn.layers.token_pooling import CustomTokenPooling

Axes = tuple[tuple[str, int], ...]  # name and size of each axis that the inputs once had


def explain_linear(place: Place) -> Explanation:
    """Parts: `inputs`, `weights` and `contributions` `[I]`, `bias`; and `folded`, the contributions with the axes that
    the inputs had before they were laid out in a row: `[C, h, w]` after maps were flattened, `[C, P, P]` for the
    pixels of a patch, `[H, d]` for attention heads, `[I]` for all others. `units`: whether the inputs are those of
    hidden units. Of what reads a mean of tokens also `of_tokens` `[T]`, what each adds by its share, and `tiles`.
    """
    layer = place.layer
    assert isinstance(layer, CustomLinear)
    *token, unit = place.position
    axes = _axes(place, layer)
    parts, steps = weighted_sum(
        place.saved("x")[tuple(token)],
        exact(layer.weight.value[unit]),
        None if layer.bias is None else float(layer.bias.value[unit]),
        axes,
    )
    x = f'x = call.saved["x"][{indices((0, *token))}].double()'
    bias = "" if layer.bias is None else f" + layer.bias.value[{unit}].double()"
    units = torch.tensor(axes[0][0] == "unit")
    return place.explanation(
        sentence=f"Each of {layer.in_features} inputs is multiplied with its own weight; the products and the bias "
        "add up to this number.",
        formula=r"y_o = b_o + \sum_i w_{o,i} \, x_i",
        parts={**parts, "units": units, **_of_tokens(place, parts["weights"])},
        steps=steps,
        where=_where(place),
        recipe=(x, f"value = (layer.weight.value[{unit}].double() * x).sum(){bias}"),
    )


def weighted_sum(
    inputs: Tensor, weights: Tensor, bias: float | None, axes: Axes
) -> tuple[dict[str, Tensor], tuple[Step, ...]]:
    """Parts and the one step of Σ weights · inputs + bias."""
    contributions = inputs * weights
    operands = terms(axis_labels(axes), contributions)
    if bias is not None:
        operands = (*operands, Term("bias", bias))
    folded = contributions.view([size for _, size in axes])
    parts = {"inputs": inputs, "weights": weights, "contributions": contributions, "folded": folded}
    return parts | {"bias": number(bias or 0.0)}, (Step("sum", "sum", operands),)


def axis_labels(axes: Axes) -> list[str]:
    """A name for each input, in reading order: `map 3, row 0, column 2`."""
    named = [[f"{name} {index}" for index in range(size)] for name, size in axes]
    return [", ".join(names) for names in product(*named)]


def _where(place: Place) -> str:
    """The position in words."""
    *token, unit = place.position
    if isinstance(place.parent, CustomPatchEmbedding):  # here the class token has not been put in front yet
        return f"{place.patch(token[0])}, number {unit}"
    if token:
        return place.where
    return f"{'class' if place.name == last_part(place.model, place.trace) else 'unit'} {unit}"


def _axes(place: Place, layer: CustomLinear) -> Axes:
    parent = place.parent
    if isinstance(parent, CustomPatchEmbedding):
        side = parent.patch_size
        colours = (("channel", parent.in_channels),) if parent.in_channels > 1 else ()
        return (*colours, ("row", side), ("column", side))
    if isinstance(parent, CustomMultiHeadAttention):
        return (("head", parent.num_heads), ("component", parent.embed_dim // parent.num_heads))
    before = place.before(skip=(CustomDropout,))
    if before is not None and isinstance(modules_of(place.trace)[before], CustomFlatten):
        maps = place.trace[before].saved["x"].shape[1:]
        return tuple(zip(("map", "row", "column"), maps, strict=True))
    if before is not None and isinstance(modules_of(place.trace)[before], CustomReLU | CustomGELU):
        return (("unit", layer.in_features),)
    return (("number", layer.in_features),)


def _of_tokens(place: Place, weights: Tensor) -> dict[str, Tensor]:
    before = place.before(skip=(CustomDropout,))
    if before is None or not isinstance(modules_of(place.trace)[before], CustomTokenPooling):
        return {}
    saved = place.trace[before].saved
    shares, tokens = exact(saved["share"][0]), exact(saved["x"][0])
    tiles = place.tiled(len(tokens))
    return {"of_tokens": shares * (tokens @ weights), **tiles} if tiles else {}
