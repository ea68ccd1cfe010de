"""From ink to an MNIST digit, as MNIST's makers did it with the scans of the NIST.

"The original black and white (bilevel) images from NIST were size normalized to fit in a 20×20 pixel box while
preserving their aspect ratio. The resulting images contain grey levels as a result of the anti-aliasing technique
used by the normalization algorithm. The images were centered in a 28×28 image by computing the center of mass of the
pixels, and translating the image so as to position this point at the center of the 28×28 field." — the MNIST page;
the same in LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition (1998), III.A.

What they leave open is read off the 70,000 digits: the longer side of each is 20, and the centre of mass of each
lies within half a pixel of pixel (14, 14), counted from 0. Anti-aliasing is the mean over the area a pixel covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

BOX, SIDE = 20, 28  # pixels
CENTRE = 14  # the pixel, counted from 0, that the centre of mass is brought to
PAD, PEN = 280, 24  # side of the drawing pad and width of its pen; so a digit's lines are some 2.5 of 28 pixels wide
_MOST_NUMBERS = 40_000  # in one drawing


class DrawingError(ValueError):
    """One sentence: why this is no drawing of a digit."""


@dataclass(frozen=True)
class Stages:
    """A digit on its way: fitted into the box, then centred in the image that the network gets."""

    box: Tensor  # [20, 20] uint8
    image: Tensor  # [28, 28] uint8, 0 is paper


def stages(ink: Tensor) -> Stages:
    """Fit ink into the 20×20 box, then bring its centre of mass to the middle of 28×28.

    Args:
        ink: [H, W] uint8, 0 is paper and 255 full ink; of any size.

    Raises:
        DrawingError: there is no ink.
    """
    fitted = _fit(_crop(ink))
    height, width = fitted.shape
    box, image = torch.zeros(BOX, BOX, dtype=torch.uint8), torch.zeros(SIDE, SIDE, dtype=torch.uint8)
    _paste(fitted, box, (BOX - height) // 2, (BOX - width) // 2)
    _paste(fitted, image, _start(fitted.sum(1)), _start(fitted.sum(0)))
    return Stages(box, image)


def ink_of(strokes: Any) -> Tensor:
    """Strokes drawn with a round pen, bilevel as the scans were.

    Args:
        strokes: a list of strokes, each x, y, x, y, … of its points within the pad, 0 … 280. It comes from a browser,
            so it may be anything.

    Returns:
        [280, 280] uint8, 0 or 255.

    Raises:
        DrawingError: these are no strokes.
    """
    image = Image.new("L", (PAD, PAD))
    pen = ImageDraw.Draw(image)
    for points in _checked(strokes):
        if len(points) > 1:
            pen.line([tuple(point) for point in points.tolist()], fill=255, width=PEN)
        for x, y in points.tolist():  # round ends and joints; a tap is a dot
            pen.ellipse((x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2), fill=255)
    return torch.from_numpy(np.array(image))


def _checked(strokes: Any) -> list[Any]:
    """Each stroke as an array [points, 2], not far from the pad."""
    try:
        arrays = [np.asarray(stroke, dtype=np.float64).reshape(-1, 2) for stroke in strokes]
    except (TypeError, ValueError) as error:
        raise DrawingError("the drawing cannot be read; clear the pad and draw it again") from error
    if sum(array.size for array in arrays) > _MOST_NUMBERS:
        raise DrawingError("the drawing has too many points; clear the pad and draw it with fewer strokes")
    if not all(np.isfinite(array).all() for array in arrays):
        raise DrawingError("the drawing cannot be read; clear the pad and draw it again")
    return [array.clip(-PAD, 2 * PAD) for array in arrays]  # a captured pointer may leave the pad


def _crop(ink: Tensor) -> Tensor:
    """The smallest rectangle that holds all ink."""
    rows, columns = ink.amax(1).nonzero().flatten(), ink.amax(0).nonzero().flatten()
    if not len(rows):
        raise DrawingError("there is no ink yet; draw a digit")
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(ink: Tensor) -> Tensor:
    """Scaled so that the longer side is 20; each new pixel is the mean of the ink that it covers. [h, w] float64."""
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    across = ink.to(torch.float32) @ _overlaps(ink.shape[1], width).T  # (H, W) -> (H, w)
    return (_overlaps(ink.shape[0], height) @ across).to(torch.float64)  # (h, w)


def _overlaps(old: int, new: int) -> Tensor:
    """[new, old]: which share of each new pixel is covered by each old one, when `new` span the same as `old`."""
    starts = torch.arange(new, dtype=torch.float64)[:, None] * old / new
    pixels = torch.arange(old, dtype=torch.float64)
    common = torch.minimum(starts + old / new, pixels + 1) - torch.maximum(starts, pixels)
    return (common.clamp(min=0) * new / old).to(torch.float32)


def _start(mass: Tensor) -> int:
    """Where in the 28 pixels to begin, so that the centre of this mass comes to pixel 14, or as near as it fits."""
    centre = (mass * torch.arange(len(mass))).sum() / mass.sum()
    return min(max(round(CENTRE - centre.item()), 0), SIDE - len(mass))


def _paste(fitted: Tensor, field: Tensor, top: int, left: int) -> None:
    height, width = fitted.shape
    field[top : top + height, left : left + width] = fitted.round().clamp(0, 255).to(torch.uint8)
