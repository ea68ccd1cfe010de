"""One number through an activation: what is cut off, or let through in part."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, indices, number
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.activation import CustomGELU, CustomReLU


def explain_relu(place: Place) -> Explanation:
    """Parts: `x`; `cut`, the share of numbers below zero in the same map (or row of numbers), which all become zero;
    `dead`, whether nothing of it is left above zero; `before` and `after`, all of that map or row;
    `curve` `[2, N]`, inputs of its range and what becomes of them.
    """
    assert isinstance(place.layer, CustomReLU)
    x = place.saved("x")
    around = x[place.position[0]] if x.dim() > 1 else x  # the map, or the token
    own, cut = float(x[place.position]), float((around < 0).double().mean())
    kind = "map" if x.dim() == 3 else "row"
    return place.explanation(
        sentence=f"What is below zero becomes zero, all else stays: this number "
        f"{'is cut off' if own < 0 else 'stays'}, as {'do' if own >= 0 else 'are'} "
        f"{1 - cut if own >= 0 else cut:.0%} of all in this {kind}.",
        formula=r"y = \max(x,\, 0)",
        parts={
            "x": number(own), "cut": number(cut), "dead": torch.tensor(not bool((around > 0).any())),
            **place.around(x), **_curve(place),
        },
        steps=(Step("ReLU", "maximum", (Term("input", own), Term("zero", 0.0))),),
        recipe=(f'x = call.saved["x"][0, {indices(place.position)}].double()', "value = x.clamp_min(0)"),
    )  # fmt: skip


def explain_gelu(place: Place) -> Explanation:
    """Parts: `x` and `gate`, the share of x that is let through; `before` and `after`, the row of numbers it is in;
    `curve` `[2, N]`, inputs of its range and what becomes of them.
    """
    layer = place.layer
    assert isinstance(layer, CustomGELU)
    numbers = place.saved("x")
    own = float(numbers[place.position])
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
        parts={"x": number(own), "gate": number(gate), **place.around(numbers), **_curve(place)},
        steps=(Step("GELU", "product", (Term("input", own), Term("let through", gate))),),
        recipe=(x, recipe),
    )


def _curve(place: Place) -> dict[str, Tensor]:
    """The function as a line, wide enough for all numbers around."""
    around = place.around(place.saved("x"))["before"]
    finite = around[around.isfinite()].abs()
    most = max(1.0, float(finite.max()) if finite.numel() else 1.0)
    inputs = torch.linspace(-most, most, 121, dtype=torch.float64)
    return {"curve": torch.stack([inputs, place.layer(inputs)])}
