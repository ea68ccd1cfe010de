"""Matrix products: the one heavy operation of every layer, and the one that torch's array library does for us.

torch.mm hands float32 to MKL, which does not use all of an AMD processor (AVX2, not AVX-512). oneDNN, which torch
ships as well, does: the long and narrow products of a convolution take down to half the time. So large float32
products go to oneDNN on CPUs not made by Intel; everything else, and any torch without it, to torch.mm. oneDNN wants
its first factor without gaps in rows; where it would have to copy one that is not small for that, torch.mm is quicker.

A few numbers that are very long sums (the gradient of the first convolution's weights) torch.mm computes on one core,
one after the other: as several products of a piece each, added up, they take less than half the time. On a GPU
torch.mm does well by itself.
"""

from __future__ import annotations

import platform
from pathlib import Path

import torch
from torch import Tensor


def _is_intels() -> bool:
    """Whether Intel made this processor."""
    facts = Path("/proc/cpuinfo")  # Linux; there, platform.processor() may be empty
    return "GenuineIntel" in (facts.read_text("utf-8") if facts.is_file() else platform.processor())


LARGE = 6 << 20  # multiplications; for fewer, setting oneDNN up takes longer than it saves
HAS_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
ONEDNN = HAS_ONEDNN and not _is_intels()
FEW, LONG, PIECES = 512, 1 << 12, 8  # numbers, terms of each, and parts of that sum
SMALL = 1 / 8  # of the other factor: below that a copy costs next to nothing (a convolution's weights)


def matmul(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    """a b + bias: `[N, K]` and `[K, M]` → `[N, M]`; bias `[M]`, added to every row. Or G such products at once."""
    product = _product(a, b)
    return product if bias is None else product.add_(bias)


def _product(a: Tensor, b: Tensor) -> Tensor:
    if a.dim() != 2 or a.device.type != "cpu":
        return a @ b
    if ONEDNN and a.dtype == torch.float32 and _large(a, b) and _dense(a) and _dense(b):
        if not a.is_contiguous() and not b.is_contiguous():
            return _onednn(b.T, a).T  # the same, without a copy of a
        return _onednn(a, b.T) if a.is_contiguous() or a.numel() <= SMALL * b.numel() else a @ b
    if a.shape[0] * b.shape[1] <= FEW and a.shape[1] >= LONG and a.shape[1] % PIECES == 0:
        return _in_pieces(a, b)
    return a @ b


def _large(a: Tensor, b: Tensor) -> bool:
    return a.numel() * b.shape[1] >= LARGE


def _dense(matrix: Tensor) -> bool:
    """Whether its numbers lie in memory without gaps; with gaps oneDNN takes a thousand times as long."""
    return matrix.is_contiguous() or matrix.stride() == (1, matrix.shape[0])


def _in_pieces(a: Tensor, b: Tensor) -> Tensor:
    return torch.bmm(a.unflatten(1, (PIECES, -1)).transpose(0, 1), b.unflatten(0, (PIECES, -1))).sum(0)


def _onednn(a: Tensor, b: Tensor) -> Tensor:
    """a bᵀ: `[N, K]` and `[M, K]` → `[N, M]`."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], "")
    return product
