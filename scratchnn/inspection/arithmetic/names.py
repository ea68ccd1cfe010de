"""What a person calls a layer: the name that stands above its column in the network canvas."""

from __future__ import annotations

from scratchnn.layers.activation import CustomGELU
from scratchnn.layers.encoder import CustomTransformerEncoderLayer
from scratchnn.module import Module

_WHOLE = {"patch_embedding.pixels": "patches", "patch_embedding": "tokens", "encoder.norm": "norm", "head": "logits"}
_INSIDE = {
    "self_attn.query": "query", "self_attn.key": "key", "self_attn.value": "value", "self_attn.scores": "scores",
    "self_attn.softmax": "weights", "self_attn.context": "heads", "self_attn.out_proj": "project",
    "residual1": "sum", "residual2": "sum",
}  # fmt: skip


def layer_name(modules: dict[str, Module], layer: str) -> str:
    """`encoder.layers.2.self_attn.softmax` → `Block 2, weights`.

    Args:
        modules: of the network, by their names in the trace.
        layer: as `explain` knows it.
    """
    parts = layer.split(".", 3)
    if len(parts) < 4 or parts[:2] != ["encoder", "layers"]:
        return _WHOLE.get(layer, layer)
    block, inner = modules[".".join(parts[:3])], parts[3]
    assert isinstance(block, CustomTransformerEncoderLayer)
    if inner == ("residual2" if block.norm_first else "norm2"):
        label = "output"
    elif inner == "activation":
        label = "GELU" if isinstance(modules[layer], CustomGELU) else "ReLU"
    else:
        label = _INSIDE.get(inner, inner)
    return f"Block {parts[2]}, {label}"
