"""The positional encoding's pictures, recomputed from the layer and from the paper's formula."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.inspection.positions import bare_tokens, in_comparison, positions
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace

KINDS = ["learned", "sinusoidal", "none"]


def small(**settings: Any) -> CustomTransformer:
    return CustomTransformer(width=12, heads=2, feed_forward=8, depth=1, **settings).eval()


def at_work(model: CustomTransformer) -> tuple[Trace, Tensor]:
    """A pass over two images, and the second one's tokens before anything is added to them."""
    trace = model.trace()
    model(torch.randn(2, 1, 28, 28), trace=trace)
    tokens = trace["patch_embedding"].output[1]
    return trace, tokens if model.class_token is None else torch.cat([model.class_token.value[None], tokens])


@pytest.mark.parametrize("pooling", ["mean", "class_token"])
@pytest.mark.parametrize("kind", KINDS)
def test_table_is_what_the_layer_adds(kind: str, pooling: str) -> None:
    model = small(position=kind, pooling=pooling)
    shown, (trace, tokens) = positions(model), at_work(model)
    assert shown.has_class_token == (pooling == "class_token")
    assert shown.table.shape == tokens.shape
    assert tokens + shown.table == pytest.approx(trace["position"].output[1].double(), abs=1e-6)
    assert shown.table.any() == (kind != "none")


def test_sinusoidal_waves_follow_the_formula() -> None:
    shown = positions(small(position="sinusoidal"))
    for component in range(12):
        function = math.cos if component % 2 else math.sin
        rate = 10_000 ** (component // 2 * 2 / 12)
        assert shown.wave(component).tolist() == pytest.approx([function(place / rate) for place in range(16)])
    with pytest.raises(ValueError, match="no component 12: they go from 0 to 11"):
        shown.wave(12)


@pytest.mark.parametrize("pooling", ["mean", "class_token"])
@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
def test_similarity_is_the_cosine_of_every_two_rows(kind: str, pooling: str) -> None:
    shown = positions(small(position=kind, pooling=pooling, patch_size=4))
    rows, similarity = shown.table.tolist(), shown.similarity()
    for t, one in enumerate(rows):
        for s, other in enumerate(rows):
            cosine = sum(a * b for a, b in zip(one, other, strict=True))
            cosine /= math.hypot(*one) * math.hypot(*other)
            assert float(similarity[t, s]) == pytest.approx(cosine, abs=1e-9)
    maps, first = shown.similarity_maps(), len(rows) - 49
    assert maps.shape == (49, 7, 7)
    for patch, other in [(0, 0), (3, 30), (48, 11)]:
        assert maps[patch, other // 7, other % 7] == similarity[first + patch, first + other]
        assert maps[patch, patch // 7, patch % 7] == pytest.approx(1)


def test_without_an_encoding_no_place_is_like_another() -> None:
    shown = positions(small(position="none"))
    assert not shown.table.any()
    assert shown.similarity().isnan().all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_models_own_encoding_is_compared_with_those_it_could_have(kind: str) -> None:
    found = in_comparison(small(position=kind))
    expected = [kind, *(other for other in ("sinusoidal", "none") if other != kind)]
    assert list(found) == expected
    assert {shown.kind for shown in found.values()} == set(expected)
    assert torch.equal(found["sinusoidal"].table, positions(small(position="sinusoidal")).table)
    assert len({shown.table.shape for shown in found.values()}) == 1


def test_an_odd_width_has_no_sinusoids_to_compare_with() -> None:
    model = CustomTransformer(width=9, heads=3, feed_forward=4, depth=1)
    assert list(in_comparison(model)) == ["learned", "none"]


@pytest.mark.parametrize("pooling", ["mean", "class_token"])
@pytest.mark.parametrize("kind", KINDS)
def test_bare_tokens_are_those_before_anything_is_added(kind: str, pooling: str) -> None:
    trace, tokens = at_work(small(position=kind, pooling=pooling))
    assert bare_tokens(trace, image=1).tolist() == tokens.tolist()
