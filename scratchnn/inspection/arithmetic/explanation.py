"""How one number of one pass came about: its parts, the steps from them to it, and the way to do it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from scratchnn.inspection.arithmetic.provenance import Provenance
from scratchnn.inspection.arithmetic.source import Source

How = Literal["sum", "mean", "product", "quotient", "maximum", "exponential", "root", "sine", "cosine"]

# Torch's, not math's: a network that diverged holds infinities, and they must not stop the page that shows them.
_RULES: dict[How, Callable[[Tensor], Tensor]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "product": torch.prod,
    "quotient": lambda values: values[0] / values[1],
    "maximum": torch.max,
    "exponential": lambda values: values[0].exp(),
    "root": lambda values: values[0].sqrt(),
    "sine": lambda values: values[0].sin(),
    "cosine": lambda values: values[0].cos(),
}


class ExplanationError(ValueError):
    """There is no such number in this pass; the message is one sentence that says what there is."""


class Term(NamedTuple):
    """One operand, and what a person calls it."""

    label: str
    value: float


@dataclass(frozen=True)
class Step:
    """One operation on numbers that are all on the screen. Its result is a term of a later step, or the total."""

    name: str  # of the result
    how: How
    terms: tuple[Term, ...]

    @cached_property
    def result(self) -> float:
        return float(_RULES[self.how](torch.tensor([term.value for term in self.terms], dtype=torch.float64)))


@dataclass(frozen=True, eq=False)
class Explanation:
    """One number of one layer's output, explained. All arithmetic is float64 over the pass's own numbers."""

    layer: str  # the name to ask `explain` for
    position: tuple[int, ...]
    name: str  # the layer's, as it stands in the network canvas
    where: str  # the position in words
    sentence: str
    formula: str  # LaTeX
    parts: Mapping[str, Tensor]  # float64, or bool or int64 for what is no measurement; single numbers have no axes
    steps: tuple[Step, ...]
    value: float  # the pass's own number
    source: Source
    recipe: str  # Python text that turns `model` and `images` into `value`; has no indented lines

    @property
    def title(self) -> str:
        """`conv2 · map 5 · row 3, column 7`."""
        return f"{self.name} · {self.where.replace(', ', ' · ', 1)}"

    @property
    def code(self) -> str:
        """`conv2[5, 3, 7]`, as a programmer writes it."""
        return f"{self.layer}[{indices(self.position)}]"

    @property
    def terms(self) -> tuple[Term, ...]:
        """The operands of the last step, whose result is `total`."""
        return self.steps[-1].terms

    @property
    def total(self) -> float:
        return self.steps[-1].result

    @property
    def residual(self) -> float:
        """How far the arithmetic shown is from the pass's own number; NaN if that is none."""
        return 0.0 if self.total == self.value else abs(self.total - self.value)  # −∞ less −∞ would be NaN

    def largest(self, most: int) -> tuple[Term, ...]:
        """The `most` terms that weigh most, largest first, and all others as one, so that their sum stays the total.

        Of another operation than a sum, no term can be left out: all of them, in their order.
        """
        if self.steps[-1].how != "sum":
            return self.terms
        ordered = sorted(self.terms, key=lambda term: abs(term.value), reverse=True)
        others = tuple(ordered[most:])
        if len(others) < 2:
            return tuple(ordered)
        return (*ordered[:most], Term(f"the other {len(others)}", Step("", "sum", others).result))

    def snippet(self, provenance: Provenance) -> str:
        """Python text which, pasted in a shell with the project installed, recomputes the number and prints it."""
        shown = f"print(float(value))  # expect {self.code}, which was {self.value!r}"
        return "\n".join([provenance.text, self.recipe, shown, ""])


def exact(numbers: Tensor) -> Tensor:
    """The same numbers in float64 on the CPU, so that sums of them do not round."""
    return numbers.to("cpu", torch.float64)


def number(value: float) -> Tensor:
    """A single number as a part."""
    return torch.tensor(value, dtype=torch.float64)


def shades(image: Tensor) -> Tensor:
    """The darkest and the brightest pixel of an image, as a part: what its greys lie between."""
    return torch.stack([image.min(), image.max()])


def coordinates(*numbers: int) -> Tensor:
    """Whole numbers that say where something stands, as a part; one alone has no axis."""
    return torch.tensor(numbers if len(numbers) > 1 else numbers[0])


def indices(position: tuple[int, ...]) -> str:
    """A position as it stands between the brackets of an index."""
    return ", ".join(str(coordinate) for coordinate in position)


def terms(labels: list[str], values: Tensor) -> tuple[Term, ...]:
    """One term for each label and each number of `values`, in reading order."""
    return tuple(Term(label, value) for label, value in zip(labels, values.flatten().tolist(), strict=True))
