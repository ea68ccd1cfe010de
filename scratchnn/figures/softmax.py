"""One row of attention, packed for the component that goes from the query to what it gathers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scratchnn.figures.packing import pack
from scratchnn.inspection.attention import CLASS_TOKEN

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.attention_row import AttentionRow


def softmax(
    row: AttentionRow, digit: Tensor, layers: int, heads: int, key: int | None = None, temperature: float = 1.0
) -> bytes:
    """The row's query, keys, values, weights and context, in the pass's own float32.

    Args:
        digit: [H, W] uint8.
        layers, heads: how many of them there are to choose from.
        key: the token whose products are shown at first; None for the one that the query looks at most.
        temperature: which is tried at first; the network's own is 1.
    """
    token = int(row.patches[row.query_token])
    name = "the class token" if token == CLASS_TOKEN else f"patch {token}"
    header = {
        "heading": f"What head {row.head} of block {row.layer} looks at, from {name}",
        "note": "The query is multiplied with every key; softmax turns the products into weights that sum to 1; the "
        "weights mix the values into the head’s answer. Follow the columns from left to right, and choose a key to "
        "see its products.",
        "chosen": {"layer": row.layer, "head": row.head, "query": row.query_token, "key": key},
        "temperature": temperature, "layers": layers, "heads": heads,
        "patches": row.patches.tolist(), "side": row.side,
        "size": len(row.query), "digit_shape": list(digit.shape),
    }  # fmt: skip
    return pack(
        header, query=row.query.numpy(), keys=row.keys.numpy(), values=row.values.numpy(),
        hidden=row.hidden.numpy().astype(np.uint8), weights=row.weights.numpy(), context=row.context.numpy(),
        digit=digit.numpy(),
    )  # fmt: skip
