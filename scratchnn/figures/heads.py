"""One block's heads, packed for the component that goes from their scores to their weights."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from scratchnn.figures.packing import pack

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.attention_block import AttentionBlock
    from scratchnn.inspection.look import Look

MOST_BYTES = 1_000_000
_HEADER = 20_000  # bytes that the heads leave for all else


def heads(block: AttentionBlock, digit: Tensor, layers: int, chosen: Look, turn: int = 0) -> bytes:
    """The heads' queries and keys [h, T, d] and their weights [n, T, T], in the pass's own float32.

    At most MOST_BYTES, unless not even one head fits: of long sequences fewer heads' weights are sent, n ≤ h, since
    queries and keys are enough to compute them; and if these are too much, too, fewer heads, h ≤ H.

    Args:
        digit: [H, W] uint8.
        layers: how many blocks there are to choose from.
        chosen: what is selected at first.
        turn: how many choices of it were made so far.
    """
    total, tokens, size = block.queries.shape
    free = MOST_BYTES - _HEADER
    sent = max(1, min(total, free // (8 * tokens * size)))
    weighed = max(0, min(sent, (free - sent * 8 * tokens * size) // (4 * tokens**2)))
    header = {
        "heading": "From scores to weights, head by head",
        "note": "A head multiplies every query with every key, divides by √d, and turns each row into shares of one. "
        "Follow the numbers from stage to stage, and turn the cards to compare the block’s heads.",
        "chosen": asdict(chosen), "turn": turn,
        "layer": block.layer, "layers": layers, "heads": sent, "heads_in_all": total, "weighed": weighed,
        "size": size, "patches": block.patches.tolist(), "side": block.side, "digit_shape": list(digit.shape),
    }  # fmt: skip
    return pack(
        header, queries=block.queries[:sent].numpy(), keys=block.keys[:sent].numpy(),
        hidden=block.hidden.numpy().astype(np.uint8), weights=block.weights[:weighed].numpy(), digit=digit.numpy(),
    )  # fmt: skip
