"""One number of the pooled tokens: the mean over all tokens, or the class token's own."""

from __future__ import annotations

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, terms
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.layers.token_pooling import CustomTokenPooling


def explain_token_pooling(place: Place) -> Explanation:
    """Parts: `column` `[T]`, this number of every token, `share` `[T]`, each token's part, and `products` `[T]`;
    `tiles` where the tokens are the patches of the image, in their order.
    """
    layer = place.layer
    assert isinstance(layer, CustomTokenPooling)
    (component,) = place.position
    column, share = place.saved("x")[:, component], place.saved("share")
    sentence = (
        "The class token has read all patches by now, so its numbers alone go on to the head."
        if layer.kind == "class_token"
        else "The head reads one row of numbers, the mean of all tokens: each has the same share."
    )
    return place.explanation(
        sentence=sentence,
        formula=r"y_j = \sum_t s_t \, x_{t,j}",
        parts={"column": column, "share": share, "products": share * column, **place.tiled(len(column))},
        steps=(Step("sum", "sum", terms(place.tokens(len(column)), share * column)),),
        recipe=(
            f'column, share = call.saved["x"][0, :, {component}].double(), call.saved["share"][0].double()',
            "value = (share * column).sum()",
        ),
    )
