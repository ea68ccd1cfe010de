"""A training pass may overwrite what no backward needs; it must never change a number that counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor

from scratchnn.layers import convolution
from scratchnn.layers.activation import CustomGELU, CustomReLU, CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from scratchnn.layers.position import CustomPositionalEncoding
from scratchnn.module import Module
from scratchnn.trace import Trace

LayerOf = Callable[[], Module]

ON_TOKENS: dict[str, LayerOf] = {
    "relu": CustomReLU,
    "gelu": CustomGELU,
    "softmax": CustomSoftmax,
    "dropout": lambda: CustomDropout(0.4),
    "dropout of nothing": lambda: CustomDropout(0.0),
    "layer norm": lambda: CustomLayerNorm(4),
    "linear": lambda: CustomLinear(4, 4),
    "attention": lambda: CustomMultiHeadAttention(4, 2),
    "positions": lambda: CustomPositionalEncoding(3, 4),
    "no positions": lambda: CustomPositionalEncoding(3, 4, "none"),
    "flatten nothing": lambda: CustomFlatten(2),
}
ON_IMAGES: dict[str, LayerOf] = {
    "relu": CustomReLU,
    "softmax": lambda: CustomSoftmax(1),
    "dropout": lambda: CustomDropout(0.4),
    "dropout of nothing": lambda: CustomDropout(0.0),
    "batch norm": lambda: CustomBatchNorm2d(2),
    "convolution": lambda: CustomConv2d(2, 2, 3, padding=1),
    "max-pool": lambda: CustomMaxPool2d(3, 1, 1),
    "average pool": lambda: CustomAvgPool2d(3, 1, 1),
}


class Chain(Module):
    """Layers one after the other."""

    def __init__(self, layers: list[Module]) -> None:
        self.layers = layers

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        for layer in self.layers:
            x = layer(x, trace=trace)
        return trace.save(self, x)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        trace.recall(self, grad_output)
        for layer in reversed(self.layers):
            grad_output = layer.backward(grad_output, trace)
        return grad_output


@pytest.mark.parametrize(
    ("kinds", "shape"), [(ON_TOKENS, (2, 3, 4)), (ON_IMAGES, (2, 2, 4, 4))], ids=["tokens", "images"]
)
@given(data=st.data())
@settings(max_examples=120)
def test_it_gives_the_numbers_of_an_inspection_pass(
    kinds: dict[str, LayerOf], shape: tuple[int, ...], data: st.DataObject
) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(kinds)), min_size=2, max_size=5))
    chain = Chain([kinds[name]() for name in names]).to(torch.float64)
    training = chain.trace(reuse_buffers=True, generator=torch.Generator())
    for _ in range(2):
        x, grad = torch.randn(shape, dtype=torch.float64), torch.randn(shape, dtype=torch.float64)
        received = x.clone(), grad.clone()
        passes = []
        for trace in (training.restart(), chain.trace(generator=torch.Generator())):
            assert trace.generator is not None
            trace.generator.manual_seed(0)
            chain.zero_grad()
            y = chain(x, trace=trace).clone()
            passes.append([y, chain.backward(grad, trace).clone(), *(p.grad.clone() for p in chain.parameters())])
        torch.testing.assert_close(*passes)
        torch.testing.assert_close((x, grad), received, rtol=0, atol=0)  # what was received is not ours to overwrite


@pytest.mark.parametrize("short_lived", [0, convolution.SHORT_LIVED])
def test_a_convolution_used_twice_in_a_pass_and_on_another_batch_stays_itself(
    short_lived: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its columns lie where an earlier pass had their gradients; neither may meet the other."""
    monkeypatch.setattr(convolution, "SHORT_LIVED", short_lived)
    layer = CustomConv2d(2, 2, 3, padding=1).to(torch.float64)
    chain = Chain([layer, layer])
    training = chain.trace(reuse_buffers=True)
    for batch in (2, 2, 3, 2):
        x, grad = (torch.randn(batch, 2, 5, 5, dtype=torch.float64) for _ in range(2))
        passes = []
        for trace in (training.restart(), chain.trace()):
            chain.zero_grad()
            y = chain(x, trace=trace).clone()
            passes.append([y, chain.backward(grad, trace).clone(), *(p.grad.clone() for p in chain.parameters())])
        torch.testing.assert_close(*passes)
