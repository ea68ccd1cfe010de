"""CustomMultiHeadAttention against nn.MultiheadAttention: self and cross, with every kind of mask."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor

from scratchnn.layers.attention import CustomMultiHeadAttention
from tests.reference import assert_same, check_against_torch
from tests.strategies import masks
from tests.twins import MultiHeadAttention


@st.composite
def attentions(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[Tensor, ...], dict[str, Any]]:
    """Settings, one input (self) or three (cross), and masks that leave each query a key to read."""
    heads = draw(st.integers(1, 4))
    width, batch, queries = heads * draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 5))
    x = torch.randn(batch, queries, width, dtype=torch.float64)
    keys = queries
    inputs: tuple[Tensor, ...] = (x,)
    if draw(st.booleans()):
        keys = draw(st.integers(1, 5))
        inputs = (x, *(torch.randn(batch, keys, width, dtype=torch.float64) for _ in range(2)))
    options = {"embed_dim": width, "num_heads": heads, "bias": draw(st.booleans())}
    return options, inputs, draw(masks(batch, heads, queries, keys))


@given(attentions())
@settings(max_examples=80)
def test_equals_torch(case: tuple[dict[str, Any], tuple[Tensor, ...], dict[str, Any]]) -> None:
    options, inputs, masks = case
    ours, theirs = CustomMultiHeadAttention(**options), MultiHeadAttention(**options)
    trace = check_against_torch(ours, theirs, *inputs, **masks)
    weights = theirs(*inputs, **masks)[1].detach()  # [B, H, T, S]
    assert_same(trace["model"].saved["weights"], weights, "weights, which pages show")


def test_the_gradients_of_all_that_is_shown_are_noted() -> None:
    layer = CustomMultiHeadAttention(8, 2)
    trace = layer.trace()
    layer.backward(torch.ones_like(layer(torch.randn(2, 3, 8), trace=trace)), trace)
    call = trace["model"]
    for name in ("query", "key", "value", "scores", "weights", "context"):
        assert call.gradients[name].shape == call.saved[name].shape
    rows = call.gradients["scores"].sum(-1)
    torch.testing.assert_close(rows, torch.zeros_like(rows), atol=1e-6, rtol=0)  # a shift of scores changes nothing


def test_dropout_acts_on_the_weights_in_training_only() -> None:
    layer, x = CustomMultiHeadAttention(8, 2, dropout=0.5), torch.randn(2, 3, 8)
    trace = layer.trace()
    layer(x, trace=trace)
    weights, kept = trace["model"].saved["weights"], trace["dropout"].output
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, 3))
    assert (kept == 0).any()
    torch.testing.assert_close(kept, torch.where(kept == 0, 0.0, 2 * weights))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


def test_starts_like_torch() -> None:
    ours, theirs = CustomMultiHeadAttention(256, 4).state_dict(), MultiHeadAttention(256, 4).state_dict()
    for name, tensor in theirs.items():
        assert ours[name].std().item() == pytest.approx(tensor.std().item(), rel=0.02)


def test_what_does_not_fit_is_refused_in_words() -> None:
    layer, x = CustomMultiHeadAttention(8, 2), torch.zeros(2, 3, 8)
    with pytest.raises(ValueError, match=r"query is \[2, 3, 6\].*width 8.*\[B, T, 8\]"):
        layer(torch.zeros(2, 3, 6))
    with pytest.raises(ValueError, match=r"one of key and value"):
        layer(x, x)
    with pytest.raises(ValueError, match=r"\[2, 3, 8\], \[2, 4, 8\], \[2, 5, 8\].*the same length"):
        layer(x, torch.zeros(2, 4, 8), torch.zeros(2, 5, 8))
    with pytest.raises(ValueError, match=r"\[2, 3, 8\], \[1, 4, 8\], \[1, 4, 8\].*same batch size"):
        layer(x, torch.zeros(1, 4, 8), torch.zeros(1, 4, 8))
    with pytest.raises(ValueError, match=r"key_padding_mask is \[2, 4\].*must be \[2, 3\]"):
        layer(x, key_padding_mask=torch.zeros(2, 4, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"attn_mask is \[2, 3, 3\].*must be \[3, 3\] or \[4, 3, 3\]"):
        layer(x, attn_mask=torch.zeros(2, 3, 3, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"query without any key"):
        layer(x, key_padding_mask=torch.tensor([[True, True, True], [False, True, True]]))
    with pytest.raises(ValueError, match=r"CustomMultiHeadAttention: a width of 8.*3 heads"):
        CustomMultiHeadAttention(8, 3)
