"""CustomLinear against nn.Linear."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch import nn

from scratchnn.layers.linear import CustomLinear
from tests.reference import check_against_torch

sizes = st.integers(1, 7)


@given(leading=st.lists(sizes, max_size=3), inputs=sizes, outputs=sizes, bias=st.booleans())
def test_equals_torch(leading: list[int], inputs: int, outputs: int, bias: bool) -> None:
    x = torch.randn(*leading, inputs, dtype=torch.float64)
    check_against_torch(CustomLinear(inputs, outputs, bias), nn.Linear(inputs, outputs, bias), x)


def test_starts_like_torch() -> None:
    weight = CustomLinear(400, 300).weight.value
    assert weight.abs().max() <= 1 / 20
    torch.testing.assert_close(weight.std().item(), 1 / 20 / 3**0.5, rtol=0.02, atol=0)


def test_a_wrong_width_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"\[2, 5\].*built for 4 features.*\[\.\.\., 4\]"):
        CustomLinear(4, 3)(torch.zeros(2, 5))
