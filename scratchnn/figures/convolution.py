"""One output map of a convolution with all that it is made of, packed for the component that slides the kernel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from scratchnn.figures.packing import pack
from scratchnn.inspection.arithmetic.convolution import partial_maps

if TYPE_CHECKING:
    from scratchnn.inspection.arithmetic import Explanation
    from scratchnn.layers.convolution import CustomConv2d
    from scratchnn.module import Module
    from scratchnn.trace import Trace


_MOST_BYTES = 900_000  # of input maps, kernels and partial results


def convolution(model: Module, trace: Trace, pixel: Explanation) -> bytes:
    """Input maps, kernels, partial results and the output map of which an explained pixel is part; at most 1 MB.

    The partial results travel in float64, so that with the bias they come to the very total that `pixel` has. Of very
    many input maps those are sent that add most to the pixel; the last partial result is then that of all others.

    Args:
        pixel: a convolution's, of this pass; it names the input maps, too.
    """
    conv: CustomConv2d = dict(model.named_modules())[pixel.layer]  # type: ignore[assignment]
    call, output = trace[pixel.layer], pixel.position[0]
    *sums, _ = pixel.steps
    partial = partial_maps(model, trace, pixel.layer, output)
    inputs = call.saved["x"][0, pixel.parts["channels"]]
    kept = _kept(pixel, 4 * inputs[0].numel() + 4 * math.prod(conv.kernel_size) + 8 * partial[0].numel())
    names, shown = [sums[at].name for at in kept], partial[kept]
    if len(kept) < len(sums):
        others = [at for at in range(len(sums)) if at not in set(kept)]
        names.append(f"the other {len(others)} maps")
        shown = torch.cat([shown, partial[others].sum(0, keepdim=True)])
    inputs, kernels = inputs[kept], conv.weight.value[output, kept]
    header = {
        "layer": pixel.layer,
        "position": list(pixel.position),
        "names": names,
        "every": len(sums),
        "image": next(iter(trace.calls)) == pixel.layer,
        "padding": list(conv.padding),
        "stride": list(conv.stride),
        "dilation": list(conv.dilation),
        "shape": list(inputs.shape),
        "out": list(call.output.shape[2:]),
        "kernel": list(conv.kernel_size),
        "bias": float(pixel.parts["bias"]),
    }
    return pack(
        header,
        exact=["partial"],
        inputs=inputs.cpu().numpy(),
        kernels=kernels.cpu().numpy(),
        partial=shown.numpy(),
        output=call.output[0, output].cpu().numpy(),
    )


def _kept(pixel: Explanation, each: int) -> list[int]:
    """Which input maps are sent, in their order: as many as there is room for, those that add most to the pixel."""
    most = max(1, _MOST_BYTES // each)
    return sorted(pixel.parts["partial"].abs().argsort(descending=True, stable=True)[:most].tolist())
