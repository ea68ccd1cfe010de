"""One number of a softmax: its exponential, divided by the sum of all exponentials."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, coordinates, exact, number, terms
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.inspection.arithmetic.source import source_of
from scratchnn.layers.activation import CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention


@dataclass(frozen=True, eq=False)
class SoftmaxRow:
    """A softmax in all its steps, float64. Row i of each tensor belongs to row i of the scores."""

    exponentials: Tensor  # exp((x − largest) / temperature)
    sum: Tensor
    quotients: Tensor


def softmax_row(scores: Tensor, temperature: float = 1.0) -> SoftmaxRow:
    """What softmax makes of scores `[..., S]`, along the last axis, were they divided by a temperature first.

    The model's own temperature is 1; a lower one sharpens, a higher one flattens.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"the temperature is {temperature}, but it must be above 0")
    scores = exact(scores)
    exponentials = ((scores - scores.amax(-1, keepdim=True)) / temperature).exp()
    total = exponentials.sum(-1, keepdim=True)
    return SoftmaxRow(exponentials, total.squeeze(-1), exponentials / total)


def explain_softmax(place: Place) -> Explanation:
    """Parts: `scores`, `exponentials` and `quotients` `[S]`, `largest`, `sum`, and `chosen`, which of them is asked
    for; `tiles` where they are of the patches of the image, in their order.
    """
    layer = place.layer
    assert isinstance(layer, CustomSoftmax)
    scores = place.saved("x")
    axis = layer.dim - 1 if layer.dim > 0 else layer.dim % scores.dim()  # of one image; the batch was axis 0
    row: list[int | slice] = [*place.position]
    row[axis] = slice(None)
    read = ", ".join(":" if isinstance(part, slice) else str(part) for part in (0, *row))
    count = scores.shape[axis]
    in_attention = isinstance(place.parent, CustomMultiHeadAttention)
    labels = place.tokens(count) if in_attention else [f"number {i}" for i in range(count)]
    recipe = f'scores = call.saved["x"][{read}].double()'
    return _explain(place, scores[tuple(row)], place.position[axis], labels, recipe)


def explain_probability(place: Place) -> Explanation:
    """As `explain_softmax`, of the logits: how sure the network is of one class."""
    logits = exact(place.call.output[0])
    labels = [f"class {i}" for i in range(len(logits))]
    (unit,) = place.position
    return _explain(place, logits, unit, labels, "scores = logits[0].double()", where=f"class {unit}")


def _explain(
    place: Place, scores: Tensor, chosen: int, labels: list[str], recipe: str, where: str | None = None
) -> Explanation:
    largest = float(scores.max())
    row = softmax_row(scores)
    difference = Step("difference", "sum", (Term(labels[chosen], float(scores[chosen])), Term("− largest", -largest)))
    exponential = Step("exponential", "exponential", (Term("difference", difference.result),))
    everything = Step("sum", "sum", terms([f"exp of {label}" for label in labels], row.exponentials))
    share = Step("share", "quotient", (Term("exponential", exponential.result), Term("sum", everything.result)))
    return place.explanation(
        sentence=f"Each of {len(scores)} scores, less the largest of them, becomes an exponential, and this one's "
        "part of their sum is its share; so all shares are positive and sum to one.",
        formula=r"p_i = \frac{\exp(x_i - \max x)}{\sum_j \exp(x_j - \max x)}",
        parts={
            "scores": scores, "exponentials": row.exponentials, "quotients": row.quotients,
            "largest": number(largest), "sum": row.sum, "chosen": coordinates(chosen),
            **(place.tiled(len(scores)) if isinstance(place.parent, CustomMultiHeadAttention) else {}),
        },
        steps=(difference, exponential, everything, share),
        recipe=(
            recipe,
            "exponentials = (scores - scores.max()).exp()",
            f"value = exponentials[{chosen}] / exponentials.sum()",
        ),
        where=where,
        source=source_of(CustomSoftmax),
    )  # fmt: skip
