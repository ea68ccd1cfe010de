"""CustomPatchEmbedding against torch's unfold and nn.Linear."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, strategies as st

from scratchnn.layers.patches import CustomPatchEmbedding
from tests.reference import check_against_torch
from tests.twins import PatchEmbedding


@given(st.data())
def test_equals_torch(data: st.DataObject) -> None:
    size, side, channels, width, batch = (data.draw(st.integers(1, 4)) for _ in range(5))
    tokens = data.draw(st.integers(1, 6))
    shape = data.draw(st.sampled_from([None, (tokens,), (batch, tokens)]))
    patches = None if shape is None else torch.randint(side**2, shape)
    x = torch.randn(batch, channels, side * size, side * size, dtype=torch.float64)
    ours = CustomPatchEmbedding(side * size, size, channels, width)
    check_against_torch(ours, PatchEmbedding(size, channels, width), x, patches=patches)


def test_patches_come_in_reading_order() -> None:
    layer = CustomPatchEmbedding(4, 2, 1, 3)
    trace = layer.trace()
    layer(torch.arange(16.0).view(1, 1, 4, 4), trace=trace)
    assert trace["model"].saved["pixels"].tolist() == [[[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]]


def test_what_does_not_fit_is_refused_in_words() -> None:
    layer = CustomPatchEmbedding(6, 2, 1, 4)
    with pytest.raises(ValueError, match=r"\[2, 1, 8, 8\].*\[B, 1, 6, 6\].*resize"):
        layer(torch.zeros(2, 1, 8, 8))
    for wrong, given_ in (([9], "9 … 9 were given"), ([-1, 3], "-1 … 3 were given"), ([], "none was given")):
        with pytest.raises(ValueError, match=rf"numbered 0 … 8.*{given_}.*at least one"):
            layer(torch.zeros(2, 1, 6, 6), patches=torch.tensor(wrong, dtype=torch.int64))
    for patches in (torch.zeros(3, 4).long(), torch.zeros(2, 2, 2).long(), torch.zeros(4)):
        with pytest.raises(ValueError, match=r"model: patches is .*\[T\] or \[2, T\]; give it one list"):
            layer(torch.zeros(2, 1, 6, 6), patches=patches)
    with pytest.raises(ValueError, match=r"CustomPatchEmbedding: patches of 4 pixels do not tile an image of 6"):
        CustomPatchEmbedding(6, 4, 1, 4)
