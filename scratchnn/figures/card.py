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
    (("before", "", False), ("window", "→", False), ("after", "→", False)),
    (("before", "", False), ("after", "→", False)),
)


def card(explanation: Explanation, provenance: Provenance, pictured: bool = True) -> dict[str, Any]:
    """What the card of one number shows below its title, its sentence and its formula.

    All numbers are float64; what is not finite is a word that JavaScript reads.

    `picture` are grids of numbers side by side, a list of them for each of `groups` (an input map, say). Of each of
    its `slots`, `scale` is what full colour means, the same in all groups; `columns` is 0 for a row, to be wrapped
    where it must; `outside` are places in the padding; `ring` is where something is marked: row, column, height and
    width. Of each step, `shown` are the terms to write out: of a long sum the
    largest and all others as one, so that they make the result, too. `instead` is one more step, which the network did
    not take: what another layer would have made of the same numbers. `keep` is the model whose weights `snippet` needs
    and nobody has written yet.

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
        "keep": None if provenance.kept else provenance.model,
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
    whole = max(map(_scale, tensors)) if "before" in parts else None  # to be compared
    return {
        "slots": [
            {
                "name": name, "sign": sign, "share": share, "columns": tensor.shape[-1] if tensor.dim() > 1 else 0,
                "scale": 1.0 if share else whole or _scale(tensor), "ring": _ring(explanation, name),
                "outside": _outside(explanation, name),
            }
            for (name, sign, share), tensor in zip(slots, tensors, strict=True)
        ],
        "groups": [
            {"name": name, "sum": _plain(float(sums[at])), "grids": [_listed(grid[at]) for grid in grids]}
            for at, name in enumerate(_groups(explanation, groups))
        ],
        "first": int(sums.abs().argmax()),
    }  # fmt: skip


def _groups(explanation: Explanation, count: int) -> Sequence[str]:
    """What each grid is the numbers of: the steps' names, or the first half of the terms' labels."""
    if count == 1:
        return [""]
    if "patch" in explanation.parts:
        return [step.name for step in explanation.steps[:count]]
    labels = [term.label for term in explanation.terms]
    size = explanation.parts["folded"][0].numel()
    return [labels[at * size].partition(",")[0] for at in range(count)]


def _ring(explanation: Explanation, name: str) -> list[int] | None:
    """Where in a grid that number is which counts: a maximum's, the card's own, that which softmax was asked for."""
    parts, position = explanation.parts, explanation.position
    if name == "window" and "winner" in parts:
        return [*parts["winner"].tolist(), 1, 1]
    if name == "before" and "window" in parts:
        return [*parts["corner"].tolist(), *parts["window"].shape]
    if name in ("before", "after"):
        return [*position[1:], 1, 1]
    return [0, position[-1], 1, 1] if "quotients" in parts else None


def _outside(explanation: Explanation, name: str) -> list[int]:
    """Which numbers of what a window sees stand in the padding."""
    inside = explanation.parts.get("inside") if name in ("patch", "window") else None
    return [] if inside is None else (~inside).flatten().nonzero().flatten().tolist()


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
