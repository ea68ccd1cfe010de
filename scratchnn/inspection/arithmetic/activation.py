"""One number through an activation: what is cut off, or let through in part."""

from __future__ import annotations

import math

import torch

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, indices, number
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.activation import CustomGELU, CustomReLU


def explain_relu(place: Place) -> Explanation:
    """Parts: `x`; `cut`, the share of numbers below zero in the same map (or row of numbers), which all become zero;
    `dead`, whether nothing of it is left above zero; of a map, `before` and `after`, all of it.
    """
    assert isinstance(place.layer, CustomReLU)
    x = place.saved("x")
    around = x[place.position[0]] if x.dim() > 1 else x  # the map, or the token
    own, cut = float(x[place.position]), float((around < 0).double().mean())
    kind = "map" if x.dim() == 3 else "row"
    return place.explanation(
        sentence=f"What is below zero becomes zero, all else stays: this number "
        f"{'is cut off' if own < 0 else 'stays'}. In this {kind}, {cut:.0%} of the numbers are cut off.",
        formula=r"y = \max(x,\, 0)",
        parts={
            "x": number(own), "cut": number(cut), "dead": torch.tensor(not bool((around > 0).any())), **place.maps(),
        },
        steps=(Step("ReLU", "maximum", (Term("input", own), Term("zero", 0.0))),),
        recipe=(f'x = call.saved["x"][0, {indices(place.position)}].double()', "value = x.clamp_min(0)"),
    )  # fmt: skip


def explain_gelu(place: Place) -> Explanation:
    """Parts: `x` and `gate`, the share of x that is let through."""
    layer = place.layer
    assert isinstance(layer, CustomGELU)
    own = float(place.saved("x")[place.position])
    x = f'x = call.saved["x"][0, {indices(place.position)}].double()'
    if layer.approximate == "tanh":
        gate = 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * (own + 0.044715 * own**3)))
        recipe = f"value = x * 0.5 * (1 + torch.tanh({math.sqrt(2 / math.pi)!r} * (x + 0.044715 * x**3)))"
    else:
        gate = 0.5 * (1 + math.erf(own / math.sqrt(2)))
        recipe = "value = x * 0.5 * (1 + torch.erf(x / 2**0.5))"
    return place.explanation(
        sentence=f"GELU lets {gate:.0%} of this number through: all of a large one, nothing of a very negative one.",
        formula=r"y = x \cdot \Phi(x)",
        parts={"x": number(own), "gate": number(gate)},
        steps=(Step("GELU", "product", (Term("input", own), Term("let through", gate))),),
        recipe=(x, recipe),
    )
