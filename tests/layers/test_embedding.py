"""CustomEmbedding against nn.Embedding."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch import nn

from scratchnn.layers.embedding import CustomEmbedding
from tests.reference import check_against_torch


@given(st.data())
def test_equals_torch(data: st.DataObject) -> None:
    rows, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    padding = data.draw(st.none() | st.integers(-rows, rows - 1))
    shape = data.draw(st.lists(st.integers(1, 4), max_size=3))
    indices = torch.randint(rows, shape, dtype=data.draw(st.sampled_from([torch.int64, torch.int32])))
    ours, theirs = CustomEmbedding(rows, width, padding), nn.Embedding(rows, width, padding)
    check_against_torch(ours, theirs, indices)


def test_the_padding_row_starts_at_zero() -> None:
    weight = CustomEmbedding(4, 3, padding_idx=-1).weight.value
    assert (weight[3] == 0).all()
    assert (weight[:3] != 0).all()


def test_what_is_not_a_row_is_refused_in_words() -> None:
    layer = CustomEmbedding(5, 3)
    with pytest.raises(ValueError, match=r"from 1 to 5.*numbered from 0 to 4.*num_embeddings=6"):
        layer(torch.tensor([1, 5]))
    with pytest.raises(ValueError, match=r"from -1 to 2.*numbered from 0 to 4"):
        layer(torch.tensor([-1, 2]))
    with pytest.raises(ValueError, match=r"torch.float32.*int64"):
        layer(torch.tensor([1.0]))
    with pytest.raises(ValueError, match=r"padding_idx is 5.*from 0 to 4"):
        CustomEmbedding(5, 3, padding_idx=5)
