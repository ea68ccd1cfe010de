"""Pictures of sums over units, tokens and components: factors, what each adds, and what is most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from scratchnn.figures.card.figure import Choice, Figure, Picture, heaviest, scale_of
from scratchnn.figures.card.maps import most_active

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from scratchnn.inspection.arithmetic import Explanation

_SIGNS = ("", "×", "=")


def weighted(explanation: Explanation) -> Picture:
    """Inputs × weights = contributions; of maps also the wall of all contributions, of a mean of tokens each one's."""
    parts = explanation.parts
    folded = parts["folded"]
    shape = folded.shape if folded.dim() == 3 else (1, *folded.shape) if folded.dim() == 2 else (1, 1, len(folded))
    sums = folded.reshape(shape).sum((1, 2))
    kept = heaviest(sums, 3 * shape[1] * shape[2])
    names = ("inputs", "weights", "contributions")
    grids = [parts[name].view(shape)[kept] for name in names]
    figures = [Figure("grid", *pair) for pair in zip(names, grids, _SIGNS, strict=True)]
    if shape[0] > 1:
        figures.append(Figure("wall", "what each map adds", grids[2]))
    if "of_tokens" in parts:
        adds = parts["of_tokens"].view(1, *parts["tiles"].tolist())
        figures.append(Figure("grid", "what each patch adds", adds))
    if bool(parts.get("units", False)):
        figures += most_active(parts["inputs"])
    labels = explanation.terms
    size = shape[1] * shape[2]
    groups = [labels[at * size].label.partition(",")[0] for at in kept] if shape[0] > 1 else [""]
    return Picture(figures, groups, sums[kept].tolist(), shape[0])


def score(explanation: Explanation) -> Picture:
    """Query × key = products, component by component."""
    return _rows(explanation.parts, ("query", "key", "products"), _SIGNS)


def gathered(explanation: Explanation) -> Picture:
    """Weights × values = products, token by token."""
    return _rows(explanation.parts, ("weights", "values", "products"), _SIGNS, shares=("weights",))


def pooled(explanation: Explanation) -> Picture:
    """Tokens × their shares = products."""
    return _rows(explanation.parts, ("column", "share", "products"), _SIGNS, shares=("share",))


def exponentials(explanation: Explanation) -> Picture:
    """Scores, their exponentials, and each one's share of the sum of these; the one that was asked for is marked."""
    parts, shares = explanation.parts, ("exponentials", "quotients")
    choice = Choice(explanation.position[:-1])
    return _rows(parts, ("scores", *shares), ("", "→", "→"), shares, int(parts["chosen"]), choice)


def residual(explanation: Explanation) -> Picture:
    """How long the stream and the branch are, and both rows with their sum."""
    parts, sentence = explanation.parts, explanation.steps[-1].terms
    lengths = torch.stack([parts["stream_length"], parts["branch_length"], parts["sum"].norm()]).view(1, 1, -1)
    names = (sentence[0].label, sentence[1].label, "sum")
    return Picture([
        Figure("bars", "lengths of the token’s rows", lengths, scale=(0, float(lengths.max()) or 1.0), words=names),
        *_strips([parts[name] for name in ("stream", "branch", "sum")], names, explanation.position),
    ])  # fmt: skip


def layer_norm(explanation: Explanation) -> Picture:
    """The row's numbers about their mean, with their spread; the row before and after."""
    parts, place = explanation.parts, explanation.position
    marks = {name: float(parts[name]) for name in ("mean", "deviation", "x")}
    row, normalised = (parts[name].reshape(1, 1, -1) for name in ("row", "normalised"))
    alone = parts["row"].dim() == 1
    ring, choice = ([0, place[-1], 1, 1], Choice(place[:-1])) if alone else (None, None)
    return Picture([
        Figure("spread", "the token’s numbers", row, marks=marks),
        Figure("grid", "before", row, ring=ring, choice=choice),
        Figure("grid", "after", normalised, "→", ring=ring, choice=choice),
    ])  # fmt: skip


def position(explanation: Explanation) -> Picture:
    """The token's row + its place's row, and this component's wave along all places."""
    parts, at = explanation.parts, explanation.position
    if "encodings" not in parts:
        return Picture(_strips([parts["row"], parts["sum"]], ("token", "sum"), at, ("", "=")))
    table, place = parts["encodings"], int(parts["place"])
    along = torch.stack([torch.arange(len(table)).double(), table[:, at[-1]]])
    wave = Figure(
        "line", f"number {at[-1]} of every place", along[None], words=("place", "encoding"),
        marks={"x": float(place), "y": float(table[place, at[-1]])},
    )  # fmt: skip
    return Picture([wave, *_strips([parts["row"], table[place], parts["sum"]], ("token", "place", "sum"), at)])


def _strips(
    rows: list[Tensor], names: tuple[str, ...], at: tuple[int, ...], signs: tuple[str, ...] = ("", "+", "=")
) -> list[Figure]:
    """Rows of a token on one scale, the chosen number marked in each."""
    scale, ring = scale_of(*rows), [0, at[-1], 1, 1]
    return [
        Figure("grid", name, row.reshape(1, 1, -1), sign, scale=scale, ring=ring, choice=Choice(at[:-1]))
        for name, row, sign in zip(names, rows, signs, strict=True)
    ]


def _rows(
    parts: Mapping[str, Tensor], names: tuple[str, ...], signs: tuple[str, ...], shares: tuple[str, ...] = (),
    chosen: int | None = None, choice: Choice | None = None,
) -> Picture:  # fmt: skip
    """Rows of numbers side by side; of patches, laid out as the patches are."""
    shape = parts["tiles"].tolist() if "tiles" in parts else [1, len(parts[names[0]])]
    ring = None if chosen is None else [*divmod(chosen, shape[1]), 1, 1]
    return Picture([
        Figure(
            "grid", name, parts[name].view(1, *shape), sign, ring=ring, ramp="share" if name in shares else "signed",
            choice=choice,
        )
        for name, sign in zip(names, signs, strict=True)
    ])  # fmt: skip
