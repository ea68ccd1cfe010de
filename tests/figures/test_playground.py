"""Every number of the playground recomputes from the others that the browser gets with it."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, strategies as st

from scratchnn.figures.playground import playground
from scratchnn.inspection.playground import Kernel, Operation, PlaygroundError, Setting, play


def shown(setting: Setting, size: int = 28, bias: float = 0.3) -> tuple[dict[str, Any], bool]:
    """What the browser gets, and whether the setting was possible."""
    image = torch.randn(size, size)
    weight = torch.randn(setting.kernel_size, setting.kernel_size, dtype=torch.float64)
    kernel = Kernel(weight, bias) if setting.operation == "convolution" else None
    try:
        played, problem = play(image, setting, kernel), ""
    except PlaygroundError as error:
        played, problem = None, str(error)
    data = playground(image, setting, kernel, played, about="", problem=problem, handmade=False)
    assert json.loads(json.dumps(data, allow_nan=False)) == data, "it must travel as JSON, and lose nothing"
    return data, played is not None


def recomputed(data: dict[str, Any], row: int, column: int) -> tuple[float, int]:
    """One pixel of the output from the image and the kernel alone, and the place of the largest in its window."""
    k, s, p, d = (data[name] for name in ("kernel_size", "stride", "padding", "dilation"))
    image = np.array(data["image"])
    pool = data["operation"] == "max-pool"
    padded = np.pad(image, p, constant_values=-math.inf if pool else 0)
    patch = padded[row * s : row * s + d * k : d, column * s : column * s + d * k : d][:k, :k]
    if pool:
        return float(patch.max()), int(patch.argmax())
    if data["operation"] == "average-pool":
        return float(patch.sum() / k**2), -1
    return float((patch * np.array(data["kernel"])).sum() + data["bias"]), -1


@given(
    operation=st.sampled_from(["convolution", "max-pool", "average-pool"]),
    kernel_size=st.integers(1, 7),
    stride=st.integers(1, 5),
    padding=st.integers(0, 4),
    dilation=st.integers(1, 4),
)
def test_every_pixel_recomputes(
    operation: Operation, kernel_size: int, stride: int, padding: int, dilation: int
) -> None:
    setting = Setting(operation, kernel_size, stride, padding, dilation if operation == "convolution" else 1)
    data, possible = shown(setting, size=13)
    assume(possible)
    side = len(data["output"])
    for row in range(side):
        for column in range(side):
            value, winner = recomputed(data, row, column)
            assert data["output"][row][column] == pytest.approx(value, abs=1e-9)
            if operation == "max-pool":
                assert data["winner"][row][column] == winner
    row, column = data["first"]
    assert abs(data["output"][row][column]) == np.abs(data["output"]).max()
    assert data["reach"] == setting.dilation * (kernel_size - 1) + 1


@given(kernel_size=st.integers(1, 11), stride=st.integers(1, 8), padding=st.integers(0, 6), dilation=st.integers(1, 6))
def test_the_formula_is_right_as_it_stands(kernel_size: int, stride: int, padding: int, dilation: int) -> None:
    data, possible = shown(Setting("convolution", kernel_size, stride, padding, dilation))
    left, _, said = data["formula"][1].replace("−", "-").rpartition(" = ")
    inside = re.fullmatch(r"⌊(.+)⌋ \+ 1", left)
    assert inside is not None
    value = math.floor(eval(inside[1].replace("·", "*"))) + 1
    assert value == int(said)
    assert possible == (value >= 1)
    if not possible:
        assert data["output"] is None
        assert data["problem"]
        return
    assert len(data["output"]) == value
    rows, pixels, *_ = (int(number.replace(",", "")) for number in re.findall(r"[\d,]+(?= |$)", data["counts"])[1:3])
    assert (rows, pixels) == (value, value**2)
    assert f"= {value**2 * kernel_size**2:,} multiplications" in data["counts"]
    whole = (28 + 2 * padding - data["reach"]) % stride == 0
    assert bool(data["rounding"]) == (not whole)
    if not whole:
        out = int(re.search(r"stick out by (\d+)", data["rounding"])[1])  # type: ignore[index]
        assert value * stride + data["reach"] == 28 + 2 * padding + out


def test_the_formula_of_the_start() -> None:
    data, _ = shown(Setting("convolution", 3, padding=1))
    assert data["formula"][1] == "⌊(28 + 2·1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 28"
    assert data["counts"] == "28 × 28 = 784 output pixels; 28 × 28 × 9 = 7,056 multiplications"
    assert data["rounding"] == ""


@pytest.mark.parametrize(
    ("operation", "said"),
    [("max-pool", "numbers compared"), ("average-pool", "numbers averaged"), ("convolution", "multiplications")],
)
def test_one_pixel_is_one_pixel(operation: Operation, said: str) -> None:
    data, _ = shown(Setting(operation, 8), size=8)
    assert data["counts"] == f"1 × 1 = 1 output pixel; 1 × 1 × 64 = 64 {said}"
    assert (data["kernel"] is None) == (operation != "convolution")
