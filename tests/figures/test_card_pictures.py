"""Each card's picture: its numbers recompute from the pass and from one another, and the right ones are marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from scratchnn.config import ModelName
from scratchnn.figures.card import card
from scratchnn.inspection.arithmetic import Provenance, explain, explainable, values
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomCNN, CustomTransformer
from tests.figures.cards import KINDS, card_of, figure, opened, unpacked
from tests.unpacking import unpack

BLOCK = "encoder.layers.1"


def ringed(told: Any, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What stands in a figure's ring."""
    group, (row, column, height, width) = (
        (0, told["ring"]) if len(told["ring"]) == 4 else (told["ring"][0], told["ring"][1:])
    )
    return numbers[group, row : row + height, column : column + width]


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_has_a_picture_with_scales(kind: ModelName) -> None:
    model, trace = opened(kind)
    for layer, shape in explainable(model, trace).items():
        picture = card_of(kind, layer, tuple(size // 3 for size in shape))["picture"]
        assert picture is not None, layer
        for told in picture["figures"]:
            assert told["name"]
            assert told["low"] < told["high"], layer


@pytest.mark.parametrize("kind", KINDS)
def test_factors_make_the_products_and_these_the_number(kind: ModelName) -> None:
    model, trace = opened(kind)
    seen = set()
    for layer, shape in explainable(model, trace).items():
        data = card_of(kind, layer, tuple(size // 3 for size in shape))
        grids = [told for told in data["picture"]["figures"] if told["kind"] == "grid" and told["ramp"] != "none"]
        names = [told["name"] for told in grids]
        start = next((at for at, told in enumerate(grids) if told["sign"] == "×"), 0)
        if not start:
            continue
        seen.add(names[start])
        left, right, made = (data["arrays"][told["array"]] for told in grids[start - 1 : start + 2])
        assert made == pytest.approx(left * right, abs=1e-12), layer
        assert made.sum((1, 2)) == pytest.approx(data["picture"]["sums"] if len(made) > 1 else made.sum((1, 2)))
        bias = sum(value for label, value in data["steps"][-1]["terms"] if label == "bias")
        if not layer.endswith(".scores"):  # these are scaled after the sum
            assert made.sum() + bias == pytest.approx(data["value"], rel=1e-5, abs=1e-5), layer
    assert seen == ({"kernel", "weights"} if kind == "cnn" else {"weights", "key", "values", "share"})


def test_groups_are_called_by_what_they_are_and_the_heaviest_comes_first() -> None:
    picture = card_of("cnn", "conv2", (5, 3, 8))["picture"]
    assert picture["groups"][:2] == ["pool1, map 0", "pool1, map 1"]
    sizes = [abs(total) for total in picture["sums"]]
    assert picture["first"] == sizes.index(max(sizes))
    data = card_of("cnn", "fc1", (3,))
    assert data["picture"]["groups"][7] == "map 7"
    told, wall = figure(data, "what each map adds")
    assert told["array"] == figure(data, "contributions")[0]["array"], "the same numbers are sent once"
    assert wall.shape == (64, 3, 3)


def test_pixels_of_the_image_are_grey_on_the_scale_of_the_whole_image() -> None:
    image = opened("cnn")[1]["model"].saved["images"]
    for kind, layer, position, names in (
        ("cnn", "conv1", (0, 5, 5), ["patch"]),
        ("transformer", "patch_embedding", (9, 3), ["the digit", "pixels of the patch"]),
        ("transformer", "patch_embedding.pixels", (9, 3), ["the digit", "the patch"]),
    ):
        data = card_of(kind, layer, position)  # type: ignore[arg-type]
        for name in names:
            told, _ = figure(data, name)
            assert (told["ramp"], told["low"], told["high"]) == ("grey", float(image.min()), float(image.max()))
    assert figure(card_of("cnn", "conv2", (0, 5, 5)), "patch")[0]["ramp"] == "signed"


def test_a_patch_is_ringed_in_the_image_and_its_pixel_in_the_patch() -> None:
    data = card_of("transformer", "patch_embedding.pixels", (9, 11))
    told, image = figure(data, "the digit")
    own, patch = figure(data, "the patch")
    assert ringed(told, image) == pytest.approx(patch[0])
    assert ringed(own, patch) == data["value"]


def test_padding_and_winner_are_marked() -> None:
    outside = [
        [told["outside"] for told in card_of("cnn", "conv1", at)["picture"]["figures"]]
        for at in ((0, 0, 0), (0, 5, 5))
    ]
    assert outside == [[[0, 1, 2, 3, 6], [], []], [[], [], []]]
    data = card_of("cnn", "pool1", (0, 5, 5))  # whose largest is not the first
    told, window = figure(data, "window")
    assert ringed(told, window) == window.max() == data["value"]
    told, before = figure(data, "before")
    assert (ringed(told, before) == window[0]).all()


@pytest.mark.parametrize("layer", ["norm1", "relu1", "pool1"])
def test_a_map_stands_before_and_after_with_the_number_ringed(layer: str) -> None:
    data = card_of("cnn", layer, (2, 5, 9))
    (first, before), (last, after) = (figure(data, name) for name in ("before", "after"))
    assert (first["low"], first["high"]) == (last["low"], last["high"]), "or the two could not be compared"
    model, trace = opened("cnn")
    assert (before[0] == trace[layer].saved["x"][0, 2].numpy()).all()
    assert (after[0] == values(model, trace, layer)[2].numpy()).all()
    assert ringed(last, after) == data["value"]


def test_average_pooling_shows_its_window_without_a_winner() -> None:
    model = CustomCNN(channels=(3,), hidden=4, pooling="average")
    data = unpacked(model, inspect(model, torch.randn(1, 1, 28, 28))[1], "pool1", (1, 4, 6))
    told, window = figure(data, "window")
    assert told["ring"] is None
    assert window.mean() == pytest.approx(data["value"], abs=1e-6)


def test_relu_shows_how_much_is_cut_and_where_on_its_curve_the_number_is() -> None:
    for kind, layer, position in (("cnn", "relu2", (7, 3, 3)), ("transformer", f"{BLOCK}.activation", (4, 30))):
        data = card_of(kind, layer, position)  # type: ignore[arg-type]
        _, before = figure(data, "before")
        _, shares = figure(data, "of these numbers")
        assert shares[0, 0] == pytest.approx([(before >= 0).mean(), (before < 0).mean()])
        told, curve = figure(data, "its function")
        assert curve[0, 1] == pytest.approx(np.maximum(curve[0, 0], 0))
        assert told["marks"]["y"] == data["value"] == max(0, told["marks"]["x"])
    told, most = figure(data, "most active units")
    _, after = figure(data, "after")
    assert most[0, 0] == pytest.approx(sorted(after.flatten(), reverse=True)[: most.size])
    assert [after[0, 0, int(word.removeprefix("unit "))] for word in told["words"]] == most[0, 0].tolist()


def test_gelu_has_its_curve_and_the_feed_forward_its_most_active_units() -> None:
    model = CustomTransformer(width=24, heads=3, feed_forward=20, activation="gelu", norm_first=True).eval()
    trace = inspect(model, torch.randn(1, 1, 28, 28))[1]
    data = unpacked(model, trace, f"{BLOCK}.activation", (4, 7))
    told, curve = figure(data, "its function")
    xs = torch.from_numpy(curve[0, 0].copy())
    assert curve[0, 1] == pytest.approx((xs * 0.5 * (1 + torch.erf(xs / 2**0.5))).numpy())
    assert told["marks"]["y"] == data["value"]
    data = unpacked(model, trace, f"{BLOCK}.linear2", (4, 7))
    _, most = figure(data, "most active units")
    _, inputs = figure(data, "inputs")
    assert np.abs(most[0, 0]) == pytest.approx(sorted(np.abs(inputs.flatten()), reverse=True)[:8])


def test_flatten_shows_the_same_number_in_its_map_and_in_the_row() -> None:
    data = card_of("cnn", "flatten", (439,))
    for name in ("the maps", "this map", "the row, a line for each map"):
        assert ringed(*figure(data, name)) == data["value"]
    _, maps = figure(data, "the maps")
    _, row = figure(data, "the row, a line for each map")
    assert (row.flatten() == maps.flatten()).all()
    assert (row.flatten() == opened("cnn")[1]["flatten"].output[0].numpy()).all()


def test_normalisations_show_a_row_about_its_mean() -> None:
    data = card_of("transformer", f"{BLOCK}.norm1", (4, 7))
    told, row = figure(data, "the token’s numbers")
    assert told["marks"]["mean"] == pytest.approx(row.mean())
    assert told["marks"]["deviation"] == pytest.approx(np.sqrt(row.var() + 1e-5))
    assert told["marks"]["x"] == row[0, 0, 7]
    marked, after = figure(data, "after")
    assert ringed(marked, after) == data["value"]
    told, _ = figure(card_of("cnn", "norm2", (7, 3, 3)), "the map’s numbers, before")
    assert told["marks"]["mean"] == pytest.approx(
        float(dict(opened("cnn")[0].named_modules())["norm2"].running_mean.value[7])
    )  # type: ignore[attr-defined]


def test_a_residual_sum_shows_both_rows_and_their_lengths() -> None:
    data = card_of("transformer", f"{BLOCK}.residual2", (4, 7))
    (_, stream), (_, branch), (told, total) = (
        figure(data, name) for name in ("before", "from the feed-forward network", "sum")
    )
    assert total == pytest.approx(stream + branch, abs=1e-5)
    assert ringed(told, total) == data["value"]
    _, lengths = figure(data, "lengths of the token’s rows")
    assert lengths[0, 0] == pytest.approx([np.linalg.norm(row) for row in (stream, branch, total)])


@pytest.mark.parametrize("kind", ["learned", "sinusoidal", "none"])
def test_a_position_shows_its_wave_and_the_row_that_it_adds(kind: Any) -> None:
    model = CustomTransformer(width=24, heads=3, feed_forward=20, position=kind).eval()
    data = unpacked(model, inspect(model, torch.randn(1, 1, 28, 28))[1], "position", (5, 6))
    (_, token), (told, total) = (figure(data, name) for name in ("token", "sum"))
    assert ringed(told, total) == data["value"]
    if kind == "none":
        assert (token == total).all()
        return
    _, place = figure(data, "place")
    assert total == pytest.approx(token + place, abs=1e-6)
    told, wave = figure(data, "number 6 of every place")
    assert wave[0, 1, 5] == told["marks"]["y"] == place[0, 0, 6]
    if kind == "sinusoidal":
        assert wave[0, 1] == pytest.approx(np.sin(np.arange(16) / 10_000 ** (6 / 24)), abs=1e-6)


def test_the_head_shows_what_each_patch_adds() -> None:
    data = card_of("transformer", "head", (7,))
    _, adds = figure(data, "what each patch adds")
    bias = next(value for label, value in data["steps"][-1]["terms"] if label == "bias")
    assert adds.shape == (1, 4, 4)
    assert adds.sum() + bias == pytest.approx(data["value"], abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_shares_are_shares(kind: ModelName) -> None:
    data = card_of(kind, "probabilities", (7,))
    _, scores = figure(data, "scores")
    _, exponentials = figure(data, "exponentials")
    told, quotients = figure(data, "quotients")
    assert exponentials == pytest.approx(np.exp(scores - scores.max()))
    assert quotients == pytest.approx(exponentials / exponentials.sum())
    assert data["share"]
    assert ringed(told, quotients) == pytest.approx(data["value"], abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_click_on_a_marked_number_chooses_this_one(kind: ModelName) -> None:
    """The place in the ring leads back to the card's own position, as the component works it out."""
    model, trace = opened(kind)
    seen = 0
    for layer, shape in explainable(model, trace).items():
        position = tuple(size // 3 for size in shape)
        for told in card_of(kind, layer, position)["picture"]["figures"]:
            if (choice := told["choice"]) is None or told["ring"] is None:
                continue
            row, column, _, _ = told["ring"]
            at = [choice["offset"] + row * told["columns"] + column]
            if not choice["flat"]:
                at = [(v + p) // s for v, p, s in zip((row, column), choice["padding"], choice["stride"], strict=True)]
            assert (*choice["lead"], *at) == position, f"{layer}: {told['name']}"
            seen += 1
    assert seen > 10


def test_no_picture_where_a_larger_one_stands() -> None:
    explanation = explain(*opened("cnn"), "conv2", (5, 3, 8))
    assert unpack(card(explanation, Provenance("pretrained", "cnn", "test:0"), pictured=False))["picture"] is None
