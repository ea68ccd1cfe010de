"""CustomConv2d against nn.Conv2d."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn

from scratchnn.layers.convolution import CustomConv2d
from tests.reference import check_against_torch
from tests.strategies import int_or_pair, pair


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Settings, and an input shape that they fit: some remainders, some kernels that just fill the map."""
    groups = draw(st.integers(1, 3))
    options = {
        "in_channels": groups * draw(st.integers(1, 3)),
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": draw(int_or_pair(1, 4)),
        "stride": draw(int_or_pair(1, 4)),
        "padding": draw(int_or_pair(0, 3)),
        "dilation": draw(int_or_pair(1, 3)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    least = [
        max(1, d * (k - 1) + 1 - 2 * p)
        for k, d, p in zip(*(pair(options[name]) for name in ("kernel_size", "dilation", "padding")), strict=True)
    ]
    maps = [size + draw(st.integers(0, 6)) for size in least]
    return options, (draw(st.integers(1, 3)), options["in_channels"], *maps)


@given(convolutions())
@settings(max_examples=80)
def test_equals_torch(case: tuple[dict[str, Any], tuple[int, ...]]) -> None:
    options, shape = case
    x = torch.randn(shape, dtype=torch.float64)
    check_against_torch(CustomConv2d(**options), nn.Conv2d(**options), x)


@pytest.mark.parametrize("shape", [(64, 1, 28, 28), (2, 16, 14, 14), (1, 32, 7, 7)])
def test_the_courses_own_shapes(shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, dtype=torch.float64)
    check_against_torch(CustomConv2d(shape[1], 16, 3, padding=1), nn.Conv2d(shape[1], 16, 3, padding=1), x)


@given(convolutions())
def test_parameters_learn_the_same_where_nobody_wants_the_inputs_gradient(case: Any) -> None:
    options, shape = case
    layer, x = CustomConv2d(**options).to(torch.float64), torch.randn(shape, dtype=torch.float64)
    grads = []
    for wanted in (True, False):
        trace = layer.trace()
        layer.zero_grad()
        y = layer(x, trace=trace)
        grad_x = layer.backward(torch.arange(y.numel(), dtype=y.dtype).view_as(y), trace, input_gradient=wanted)
        assert (grad_x is not None) == wanted
        grads.append([parameter.grad.clone() for parameter in layer.parameters()])
    torch.testing.assert_close(*grads)


@given(convolutions(), st.data())
def test_a_training_pass_leaves_out_what_nobody_reads(case: Any, data: st.DataObject) -> None:
    options, shape = case
    x = torch.randn(shape, dtype=torch.float64)
    layer = CustomConv2d(**options).to(torch.float64)
    height, width = layer(x).shape[2:]
    unread = data.draw(st.tuples(st.integers(0, height - 1), st.integers(0, width - 1)))
    read = ..., slice(height - unread[0]), slice(width - unread[1])
    frugal = CustomConv2d(**options, unread=unread).to(torch.float64)
    frugal.load_state_dict(layer.state_dict())
    whole, part = layer.trace(), frugal.trace(reuse_buffers=True)
    y = layer(x, trace=whole)
    torch.testing.assert_close(frugal(x, trace=part), y[read])
    torch.testing.assert_close(frugal(x), y)  # everything else sees the whole map
    grad = torch.zeros_like(y)
    grad[read] = torch.randn_like(y[read])
    torch.testing.assert_close(frugal.backward(grad[read], part), layer.backward(grad, whole))
    for own, expected in zip(frugal.parameters(), layer.parameters(), strict=True):
        torch.testing.assert_close(own.grad, expected.grad)


def test_memory_used_again_keeps_no_pixel_of_a_larger_image() -> None:
    layer = CustomConv2d(1, 1, 3, stride=2, padding=1)
    kept = layer.trace(reuse_buffers=True)
    for size in (8, 7, 8):  # all give maps of 4×4
        x, grad = torch.randn(2, 1, size, size), torch.randn(2, 1, 4, 4)
        fresh = layer.trace()
        torch.testing.assert_close(layer(x, trace=kept.restart()), layer(x, trace=fresh))
        torch.testing.assert_close(layer.backward(grad, kept), layer.backward(grad, fresh))


def test_starts_like_torch() -> None:
    weight = CustomConv2d(16, 64, 5).weight.value
    assert weight.abs().max() <= 1 / 20
    torch.testing.assert_close(weight.std().item(), 1 / 20 / 3**0.5, rtol=0.02, atol=0)


def test_what_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"\[2, 5, 8, 8\].*built for 4 channels.*\[B, 4, H, W\]"):
        CustomConv2d(4, 3, 3)(torch.zeros(2, 5, 8, 8))
    with pytest.raises(ValueError, match=r"\[8, 8\].*\[B, 4, H, W\]"):
        CustomConv2d(4, 3, 3)(torch.zeros(8, 8))
    with pytest.raises(ValueError, match=r"\[1, 4, 4, 9\].*reaches over 5.*smaller kernel"):
        CustomConv2d(4, 3, 5)(torch.zeros(1, 4, 4, 9))
    with pytest.raises(ValueError, match=r"CustomConv2d: 4 input and 6 output channels.*4 groups.*divides both"):
        CustomConv2d(4, 6, 3, groups=4)
