"""CustomReLU, CustomGELU and CustomSoftmax against torch.nn."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor, nn

from scratchnn.layers.activation import CustomGELU, CustomReLU, CustomSoftmax
from tests.reference import check_against_torch

shapes = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@st.composite
def values(draw: st.DrawFn) -> Tensor:
    """Small, large and exactly zero numbers."""
    x = torch.randn(draw(shapes), dtype=torch.float64) * draw(st.sampled_from([1.0, 1e-3, 30.0]))
    return torch.where(torch.rand(x.shape) < 0.2, 0.0, x)


@given(values())
def test_relu_equals_torch(x: Tensor) -> None:
    check_against_torch(CustomReLU(), nn.ReLU(), x)


@given(values(), st.sampled_from(["none", "tanh"]))
def test_gelu_equals_torch(x: Tensor, approximate: str) -> None:
    check_against_torch(CustomGELU(approximate), nn.GELU(approximate), x)


@given(st.data())
def test_softmax_equals_torch(data: st.DataObject) -> None:
    x = data.draw(values())
    axis = data.draw(st.integers(-x.dim(), x.dim() - 1))
    check_against_torch(CustomSoftmax(axis), nn.Softmax(axis), x)


def test_softmax_does_not_overflow() -> None:
    x = torch.tensor([[1e4, 1e4, -1e4], [-1e4, -1e4, -1e4]])
    assert CustomSoftmax()(x).tolist() == [[0.5, 0.5, 0.0], [pytest.approx(1 / 3)] * 3]


def test_an_approximation_that_does_not_exist_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"CustomGELU: approximate is 'fast'.*'none'.*'tanh'"):
        CustomGELU("fast")  # type: ignore[arg-type]
