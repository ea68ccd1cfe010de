"""cross_entropy against torch's, by formula and by central differences."""

import pytest
import torch
from hypothesis import given, strategies as st
from torch import nn

from scratchnn.losses import cross_entropy, log_probabilities
from tests.reference import assert_same


@given(
    samples=st.integers(1, 9),
    classes=st.integers(1, 12),
    smoothing=st.sampled_from([0.0, 0.1, 0.9]),
    size=st.sampled_from([1e-3, 1.0, 1e3, 1e6]),
)
def test_equals_torch(samples: int, classes: int, smoothing: float, size: float) -> None:
    logits = torch.randn(samples, classes, dtype=torch.float64) * size
    targets = torch.randint(classes, (samples,))
    loss, grad = cross_entropy(logits, targets, smoothing)
    leaf = logits.clone().requires_grad_()
    expected = nn.functional.cross_entropy(leaf, targets, label_smoothing=smoothing)
    expected.backward()
    assert_same(loss, expected.detach(), "loss")
    assert_same(grad, leaf.grad, "gradient")


def test_the_gradient_is_probability_minus_target() -> None:
    loss, grad = cross_entropy(torch.zeros(2, 4), torch.tensor([1, 3]))
    torch.testing.assert_close(loss, torch.tensor(4.0).log())
    torch.testing.assert_close(grad * 2, torch.tensor([[0.25, -0.75, 0.25, 0.25], [0.25, 0.25, 0.25, -0.75]]))


def test_the_gradient_equals_central_differences() -> None:
    logits, targets = torch.randn(3, 5, dtype=torch.float64), torch.tensor([0, 4, 4])
    _, grad = cross_entropy(logits, targets, 0.2)
    for place in range(logits.numel()):
        step = torch.zeros_like(logits)
        step.view(-1)[place] = 1e-6
        slope = (cross_entropy(logits + step, targets, 0.2)[0] - cross_entropy(logits - step, targets, 0.2)[0]) / 2e-6
        assert_same(grad.flatten()[place], slope, f"element {place}", rtol=1e-6, atol=1e-9)


def test_what_does_not_fit_is_refused_in_words() -> None:
    logits = torch.zeros(2, 4)
    with pytest.raises(ValueError, match=r"cross_entropy: logits are \[4\].*\[samples, classes\]"):
        cross_entropy(torch.zeros(4), torch.tensor(1))
    with pytest.raises(ValueError, match=r"logits are \[0, 4\].*at least one"):
        cross_entropy(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"targets are \[3\], but logits are \[2, 4\]"):
        cross_entropy(logits, torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"targets are torch.float32; give int64"):
        cross_entropy(logits, torch.zeros(2))
    with pytest.raises(ValueError, match=r"from 1 to 4, but 4 classes are numbered from 0 to 3"):
        cross_entropy(logits, torch.tensor([1, 4]))
    with pytest.raises(ValueError, match=r"from -100 to 1"):
        cross_entropy(logits, torch.tensor([1, -100]))
    with pytest.raises(ValueError, match=r"label_smoothing is 1.0"):
        cross_entropy(logits, torch.tensor([1, 3]), 1.0)


@given(samples=st.integers(1, 5), classes=st.integers(1, 12), size=st.sampled_from([1.0, 1e3, 1e6]))
def test_log_probabilities_equal_torchs(samples: int, classes: int, size: float) -> None:
    logits = torch.randn(samples, classes, dtype=torch.float64) * size
    assert_same(log_probabilities(logits), nn.functional.log_softmax(logits, 1), "log probabilities")
