"""CustomMaxPool2d and CustomAvgPool2d against nn.MaxPool2d and nn.AvgPool2d, ties included."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor, nn

from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from tests.reference import check_against_torch
from tests.strategies import int_or_pair, pair

TWINS = [(CustomMaxPool2d, nn.MaxPool2d), (CustomAvgPool2d, nn.AvgPool2d)]


@st.composite
def pools(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Settings, and an input shape they fit: windows that overlap, touch, leave gaps or a remainder."""
    kernel = draw(int_or_pair(1, 4))
    options = {
        "kernel_size": kernel,
        "stride": draw(st.none() | int_or_pair(1, 5)),
        "padding": draw(st.tuples(*(st.integers(0, k // 2) for k in pair(kernel)))),
    }
    maps = [max(1, k - 2 * p) + draw(st.integers(0, 7)) for k, p in zip(pair(kernel), options["padding"], strict=True)]
    return options, (draw(st.integers(1, 3)), draw(st.integers(1, 3)), *maps)


def images(kind: str, shape: tuple[int, ...]) -> Tensor:
    """Images without ties, with many, and with nothing else."""
    match kind:
        case "distinct":
            return torch.randn(shape, dtype=torch.float64)
        case "few values":
            return torch.randint(0, 2, shape).double()
        case "negative few values":  # padding must not win over them
            return torch.randint(-3, -1, shape).double()
        case _:
            return torch.zeros(shape, dtype=torch.float64)


KINDS = ["distinct", "few values", "negative few values", "black"]


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
@pytest.mark.parametrize("kind", KINDS)
@given(case=pools())
@settings(max_examples=40)
def test_equals_torch(ours: Any, theirs: Any, kind: str, case: tuple[dict[str, Any], tuple[int, ...]]) -> None:
    options, shape = case
    check_against_torch(ours(**options), theirs(**options), images(kind, shape))


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(64, 4, 28, 28), (3, 4, 7, 7), (1, 1, 2, 2), (2, 1, 5, 8)])
def test_the_courses_own_pool(ours: Any, theirs: Any, kind: str, shape: tuple[int, ...]) -> None:
    check_against_torch(ours(2), theirs(2), images(kind, shape))
    check_against_torch(ours(2, 2), theirs(2, 2), images(kind, shape))


def test_a_tie_goes_to_the_first_maximum() -> None:
    layer = CustomMaxPool2d(2)
    trace = layer.trace()
    layer(torch.zeros(1, 1, 2, 4), trace=trace)
    grad = layer.backward(torch.tensor([[[[3.0, 5.0]]]]), trace)
    assert grad.tolist() == [[[[3, 0, 5, 0], [0, 0, 0, 0]]]]


@pytest.mark.parametrize(("layer", "_theirs"), TWINS)
def test_what_does_not_fit_is_refused_in_words(layer: Any, _theirs: Any) -> None:
    with pytest.raises(ValueError, match=r"\[1, 1, 3, 2\].*reaches over 3"):
        layer(3)(torch.zeros(1, 1, 3, 2))
    with pytest.raises(ValueError, match=r"\[3, 2\].*\[B, C, H, W\]"):
        layer(2)(torch.zeros(3, 2))
    with pytest.raises(ValueError, match=rf"{layer.__name__}.*padding.*2.*kernel.*3"):
        layer(3, padding=2)
