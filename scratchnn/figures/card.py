"""The card of one number: its pictures, its steps with every term in full precision, its source, its Python text."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scratchnn.inspection.arithmetic.explanation import PROJECT, Step, terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from scratchnn.inspection.arithmetic import Explanation, Provenance

_BARS = 8  # of the last sum are drawn one by one
_TERMS = 4  # of a sum before it are written out
_FEW = 6  # of another operation are written out; of more, only how many there are

# Named parts that belong in one picture, in this order: what stands before each, whether it is a share of one.
_PICTURES: tuple[tuple[tuple[str, str, bool], ...], ...] = (
    (("patch", "", False), ("kernel", "×", False), ("products", "=", False)),
    (("inputs", "", False), ("weights", "×", False), ("contributions", "=", False)),
    (("query", "", False), ("key", "×", False), ("products", "=", False)),
    (("weights", "", True), ("values", "×", False), ("products", "=", False)),
    (("column", "", False), ("share", "×", True), ("products", "=", False)),
    (("scores", "", False), ("exponentials", "→", True), ("quotients", "→", True)),
    (("window", "", False),),
)


def card(explanation: Explanation, provenance: Provenance, pictured: bool = True) -> dict[str, Any]:
    """What the card of one number shows below its title, its sentence and its formula.

    All numbers are float64; what is not finite is a word that JavaScript reads.

    `pictures` are grids of numbers side by side, a list of them for each of `groups` (an input map, say); `scales` are
    what full colour means, the same in all groups. Of each step, `shown` are the terms to write out: of a long sum the
    largest and all others as one, so that they make the result, too. `instead` is one more step, which the network did
    not take: what another layer would have made of the same numbers.

    Args:
        pictured: whether it has a picture; not where a larger one of the same stands above it.
    """
    *before, last = explanation.steps
    source = explanation.source
    return {
        "title": explanation.title,
        "picture": _picture(explanation) if pictured else None,
        "steps": [*(_step(explanation, step, _TERMS) for step in before), _step(explanation, last, _BARS)],
        "instead": _instead(explanation),
        "total": _plain(explanation.total),
        "value": _plain(explanation.value),
        "residual": _plain(explanation.residual),
        "share": last.name == "share",
        "source": {**source._asdict(), "text": (PROJECT / source.path).read_text("utf-8")},
        "snippet": explanation.snippet(provenance),
    }


def _step(explanation: Explanation, step: Step, most: int) -> dict[str, Any]:
    shown = replace(explanation, steps=(step,)).largest(most)
    if step.how != "sum" and len(shown) > _FEW:
        shown = ()
    return {
        "name": step.name,
        "how": step.how,
        "terms": [[term.label, _plain(term.value)] for term in step.terms],
        "shown": [[term.label, _plain(term.value)] for term in shown],
        "result": _plain(step.result),
    }


def _instead(explanation: Explanation) -> dict[str, Any] | None:
    """Average pooling, for what a maximum was taken of."""
    if "averaged" not in explanation.parts:
        return None
    labels = [term.label for term in explanation.terms]
    return _step(explanation, Step("average pooling", "mean", terms(labels, explanation.parts["averaged"])), _TERMS)


def _picture(explanation: Explanation) -> dict[str, Any] | None:
    """The parts that are grids or rows of numbers; None where there are none."""
    parts = explanation.parts
    slots = next((slots for slots in _PICTURES if all(name in parts for name, _, _ in slots)), None)
    if slots is None:
        return None
    tensors = [parts[name] for name, _, _ in slots]
    if "folded" in parts:
        tensors = [tensor.view(parts["folded"].shape) for tensor in tensors]
    groups = tensors[0].shape[0] if tensors[0].dim() == 3 else 1
    grids = [tensor.reshape(groups, -1) for tensor in tensors]
    sums = grids[-1].sum(-1)
    return {
        "slots": [{"name": name, "sign": sign, "share": share} for name, sign, share in slots],
        "scales": [1.0 if share else _scale(grid) for (_, _, share), grid in zip(slots, grids, strict=True)],
        "columns": tensors[0].shape[-1] if tensors[0].dim() > 1 else 0,  # 0: a row, to be wrapped where it must
        "groups": [
            {"name": name, "sum": _plain(float(sums[at])), "grids": [_listed(grid[at]) for grid in grids]}
            for at, name in enumerate(_groups(explanation, groups))
        ],
        "first": int(sums.abs().argmax()),
        "outside": [] if "inside" not in parts else (~parts["inside"]).flatten().nonzero().flatten().tolist(),
        "marked": _marked(explanation),
    }


def _groups(explanation: Explanation, count: int) -> Sequence[str]:
    """What each grid is the numbers of: the steps' names, or the first half of the terms' labels."""
    if count == 1:
        return [""]
    if "patch" in explanation.parts:
        return [step.name for step in explanation.steps[:count]]
    labels = [term.label for term in explanation.terms]
    size = explanation.parts["folded"][0].numel()
    return [labels[at * size].partition(",")[0] for at in range(count)]


def _marked(explanation: Explanation) -> int | None:
    """Which number of the picture is the one: a maximum's, or that which softmax was asked for."""
    parts = explanation.parts
    if "winner" in parts:
        row, column = parts["winner"].tolist()
        return int(row * parts["window"].shape[-1] + column)
    return explanation.position[-1] if "quotients" in parts else None


def _scale(numbers: Tensor) -> float:
    finite = numbers[numbers.isfinite()].abs()
    return float(finite.max()) or 1.0 if finite.numel() else 1.0


def _listed(numbers: Tensor) -> list[float | str]:
    return [_plain(number) for number in numbers.tolist()]


def _plain(number: float) -> float | str:
    """JSON has no words for what is not finite."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
