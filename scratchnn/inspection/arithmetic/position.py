"""One number of a token with its positional encoding: what stood there, and what the place adds."""

from __future__ import annotations

from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, Term, coordinates, exact, indices, number
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.inspection.arithmetic.source import source_of
from scratchnn.layers.position import CustomPositionalEncoding
from scratchnn.models import CustomTransformer

_SENTENCE = {
    "learned": "To the token's number comes one that training has chosen for this place, the same for every image.",
    "sinusoidal": "To the token's number comes one of a wave: fast waves in the first numbers, slow ones in the last, "
    "so that every place has a pattern of its own.",
    "none": "Nothing is added, so the network cannot tell where a patch was.",
}
_FORMULA = {
    "learned": r"y_{t,j} = x_{t,j} + P_{t,j}",
    "sinusoidal": r"\begin{aligned} y_{t,2i} &= x_{t,2i} + \sin\frac{t}{10000^{2i/E}} \\ "
    r"y_{t,2i+1} &= x_{t,2i+1} + \cos\frac{t}{10000^{2i/E}} \end{aligned}",
    "none": r"y_{t,j} = x_{t,j}",
}


def explain_position(place: Place) -> Explanation:
    """Parts: `x`, `encoding`, `place` (the token's, from 0), `row` and `sum` `[E]`, the token before and after; and,
    if there is any, `encodings` `[N, E]`, of every place.
    """
    layer = place.layer
    assert isinstance(layer, CustomPositionalEncoding)
    token, component = place.position
    row, came_in = _token(place)
    x = float(row[component])
    where, encoding, added = token, 0.0, ""
    steps: tuple[Step, ...] = ()
    parts = {"x": number(x), "row": row, "sum": exact(place.values[token])}
    if layer.kind != "none":
        positions = place.call.saved["positions"]
        where = int((positions if positions.dim() == 1 else positions[0])[token])
        steps, encoding, added = _encoding(layer, where, component)
        parts["encodings"] = exact(layer.weight.value if layer.kind == "learned" else layer.sinusoids)
    return place.explanation(
        sentence=_SENTENCE[layer.kind],
        formula=_FORMULA[layer.kind],
        parts={**parts, "encoding": number(encoding), "place": coordinates(where)},
        steps=(*steps, Step("sum", "sum", (Term("token", x), Term("encoding", encoding)))),
        recipe=(f"value = {came_in}{added}",),
        source=source_of(CustomPositionalEncoding, "none") if layer.kind == "none" else None,
    )


def _token(place: Place) -> tuple[Tensor, str]:
    """The row that came in, and the number of it as Python text: of the class token, or of a patch's embedding."""
    model, (token, component) = place.model, place.position
    if not isinstance(model, CustomTransformer):
        name = "x" if "x" in place.call.saved else None
        text = f'call.saved["{name}"]' if name else "call.output"
        tensor = place.call.saved[name] if name else place.call.output
        return exact(tensor[0, token]), f"{text}[{indices((0, token, component))}].double()"
    if model.class_token is not None:
        if token == 0:
            return exact(model.class_token.value), f"model.class_token.value[{component}].double()"
        token -= 1
    return exact(
        place.trace["patch_embedding"].output[0, token]
    ), f'trace["patch_embedding"].output[{indices((0, token, component))}].double()'


def _encoding(layer: CustomPositionalEncoding, where: int, component: int) -> tuple[tuple[Step, ...], float, str]:
    """The steps to one number of the table, that number, and adding it as Python text."""
    if layer.kind == "learned":
        at = indices((where, component))
        return (), float(layer.weight.value[where, component]), f" + layer.weight.value[{at}].double()"
    wavelength = 10_000 ** (component // 2 * 2 / layer.width)  # divided by 2π
    angle = Step("angle", "quotient", (Term("place", float(where)), Term("10000^(2i/E)", wavelength)))
    operand = (Term("angle", angle.result),)
    if component % 2:
        encoding, function = Step("encoding", "cosine", operand), "cos"
    else:
        encoding, function = Step("encoding", "sine", operand), "sin"
    exponent = f"({component // 2 * 2} / {layer.width})"
    text = f" + torch.{function}(torch.tensor({where} / 10_000 ** {exponent}, dtype=torch.float64))"
    return (angle, encoding), encoding.result, text
