"""The Train page's four charts, packed for the chart component."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from scratchnn.figures.curves import Curves, Earlier, Points, Series
from scratchnn.figures.numbers import count, percent, short
from scratchnn.figures.packing import pack

_DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")  # tell earlier runs of one colour apart
_REST = 1400  # ms that a chart which moves slowly stays as it is
_HINT = "Press Train and the curves start here"
_AWAITED = "The first numbers are on their way"
_CHANCE = math.log(10)  # the loss of a guess among ten classes, where every run begins
_MOST = 0.8  # of the losses on show: these must be readable, however far the others leap


class _Sheet:
    """Collects curves and their points."""

    def __init__(self) -> None:
        self.curves: list[dict[str, Any]] = []
        self.arrays: dict[str, Any] = {}

    def draw(self, chart: str, name: str, style: str, tone: str, points: Points, **more: Any) -> None:
        turn = len(self.curves)
        x, y = f"x{turn}", f"y{turn}"
        self.arrays |= {x: points[0], y: points[1]}
        self.curves.append({"chart": chart, "name": name, "style": style, "tone": tone, "x": x, "y": y, **more})


def training_charts(
    curves: Curves, model: str, earlier: Sequence[Earlier], run: str, log_loss: bool, awaited: bool = False
) -> bytes:
    """The four charts of one run.

    Args:
        model: "cnn" or "transformer": the colour.
        earlier: runs to lay under.
        run: changes when another run is shown; zoom is kept as long as it stays.
        log_loss: a logarithmic axis for the loss.
        awaited: whether more points are to come.
    """
    sheet = _Sheet()
    for place, chart in enumerate(("loss", "accuracy")):
        training, validation = curves.pair(chart)
        _draw_earlier(sheet, chart, earlier)
        sheet.draw(chart, "training, each batch", "raw", model, training.envelope())
        sheet.draw(chart, "training, smoothed", "smooth", model, training.thinned(smooth=True))
        if validation or not training:
            sheet.draw(chart, "validation", "points", model, validation.thinned())
        if curves.test:
            at = (np.array([curves.test[0]]), np.array([curves.test[1 + place]]))
            sheet.draw(chart, f"test, {'best' if validation else 'last'} weights", "star", model, at)
    top, above = (None, "") if log_loss else _cut(sheet, "loss", model)
    sheet.draw("learning_rate", "learning rate", "smooth", model, curves.learning_rate.thinned())
    depths = np.linspace(0, 1, len(curves.gradients)) if len(curves.gradients) > 1 else [1.0]
    for turn, (depth, (layer, norms)) in enumerate(zip(depths, curves.gradients.items(), strict=False)):
        dash = "broken" if turn % 2 else ""  # neighbours, whose colours are alike
        note = "0 now" if _is_dead(norms) else ""
        points = norms.thinned(smooth=True)
        sheet.draw("gradients", layer, "smooth", model, points, depth=float(depth), note=note, dash=dash)
    charts = _charts(curves, log_loss, top, above, _AWAITED if awaited else _HINT)
    return pack({"charts": charts, "curves": sheet.curves, "scope": run}, **sheet.arrays)


def _draw_earlier(sheet: _Sheet, chart: str, earlier: Sequence[Earlier]) -> None:
    for turn, past in enumerate(earlier):
        training, validation = past.curves.pair(chart)
        points = validation.thinned() if validation else training.thinned(smooth=True)
        what = f"{past.name}: {'validation' if validation else 'training, smoothed'}"
        sheet.draw(chart, what, "earlier", past.model, points, dash=_DASHES[turn % len(_DASHES)])


def _cut(sheet: _Sheet, chart: str, tone: str) -> tuple[float | None, str]:
    """Where the axis must end so that a few huge values do not flatten all others; what lies above is marked there.

    Returns:
        the axis's end and what to say of it; None and nothing if no value is as huge.
    """
    measured = [curve for curve in sheet.curves if curve["chart"] == chart and curve["style"] != "smooth"]
    x, y = (np.concatenate([sheet.arrays[curve[axis]] for curve in measured]) for axis in ("x", "y"))
    usual = max(_CHANCE, float(np.quantile(y, _MOST))) if len(y) else _CHANCE
    if not y.max(initial=0) > 2 * usual:
        return None, ""
    top, said = 1.25 * usual, f"above the axis, up to {short(y.max())}"
    sheet.draw(chart, said, "above", tone, (x[y > top], y[y > top]))
    return top, f", some {said}"


def _is_dead(norms: Series) -> bool:
    """Whether a gradient is exactly zero now; smoothed it only sinks, and a logarithmic axis has no zero."""
    return len(norms) > 0 and norms.y[-1] == 0


def _charts(curves: Curves, log_loss: bool, top: float | None, above: str, hint: str) -> list[dict[str, Any]]:
    gradients = ", ".join(
        f"{layer} {short(norms.smooth[-1])}{', exactly 0 now' if _is_dead(norms) else ''}"
        for layer, norms in curves.gradients.items()
        if norms
    )
    charts = [
        _chart("loss", "Loss", 280, _summary(curves, "loss", above), scale="log" if log_loss else "linear",
               empty=[0, 2.5], from_zero=True, top=top),
        _chart("accuracy", "Accuracy", 280, _summary(curves, "accuracy"), ticks=".0%", hover=".2%", empty=[0, 1]),
        _chart("learning_rate", "Learning rate", 220, _latest(curves.learning_rate), empty=[0, 0.002], from_zero=True,
               rest=_REST),
        _chart("gradients", "Gradient length per layer, smoothed", 220, gradients or "No steps yet.", scale="log",
               rest=_REST),
    ]  # fmt: skip
    return [{**chart, "hint": hint} for chart in charts]


def _chart(name: str, title: str, height: int, summary: str, **more: Any) -> dict[str, Any]:
    plain = {
        "scale": "linear",
        "ticks": "~g",
        "hover": ".3~g",
        "empty": [0, 1],
        "from_zero": False,
        "rest": 0,
        "top": None,
    }
    return {"id": name, "title": title, "height": height, "summary": summary, **plain, **more}


def _summary(curves: Curves, chart: str, more: str = "") -> str:
    """The chart in words, for who cannot see it."""
    is_loss = chart == "loss"
    training, validation = curves.pair(chart)
    write = short if is_loss else percent
    said = []
    if training:
        said.append(f"training {write(training.smooth[-1])} after {count(int(training.x[-1]))} images")
    if validation:
        said.append(f"validation {write(validation.y[-1])}")
    if curves.test:
        said.append(f"test {write(curves.test[1 if is_loss else 2])}")
    return ", ".join(said) + more + "." if said else "No steps yet."


def _latest(series: Series) -> str:
    return f"{short(series.y[-1])} now." if series else "No steps yet."
