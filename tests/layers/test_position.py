"""CustomPositionalEncoding, which torch.nn lacks, against its formula and autograd."""

import math
from typing import Literal

import pytest
import torch
from hypothesis import given, strategies as st

from scratchnn.layers.position import CustomPositionalEncoding
from tests.reference import check_against_torch
from tests.twins import LearnedPositions


@given(st.data())
def test_learned_equals_autograd(data: st.DataObject) -> None:
    batch, tokens, width = (data.draw(st.integers(1, 5)) for _ in range(3))
    longest = tokens + data.draw(st.integers(0, 3))
    shape = data.draw(st.sampled_from([None, (tokens,), (batch, tokens)]))
    positions = None if shape is None else torch.randint(longest, shape)
    x = torch.randn(batch, tokens, width, dtype=torch.float64)
    check_against_torch(
        CustomPositionalEncoding(longest, width), LearnedPositions(longest, width), x, positions=positions
    )


def test_sinusoidal_is_the_formula_of_vaswani_et_al() -> None:
    layer = CustomPositionalEncoding(50, 8, "sinusoidal")
    y = layer(torch.zeros(1, 50, 8, dtype=torch.float64))
    for place in (0, 1, 7, 49):
        for i in range(4):
            angle = place / 10_000 ** (2 * i / 8)
            assert y[0, place, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-12)
            assert y[0, place, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-12)
    assert layer.state_dict() == {}, "a table that is computed is not part of the state"


@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
def test_tokens_keep_their_places_when_others_are_left_out(kind: Literal["learned", "sinusoidal"]) -> None:
    layer, x = CustomPositionalEncoding(6, 4, kind), torch.randn(2, 6, 4)
    kept = torch.tensor([5, 0, 3])
    assert torch.equal(layer(x[:, kept], positions=kept), layer(x)[:, kept])


def test_none_adds_nothing() -> None:
    layer, x = CustomPositionalEncoding(6, 4, "none"), torch.randn(2, 6, 4)
    trace = layer.trace()
    assert torch.equal(layer(x, trace=trace), x)
    assert torch.equal(layer.backward(x, trace), x)
    assert layer.num_parameters() == 0


def test_the_gradient_of_the_encoding_is_noted_for_pages() -> None:
    layer = CustomPositionalEncoding(6, 4)
    trace = layer.trace()
    layer.backward(torch.ones_like(layer(torch.randn(2, 3, 4), trace=trace)), trace)
    assert trace["model"].gradients["encoding"].shape == trace["model"].saved["encoding"].shape


def test_what_does_not_fit_is_refused_in_words() -> None:
    layer = CustomPositionalEncoding(5, 4)
    with pytest.raises(ValueError, match=r"from 0 to 5.*knows 5.*shorter sequence.*max_length=6"):
        layer(torch.zeros(2, 6, 4))
    with pytest.raises(ValueError, match=r"\[2, 5, 3\].*width 4.*\[B, T, 4\]"):
        layer(torch.zeros(2, 5, 3))
    with pytest.raises(ValueError, match=r"positions are \[4\].*\[5\] or \[2, 5\]"):
        layer(torch.zeros(2, 5, 4), positions=torch.arange(4))
    with pytest.raises(ValueError, match=r"from -1 to 3"):
        layer(torch.zeros(2, 5, 4), positions=torch.arange(5) - 1)
    with pytest.raises(ValueError, match=r"CustomPositionalEncoding.*width must be even, not 5"):
        CustomPositionalEncoding(5, 5, "sinusoidal")
    with pytest.raises(ValueError, match=r"kind is 'rotary'; use 'learned', 'sinusoidal' or 'none'"):
        CustomPositionalEncoding(5, 4, "rotary")  # type: ignore[arg-type]
