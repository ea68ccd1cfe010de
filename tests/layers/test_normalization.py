"""CustomLayerNorm and CustomBatchNorm2d against torch.nn, in training and in evaluation."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch import nn

from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm
from scratchnn.module import Module
from tests.reference import assert_same, check_against_torch, check_gradients, share_state

sizes = st.integers(1, 5)


def draw_anew(module: Module) -> None:
    """Weights and biases other than one and zero, and running averages as after some training."""
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.5, 2)


@given(
    leading=st.lists(sizes, max_size=3),
    last=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    eps=st.sampled_from([1e-5, 0.1]),
    offset=st.sampled_from([0.0, 10.0]),
)
def test_layer_norm_equals_torch(leading: list[int], last: list[int], eps: float, offset: float) -> None:
    shape = last[0] if len(last) == 1 else tuple(last)
    ours, theirs = CustomLayerNorm(shape, eps), nn.LayerNorm(shape, eps)
    draw_anew(ours)
    check_against_torch(ours, theirs, torch.randn(*leading, *last, dtype=torch.float64) + offset)


@given(
    shape=st.tuples(st.integers(2, 5), sizes, sizes, sizes),
    eps=st.sampled_from([1e-5, 0.1]),
    momentum=st.sampled_from([0.1, 0.5, 1.0]),
    training=st.booleans(),
)
def test_batch_norm_equals_torch(shape: tuple[int, ...], eps: float, momentum: float, training: bool) -> None:
    ours = CustomBatchNorm2d(shape[1], eps, momentum).train(training)
    theirs = nn.BatchNorm2d(shape[1], eps, momentum).train(training)
    draw_anew(ours)
    check_against_torch(ours, theirs, torch.randn(shape, dtype=torch.float64) * 3 + 1)


def test_batch_norm_takes_a_single_image() -> None:
    check_against_torch(CustomBatchNorm2d(3), nn.BatchNorm2d(3), torch.randn(1, 3, 4, 5, dtype=torch.float64))


def test_running_averages_follow_torch_over_several_steps_and_into_evaluation() -> None:
    ours, theirs = CustomBatchNorm2d(3), nn.BatchNorm2d(3)
    share_state(ours, theirs)
    for step in range(5):
        x = torch.randn(4, 3, 2, 2, dtype=torch.float64) + step
        ours(x)
        theirs(x)
    for name, buffer in theirs.named_buffers():
        assert_same(ours.state_dict()[name], buffer, name)
    ours.eval(), theirs.eval()
    x = torch.randn(4, 3, 2, 2, dtype=torch.float64)
    leaf, trace = x.clone().requires_grad_(), ours.trace()
    check_gradients(ours, theirs, ours(x, trace=trace), theirs(leaf), [leaf], trace)


def test_what_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"\[2, 5\].*last shape of \[4\]"):
        CustomLayerNorm(4)(torch.zeros(2, 5))
    with pytest.raises(ValueError, match=r"\[5\].*last shape of \[2, 5\]"):
        CustomLayerNorm((2, 5))(torch.zeros(5))
    with pytest.raises(ValueError, match=r"\[2, 3, 4, 4\].*built for 5 channels.*\[B, 5, H, W\]"):
        CustomBatchNorm2d(5)(torch.zeros(2, 3, 4, 4))
    with pytest.raises(ValueError, match=r"more than one value per channel.*larger batch"):
        CustomBatchNorm2d(5)(torch.zeros(1, 5, 1, 1))
