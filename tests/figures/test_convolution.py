"""What the sliding kernel shows adds up to the output map, and its patches are the input's."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
import torch

from scratchnn.figures.convolution import convolution
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomCNN


@pytest.mark.parametrize(("layer", "kernel_size"), [("conv1", 3), ("conv2", 3), ("conv2", 2), ("conv2", 5)])
def test_partial_results_and_bias_make_the_output_map(layer: str, kernel_size: int) -> None:
    model = CustomCNN(channels=(4, 6), kernel_size=kernel_size)
    _, trace = inspect(model, torch.randn(1, 1, 28, 28))
    data = convolution(model, trace, layer, (2, 5, 7), "map")
    (length,) = struct.unpack("<I", data[:4])
    header, offset, arrays = json.loads(data[4 : 4 + length]), 4 + length, {}
    for listed in header["arrays"]:
        count = int(np.prod(listed["shape"]))
        arrays[listed["name"]] = np.frombuffer(data, np.float32, count, offset).reshape(listed["shape"])
        offset += 4 * count
    summed = arrays["partial"].sum(0, dtype=np.float64) + arrays["bias"]
    assert summed == pytest.approx(trace[layer].output[0, 2].numpy(), abs=1e-5)
    assert (arrays["output"] == trace[layer].output[0, 2].numpy()).all()
    (top, left), (kh, kw) = np.array([5, 7]) - header["padding"], header["kernel"]
    patch = arrays["inputs"][:, top : top + kh, left : left + kw]
    assert (patch * arrays["kernels"]).sum((1, 2)) == pytest.approx(arrays["partial"][:, 5, 7], abs=1e-5)
