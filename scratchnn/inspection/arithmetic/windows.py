"""What a sliding window sees at one of its places."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.layers.windows import Pair


def patch_at(
    maps: Tensor, at: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, *, filled: float
) -> Tensor:
    """Maps `[C, H, W]` → what the window sees at output `at`: `[C, kh, kw]`.

    Args:
        filled: what stands in the padding.
    """
    rows, columns = _read(at, kernel, stride, dilation)
    return _padded(maps, padding, filled)[:, rows, columns]


def inside(size: tuple[int, ...], at: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Tensor:
    """Which places of the window stand on a pixel of the map, not on its padding: `[kh, kw]`, bool."""
    return patch_at(torch.ones(1, *size), at, kernel, stride, padding, dilation, filled=0)[0] == 1


def patch_recipe(
    channels: slice, at: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, *, filled: str
) -> tuple[str, ...]:
    """Lines of Python that make `patch` [C, kh, kw] of `call`, as `patch_at` does."""
    rows, columns = _read(at, kernel, stride, dilation)
    read = ", ".join(
        f"{part.start}:{part.stop}" + ("" if part.step in (None, 1) else f":{part.step}")
        for part in (channels, rows, columns)
    )
    x = 'x = call.saved["x"][0].double()  # [C, H, W]'
    if padding == (0, 0):
        return x, f"patch = x[{read}]"
    high, wide = padding
    return (
        x,
        f"padded = torch.full((x.shape[0], x.shape[1] + {2 * high}, x.shape[2] + {2 * wide}), {filled}).double()",
        f"padded[:, {high}:x.shape[1] + {high}, {wide}:x.shape[2] + {wide}] = x",
        f"patch = padded[{read}]",
    )


def grid_labels(height: int, width: int) -> list[str]:
    """Names of a window's places, in reading order."""
    return [f"row {u}, column {v}" for u in range(height) for v in range(width)]


def index_formula(stride: Pair, padding: Pair, dilation: Pair) -> str:
    """Which row and column the window's place (u, v) reads for output (i, j), in LaTeX."""
    indices = []
    for output, within, step, pad, reach in zip("ij", "uv", stride, padding, dilation, strict=True):
        start = f"{'' if step == 1 else step}{output}+{'' if reach == 1 else reach}{within}"
        indices.append(f"{start}-{pad}" if pad else start)
    return r",\;".join(indices)


def _read(at: Pair, kernel: Pair, stride: Pair, dilation: Pair) -> tuple[slice, slice]:
    """The rows and columns of the padded map that are read at output `at`."""
    rows, columns = (
        slice(place * step, place * step + reach * (size - 1) + 1, reach)
        for place, size, step, reach in zip(at, kernel, stride, dilation, strict=True)
    )
    return rows, columns


def _padded(maps: Tensor, padding: Pair, filled: float) -> Tensor:
    channels, height, width = maps.shape
    high, wide = padding
    padded = maps.new_full((channels, height + 2 * high, width + 2 * wide), filled)
    padded[:, high : high + height, wide : wide + width] = maps
    return padded
