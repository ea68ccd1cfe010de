"""One block's heads are the pass's own; what is hidden is known; a block that is not there is refused."""

from __future__ import annotations

import pytest
import torch

from scratchnn.inspection.attention_block import read_block
from tests.inspection.test_attention import HIDDEN, SETTINGS, at_work


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("settings", SETTINGS)
def test_a_block_holds_what_its_attention_saved(settings: dict[str, object], hidden: list[int]) -> None:
    model, trace, attention = at_work(settings, hidden)
    for layer in range(model.config.depth):
        block, saved = read_block(model, trace, layer, image=1), trace[f"encoder.layers.{layer}.self_attn"].saved
        assert block.layer == layer
        assert torch.equal(block.queries, saved["query"][1])
        assert torch.equal(block.keys, saved["key"][1])
        assert torch.equal(block.weights, attention.weights[layer])
        assert torch.equal(block.patches, attention.patches)
        assert block.side == attention.side
        assert not block.hidden.any()


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_block_that_is_not_there_is_refused(layer: int) -> None:
    model, trace, _ = at_work(SETTINGS[0], [])
    with pytest.raises(ValueError, match=f"there is no layer {layer}: they go from 0 to 2"):
        read_block(model, trace, layer)
