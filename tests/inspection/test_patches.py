"""Hidden and shuffled patches: the answer is the network's own, on a sequence that really is so."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.inspection.attention import read_attention
from scratchnn.inspection.patches import PatchError, hide_patches, random_order, shuffle_patches, shuffled
from scratchnn.models import CustomTransformer

SETTINGS: list[dict[str, Any]] = [{}, {"pooling": "class_token"}, {"position": "none"}, {"patch_size": 4}]


def small(**settings: Any) -> CustomTransformer:
    return CustomTransformer(width=12, heads=2, feed_forward=8, depth=2, **settings).eval()


def said(model: CustomTransformer, image: Tensor, **how: Any) -> Tensor:
    return model(image, **how)[0].softmax(0)


@pytest.mark.parametrize("hidden", [[0], [1, 4, 5], [15, 2, 15]])
@pytest.mark.parametrize("settings", SETTINGS)
def test_hidden_patches_leave_a_shorter_sequence(settings: dict[str, Any], hidden: list[int]) -> None:
    model, image = small(**settings), torch.randn(1, 1, 28, 28)
    answer = hide_patches(model, image, hidden)
    shown = [patch for patch in range(model.config.num_patches) if patch not in hidden]
    assert answer.patches == shown
    assert answer.before == pytest.approx(said(model, image), abs=1e-6)
    assert answer.after == pytest.approx(said(model, image, patches=torch.tensor(shown)), abs=1e-6)
    assert (answer.after - answer.before).abs().max() > 1e-5
    attention = read_attention(model, answer.trace)
    assert attention.weights.shape[-1] == len(shown) + attention.has_class_token
    assert attention.patches[attention.has_class_token :].tolist() == shown


@pytest.mark.parametrize("settings", SETTINGS)
def test_hiding_is_the_same_as_padding_and_what_is_hidden_does_not_matter(settings: dict[str, Any]) -> None:
    model, image = small(**settings), torch.randn(1, 1, 28, 28)
    every = torch.arange(model.config.num_patches)
    answer = hide_patches(model, image, [0, 2])
    padded = said(model, image, patches=every, key_padding_mask=((every == 0) | (every == 2))[None])
    assert answer.after == pytest.approx(padded, abs=1e-5)
    size = model.config.patch_size
    other = image.clone()
    other[..., :size, :size] = 5
    assert torch.equal(hide_patches(model, other, [2, 0]).after, answer.after)
    assert not torch.equal(hide_patches(model, other, [2]).after, hide_patches(model, image, [2]).after)


def test_nothing_hidden_changes_nothing() -> None:
    answer = hide_patches(small(), torch.randn(1, 1, 28, 28), [])
    assert answer.after == pytest.approx(answer.before, abs=1e-6)


@pytest.mark.parametrize(
    ("hidden", "why"), [([16], "no patch 16"), ([-1], "no patch -1"), (range(16), "at least one")]
)
def test_impossible_choices_are_refused_in_a_sentence(hidden: list[int], why: str) -> None:
    with pytest.raises(PatchError, match=why):
        hide_patches(small(), torch.randn(1, 1, 28, 28), hidden)


def test_shuffling_moves_every_pixel_with_its_patch() -> None:
    images, order = torch.randn(2, 3, 28, 28), random_order(16, seed=1)
    moved = shuffled(images, 7, order)
    for place, patch in enumerate(order):
        (row, column), (top, left) = (7 * n for n in divmod(place, 4)), (7 * n for n in divmod(patch, 4))
        assert torch.equal(moved[..., row : row + 7, column : column + 7], images[..., top : top + 7, left : left + 7])
    assert sorted(order) == list(range(16)) != order
    assert order == random_order(16, seed=1) != random_order(16, seed=2)
    assert torch.equal(shuffled(images, 7, range(16)), images)


@pytest.mark.parametrize("settings", SETTINGS)
def test_shuffled_patches_get_the_answer_of_the_shuffled_image(settings: dict[str, Any]) -> None:
    model, image = small(**settings), torch.randn(1, 1, 28, 28)
    order = random_order(model.config.num_patches, seed=3)
    answer = shuffle_patches(model, image, order)
    assert torch.equal(answer.image, shuffled(image, model.config.patch_size, order))
    assert answer.before == pytest.approx(said(model, image), abs=1e-6)
    assert answer.after == pytest.approx(said(model, answer.image), abs=1e-6)
    embedded = model.patch_embedding(image)[0, order]
    assert answer.trace["patch_embedding"].output[0] == pytest.approx(embedded, abs=1e-6)
    same = torch.allclose(answer.after, answer.before, atol=1e-6)
    assert same == (settings.get("position") == "none")  # only positions can tell one order from another


@pytest.mark.parametrize("order", [[0] * 16, range(15), range(1, 17)])
def test_an_order_must_have_every_patch_once(order: list[int]) -> None:
    with pytest.raises(PatchError, match="each of the patches 0 to 15 once"):
        shuffle_patches(small(), torch.randn(1, 1, 28, 28), order)
