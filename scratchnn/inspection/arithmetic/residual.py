"""One number of a residual sum: what came past a branch, and what the branch adds."""

from __future__ import annotations

from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, exact, indices
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.encoder import CustomTransformerEncoderLayer
from scratchnn.trace import Trace

_BRANCHES = {"residual1": ("x", "attended", "attention"), "residual2": ("middle", "fed", "the feed-forward network")}


def residual_values(layer: CustomTransformerEncoderLayer, trace: Trace, which: str) -> Tensor:
    """The pass's own sums `[B, T, E]`, after attention ("residual1") or after feed-forward ("residual2")."""
    call = trace[trace.name_of(layer)]
    if layer.norm_first:
        return call.saved["middle"] if which == "residual1" else call.output
    norm = layer.norm1 if which == "residual1" else layer.norm2  # it reads the sum
    return trace[trace.name_of(norm)].saved["x"]


def explain_residual(place: Place) -> Explanation:
    """Parts: `stream`, `branch` and `sum` `[E]`, the token's whole rows; `stream_length` and `branch_length`, how long
    these are as vectors, which says how much the branch adds.
    """
    assert isinstance(place.layer, CustomTransformerEncoderLayer)
    token, _ = place.position
    past, through, name = _BRANCHES[place.inner]
    stream, branch = place.saved(past), place.saved(through)
    lengths = {"stream_length": stream[token].norm(), "branch_length": branch[token].norm()}
    share = float(lengths["branch_length"] / (lengths["stream_length"] + lengths["branch_length"]))
    at = indices((0, *place.position))
    return place.explanation(
        sentence=f"What {name} found is added to what the token was before; here {share:.0%} of both rows’ lengths "
        "together is what it adds.",
        formula=r"y_{t,j} = x_{t,j} + f(x)_{t,j}",
        parts={"stream": stream[token], "branch": branch[token], "sum": exact(place.values[token]), **lengths},
        steps=(
            Step("sum", "sum", (
                Term("before", float(stream[place.position])), Term(f"from {name}", float(branch[place.position])),
            )),
        ),
        recipe=(f'value = call.saved["{past}"][{at}].double() + call.saved["{through}"][{at}].double()',),
    )  # fmt: skip
