"""One output map of a convolution with all that it is made of, packed for the component that slides the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scratchnn.figures.packing import pack
from scratchnn.inspection.arithmetic.convolution import partial_maps

if TYPE_CHECKING:
    from scratchnn.layers.convolution import CustomConv2d
    from scratchnn.module import Module
    from scratchnn.trace import Trace


def convolution(model: Module, trace: Trace, layer: str, position: tuple[int, int, int], sources: str) -> bytes:
    """Input maps, kernels, partial results and the output map, for the first image of the pass.

    Args:
        layer: a convolution's name in the trace.
        position: channel, row and column of the pixel that is shown at first.
        sources: what the input maps are called, such as "pool1, map".
    """
    conv: CustomConv2d = dict(model.named_modules())[layer]  # type: ignore[assignment]
    call, output = trace[layer], position[0]
    bias = 0.0 if conv.bias is None else float(conv.bias.value[output])
    header = {
        "layer": layer,
        "position": list(position),
        "sources": sources,
        "padding": list(conv.padding),
        "stride": list(conv.stride),
        "shape": list(call.saved["x"].shape[1:]),
        "out": list(call.output.shape[2:]),
        "kernel": list(conv.kernel_size),
    }
    return pack(
        header,
        inputs=call.saved["x"][0].cpu().numpy(),
        kernels=conv.weight.value[output].cpu().numpy(),
        partial=partial_maps(model, trace, layer, output).numpy(),
        output=call.output[0, output].cpu().numpy(),
        bias=np.array([bias]),
    )
