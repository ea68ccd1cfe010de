"""Random settings that several tests draw from."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import assume, strategies as st
from pydantic import ValidationError
from torch import Tensor

from scratchnn.config import CNNConfig, Settings, TransformerConfig


def int_or_pair(low: int, high: int) -> st.SearchStrategy[int | tuple[int, int]]:
    sizes = st.integers(low, high)
    return st.one_of(sizes, st.tuples(sizes, sizes))


def pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)


@st.composite
def masks(draw: st.DrawFn, batch: int, heads: int, queries: int, keys: int) -> dict[str, Tensor]:
    """key_padding_mask and attn_mask, none, one or both, of either kind, which leave key 0 to every query."""
    numbers = draw(st.booleans())
    shapes = {"key_padding_mask": [(batch, keys)], "attn_mask": [(queries, keys), (batch * heads, queries, keys)]}
    chosen = {}
    for name, fitting in shapes.items():
        if not draw(st.booleans()):
            continue
        hidden = torch.rand(draw(st.sampled_from(fitting))) < 0.4
        hidden[..., 0] = False
        added = torch.randn(hidden.shape, dtype=torch.float64).masked_fill(hidden, -torch.inf)
        chosen[name] = added if numbers else hidden
    return chosen


def possible(config: type[Settings], **settings: Any) -> dict[str, Any]:
    """The settings, if the config allows them together."""
    try:
        return config(**settings).model_dump()
    except ValidationError:
        assume(False)
        raise


@st.composite
def cnns(draw: st.DrawFn) -> dict[str, Any]:
    return possible(
        CNNConfig,
        channels=tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))),
        kernel_size=draw(st.integers(1, 5)),
        pooling=draw(st.sampled_from(["max", "average"])),
        batch_norm=draw(st.booleans()),
        hidden=draw(st.integers(1, 6)),
        image_size=draw(st.integers(8, 13)),
    )


@st.composite
def transformers(draw: st.DrawFn) -> dict[str, Any]:
    patch, heads = draw(st.integers(2, 5)), draw(st.integers(1, 3))
    return possible(
        TransformerConfig,
        patch_size=patch,
        width=max(4, heads * 2 * draw(st.integers(1, 3))),
        heads=heads,
        feed_forward=draw(st.integers(1, 9)),
        depth=draw(st.integers(1, 3)),
        dropout=0.0,
        activation=draw(st.sampled_from(["relu", "gelu"])),
        norm_first=draw(st.booleans()),
        position=draw(st.sampled_from(["learned", "sinusoidal", "none"])),
        pooling=draw(st.sampled_from(["mean", "class_token"])),
        image_size=patch * draw(st.integers(-(-8 // patch), 5)),
    )
