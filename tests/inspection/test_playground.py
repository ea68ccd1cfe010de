"""The playground's own layers against torch's, over every setting; what is impossible is refused, and only that."""

from __future__ import annotations

import math
import re

import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor
from torch.nn import functional as F

from scratchnn.inspection.layers import inspect
from scratchnn.inspection.playground import (
    LARGEST_KERNEL,
    Kernel,
    Operation,
    PlaygroundError,
    Setting,
    fitted,
    handmade,
    kernels_on_image,
    play,
)
from scratchnn.inspection.presets import PRESETS
from scratchnn.models import CustomCNN
from tests.reference import EXACT, assert_same

OPERATIONS: tuple[Operation, ...] = ("convolution", "max-pool", "average-pool")


@st.composite
def settings(draw: st.DrawFn) -> Setting:
    operation = draw(st.sampled_from(OPERATIONS))
    dilation = draw(st.integers(1, 6)) if operation == "convolution" else 1
    return Setting(
        operation,
        draw(st.integers(1, LARGEST_KERNEL)),
        draw(st.integers(1, 8)),
        draw(st.integers(0, 6)),
        dilation,
    )


def kernel_for(setting: Setting) -> Kernel | None:
    if setting.operation != "convolution":
        return None
    return Kernel(torch.randn(setting.kernel_size, setting.kernel_size, dtype=torch.float64), 0.7)


def by_torch(image: Tensor, setting: Setting, kernel: Kernel | None) -> Tensor:
    x = image.double()[None, None]
    k, s, p, d = setting.kernel_size, setting.stride, setting.padding, setting.dilation
    if setting.operation == "max-pool":
        return F.max_pool2d(x, k, s, p)[0, 0]
    if setting.operation == "average-pool":
        return F.avg_pool2d(x, k, s, p)[0, 0]
    assert kernel is not None
    bias = torch.tensor([kernel.bias], dtype=torch.float64)
    return F.conv2d(x, kernel.weight[None, None], bias, s, p, d)[0, 0]


@given(setting=settings(), size=st.sampled_from([8, 13, 28]))
def test_every_possible_setting_gives_torchs_numbers_and_every_other_is_refused(setting: Setting, size: int) -> None:
    image, kernel = torch.randn(size, size), kernel_for(setting)
    k, s, p, d = setting.kernel_size, setting.stride, setting.padding, setting.dilation
    places = math.floor((size + 2 * p - d * (k - 1) - 1) / s) + 1
    if places < 1 or (setting.operation != "convolution" and 2 * p > k):
        with pytest.raises(PlaygroundError):
            play(image, setting, kernel)
        with pytest.raises(RuntimeError):
            by_torch(image, setting, kernel)
        return
    played = play(image, setting, kernel)
    expected = by_torch(image, setting, kernel)
    assert played.output.shape == (places, places)
    assert_same(played.output, expected, "output", **EXACT)
    if setting.operation == "max-pool":
        _, where = F.max_pool2d(image.double()[None, None], k, s, p, return_indices=True)
        assert played.winner is not None
        row = torch.arange(places)[:, None] * s - p + played.winner.long() // k
        column = torch.arange(places) * s - p + played.winner.long() % k
        assert torch.equal(row * size + column, where[0, 0])
    else:
        assert played.winner is None


@given(setting=settings(), size=st.sampled_from([8, 13, 28]))
def test_each_remedy_of_an_impossible_setting_helps(setting: Setting, size: int) -> None:
    image = torch.randn(size, size)
    try:
        play(image, setting, kernel_for(setting))
    except PlaygroundError as error:
        said = str(error)
    else:
        return
    values = vars(setting)
    remedies = {
        "kernel_size": r"kernel size of at most (\d+)|window of at least (\d+)",
        "dilation": r"dilation of at most (\d+)",
        "padding": r"padding of at (?:most|least) (\d+)",
    }
    helped = 0
    for name, pattern in remedies.items():
        found = re.search(pattern, said)
        if found is None:
            continue
        number = int(next(group for group in found.groups() if group))
        better = Setting(**{**values, name: number})
        play(image, better, kernel_for(better))
        helped += 1
        worse = number + (1 if "at most" in found.group() else -1)
        still = Setting(**{**values, name: worse})
        with pytest.raises(PlaygroundError):
            play(image, still, kernel_for(still))
    assert helped >= 2, said


