"""Another encoding in the place of the network's own, and patches in another order: the answers are real ones."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scratchnn.inspection.patches import PatchError, random_order, shuffled
from scratchnn.inspection.position_swap import compare_orders, count_right, with_position
from scratchnn.models import CustomTransformer

SETTINGS: list[dict[str, Any]] = [
    {}, {"pooling": "class_token"}, {"position": "sinusoidal"}, {"position": "none"}, {"patch_size": 4},
]  # fmt: skip


def small(**settings: Any) -> CustomTransformer:
    return CustomTransformer(**{"width": 12, "heads": 2, "feed_forward": 8, "depth": 2, **settings}).eval()


@pytest.mark.parametrize("kind", ["sinusoidal", "none"])
@pytest.mark.parametrize("settings", SETTINGS)
def test_a_copy_has_the_same_weights_and_another_encoding(settings: dict[str, Any], kind: Any) -> None:
    model = small(**settings)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    copy = with_position(model, kind)
    assert copy.position.kind == copy.config.position == kind
    own = copy.state_dict()
    assert own.keys() == before.keys() - {"position.weight"}
    for name, value in own.items():
        assert torch.equal(value, before[name])
        value.add_(1)  # a copy: writing to it must not reach the model
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.position.kind == settings.get("position", "learned")


def test_the_own_encoding_in_its_place_changes_nothing() -> None:
    for model in (small(), small(position="sinusoidal"), small(position="none")):
        image = torch.randn(1, 1, 28, 28)
        assert torch.equal(with_position(model, model.config.position)(image), model(image))


def test_what_was_not_learnt_cannot_take_the_place() -> None:
    with pytest.raises(ValueError, match="must have been learnt"):
        with_position(small(position="none"), "learned")
    with pytest.raises(ValueError, match="even"):
        with_position(small(width=9, heads=3), "sinusoidal")


@pytest.mark.parametrize("settings", SETTINGS)
def test_only_without_an_encoding_the_order_does_not_matter(settings: dict[str, Any]) -> None:
    model, image = small(**settings), torch.randn(1, 1, 28, 28)
    order = random_order(model.config.num_patches, seed=5)
    found = compare_orders(model, image, order)
    assert found[0].kind == model.config.position
    assert {answer.kind for answer in found} == {model.config.position, "sinusoidal", "none"}
    for answer in found:
        network = with_position(model, answer.kind)
        moved = shuffled(image, model.config.patch_size, order)
        assert answer.in_order == pytest.approx(network(image)[0].softmax(0), abs=1e-6)
        assert answer.shuffled == pytest.approx(network(moved)[0].softmax(0), abs=1e-6)
        assert answer.difference == float((answer.in_order - answer.shuffled).abs().max())
        assert answer.alike == (answer.kind == "none")


def test_in_reading_order_all_answers_are_alike() -> None:
    assert all(answer.alike for answer in compare_orders(small(), torch.randn(1, 1, 28, 28), range(16)))


def test_an_impossible_order_is_refused() -> None:
    with pytest.raises(PatchError, match="once"):
        compare_orders(small(), torch.randn(1, 1, 28, 28), [0] * 16)


@pytest.mark.parametrize("digits", [1, 130])
def test_right_answers_are_counted_one_by_one(digits: int) -> None:
    model, images, labels = small(), torch.randn(digits, 1, 28, 28), torch.randint(0, 10, (digits,))
    order, shares = random_order(16, seed=2), list[float]()
    scores = count_right(model, images, labels, order, shares.append)
    assert [score.kind for score in scores] == ["learned", "sinusoidal", "none"]
    for score in scores:
        network = with_position(model, score.kind)
        right = [int(sum(network(x).argmax(1) == labels)) for x in (images, shuffled(images, 7, order))]
        assert [score.in_order, score.shuffled] == right
        assert score.digits == digits
    assert scores[2].in_order == scores[2].shuffled
    assert shares == sorted(shares)
    assert shares[-1] == 1
