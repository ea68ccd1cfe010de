"""The arithmetic behind every number that a network makes of one image: `explain` it, and it closes.

A layer goes by its name in the trace, and what it computes on the way by that name and one more:
`….self_attn.query`, `.key`, `.value`, `.scores` and `.context`; `….residual1` and `.residual2` of an encoder layer;
`patch_embedding.pixels`; and `probabilities`, which the network's logits become.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from scratchnn.inspection.arithmetic.activation import explain_gelu, explain_relu
from scratchnn.inspection.arithmetic.attention import explain_context, explain_projection, explain_score
from scratchnn.inspection.arithmetic.composites import last_part
from scratchnn.inspection.arithmetic.convolution import explain_convolution, partial_maps
from scratchnn.inspection.arithmetic.dropout import explain_dropout
from scratchnn.inspection.arithmetic.explanation import Explanation, ExplanationError, Step, Term
from scratchnn.inspection.arithmetic.flatten import explain_flatten, flattened, unflattened
from scratchnn.inspection.arithmetic.input_pixel import INPUT, explain_input
from scratchnn.inspection.arithmetic.linear import explain_linear
from scratchnn.inspection.arithmetic.normalization import explain_batch_norm, explain_layer_norm
from scratchnn.inspection.arithmetic.patches import (
    explain_patch_embedding,
    explain_pixel,
    patch_of_pixel,
    pixel_of_patch,
)
from scratchnn.inspection.arithmetic.place import Place, inner_name, modules_of
from scratchnn.inspection.arithmetic.pooling import explain_average_pool, explain_max_pool
from scratchnn.inspection.arithmetic.position import explain_position
from scratchnn.inspection.arithmetic.provenance import Provenance
from scratchnn.inspection.arithmetic.residual import explain_residual, residual_values
from scratchnn.inspection.arithmetic.softmax import SoftmaxRow, explain_probability, explain_softmax, softmax_row
from scratchnn.inspection.arithmetic.source import Source
from scratchnn.inspection.arithmetic.token_pooling import explain_token_pooling
from scratchnn.layers.activation import CustomGELU, CustomReLU, CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.encoder import CustomTransformerEncoderLayer
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm
from scratchnn.layers.patches import CustomPatchEmbedding
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from scratchnn.layers.position import CustomPositionalEncoding
from scratchnn.layers.token_pooling import CustomTokenPooling
from scratchnn.models import CustomCNN, CustomTransformer
from scratchnn.module import Module
from scratchnn.trace import Trace

__all__ = [
    "INPUT", "Explanation", "ExplanationError", "Provenance", "SoftmaxRow", "Source", "Step", "Term", "explain",
    "explain_input", "explainable", "flattened", "partial_maps", "patch_of_pixel", "pixel_of_patch", "softmax_row",
    "unflattened", "values",
]  # fmt: skip

_Explainer = Callable[[Place], Explanation]

_OUTPUTS: dict[type[Module], _Explainer] = {
    CustomConv2d: explain_convolution,
    CustomBatchNorm2d: explain_batch_norm,
    CustomReLU: explain_relu,
    CustomGELU: explain_gelu,
    CustomMaxPool2d: explain_max_pool,
    CustomAvgPool2d: explain_average_pool,
    CustomFlatten: explain_flatten,
    CustomDropout: explain_dropout,
    CustomLinear: explain_linear,
    CustomSoftmax: explain_softmax,
    CustomPatchEmbedding: explain_patch_embedding,
    CustomPositionalEncoding: explain_position,
    CustomLayerNorm: explain_layer_norm,
    CustomTokenPooling: explain_token_pooling,
}

_INSIDE: dict[type[Module], dict[str, _Explainer]] = {
    CustomMultiHeadAttention: {
        "query": explain_projection, "key": explain_projection, "value": explain_projection,
        "scores": explain_score, "context": explain_context,
    },
    CustomTransformerEncoderLayer: {"residual1": explain_residual, "residual2": explain_residual},
    CustomPatchEmbedding: {"pixels": explain_pixel},
}  # fmt: skip

# When in the pass these values come about: what of its parent stands before and after which part's output.
_ORDER: dict[tuple[type[Module], str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    (CustomMultiHeadAttention, "softmax"): (("query", "key", "value", "scores"), ()),
    (CustomMultiHeadAttention, "out_proj"): (("context",), ()),
    (CustomTransformerEncoderLayer, "dropout1"): ((), ("residual1",)),
    (CustomTransformerEncoderLayer, "dropout2"): ((), ("residual2",)),
    (CustomPatchEmbedding, "projection"): (("pixels",), ()),
}

PROBABILITIES = "probabilities"


def explain(model: Module, trace: Trace, layer: str, position: tuple[int, ...]) -> Explanation:
    """How one number of the first image of a pass came about.

    Args:
        trace: of an inspection, which keeps everything (`scratchnn.inspection.layers.inspect`).
        layer: one of the names that `explainable` lists.
        position: of the number in `values(model, trace, layer)`.

    Raises:
        ExplanationError: the pass has no such layer, or the layer no such position.
    """
    numbers = values(model, trace, layer)
    shape = tuple(numbers.shape)
    if len(position) != len(shape) or any(not 0 <= at < size for at, size in zip(position, shape, strict=True)):
        raise ExplanationError(f"{layer} is {list(shape)} here and has no position {list(position)}")
    if layer == PROBABILITIES:
        return explain_probability(Place(model, trace, "model", PROBABILITIES, numbers, position))
    name, inner = _resolve(model, trace, layer)
    module = modules_of(trace)[name]
    if inner:
        return _INSIDE[type(module)][inner](Place(model, trace, name, inner, numbers, position))
    part = last_part(module, trace)
    if part is not None:
        return explain(model, trace, part, position)
    if type(module) not in _OUTPUTS:
        raise ExplanationError(f"{layer} is a {type(module).__name__}, which has no explanation")
    return _OUTPUTS[type(module)](Place(model, trace, name, "", numbers, position))


def values(model: Module, trace: Trace, layer: str) -> Tensor:
    """All numbers of that name, of the first image: maps `[C, h, w]`, tokens `[T, E]`, units `[O]`, heads `[H, T, d]`.

    Raises:
        ExplanationError: the pass has nothing of that name.
    """
    if layer == PROBABILITIES and isinstance(model, CustomCNN | CustomTransformer):
        return CustomSoftmax()(trace["model"].output)[0]
    name, inner = _resolve(model, trace, layer)
    if not inner:
        return trace[name].output[0]
    module = modules_of(trace)[name]
    if isinstance(module, CustomTransformerEncoderLayer):
        return residual_values(module, trace, inner)[0]
    return trace[name].saved[inner][0]


def explainable(model: Module, trace: Trace) -> dict[str, tuple[int, ...]]:
    """Every name that `explain` knows in this pass, in the order of the pass, and the shape that positions lie in."""
    modules, names = modules_of(trace), []
    for name in trace.calls:
        parent, _, part = name.rpartition(".")
        before, after = _ORDER.get((type(modules.get(parent, model)), part), ((), ()))
        names += [
            *(inner_name(parent, inner) for inner in before),
            name,
            *(inner_name(parent, inner) for inner in after),
        ]
    if isinstance(model, CustomCNN | CustomTransformer):
        names.append(PROBABILITIES)
    return {name: tuple(values(model, trace, name).shape) for name in names}


def _resolve(model: Module, trace: Trace, layer: str) -> tuple[str, str]:
    """The layer's name in the trace, and the name of the value inside it, or ""."""
    if layer in trace:
        return layer, ""
    name, _, inner = layer.rpartition(".")
    name = name or "model"
    if name in trace and inner in _INSIDE.get(type(modules_of(trace)[name]), {}):
        return name, inner
    raise ExplanationError(f"this pass has nothing called {layer!r}; it has {', '.join(explainable(model, trace))}")