def test_the_sentences_have_the_numbers() -> None:
    image, wide = torch.zeros(28, 28), Setting("convolution", 7, dilation=5)
    with pytest.raises(PlaygroundError, match=re.escape(
        "the window reaches over 5·(7 − 1) + 1 = 31 pixels, but the padded input has only 28 + 2·0 = 28: take a "
        "kernel size of at most 6, a dilation of at most 4 or a padding of at least 2"
    )):  # fmt: skip
        play(image, wide, kernel_for(wide))
    with pytest.raises(PlaygroundError, match=re.escape(
        "a padding of 2 is more than half of the 3×3 window: at the border it would see more padding than "
        "digit, which pooling layers refuse; take a padding of at most 1, or a window of at least 4×4"
    )):  # fmt: skip
        play(image, Setting("max-pool", 3, padding=2), None)


def test_a_networks_own_kernel_with_its_own_setting_gives_its_own_map() -> None:
    model = CustomCNN(channels=(5, 3), kernel_size=3)
    image = torch.randn(28, 28)
    _, trace = inspect(model, image[None, None])
    name, learnt = kernels_on_image(model)
    assert (name, len(learnt)) == ("conv1", 5)
    for number, kernel in enumerate(learnt):
        output = play(image, Setting("convolution", 3, padding=1), kernel).output
        assert_same(output.float(), trace["conv1"].output[0, number], f"map {number}", rtol=1e-5, atol=1e-5)


def test_presets_of_three_are_the_well_known_ones() -> None:
    known = {
        "Identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "Vertical edges": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
        "Horizontal edges": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
        "Laplacian": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "Blur": [[1 / 9] * 3] * 3,
        "Sharpen": [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]],
        "Emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    }
    assert list(PRESETS) == list(known)
    for name, numbers in known.items():
        assert_same(PRESETS[name].make(3), torch.tensor(numbers, dtype=torch.float64), name)


@pytest.mark.parametrize("size", range(1, LARGEST_KERNEL + 1))
def test_presets_of_any_size_keep_what_they_are(size: int) -> None:
    sums = {
        "Identity": 1,
        "Vertical edges": 0,
        "Horizontal edges": 0,
        "Laplacian": 0,
        "Blur": 1,
        "Sharpen": 1,
        "Emboss": 1,
    }
    for name, preset in PRESETS.items():
        weight = preset.make(size)
        assert weight.shape == (size, size)
        assert weight.dtype == torch.float64
        assert float(weight.sum()) == pytest.approx(sums[name], abs=1e-12)


@pytest.mark.parametrize(("size", "kept"), [(5, slice(0, 3)), (4, slice(0, 3)), (3, slice(0, 3))])
def test_a_larger_kernel_does_the_same_with_more_padding(size: int, kept: slice) -> None:
    image, kernel = torch.randn(9, 9), Kernel(torch.randn(3, 3, dtype=torch.float64), 0.5)
    larger = fitted(kernel, size)
    assert torch.count_nonzero(larger.weight) == 9
    assert larger.bias == 0.5
    added = (size - 1) // 2 - 1
    assert_same(
        play(image, Setting("convolution", size, padding=1 + added), larger).output[:8, :8],
        play(image, Setting("convolution", 3, padding=1), kernel).output[:8, :8],
        f"size {size}",
    )
    assert_same(fitted(larger, 3).weight, kernel.weight, "and back")


def test_a_smaller_kernel_keeps_the_middle() -> None:
    kernel = Kernel(torch.arange(25, dtype=torch.float64).view(5, 5))
    assert fitted(kernel, 1).weight.tolist() == [[12]]
    assert fitted(kernel, 3).weight.tolist() == [[6, 7, 8], [11, 12, 13], [16, 17, 18]]
    assert fitted(kernel, 2).weight.tolist() == [[12, 13], [17, 18]]


def test_a_kernel_from_the_browser() -> None:
    kernel = handmade([[1, -0.25], [0, 1e3]], 2)
    assert kernel.weight.tolist() == [[1, -0.25], [0, 1000]]
    assert kernel.bias == 2


@pytest.mark.parametrize(
    ("weights", "bias"),
    [
        (None, 0), ([], 0), ([[]], 0), ([[1, 2]], 0), ([[1], [2]], 0), ([1], 0), ("[[1]]", 0), ([[1.0] * 12] * 12, 0),
        ([[math.nan]], 0), ([[math.inf]], 0), ([[1e99]], 0), ([[1000.1]], 0), ([["1"]], 0), ([[None]], 0),
        ([[True]], 0), ([[1]], None), ([[1]], math.nan), ([[10**400]], 0), ([[1]], [0]),
    ],
)  # fmt: skip
def test_what_is_no_kernel_is_refused(weights: object, bias: object) -> None:
    with pytest.raises(PlaygroundError):
        handmade(weights, bias)
