"""One pixel of the input: the grey value of the digit, made a number that a network learns well from."""

from __future__ import annotations

from torch import Tensor

from scratchnn.data import Dataset
from scratchnn.inspection.arithmetic.explanation import (
    Explanation,
    ExplanationError,
    Step,
    Term,
    exact,
    indices,
    shades,
)
from scratchnn.inspection.arithmetic.source import source_of

INPUT = "input"  # its name, where `explain` has a layer's


def explain_input(image: Tensor, dataset: Dataset, position: tuple[int, ...]) -> Explanation:
    """How the number that a network gets for a pixel came about. Parts: `greys` and `normalised`, both `[H, W]`, and
    `shades`.

    Args:
        image: [H, W] uint8.
        position: channel, which is 0, row and column.

    Raises:
        ExplanationError: the image has no such pixel.
    """
    images = dataset.normalise(image[None])
    shape = tuple(images.shape[1:])
    if len(position) != len(shape) or any(not 0 <= at < size for at, size in zip(position, shape, strict=True)):
        raise ExplanationError(f"the input is {list(shape)} here and has no position {list(position)}")
    _, row, column = position
    grey, value = float(image[row, column]), float(images[(0, *position)])
    share = Step("grey value between 0 and 1", "quotient", (Term("grey value", grey), Term("full ink", 255.0)))
    apart = Step("above the mean", "sum", (Term(share.name, share.result), Term("− mean", -dataset.mean)))
    spread = Term("standard deviation", dataset.std)
    return Explanation(
        layer=INPUT,
        position=position,
        name=INPUT,
        where=f"pixel, row {row}, column {column} of the digit",
        sentence="The grey value of the digit, from 0 for none to 255 for full ink, is put on one scale for all: "
        f"less the mean of all training pixels, {dataset.mean}, over their standard deviation, {dataset.std}.",
        formula=r"x_{i,j} = \frac{\mathrm{grey}_{i,j} / 255 - \mu}{\sigma}",
        parts={"greys": exact(image), "normalised": exact(images[0, 0]), "shades": shades(exact(images))},
        steps=(share, apart, Step("input", "quotient", (Term(apart.name, apart.result), spread))),
        value=value,
        source=source_of(Dataset, "normalise"),
        recipe=f"value = images[{indices((0, *position))}]",
    )
