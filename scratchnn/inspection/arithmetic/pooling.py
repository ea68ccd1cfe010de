"""One number of a pooled map: the maximum or the mean of its window."""

from __future__ import annotations

import torch

from scratchnn.inspection.arithmetic.explanation import Explanation, Step, coordinates, terms
from scratchnn.inspection.arithmetic.place import Place
from scratchnn.inspection.arithmetic.windows import grid_labels, index_formula, inside, patch_at, patch_recipe
from scratchnn.layers.pooling import CustomAvgPool2d, CustomMaxPool2d


def explain_max_pool(place: Place) -> Explanation:
    """Parts: `window` `[kh, kw]`, `inside` (False in the padding), `corner` (row and column of the window in the map),
    `winner` (row and column in the window) and `winner_in_map`, as the pass itself noted them; `averaged` `[kh, kw]`,
    the numbers of which average pooling would take the mean; `before` and `after`, the whole maps; `stride` and
    `padding` of the window.
    """
    layer = place.layer
    assert isinstance(layer, CustomMaxPool2d)
    channel, i, j = place.position
    geometry = layer.kernel_size, layer.stride, layer.padding, (1, 1)
    channel_map = place.saved("x")[channel, None]
    window = patch_at(channel_map, (i, j), *geometry, filled=float("-inf"))[0]
    row, column = divmod(int(layer.winners(place.trace)[0][place.position]), layer.kernel_size[1])
    top, left = i * layer.stride[0] - layer.padding[0], j * layer.stride[1] - layer.padding[1]
    return place.explanation(
        sentence=f"Only the largest of {window.numel()} numbers goes on: the one in row {row}, column {column} of its "
        "window; of equals, the first.",
        formula=rf"y_{{c,i,j}} = \max_{{u,v}} \; x_{{c,\;{index_formula(*geometry[1:])}}}",
        parts={
            "window": window,
            "inside": inside(place.call.saved["x"].shape[2:], (i, j), *geometry),
            "corner": coordinates(top, left),
            "winner": coordinates(row, column),
            "winner_in_map": coordinates(top + row, left + column),
            "averaged": patch_at(channel_map, (i, j), *geometry, filled=0.0)[0],
            "stride": torch.tensor(layer.stride),
            "padding": torch.tensor(layer.padding),
            **place.around(place.saved("x")),
        },
        steps=(Step("maximum", "maximum", terms(grid_labels(*layer.kernel_size), window)),),
        recipe=(
            *patch_recipe(slice(channel, channel + 1), (i, j), *geometry, filled="-torch.inf"),
            "value = patch.max()",
        ),
    )


def explain_average_pool(place: Place) -> Explanation:
    """Parts: `window` `[kh, kw]`, `inside` (False in the padding), `corner` (its row and column in the map), `before`
    and `after`, the whole maps; `stride` and `padding` of the window.
    """
    layer = place.layer
    assert isinstance(layer, CustomAvgPool2d)
    channel, i, j = place.position
    geometry = layer.kernel_size, layer.stride, layer.padding, (1, 1)
    window = patch_at(place.saved("x")[channel, None], (i, j), *geometry, filled=0.0)[0]
    return place.explanation(
        sentence=f"The mean of the {window.numel()} numbers of this window goes on.",
        formula=rf"y_{{c,i,j}} = \frac{{1}}{{{window.numel()}}} \sum_{{u,v}} "
        rf"x_{{c,\;{index_formula(*geometry[1:])}}}",
        parts={
            "window": window,
            "inside": inside(place.call.saved["x"].shape[2:], (i, j), *geometry),
            "corner": coordinates(i * layer.stride[0] - layer.padding[0], j * layer.stride[1] - layer.padding[1]),
            "stride": torch.tensor(layer.stride),
            "padding": torch.tensor(layer.padding),
            **place.around(place.saved("x")),
        },
        steps=(Step("mean", "mean", terms(grid_labels(*layer.kernel_size), window)),),
        recipe=(
            *patch_recipe(slice(channel, channel + 1), (i, j), *geometry, filled="0"),
            "value = patch.mean()",
        ),
    )
