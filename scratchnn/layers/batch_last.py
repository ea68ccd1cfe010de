"""Images with the batch as the innermost axis of memory, while every reader still sees [B, C, H, W].

Torch does the same with channels_last: the shape stays, the strides change. With the batch innermost, sliding a
window by a pixel moves B numbers at once, so that convolution and pooling run over long contiguous stretches. Columns
come before rows, so that the larger half of pooling, the maximum of each row of a window, reads whole columns.
"""

from torch import Tensor


def batch_last(x: Tensor) -> Tensor:
    """`[B, C, H, W]` → `[C, W, H, B]`, a view; contiguous if x is already laid out so."""
    return x.permute(1, 3, 2, 0)


def batch_first(x: Tensor) -> Tensor:
    """`[C, W, H, B]` → `[B, C, H, W]`, a view."""
    return x.permute(3, 0, 2, 1)
