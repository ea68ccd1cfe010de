"""CustomFeedForward against the middle of nn.TransformerEncoderLayer."""

from typing import Literal

import pytest
import torch
from hypothesis import given, strategies as st

from scratchnn.layers.feed_forward import CustomFeedForward
from tests.reference import check_against_torch
from tests.twins import FeedForward

sizes = st.integers(1, 6)


@given(st.lists(sizes, max_size=3), sizes, sizes, st.sampled_from(["relu", "gelu"]))
def test_equals_torch(leading: list[int], width: int, hidden: int, activation: Literal["relu", "gelu"]) -> None:
    x = torch.randn(*leading, width, dtype=torch.float64)
    check_against_torch(CustomFeedForward(width, hidden, 0.0, activation), FeedForward(width, hidden, activation), x)


def test_an_unknown_activation_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"CustomFeedForward: activation is 'tanh'; use 'relu' or 'gelu'"):
        CustomFeedForward(4, activation="tanh")  # type: ignore[arg-type]
