"""One output map of a convolution with all that it is made of, packed for the component that slides the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scratchnn.figures.packing import pack
from scratchnn.inspection.arithmetic.convolution import partial_maps

if TYPE_CHECKING:
    from scratchnn.inspection.arithmetic import Explanation
    from scratchnn.layers.convolution import CustomConv2d
    from scratchnn.module import Module
    from scratchnn.trace import Trace


def convolution(model: Module, trace: Trace, pixel: Explanation) -> bytes:
    """Input maps, kernels, partial results and the output map of which an explained pixel is part.

    The partial results travel in float64, so that with the bias they come to the very total that `pixel` has.

    Args:
        pixel: a convolution's, of this pass; it names the input maps, too.
    """
    conv: CustomConv2d = dict(model.named_modules())[pixel.layer]  # type: ignore[assignment]
    call, output = trace[pixel.layer], pixel.position[0]
    *sums, _ = pixel.steps
    inputs = call.saved["x"][0, pixel.parts["channels"]]
    header = {
        "layer": pixel.layer,
        "position": list(pixel.position),
        "names": [step.name for step in sums],
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
        kernels=conv.weight.value[output].cpu().numpy(),
        partial=partial_maps(model, trace, pixel.layer, output).numpy(),
        output=call.output[0, output].cpu().numpy(),
    )
