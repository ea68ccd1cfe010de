"""CustomDropout: random numbers cannot equal torch's, so its rules are tested one by one."""

import math

import pytest
import torch
from hypothesis import given, strategies as st

from scratchnn.layers.dropout import CustomDropout


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_evaluation_passes_everything_through() -> None:
    layer, x = CustomDropout(0.7).eval(), torch.randn(3, 4)
    trace = layer.trace()
    assert torch.equal(layer(x, trace=trace), x)
    assert torch.equal(layer.backward(x, trace), x)


@given(st.lists(st.integers(1, 9), max_size=4), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.integers(0, 99))
def test_each_value_is_dropped_or_scaled_and_so_is_its_gradient(shape: list[int], p: float, seed: int) -> None:
    layer = CustomDropout(p)
    x = torch.randn(shape, dtype=torch.float64)
    trace = layer.trace(generator=seeded(seed))
    y = layer(x, trace=trace)
    kept = y != 0
    torch.testing.assert_close(y, torch.where(kept, x / (1 - p), 0.0))
    grad = layer.backward(torch.ones_like(x), trace)
    torch.testing.assert_close(grad, kept.double() / (1 - p) if p < 1 else torch.zeros_like(x))


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9])
def test_the_share_that_is_kept(p: float) -> None:
    count = 400_000
    kept = (CustomDropout(p)(torch.ones(count // 4, 4)) != 0).double()
    tolerance = 5 * math.sqrt(p * (1 - p) / count)  # five standard deviations
    assert abs(kept.mean().item() - (1 - p)) < tolerance
    for column in kept.T:  # neither lane of the packed random numbers is special
        assert abs(column.mean().item() - (1 - p)) < 2 * tolerance
    neighbours = torch.corrcoef(torch.stack([kept.flatten()[:-1], kept.flatten()[1:]]))[0, 1].item()
    assert abs(neighbours) < 5 / math.sqrt(count), "neighbours are dropped independently"


def test_the_generator_decides() -> None:
    layer, x = CustomDropout(0.5), torch.ones(8, 8)
    first, again, other = (layer(x, trace=layer.trace(generator=seeded(seed))) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    trace = layer.trace(generator=seeded(1))
    assert not torch.equal(layer(x, trace=trace), layer(x, trace=trace)), "each call draws anew"


def test_a_share_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"CustomDropout: p is 1.5.*between 0 and 1"):
        CustomDropout(1.5)
