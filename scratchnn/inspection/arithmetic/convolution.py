"""One pixel of a convolution: every input map's patch × kernel, their sums, and the bias."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import (
    Explanation,
    ExplanationError,
    Step,
    Term,
    coordinates,
    exact,
    number,
    shades,
    terms,
)
from scratchnn.inspection.arithmetic.place import Place, modules_of
from scratchnn.inspection.arithmetic.windows import grid_labels, index_formula, inside, patch_at, patch_recipe
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.module import Module
from scratchnn.trace import Call, Trace


def explain_convolution(place: Place) -> Explanation:
    """Parts: `patch`, `kernel` and `products` `[C, kh, kw]`, `partial` `[C]`, `bias`, `corner` (row and column of the
    patch in the map, negative in the padding), `inside` `[kh, kw]` (False in the padding) and `channels` `[C]`, the
    numbers of the input maps; if the map is the image, `shades`, its darkest and brightest pixel. A step for each
    input map, then their sum with the bias.
    """
    layer = place.layer
    assert isinstance(layer, CustomConv2d)
    output, i, j = place.position
    reads = _channels(layer, output)
    x = place.saved("x")
    geometry = layer.kernel_size, layer.stride, layer.padding, layer.dilation
    patch = patch_at(x[reads], (i, j), *geometry, filled=0.0)
    kernel = exact(layer.weight.value[output])
    products = patch * kernel
    before = place.before()
    is_image = before is None and layer.in_channels == 1
    names = ["image"] if is_image else _input_names(before, reads)
    labels = grid_labels(*layer.kernel_size)
    partial = [Step(name, "sum", terms(labels, these)) for name, these in zip(names, products, strict=True)]
    operands = [Term(step.name, step.result) for step in partial]
    recipe = (*patch_recipe(reads, (i, j), *geometry, filled="0"), f"kernel = layer.weight.value[{output}].double()")
    if layer.bias is None:
        bias, recipe = 0.0, (*recipe, "value = (patch * kernel).sum()")
    else:
        bias = float(layer.bias.value[output])
        operands.append(Term("bias", bias))
        recipe = (*recipe, f"value = (patch * kernel).sum() + layer.bias.value[{output}].double()")
    corner = [at * step - pad for at, step, pad in zip((i, j), layer.stride, layer.padding, strict=True)]
    return place.explanation(
        sentence=_sentence(layer, len(names)),
        formula=r"y_{o,i,j} = b_o + \sum_{c}\sum_{u,v} w_{o,c,u,v} \; x_{c,\;"
        rf"{index_formula(*geometry[1:])}}}",
        parts={
            "patch": patch, "kernel": kernel, "products": products,
            "partial": torch.tensor([step.result for step in partial], dtype=torch.float64), "bias": number(bias),
            "corner": coordinates(*corner), "inside": inside(x.shape[1:], (i, j), *geometry),
            "channels": torch.arange(reads.start, reads.stop), **({"shades": shades(x)} if is_image else {}),
        },
        steps=(*partial, Step("pixel", "sum", tuple(operands))),
        recipe=recipe,
    )  # fmt: skip


def partial_maps(model: Module, trace: Trace, layer: str, output: int) -> Tensor:
    """What each input map alone adds to one output map: `[C, h, w]`, float64. Their sum plus the bias is that map.

    Args:
        layer: a convolution's name in the trace.
        output: the number of the output map.

    Raises:
        ExplanationError: there is no such convolution, or no such map.
    """
    convolution = modules_of(trace).get(layer)
    if not isinstance(convolution, CustomConv2d) or layer not in trace:
        raise ExplanationError(f"{layer} is no convolution of this pass")
    if not 0 <= output < convolution.out_channels:
        raise ExplanationError(f"{layer} has maps 0 to {convolution.out_channels - 1}, but not {output}")
    kernels = exact(convolution.weight.value[output]).flatten(1)  # (C/G, kh·kw)
    return torch.einsum("ck,ckwh->chw", kernels, exact(seen_by_kernels(convolution, trace[layer], output)))


def seen_by_kernels(convolution: CustomConv2d, call: Call, output: int) -> Tensor:
    """What the kernels of one output map saw of the first image: `[C/G, kh·kw, w, h]`, zero in the padding."""
    batch, _, height, width = call.output.shape
    columns = call.saved["columns"]
    if convolution.groups > 1:
        columns = columns[output // (convolution.out_channels // convolution.groups)]  # (K, w·h·B)
    kernels = convolution.weight.value[output].flatten(1)  # (C/G, kh·kw)
    return columns[: kernels.numel()].view(*kernels.shape, width, height, batch)[..., 0]  # without the bias's ones


def _channels(layer: CustomConv2d, output: int) -> slice:
    """The input maps that this output map reads: all of them, or those of its group."""
    size = layer.in_channels // layer.groups
    group = output // (layer.out_channels // layer.groups)
    return slice(group * size, (group + 1) * size)


def _input_names(before: str | None, reads: slice) -> list[str]:
    maps = "input map" if before is None else f"{before}, map"
    return [f"{maps} {channel}" for channel in range(reads.start, reads.stop)]


def _sentence(layer: CustomConv2d, maps: int) -> str:
    window = f"{layer.kernel_size[0]}×{layer.kernel_size[1]}"
    if maps == 1:
        return f"The {window} pixels under the kernel are multiplied with it, one by one, and added up with the bias."
    return (
        f"Each of {maps} input maps has its own {window} kernel: its pixels are multiplied with it, one by one; the "
        "sums of all maps and the bias make this pixel."
    )
