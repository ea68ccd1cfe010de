"""The CNN page's parts: the network drawn whole, and how the number that was chosen in it came about."""

from __future__ import annotations

from scratchnn.figures.convolution import convolution
from scratchnn.inspection.arithmetic import Explanation
from scratchnn.inspection.subjects import Subject
from scratchnn.layers.convolution import CustomConv2d
from scratchnn.trace import Trace
from scratchnn.ui import components
from scratchnn.ui.explorer import Picture, explore


def draw(subject: Subject) -> None:
    """The whole network, and below it the chosen number."""
    layers = dict(subject.model.named_children())
    names = [*layers]

    def picture(trace: Trace, explanation: Explanation) -> Picture | None:
        """Of a convolution's pixel: its whole map, the kernels sliding."""
        if not isinstance(layers.get(explanation.layer), CustomConv2d):
            return None
        at = names.index(explanation.layer)
        sources = f"{names[at - 1]}, map" if at else "the digit"
        channel, row, column = explanation.position
        data = convolution(subject.model, trace, explanation.layer, (channel, row, column), sources)
        return lambda: components.convolution(data, "cnn.convolution")

    explore(subject, "cnn.network", picture)
