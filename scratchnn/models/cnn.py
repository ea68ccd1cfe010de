"""CustomCNN: blocks of convolution, ReLU and pooling find ever larger patterns; two linear layers name the digit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from torch import Tensor

from scratchnn.config import CNNConfig
from scratchnn.layers.activation import CustomReLU
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomBatchNorm2d
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d
from scratchnn.module import Module
from scratchnn.trace import Trace

POOLING = {"max": CustomMaxPool2d, "average": CustomAvgPool2d}


class CustomCNN(Module):
    """Images `[B, C, H, W]` → logits `[B, num_classes]`. By default the course design, 16, 32, 64 channels.

    A plain sequence: conv1 (norm1) relu1 pool1, conv2 …, flatten, (dropout1) fc1, relu, (dropout2) fc2.

    Args:
        settings: those of CNNConfig, by name; an impossible combination is refused in words.
    """

    def __init__(self, in_channels: int = 1, num_classes: int = 10, **settings: Any) -> None:
        self.config = config = CNNConfig.checked(**settings)
        self.in_channels, self.num_classes = in_channels, num_classes
        channels = (in_channels, *config.channels)
        blocks = zip(pairwise(channels), config.convolved_sizes(), strict=True)
        for block, ((into, out), size) in enumerate(blocks, start=1):
            # the pool leaves out the last row and column of an odd map; a batch norm takes all into its mean
            unread = 0 if config.batch_norm else size % 2
            conv = CustomConv2d(into, out, config.kernel_size, padding=config.kernel_size // 2, unread=unread)
            setattr(self, f"conv{block}", conv)
            if config.batch_norm:
                setattr(self, f"norm{block}", CustomBatchNorm2d(out))
            setattr(self, f"relu{block}", CustomReLU(inplace=True))
            setattr(self, f"pool{block}", POOLING[config.pooling](2))
        self.flatten = CustomFlatten()
        features = config.channels[-1] * config.map_sizes()[-1] ** 2
        if config.dropout:
            self.dropout1 = CustomDropout(config.dropout)
        self.fc1 = CustomLinear(features, config.hidden)
        self.relu = CustomReLU(inplace=True)
        if config.dropout:
            self.dropout2 = CustomDropout(config.dropout)
        self.fc2 = CustomLinear(config.hidden, num_classes)
        self._layers = tuple(layer for _, layer in self.named_children())
        self._quicker = _max_pool_before_relu(self._layers)

    def forward(self, images: Tensor, trace: Trace) -> Tensor:
        """images `[B, C, H, W]` → logits `[B, num_classes]`."""
        size = self.config.image_size
        if images.dim() != 4 or images.shape[1:] != (self.in_channels, size, size):
            raise trace.error(
                self,
                f"images are {list(images.shape)}, but this network was built for [B, {self.in_channels}, {size}, "
                f"{size}]; resize them or set image_size",
            )
        x = images
        for layer in self._quicker if trace.reuse_buffers else self._layers:
            x = layer(x, trace=trace)
        return trace.save(self, x, images=images)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor | None:
        """dL/dlogits → dL/dimages `[B, C, H, W]`, or None where the trace does not want it."""
        trace.recall(self, grad_output)
        first, *later = self._quicker if trace.reuse_buffers else self._layers
        for layer in reversed(later):
            grad_output = layer.backward(grad_output, trace)
        assert isinstance(first, CustomConv2d)
        return first.backward(grad_output, trace, input_gradient=trace.input_gradient)


def _max_pool_before_relu(layers: tuple[Module, ...]) -> tuple[Module, ...]:
    """The order in which a training pass runs the layers, for the same numbers with less work.

    Neither ReLU nor max-pool changes which number is larger, so max(relu(x)) = relu(max(x)), and their gradients are
    the same too; but after the pool there is only a quarter of the numbers left for the ReLU.
    """
    order = list(layers)
    for place, (layer, following) in enumerate(pairwise(layers)):
        if isinstance(layer, CustomReLU) and isinstance(following, CustomMaxPool2d):
            order[place : place + 2] = [following, layer]
    return tuple(order)
