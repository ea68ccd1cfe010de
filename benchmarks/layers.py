"""Each layer alone, forward and backward, at the sizes it has in the two networks, batch 64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

import scratchnn as snn
from benchmarks.learners import Step
from benchmarks.timing import BASELINE, OURS, compare
from scratchnn.layers.batch_last import batch_first, batch_last

B, T, D, HEADS, HIDDEN = 64, 16, 256, 8, 512  # batch, tokens, width, heads, feed-forward width of the course preset


class Layer(NamedTuple):
    """What is compared: how each is made, the input's shape, and whether a layer stands before it."""

    ours: Callable[[], snn.Module]
    twin: Callable[[], nn.Module]
    shape: tuple[int, ...]
    first: bool = False  # then nobody wants dL/dinput, neither here nor there


def _convolution(*args: int) -> dict[str, Callable[[], Any]]:
    return {"ours": lambda: snn.CustomConv2d(*args, padding=1), "twin": lambda: nn.Conv2d(*args, padding=1)}


LAYERS = {
    "conv1 1→16, 28×28": Layer(**_convolution(1, 16, 3), shape=(B, 1, 28, 28), first=True),
    "conv2 16→32, 14×14": Layer(**_convolution(16, 32, 3), shape=(B, 16, 14, 14)),
    "conv3 32→64, 7×7": Layer(**_convolution(32, 64, 3), shape=(B, 32, 7, 7)),
    "max-pool 16, 28×28": Layer(lambda: snn.CustomMaxPool2d(2), lambda: nn.MaxPool2d(2), (B, 16, 28, 28)),
    "linear 576→128": Layer(lambda: snn.CustomLinear(576, 128), lambda: nn.Linear(576, 128), (B, 576)),
    "attention": Layer(lambda: snn.CustomMultiHeadAttention(D, HEADS), lambda: _SelfAttention(D, HEADS), (B, T, D)),
    "layer norm": Layer(lambda: snn.CustomLayerNorm(D), lambda: nn.LayerNorm(D), (B, T, D)),
    "encoder layer": Layer(
        lambda: snn.CustomTransformerEncoderLayer(D, HEADS, HIDDEN, dropout=0.1),
        lambda: nn.TransformerEncoderLayer(D, HEADS, HIDDEN, dropout=0.1, batch_first=True),
        (B, T, D),
    ),
}


class _SelfAttention(nn.MultiheadAttention):
    """nn.MultiheadAttention of x with itself, as nn.TransformerEncoderLayer uses it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x, x, x, need_weights=False)[0]


def run(quick: bool) -> dict[str, Any]:
    figures = {}
    for name, layer in LAYERS.items():
        result = compare(_contestants(layer), rounds=5 if quick else 50)
        print(result.line(name), flush=True)
        figures[name] = result.as_json()
    return figures


def _contestants(layer: Layer) -> dict[str, Step]:
    torch.manual_seed(0)
    twin, ours, x = layer.twin(), layer.ours(), torch.randn(layer.shape)
    ours.load_state_dict(twin.state_dict())
    grad_output = torch.randn_like(twin(x))
    return {
        BASELINE: _twin_step(twin, x, grad_output, input_gradient=not layer.first),
        OURS: _our_step(ours, x, grad_output, input_gradient=not layer.first),
    }


def _our_step(layer: snn.Module, x: Tensor, grad_output: Tensor, *, input_gradient: bool) -> Step:
    trace = layer.trace(reuse_buffers=True)
    options = {} if input_gradient else {"input_gradient": False}
    if x.dim() == 4:  # in the network its neighbours hand maps over batch-last
        x, grad_output = (batch_first(batch_last(maps).contiguous()) for maps in (x, grad_output))

    def step() -> None:
        trace.restart()
        layer.zero_grad()
        layer(x, trace=trace)
        layer.backward(grad_output, trace, **options)

    return step


def _twin_step(layer: nn.Module, x: Tensor, grad_output: Tensor, *, input_gradient: bool) -> Step:
    x = x.clone().requires_grad_(input_gradient)

    def step() -> None:
        layer.zero_grad()
        x.grad = None
        layer(x).backward(grad_output)

    return step
