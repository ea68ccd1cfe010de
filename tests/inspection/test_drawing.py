"""What MNIST's makers did to their scans is done to a drawing: their own digits, blown up, come back as they were."""

from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.drawing import DrawingError, ink_of, stages
from scratchnn.inspection.subjects import open_model
from scratchnn.training.evaluation import predict


def blown_up(image: Tensor, down: int, right: int) -> Tensor:
    """Ten times as large, somewhere on a large sheet."""
    ink = torch.zeros(500, 700, dtype=torch.uint8)
    ink[down : down + 280, right : right + 280] = image.repeat_interleave(10, 0).repeat_interleave(10, 1)
    return ink


def test_mnists_own_digits_come_back_as_they_were() -> None:
    images = load_dataset(DataConfig()).test.images[:300]
    found = [stages(blown_up(image, 13 + i % 100, 7 + i)).image for i, image in enumerate(images)]
    same = [torch.equal(image, back) for image, back in zip(images, found, strict=True)]
    assert sum(same) >= 299  # where the centre of mass lies between two pixels, rounding decides


def test_a_bilevel_scan_gets_its_grey_from_the_area_that_each_pixel_covers() -> None:
    ink = torch.zeros(60, 60, dtype=torch.uint8)
    ink[10:50, 10:35] = 255  # 40 by 25: two by two scan pixels make one, but for the last column
    box = stages(ink).box
    assert (box > 0).sum(0).tolist() == [0] * 4 + [20] * 12 + [0] * 4
    assert box[:, 4:16].eq(255).all()
    ink[10:50, 34] = 0
    ink[10, 34] = 255
    assert stages(ink).box[0, 15] > stages(ink).box[1, 15] > 0


@pytest.mark.parametrize(("height", "width", "fitted"), [(200, 100, (20, 10)), (30, 90, (7, 20)), (300, 3, (20, 1))])
def test_the_aspect_ratio_is_kept_and_the_longer_side_is_twenty(height: int, width: int, fitted: tuple) -> None:
    made = stages(torch.full((height, width), 255, dtype=torch.uint8))
    for image in (made.box, made.image):
        rows, columns = image.amax(1).nonzero(), image.amax(0).nonzero()
        assert (len(rows), len(columns)) == fitted
        assert image.max() == 255
    corner = [int((made.box > 0).any(side).nonzero()[0]) for side in (1, 0)]
    assert corner == [(20 - side) // 2 for side in fitted], "not in the middle of the box"


def test_the_centre_of_mass_comes_to_pixel_fourteen() -> None:
    ink = torch.zeros(100, 100, dtype=torch.uint8)
    ink[0:100, 0:20] = 255
    ink[60:100, 0:80] = 255  # an L: its mass is not in the middle of its box
    image = stages(ink).image.double()
    for mass in (image.sum(0), image.sum(1)):
        assert float((mass * torch.arange(28)).sum() / mass.sum()) == pytest.approx(14, abs=0.5)


def test_what_cannot_be_centred_stays_inside_the_image() -> None:
    ink = torch.zeros(100, 100, dtype=torch.uint8)
    ink[98:] = 255
    ink[0, 0] = 255
    image = stages(ink).image
    rows = image.amax(1).nonzero().flatten()
    assert (int(rows[0]), int(rows[-1])) == (0, 19)  # the mass lies at the bottom, and cannot come up to row 14


DRAWN = {
    0: [[140, 40, 200, 80, 215, 140, 200, 200, 140, 240, 80, 200, 65, 140, 80, 80, 140, 40]],
    1: [[140, 40, 140, 240]],
    4: [[90, 40, 75, 140, 200, 140], [180, 50, 180, 240]],
    7: [[70, 50, 210, 50, 130, 240]],
}


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
@pytest.mark.parametrize("label", DRAWN)
def test_drawn_digits_are_recognised(kind: Any, label: int) -> None:
    image = stages(ink_of(DRAWN[label])).image
    probabilities = predict(open_model("pretrained", kind).model, load_dataset(DataConfig()).normalise(image[None]))
    assert int(probabilities.argmax()) == label


def test_a_tap_is_a_dot() -> None:
    ink = ink_of([[100, 50]])
    assert ink.unique().tolist() == [0, 255]
    assert ink[50, 100] == 255
    assert stages(ink).box[10, 10] == 255
    assert stages(ink).box[0, 0] < 255


def test_a_line_is_as_thick_between_its_points_as_at_them() -> None:
    ink = ink_of([[40, 140, 100, 140, 240, 140]])
    assert ((ink[:, 41:240] > 0).sum(0) - 24).abs().max() <= 1


@pytest.mark.parametrize("strokes", [None, 3, "ab", [[1]], [["a", "b"]], [[float("nan"), 1]], [[0] * 50_000]])
def test_what_is_no_drawing_is_refused(strokes: Any) -> None:
    with pytest.raises(DrawingError, match="draw"):
        ink_of(strokes)


@pytest.mark.parametrize("ink", [torch.zeros(280, 280, dtype=torch.uint8), ink_of([]), ink_of([[]])])
def test_an_empty_pad_is_no_digit(ink: Tensor) -> None:
    with pytest.raises(DrawingError, match="no ink"):
        stages(ink)
