"""Inside attention: a query, key or value; a score; and what a head gathers with its weights."""

from __future__ import annotations

import math

from scratchnn.inspection.arithmetic.explanation import (
    Explanation,
    Step,
    Term,
    coordinates,
    exact,
    indices,
    number,
    terms,
)
from scratchnn.inspection.arithmetic.linear import weighted_sum
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.attention import CustomMultiHeadAttention

THIRDS = ("query", "key", "value")


def explain_projection(place: Place) -> Explanation:
    """A number of `query`, `key` or `value` `[H, T, d]`. Parts: as of a linear layer."""
    layer = place.layer
    assert isinstance(layer, CustomMultiHeadAttention)
    head, token, component = place.position
    width = layer.embed_dim
    row = THIRDS.index(place.inner) * width + head * (width // layer.num_heads) + component
    source = f"{place.inner}_input" if f"{place.inner}_input" in place.call.saved else "query_input"
    bias = None if layer.in_proj_bias is None else float(layer.in_proj_bias.value[row])
    weights = exact(layer.in_proj_weight.value[row])
    parts, steps = weighted_sum(place.saved(source)[token], weights, bias, (("number", width),))
    added = "" if bias is None else f" + layer.in_proj_bias.value[{row}].double()"
    name = place.inner
    return place.explanation(
        where=f"head {head}, {place.token(token)}, component {component}",
        sentence=f"The {name}'s component is a weighted sum of the token's {width} numbers and a bias; "
        f"each head has weights of its own.",
        formula=rf"{name[0]}_{{t,c}} = b_c + \sum_j W^{{{name[0].upper()}}}_{{c,j}} \, x_{{t,j}}",
        parts=parts,
        steps=steps,
        recipe=(
            f'x = call.saved["{source}"][0, {token}].double()',
            f"value = (layer.in_proj_weight.value[{row}].double() * x).sum(){added}",
        ),
    )


def explain_score(place: Place) -> Explanation:
    """A number of `scores` `[H, T, S]`. Parts: `query`, `key` and `products` `[d]`, `dot`, `scale` = 1/√d, `scaled`,
    and `mask`, which is −∞ where the token may not be read and 0 elsewhere.
    """
    head, reader, read = place.position
    query, key = place.saved("query")[head, reader], place.saved("key")[head, read]
    size = len(query)
    dot = Step("dot product", "sum", terms([f"component {c}" for c in range(size)], query * key))
    scale = Term(f"1 / √{size}", 1 / math.sqrt(size))
    scaled = Step("scaled", "product", (Term("dot product", dot.result), scale))
    hidden = float(place.values[place.position]) == -math.inf
    mask = -math.inf if hidden else 0.0
    masked = Step("score", "sum", (Term("scaled", scaled.result), Term("mask", mask)))
    minus_infinity = " - torch.inf" if hidden else ""
    effect = "is hidden, so −∞ is added" if hidden else "may be read, so 0 is added"
    return place.explanation(
        where=f"head {head}, {place.token(reader)} asks {place.token(read)}",
        sentence=f"How well the query of {place.token(reader)} fits the key of {place.token(read)}: their components "
        f"multiplied one by one and added up, divided by √{size} so that many components do not make it larger; "
        f"{place.token(read)} {effect}.",
        formula=r"s_{t,s} = \frac{\sum_c q_{t,c}\, k_{s,c}}{\sqrt{d}} + m_{t,s}",
        parts={
            "query": query, "key": key, "products": query * key, "dot": number(dot.result),
            "scale": number(scale.value), "scaled": number(scaled.result), "mask": number(mask),
        },
        steps=(dot, scaled, masked),
        recipe=(
            f'query = call.saved["query"][0, {head}, {reader}].double()',
            f'key = call.saved["key"][0, {head}, {read}].double()',
            f"value = (query * key).sum() / {size} ** 0.5{minus_infinity}",
        ),
    )  # fmt: skip


def explain_context(place: Place) -> Explanation:
    """A number of `context` `[T, E]`, the heads put side by side. Parts: `weights` and `values` `[S]`, `products`,
    `from` (its head, and the component within); `tiles` where the tokens are the patches of the image, in their order.
    """
    layer = place.layer
    assert isinstance(layer, CustomMultiHeadAttention)
    token, column = place.position
    size = layer.embed_dim // layer.num_heads
    head, component = divmod(column, size)
    weights, values = place.saved("kept")[head, token], place.saved("value")[head, :, component]
    return place.explanation(
        where=f"{place.token(token)}, number {column} (head {head}, component {component})",
        sentence=f"Component {component} of every token's value, weighted with how much {place.token(token)} attends "
        f"to it in head {head}, which fills numbers {head * size} to {(head + 1) * size - 1} of all heads’ row.",
        formula=r"z_{t,c} = \sum_s a_{t,s}\, v_{s,c}",
        parts={
            "weights": weights, "values": values, "products": weights * values, "from": coordinates(head, component),
            **place.tiled(len(weights)),
        },
        steps=(Step("sum", "sum", terms(place.tokens(len(weights)), weights * values)),),
        recipe=(
            f'weights = call.saved["kept"][{indices((0, head, token))}].double()',
            f'values = call.saved["value"][0, {head}, :, {component}].double()',
            "value = (weights * values).sum()",
        ),
    )  # fmt: skip
