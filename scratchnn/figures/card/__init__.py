"""The card of one number: its picture, its steps with every term in full precision, its source, its Python text."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchnn.figures.card.pictures import picture_of
from scratchnn.figures.packing import pack
from scratchnn.inspection.arithmetic.explanation import Step, Term, terms
from scratchnn.inspection.arithmetic.source import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scratchnn.inspection.arithmetic import Explanation, Provenance

_BARS = 8  # of the last sum are drawn one by one
_TERMS = 4  # of a sum before it are written out
_FEW = 6  # of another operation are written out; of more, only how many there are
_MOST_TERMS = 6000  # in the table: with their labels, a quarter of a message


def card(explanation: Explanation, provenance: Provenance, pictured: bool = True) -> bytes:
    """What the card of one number shows below its title, its sentence and its formula; at most 1 MB.

    All numbers are float64. Of each step, the table has the terms whose values are in the array `terms`, step after
    step, and whose names are its `labels`; of a sum too long for a message the largest, and all `others` as one.
    `shown` are the terms to write out: of a long sum the largest and all others as one, so that they make the result,
    too. `instead` is one more step, which the network did not take: what another layer would have made of the same
    numbers. `keep` is the model whose weights `snippet` needs and nobody has written yet.

    Args:
        pictured: whether it has a picture; not where a larger one of the same stands above it.
    """
    picture = picture_of(explanation) if pictured else None
    steps = _within(explanation)
    instead = _instead(explanation)
    last = explanation.steps[-1]
    header = {
        "name": f"{explanation.layer}: {explanation.where}",
        "title": explanation.title,
        "layer": explanation.layer,
        "picture": picture and picture.header(),
        "steps": [
            _step(explanation, step, full, _BARS if full is last else _TERMS)
            for step, full in zip(steps, explanation.steps, strict=True)
        ],
        "instead": instead and _step(explanation, instead, instead, _TERMS),
        "total": _plain(explanation.total),
        "value": _plain(explanation.value),
        "residual": _plain(explanation.residual),
        "share": last.name == "share",
        "source": {**explanation.source._asdict(), "text": (PROJECT / explanation.source.path).read_text("utf-8")},
        "snippet": explanation.snippet(provenance),
        "keep": None if provenance.kept else provenance.model,
    }
    listed = [term.value for step in (*steps, *([instead] if instead else [])) for term in step.terms]
    arrays = {"terms": np.array(listed), **(picture.arrays() if picture else {})}
    return pack(header, exact=arrays.keys(), **arrays)


def _step(explanation: Explanation, step: Step, full: Step, most: int) -> dict[str, Any]:
    """A step for the table.

    Args:
        full: the same with all its terms.
        most: how many terms of a sum are written out.
    """
    shown = replace(explanation, steps=(full,)).largest(most)
    if step.how != "sum" and len(shown) > _FEW:
        shown = ()
    return {
        "name": step.name,
        "how": step.how,
        "labels": [term.label for term in step.terms],
        "count": len(full.terms),
        "shown": [[term.label, _plain(term.value)] for term in shown],
        "result": _plain(full.result),
    }


def _within(explanation: Explanation) -> Sequence[Step]:
    """The steps with no more terms than a message has room for: of long sums the largest, then all others as one."""
    steps = explanation.steps
    if sum(len(step.terms) for step in steps) <= _MOST_TERMS:
        return steps
    sums = [step for step in steps if step.how == "sum"]
    room = _MOST_TERMS - sum(len(step.terms) for step in steps if step.how != "sum")
    return [_shortened(step, max(2, room // len(sums))) if step.how == "sum" else step for step in steps]


def _shortened(step: Step, most: int) -> Step:
    if len(step.terms) <= most:
        return step
    order = sorted(range(len(step.terms)), key=lambda at: abs(step.terms[at].value), reverse=True)
    kept = [step.terms[at] for at in sorted(order[: most - 1])]
    others = Step("", "sum", tuple(step.terms[at] for at in order[most - 1 :]))
    return replace(step, terms=(*kept, Term(f"the other {len(others.terms)}", others.result)))


def _instead(explanation: Explanation) -> Step | None:
    """Average pooling, for what a maximum was taken of."""
    if "averaged" not in explanation.parts:
        return None
    labels = [term.label for term in explanation.terms]
    return Step("average pooling", "mean", terms(labels, explanation.parts["averaged"]))


def _plain(number: float) -> float | str:
    """JSON has no words for what is not finite."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
