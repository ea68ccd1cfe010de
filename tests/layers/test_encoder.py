"""CustomTransformerEncoderLayer and the stack of them against torch.nn's."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor, nn

from scratchnn.layers.encoder import CustomTransformerEncoder, CustomTransformerEncoderLayer
from scratchnn.layers.normalization import CustomLayerNorm
from tests.reference import check_against_torch, finite_differences, share_state
from tests.strategies import masks
from tests.twins import EncoderLayer


@st.composite
def encoders(draw: st.DrawFn) -> tuple[dict[str, Any], Tensor, dict[str, Any]]:
    heads = draw(st.integers(1, 3))
    width, batch, tokens = heads * draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 5))
    options = {
        "d_model": width,
        "nhead": heads,
        "dim_feedforward": draw(st.integers(1, 9)),
        "dropout": 0.0,
        "activation": draw(st.sampled_from(["relu", "gelu"])),
        "norm_first": draw(st.booleans()),
    }
    return options, torch.randn(batch, tokens, width, dtype=torch.float64), draw(masks(batch, heads, tokens, tokens))


@given(encoders())
def test_a_layer_equals_torch(case: tuple[dict[str, Any], Tensor, dict[str, Any]]) -> None:
    options, x, masks = case
    masks = {f"src_{name.removeprefix('attn_')}": mask for name, mask in masks.items()}
    check_against_torch(CustomTransformerEncoderLayer(**options), EncoderLayer(**options), x, **masks)


@given(encoders(), st.integers(1, 3), st.booleans())
def test_the_stack_equals_torch(case: tuple[dict[str, Any], Tensor, dict[str, Any]], depth: int, norm: bool) -> None:
    options, x, masks = case
    names = {"attn_mask": "mask", "key_padding_mask": "src_key_padding_mask"}
    masks = {names[name]: mask for name, mask in masks.items()}
    width = options["d_model"]
    ours = CustomTransformerEncoder(
        CustomTransformerEncoderLayer(**options), depth, CustomLayerNorm(width) if norm else None
    )
    theirs = nn.TransformerEncoder(
        EncoderLayer(**options), depth, nn.LayerNorm(width) if norm else None, enable_nested_tensor=False
    )
    check_against_torch(ours, theirs, x, **masks)


def test_evaluation_equals_torchs_fast_path() -> None:
    options = {"d_model": 8, "nhead": 2, "dim_feedforward": 16, "dropout": 0.3}
    ours, theirs = CustomTransformerEncoderLayer(**options).eval(), EncoderLayer(**options).eval()
    share_state(ours, theirs)
    x = torch.randn(2, 5, 8, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("norm_first", [False, True])
def test_every_dropout_has_its_place_in_both_directions(norm_first: bool) -> None:
    layer = CustomTransformerEncoderLayer(8, 2, 16, 0.5, "gelu", norm_first).to(torch.float64)
    x = torch.randn(2, 5, 8, dtype=torch.float64)
    trace = layer.trace()
    layer(x, trace=trace)
    assert {name for name in trace.calls if "dropout" in name} == {
        "self_attn.dropout", "dropout", "dropout1", "dropout2"
    }  # fmt: skip
    finite_differences(layer, x)


def test_layers_of_a_stack_have_weights_of_their_own() -> None:
    stack = CustomTransformerEncoder(CustomTransformerEncoderLayer(8, 2, 16), 2)
    stack.reset_parameters(torch.Generator().manual_seed(0))
    first, second = (layer.self_attn.in_proj_weight for layer in stack.layers)
    assert not torch.equal(first.value, second.value)
    assert first.value.data_ptr() != second.value.data_ptr()


def test_an_error_deep_inside_names_its_layer() -> None:
    stack = CustomTransformerEncoder(CustomTransformerEncoderLayer(8, 2, 16), 2)
    with pytest.raises(ValueError, match=r"^layers\.0\.self_attn: query is \[2, 3, 7\]"):
        stack(torch.zeros(2, 3, 7))
