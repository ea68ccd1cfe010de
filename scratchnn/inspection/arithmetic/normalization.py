"""One number through a normalisation: less a mean, divided by a standard deviation, scaled and shifted."""

from __future__ import annotations

from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, exact, indices, number, terms
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.normalization import CustomBatchNorm2d, CustomLayerNorm

_FORMULA = r"y = \gamma \cdot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta"
_RECIPE = "value = (x - mean) / (variance + layer.eps).sqrt() * layer.weight.value[{at}].double()"


def explain_batch_norm(place: Place) -> Explanation:
    """Parts: `x`, `mean`, `variance`, `deviation` = √(variance + eps), `scale`, `shift`; `before` and `after`
    `[h, w]`, the whole map.
    """
    layer = place.layer
    assert isinstance(layer, CustomBatchNorm2d)
    channel = place.position[0]
    x = f'x = call.saved["x"][0, {indices(place.position)}].double()'
    if place.call.saved["from_batch"]:
        pixels = exact(place.call.saved["x"][:, channel])
        mean, variance = pixels.mean(), pixels.var(correction=0)
        whence = "this map's mean over the whole batch"
        statistics = (
            f'pixels = call.saved["x"][:, {channel}].double()',
            "mean, variance = pixels.mean(), pixels.var(correction=0)",
        )
    else:
        mean, variance = (exact(buffer.value[channel]) for buffer in (layer.running_mean, layer.running_var))
        whence = "this map's mean, as training came to know it,"
        statistics = (
            f"mean = layer.running_mean.value[{channel}].double()",
            f"variance = layer.running_var.value[{channel}].double()",
        )
    parts, steps = _normalise(place, layer, mean, variance, channel)
    return place.explanation(
        sentence=f"From each number {whence} is taken away, and the rest is divided by the standard deviation; then "
        "comes a scale and a shift that are learnt.",
        formula=_FORMULA,
        parts=parts | place.around(place.saved("x")),
        steps=steps,
        recipe=(x, *statistics, f"{_RECIPE.format(at=channel)} + layer.bias.value[{channel}].double()"),
    )


def explain_layer_norm(place: Place) -> Explanation:
    """Parts: `row` `[E]`, all numbers of the token, `normalised`, what they become, and `x`, `mean`, `variance`,
    `deviation` = √(variance + eps), `scale`, `shift`.
    """
    layer = place.layer
    assert isinstance(layer, CustomLayerNorm)
    axes = len(layer.normalized_shape)
    token, at = place.position[: len(place.position) - axes], place.position[len(place.position) - axes :]
    row = place.saved("x")[token]
    labels = [f"number {component}" for component in range(row.numel())]
    mean = Step("mean", "mean", terms(labels, row))
    squares = (row - mean.result).square()
    variance = Step("variance", "mean", terms([f"(number {i} − mean)²" for i in range(row.numel())], squares))
    parts, steps = _normalise(place, layer, number(mean.result), number(variance.result), at)
    return place.explanation(
        sentence=f"The mean of the token's {row.numel()} numbers is taken away, and the rest is divided by their "
        "standard deviation; then comes a scale and a shift that are learnt.",
        formula=_FORMULA,
        parts={"row": row, "normalised": exact(place.values[token]), **parts},
        steps=(mean, variance, *steps),
        recipe=(
            f'row = call.saved["x"][{indices((0, *token))}].double()',
            f"x, mean, variance = row[{indices(at)}], row.mean(), row.var(correction=0)",
            f"{_RECIPE.format(at=indices(at))} + layer.bias.value[{indices(at)}].double()",
        ),
    )


def _normalise(
    place: Place,
    layer: CustomBatchNorm2d | CustomLayerNorm,
    mean: Tensor,
    variance: Tensor,
    at: int | tuple[int, ...],
) -> tuple[dict[str, Tensor], tuple[Step, ...]]:
    """What both do once mean and variance are known. `at`: which scale and shift are this number's."""
    x = place.saved("x")[place.position]
    scale, shift = exact(layer.weight.value[at]), exact(layer.bias.value[at])
    centred = Step("centred", "sum", (Term("input", float(x)), Term("− mean", -float(mean))))
    raised = Step("variance + ε", "sum", (Term("variance", float(variance)), Term("ε", layer.eps)))
    deviation = Step("standard deviation", "root", (Term("variance + ε", raised.result),))
    quotient = (Term("centred", centred.result), Term("standard deviation", deviation.result))
    normalised = Step("normalised", "quotient", quotient)
    scaled = Step("scaled", "product", (Term("normalised", normalised.result), Term("scale", float(scale))))
    shifted = Step("shifted", "sum", (Term("scaled", scaled.result), Term("shift", float(shift))))
    parts = {
        "x": x, "mean": mean, "variance": variance, "deviation": number(deviation.result), "scale": scale,
        "shift": shift,
    }  # fmt: skip
    return parts, (centred, raised, deviation, normalised, scaled, shifted)
