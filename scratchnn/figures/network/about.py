"""What a column of the network canvas does, in one sentence, and what its shape means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scratchnn.figures.network.column import Column

_SUM = "Every {one} is a sum of its own: each number before it times a weight, all added up, and a bias."
_LOGIT = "One sum for each class, its logit: each number before it times a weight, and a bias. The largest wins."
_SCALED = "then times a learnt weight, plus a learnt bias."
_PLACE = "Adds to every token the numbers of its place, {how}: attention by itself knows no order."

# By the last part of the column's name, or the same without its number, where it needs it with the column's kind or
# title; or by the title alone.
_TEXTS = {
    "input": "Every grey value of the digit less the mean of all training pixels, over their spread.",
    "conv": "Every map slides a kernel of its own over each map before it, and adds up all they find, and a bias.",
    "norm maps": f"Every map less the mean it had in training, over its spread there; {_SCALED}",
    "norm tokens": f"Every token less the mean of its numbers, over their spread; each number {_SCALED}",
    "relu": "Lets through what is positive; everything else becomes zero.",
    "pool": "Keeps of every window {kept}, so that the maps get smaller and what was found may shift a little.",
    "flatten": "Lays all maps out in one row, map after map, row by row. No number changes.",
    "fc units": _SUM.format(one="unit"),
    "fc logits": _LOGIT,
    "head logits": _LOGIT,
    "probabilities": "Softmax: e to the power of every logit, divided by the sum of all such powers.",
    "pixels": "Cuts the digit into squares, row by row; each becomes a token. No number changes.",
    "patch_embedding": "Every number of a token is a sum of its own: each pixel times a weight, and a bias.",
    "plus learned positions": _PLACE.format(how="learnt in training"),
    "plus sinusoidal positions": _PLACE.format(how="sines and cosines of longer and longer waves"),
    "no positions": "Adds nothing: this network was built without positions, and cannot tell where a patch was.",
    "query": "What every token looks for: weighted sums of its numbers, some for each head.",
    "key": "What every token can be found by: weighted sums of its numbers, some for each head.",
    "value": "What every token hands to those that look at it: weighted sums of its numbers, some for each head.",
    "scores": "How well query and key fit: number times number, added up, over √d; in every head, for each pair.",
    "softmax": "Every query’s scores as shares that sum to one: how much it looks at each token.",
    "context": "Every token’s answer: all tokens’ values, each as far as it is looked at; one head beside the other.",
    "out_proj": "Mixes what the heads found: every number is a weighted sum of all of a token’s, and a bias.",
    "residual1": "What came into the block plus what attention found, number by number.",
    "residual2": "What came in plus what the feed-forward network found, number by number.",
    "linear1": "The feed-forward network’s hidden units, for every token by itself: weighted sums of its numbers.",
    "activation ReLU": "Of the hidden units, lets through what is positive; everything else becomes zero.",
    "activation GELU": "Of the hidden units, lets through what is positive, and a little of what is just below zero.",
    "linear2": "Back to a token’s size: every number is a weighted sum of all its hidden units, and a bias.",
    "mean of the tokens": "All tokens in one: of every number the mean over the tokens.",
    "the class token alone": "Only the class token goes on: it has gathered from the patches what it needs.",
}  # fmt: skip


def about(column: Column) -> str:
    """One sentence on what the column does, and its shape in words."""
    part = column.name.rpartition(".")[2]
    plain = part.rstrip("0123456789")
    names = (part, plain, f"{plain} {column.kind}", f"{plain} {column.title}", column.title)
    text = next(_TEXTS[name] for name in names if name in _TEXTS)
    text = text.format(kept="the mean" if "average" in column.title else "the largest number")
    if column.sources and column.sources[0].shift:
        text += " The class token, learnt in training, is put before the patches."
    if column.label == "output":
        text += " This leaves the block."
    return f"{text} {column.shape}: {_shape(column)}."


def _shape(column: Column) -> str:
    match column.kind, column.shape:
        case "image" | "maps", [count, height, width]:
            return f"{count} map{'s' if count > 1 else ''} of {height}×{width}"
        case "patches", [count, size]:
            return f"{count} patches of {size} pixels"
        case "tokens", [count, size]:
            return f"{count} tokens of {size} numbers"
        case "projections", [heads, count, size]:
            return f"{heads} heads, {count} tokens, {size} numbers of each"
        case "scores" | "weights", [heads, count, _]:
            return f"{heads} heads, {count} queries, {count} keys"
        case "logits" | "probabilities", [count]:
            return f"{count} classes"
    return f"{column.shape[0]} numbers"
