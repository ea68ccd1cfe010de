"""CustomTokenPooling against its twin: a mean that leaves padding out, or the class token."""

import pytest
import torch
from hypothesis import given, strategies as st

from scratchnn.layers.token_pooling import CustomTokenPooling
from tests.reference import check_against_torch
from tests.twins import TokenPooling

sizes = st.integers(1, 5)


@given(sizes, sizes, sizes, st.sampled_from(["mean", "class_token"]), st.booleans())
def test_equals_torch(batch: int, tokens: int, width: int, kind: str, masked: bool) -> None:
    mask = torch.rand(batch, tokens) < 0.5
    mask[:, 0] = False
    x = torch.randn(batch, tokens, width, dtype=torch.float64)
    check_against_torch(CustomTokenPooling(kind), TokenPooling(kind), x, key_padding_mask=mask if masked else None)


def test_an_unknown_kind_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"kind is 'max'; use 'mean' or 'class_token'"):
        CustomTokenPooling("max")  # type: ignore[arg-type]
