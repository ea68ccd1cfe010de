"""Each source map's part in each target map is what its own kernel makes of it, averaged, however it is computed."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import conv2d

from scratchnn.inspection import connections as module
from scratchnn.inspection.connections import connections
from scratchnn.layers.convolution import CustomConv2d


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("at_once", [1, 300, 2**20])
def test_a_part_is_its_own_convolution(groups: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    layer, x = CustomConv2d(4, 6, 3, padding=1, groups=groups), torch.randn(1, 4, 9, 8)
    trace = layer.trace()
    layer(x, trace=trace)
    found = connections(layer, trace["model"], 4)
    assert found.adds.shape == found.sizes.shape == (6, 4 // groups)
    for target in range(6):
        first = target // (6 // groups) * (4 // groups)
        for source in range(4 // groups):
            kernel = layer.weight.value[target, source][None, None]
            partial = conv2d(x[:, [first + source]], kernel, padding=1)
            assert float(found.adds[target, source]) == pytest.approx(float(partial.mean()), abs=1e-6)
            assert float(found.sizes[target, source]) == pytest.approx(float(partial.abs().mean()), abs=1e-6)
