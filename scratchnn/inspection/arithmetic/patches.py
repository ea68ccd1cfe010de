"""Patches: which pixels each is made of, and one number of its embedding as weighted pixels."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from scratchnn.inspection.arithmetic.explanation import (
    Explanation,
    Step,
    Term,
    coordinates,
    exact,
    indices,
    shades,
)
from scratchnn.inspection.arithmetic.flatten import unflattened
from scratchnn.inspection.arithmetic.linear import explain_linear
from scratchnn.inspection.arithmetic.names import layer_name
from scratchnn.inspection.arithmetic.place import Place, modules_of
from scratchnn.layers.patches import CustomPatchEmbedding


def pixel_of_patch(embedding: CustomPatchEmbedding, patch: int, number: int) -> tuple[int, int, int]:
    """Channel, row and column in the image of one number of a patch, which is in reading order, as the patches are."""
    size, side = embedding.patch_size, embedding.image_size // embedding.patch_size
    channel, row, column = unflattened(number, (embedding.in_channels, size, size))
    return channel, patch // side * size + row, patch % side * size + column


def patch_of_pixel(embedding: CustomPatchEmbedding, row: int, column: int) -> int:
    """The way back: which patch a pixel of the image belongs to."""
    size, side = embedding.patch_size, embedding.image_size // embedding.patch_size
    return row // size * side + column // size


def explain_pixel(place: Place) -> Explanation:
    """A number of `pixels` `[T, C·P·P]`. Parts: `from` (channel, row, column in the image), `patch` (its number),
    `pixels` `[P, P]`, that patch, and `shades`; of a whole network also `image` `[H, W]` and `corner`, where in it the
    patch is.
    """
    layer = place.layer
    assert isinstance(layer, CustomPatchEmbedding)
    token, inside = place.position
    patch = _number(place, token)
    came_from, size = pixel_of_patch(layer, patch, inside), layer.patch_size
    words = f"row {came_from[1]}, column {came_from[2]} of the image"
    # the image is saved by the network, not by the layer; the layer alone may be asked, too
    image = place.trace["model"].saved.get("images", place.call.saved["pixels"])
    position = came_from if image.dim() == 4 else place.position
    return place.explanation(
        where=f"patch {patch}, pixel {inside}",
        sentence=f"Nothing is computed: the image is cut into squares of {layer.patch_size}×{layer.patch_size} "
        f"pixels, and this number is the pixel in {words}.",
        formula=r"x_{t,\,u \cdot P + v} = \mathrm{image}_{\,i_t P + u,\; j_t P + v}",
        parts={
            "from": coordinates(*came_from), "patch": coordinates(patch), "shades": shades(exact(image)),
            "pixels": place.saved("pixels")[token].view(-1, size, size)[came_from[0]],
            **_image(place, came_from[0], patch),
        },
        steps=(Step("copy", "sum", (Term(words, float(image[(0, *position)])),)),),
        recipe=(f"value = images[{indices((0, *came_from))}].double()",),
    )  # fmt: skip


def explain_patch_embedding(place: Place) -> Explanation:
    """Parts: those of the linear layer, `folded` being the weighted pixels `[C, P, P]`; `patch` (its number), `corner`
    (row and column of its first pixel in the image), `shades`, and of a whole network `image` `[H, W]`.
    """
    layer = place.layer
    assert isinstance(layer, CustomPatchEmbedding)
    patch = _number(place, place.position[0])
    _, *corner = pixel_of_patch(layer, patch, 0)
    name = place.trace.name_of(layer.projection)
    projected = explain_linear(replace(place, name=name))
    return replace(
        projected,
        layer=place.full_name,
        name=layer_name(modules_of(place.trace), place.full_name),
        where=f"patch {patch}, number {place.position[1]}",
        sentence=f"Each pixel of the patch is multiplied with a weight; the {layer.projection.in_features} products "
        "and the bias make this number, one of the token that stands for the patch from here on.",
        formula=r"e_{t,j} = b_j + \sum_{u,v} W_{j,u,v}\; \mathrm{pixel}_{t,u,v}",
        parts={
            **projected.parts, "patch": coordinates(patch), "corner": coordinates(*corner),
            "shades": shades(place.saved("pixels")), **_image(place, 0, patch),
        },
    )  # fmt: skip


def _number(place: Place, token: int) -> int:
    """Which patch of the image a place of the sequence holds; they may be fewer, or in another order."""
    chosen = place.call.saved.get("patches")
    return token if chosen is None else int(chosen[0, token, 0])


def _image(place: Place, channel: int, patch: int) -> dict[str, Tensor]:
    """The image, which the network saved, and where the patch begins in it; nothing of a layer alone."""
    if place.name not in ("patch_embedding", "patch_embedding.projection"):
        return {}
    assert isinstance(place.layer, CustomPatchEmbedding)
    corner = pixel_of_patch(place.layer, patch, 0)[1:]
    return {"image": exact(place.trace["model"].saved["images"][0, channel]), "corner": coordinates(*corner)}
