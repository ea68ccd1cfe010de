"""CustomFlatten against nn.Flatten."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch import nn

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.layers.flatten import CustomFlatten
from tests.reference import check_against_torch


@given(st.data())
def test_equals_torch(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    start = data.draw(st.integers(0, len(shape) - 1))
    end = data.draw(st.integers(start, len(shape) - 1))
    negative = data.draw(st.booleans())
    axes = (start - len(shape), end - len(shape)) if negative else (start, end)
    check_against_torch(CustomFlatten(*axes), nn.Flatten(*axes), torch.randn(shape, dtype=torch.float64))


@given(shape=st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_maps_with_the_batch_innermost_flatten_alike_and_stay_so(shape: list[int]) -> None:
    images = torch.randn(shape)
    maps = batch_first(batch_last(images).contiguous())
    flat = CustomFlatten()(maps)
    torch.testing.assert_close(flat, images.flatten(1), rtol=0, atol=0)
    assert flat.T.is_contiguous()


def test_axes_that_the_input_lacks_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"\[3\].*axes 1 to -1"):
        CustomFlatten()(torch.zeros(3))
