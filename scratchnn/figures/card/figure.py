"""A card's picture: figures side by side, of one group of numbers (an input map, say) at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

MOST_NUMBERS = 60_000  # in a picture, in float64: half of a message

Ring = Sequence[int]  # row, column, height and width


@dataclass(frozen=True)
class Choice:
    """Which number of the layer a click on a figure chooses: `lead` followed by what was clicked.

    Attributes:
        flat: whether that is one number, counted from `offset` in reading order, or a row and a column.
        stride, padding: of a window that sees more than one of the figure's numbers; `places`, how many rows and
            columns of these there are.
    """

    lead: tuple[int, ...] = ()
    flat: bool = True
    offset: int = 0
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    places: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Figure:
    """Numbers, and how they are drawn.

    Attributes:
        kind: "grid": rows and columns of one group; one row alone is wrapped where it must. "wall": all groups, each a
            small map. "line": the first row along the second. "spread": dots on a line of numbers. "bars": a bar each.
        values: [groups, rows, columns].
        sign: what stands before it: ×, =, +, →.
        ramp: "signed" about zero, "share" of a whole, "grey" for pixels of the image.
        scale: what the two ends of its colours mean.
        ring: where something is marked; with a group before it, only in that one.
        outside: which of its numbers stand in the padding.
        words: a name for each bar, or what the line's two axes are.
        choice: what a click on one of its numbers chooses, if anything.
        marks: numbers that are marked by their names: a mean, a point of the line.
    """

    kind: Literal["grid", "wall", "line", "spread", "bars"]
    name: str
    values: Tensor
    sign: str = ""
    ramp: Literal["signed", "share", "grey"] = "signed"
    scale: tuple[float, float] | None = None
    ring: Ring | None = None
    outside: Sequence[int] = ()
    words: Sequence[str] = ()
    choice: Choice | None = None
    marks: dict[str, float] = field(default_factory=dict)

    def header(self) -> dict[str, Any]:
        """All of it but its numbers."""
        low, high = self.scale or _scale(self.values, self.ramp)
        _, rows, columns = self.values.shape
        return {
            "kind": self.kind, "name": self.name, "sign": self.sign, "ramp": self.ramp, "low": low, "high": high,
            "rows": rows, "columns": columns, "ring": None if self.ring is None else list(self.ring),
            "outside": list(self.outside), "words": list(self.words), "marks": self.marks,
            "choice": self.choice and asdict(self.choice),
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Picture:
    """Figures, and the groups that those of several are split into.

    Attributes:
        groups: their names; [""] where there is one.
        sums: what each adds to the number.
        every: how many there are in all, these being the heaviest.
    """

    figures: Sequence[Figure]
    groups: Sequence[str] = ("",)
    sums: Sequence[float] = (0.0,)
    every: int = 1

    def header(self) -> dict[str, Any]:
        """All of it but its numbers; `first` is the heaviest group, `arrays` says which array a figure draws."""
        sizes = [abs(total) for total in self.sums]
        names = [*self._arrays()]
        return {
            "figures": [
                {**figure.header(), "array": f"figure{names.index(id(figure.values))}"} for figure in self.figures
            ],
            "groups": list(self.groups), "sums": list(self.sums), "every": self.every,
            "first": sizes.index(max(sizes)),
        }  # fmt: skip

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """The figures' numbers; those that several draw once."""
        return {f"figure{turn}": values.numpy() for turn, values in enumerate(self._arrays().values())}

    def _arrays(self) -> dict[int, Tensor]:
        return {id(figure.values): figure.values for figure in self.figures}


def heaviest(sums: Tensor, each: int) -> list[int]:
    """Which groups a picture has room for, in their order: those that add most.

    Args:
        each: how many numbers a group has in all figures.
    """
    most = max(1, MOST_NUMBERS // each)
    return sorted(sums.abs().argsort(descending=True, stable=True)[:most].tolist())


def scale_of(*values: Tensor) -> tuple[float, float]:
    """One signed scale for all of them."""
    high = max(_scale(numbers, "signed")[1] for numbers in values)
    return -high, high


def _scale(numbers: Tensor, ramp: str) -> tuple[float, float]:
    finite = numbers[numbers.isfinite()].abs()
    high = (float(finite.max()) or 1.0) if finite.numel() else 1.0
    return (0.0 if ramp == "share" else -high), high
