"""One number through dropout: in evaluation, as everywhere in these pages, it passes unchanged."""

from __future__ import annotations

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, exact, indices, number
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.dropout import CustomDropout


def explain_dropout(place: Place) -> Explanation:
    """Parts: `x`, and `mask`: 1 in evaluation, in training 0 or 1/(1 − p); `before` and `after`, the map or row
    that it is in.
    """
    layer = place.layer
    assert isinstance(layer, CustomDropout)
    before = place.before()
    source = place.call.output if before is None else place.trace[before].output
    numbers = exact(source[0])
    x = numbers[place.position]
    mask = place.saved("mask")[place.position] if "mask" in place.call.saved else number(1.0)
    at = indices((0, *place.position))
    name = "call" if before is None else f"trace[{before!r}]"
    return place.explanation(
        sentence=f"In training, {layer.p:.0%} of these numbers are set to zero at random and the others scaled up; "
        "now the network is only asked, and every number passes.",
        formula=r"y = x \cdot m, \quad m = 1",
        parts={"x": x, "mask": mask, **place.around(numbers)},
        steps=(Step("dropout", "product", (Term("input", float(x)), Term("mask", float(mask)))),),
        recipe=(f"value = {name}.output[{at}].double() * {float(mask)!r}",),
    )
