"""The products: the same numbers however the factors lie in memory, and whichever library multiplies them."""

import pytest
import torch

from scratchnn import matrix
from scratchnn.matrix import HAS_ONEDNN, LARGE, matmul

LAYOUTS = ["rows", "columns", "a part of something wider"]


def laid_out(matrix: torch.Tensor, layout: str) -> torch.Tensor:
    """The same numbers, in memory row after row, column after column, or with others between."""
    if layout == "rows":
        return matrix.contiguous()
    if layout == "columns":
        return matrix.T.contiguous().T
    rows, cols = matrix.shape
    return torch.full((rows + 1, cols + 3), torch.nan).narrow(0, 1, rows).narrow(1, 2, cols).copy_(matrix)


@pytest.mark.parametrize("onednn", [False, HAS_ONEDNN])
@pytest.mark.parametrize("layout_of_b", LAYOUTS)
@pytest.mark.parametrize("layout_of_a", LAYOUTS)
@pytest.mark.parametrize("shape", [(3, 5, 4), (200, 260, 255), (3, 8192, 4)], ids=["small", "large", "long sums"])
def test_the_product_does_not_depend_on_the_layout(
    shape: tuple[int, int, int], layout_of_a: str, layout_of_b: str, onednn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "ONEDNN", onednn)  # whoever made this processor
    rows, inner, cols = shape
    assert (rows * inner * cols >= LARGE) == (rows > 3)
    a, b, bias = torch.randn(rows, inner), torch.randn(inner, cols), torch.randn(cols)
    expected = a.double() @ b.double()
    laid = laid_out(a, layout_of_a), laid_out(b, layout_of_b)
    torch.testing.assert_close(matmul(*laid).double(), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(matmul(*laid, bias).double(), expected + bias, rtol=1e-4, atol=1e-4)
    several = [torch.stack([factor, factor.neg()]) for factor in laid]
    torch.testing.assert_close(matmul(*several).double(), torch.stack([expected, expected]), rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(not HAS_ONEDNN, reason="this torch has no oneDNN")
@pytest.mark.parametrize("cols", [255, 4096], ids=["equals", "a small and a large one"])
@pytest.mark.parametrize("layout_of_b", LAYOUTS)
@pytest.mark.parametrize("layout_of_a", LAYOUTS)
def test_onednn_gets_only_what_it_multiplies_quickly(
    layout_of_a: str, layout_of_b: str, cols: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "ONEDNN", True)
    given = []
    multiply = matrix._onednn
    monkeypatch.setattr(matrix, "_onednn", lambda a, b: (given.append((a, b)), multiply(a, b))[1])
    matmul(laid_out(torch.randn(200, 260), layout_of_a), laid_out(torch.randn(260, cols), layout_of_b))
    gaps = LAYOUTS[2] in (layout_of_a, layout_of_b)
    copied = (layout_of_a, layout_of_b) == ("columns", "rows")  # oneDNN wants a by rows, or the transposed product so
    assert len(given) == (not gaps and (not copied or cols == 4096))
    assert all(factor.is_contiguous() or factor.T.is_contiguous() for factors in given for factor in factors)
