"""Layers made of layers: whose number their output is."""

from __future__ import annotations

from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.encoder import CustomTransformerEncoder, CustomTransformerEncoderLayer
from scratchnn.layers.feed_forward import CustomFeedForward
from scratchnn.models import CustomCNN, CustomTransformer
from scratchnn.module import Module
from scratchnn.trace import Trace


def last_part(module: Module, trace: Trace) -> str | None:
    """The name of what made this layer's output, if it only hands on what a part of it made."""
    match module:
        case CustomCNN():
            return trace.name_of(module.fc2)
        case CustomTransformer():
            return trace.name_of(module.head)
        case CustomTransformerEncoder():
            return trace.name_of(module.norm or module.layers[-1])
        case CustomTransformerEncoderLayer(norm_first=True):
            return f"{trace.name_of(module)}.residual2"
        case CustomTransformerEncoderLayer():
            return trace.name_of(module.norm2)
        case CustomMultiHeadAttention():
            return trace.name_of(module.out_proj)
        case CustomFeedForward():
            return trace.name_of(module.linear2)
    return None
