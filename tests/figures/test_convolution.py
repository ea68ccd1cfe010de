"""What the sliding kernel shows adds up to the card's own total, and its patches are the input's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scratchnn.figures.convolution import convolution
from scratchnn.inspection.arithmetic import explain
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomCNN
from tests.unpacking import unpack


@pytest.mark.parametrize(("layer", "kernel_size"), [("conv1", 3), ("conv2", 3), ("conv2", 2), ("conv2", 5)])
def test_partial_results_and_bias_make_the_output_map(layer: str, kernel_size: int) -> None:
    model = CustomCNN(channels=(4, 6), kernel_size=kernel_size)
    _, trace = inspect(model, torch.randn(1, 1, 28, 28))
    pixel = explain(model, trace, layer, (2, 5, 7))
    data = convolution(model, trace, pixel)
    header = unpack(data)
    arrays = header["arrays"]
    summed = arrays["partial"].sum(0) + header["bias"]
    assert summed == pytest.approx(trace[layer].output[0, 2].numpy(), abs=1e-5)
    assert (arrays["output"] == trace[layer].output[0, 2].numpy()).all()
    (top, left), (kh, kw) = np.array([5, 7]) - header["padding"], header["kernel"]
    patch = arrays["inputs"][:, top : top + kh, left : left + kw].astype(float)
    assert (patch * arrays["kernels"]).sum((1, 2)) == pytest.approx(arrays["partial"][:, 5, 7], abs=1e-12)
    # the card below adds up the same terms: not one in the eighth digit may differ
    assert summed[5, 7] == pytest.approx(pixel.total, rel=0, abs=1e-14)
    assert arrays["partial"][:, 5, 7] == pytest.approx([term.value for term in pixel.terms[:-1]], rel=0, abs=1e-14)
    assert header["names"] == [term.label for term in pixel.terms[:-1]]
    assert header["image"] == (layer == "conv1")


def test_of_very_many_maps_the_heaviest_are_sent_and_all_others_added_up() -> None:
    model = CustomCNN(channels=(96, 5), kernel_size=7, hidden=4, image_size=56)
    _, trace = inspect(model, torch.randn(1, 1, 56, 56))
    pixel = explain(model, trace, "conv2", (2, 5, 7))
    data = convolution(model, trace, pixel)
    assert len(data) <= 1_000_000
    header = unpack(data)
    sent, every = header["shape"][0], header["every"]
    assert 10 < sent < every == 96
    assert header["names"][-1] == f"the other {every - sent} maps"
    partial = header["arrays"]["partial"]
    assert len(partial) == len(header["names"]) == sent + 1
    assert partial.sum(0) + header["bias"] == pytest.approx(trace["conv2"].output[0, 2].numpy(), abs=1e-5)
    sizes = sorted(pixel.parts["partial"].abs().tolist(), reverse=True)
    assert sorted(np.abs(partial[:-1, 5, 7]), reverse=True) == pytest.approx(sizes[:sent])
