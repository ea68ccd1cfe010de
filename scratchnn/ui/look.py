"""What of all attention is looked at, kept in the address: `look=block.head.query[.key][.mean|.rollout]`."""

from __future__ import annotations

from scratchnn.inspection.look import Look, Of
from scratchnn.models import CustomTransformer
from scratchnn.ui import link

_LOOK = "transformer.look"
_INSTEAD: tuple[Of, ...] = ("mean", "rollout")


def check_link() -> None:
    """Complain of an address that names no place."""
    link.check(_LOOK, _read, "is no place in the attention; block 0, head 0 is shown")


def look(model: CustomTransformer) -> Look:
    """The place that the address names, the last for a number beyond it; at first a token in the digit’s middle."""
    first = Look(0, 0, model.config.num_patches // 2)
    read = _read(link.hold(_LOOK, _in_address(first)))
    if read is None:
        return first
    numbers, of = read
    tokens = model.config.num_patches + (model.class_token is not None)
    counts = model.config.depth, model.config.heads, tokens, tokens
    layer, head, query, *key = (min(number, count - 1) for number, count in zip(numbers, counts, strict=False))
    return Look(layer, head, query, key[0] if key else None, of)


def choices() -> int:
    """How many places were chosen so far."""
    return link.choices(_LOOK)


def choose(place: Look) -> None:
    """Look there."""
    link.choose(_LOOK, _in_address(place))


def _read(text: str) -> tuple[list[int], Of] | None:
    """The numbers of a place in the address, and what is looked at there; None if it is none."""
    of: Of = next((name for name in _INSTEAD if text.endswith(f".{name}")), "head")
    numbers = link.numbers(text.removesuffix(f".{of}")) or []
    return (numbers, of) if len(numbers) in (3, 4) else None


def _in_address(place: Look) -> str:
    numbers = [place.layer, place.head, place.query, *([] if place.key is None else [place.key])]
    return ".".join([*map(str, numbers), *([] if place.of == "head" else [place.of])])
