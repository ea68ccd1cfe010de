"""The CNN page's parts: the network drawn whole, and how the number that was chosen in it came about."""

from __future__ import annotations

from scratchnn.figures.convolution import convolution
from scratchnn.inspection.arithmetic import Explanation
from scratchnn.inspection.subjects import Subject
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.trace import Trace
from scratchnn.ui import components
from scratchnn.ui.chosen import select
from scratchnn.ui.explorer import Picture, explore


def draw(subject: Subject) -> None:
    """The whole network, and below it the chosen number."""
    layers = dict(subject.model.named_children())

    def picture(trace: Trace, number: Explanation) -> Picture | None:
        """Of a convolution's pixel: its whole map, the kernels sliding; a click on it chooses another pixel."""
        if not isinstance(layers.get(number.layer), CustomConv2d):
            return None
        data = convolution(subject.model, trace, number)
        output, *_ = number.position
        return lambda: components.convolution(
            data, "cnn.convolution", lambda row, column: select(number.layer, (output, row, column))
        )

    explore(subject, "cnn.network", picture)
