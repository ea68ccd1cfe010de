"""Attention as the pass has it; averages, rollout and places recomputed by loops."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.inspection.attention import CLASS_TOKEN, Attention, read_attention
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace

SMALL: dict[str, Any] = {"width": 24, "heads": 3, "feed_forward": 16, "depth": 3}
SETTINGS = [
    SMALL,
    {**SMALL, "pooling": "class_token"},
    {**SMALL, "norm_first": True, "position": "sinusoidal", "patch_size": 4, "depth": 1},
    {**SMALL, "pooling": "class_token", "position": "none", "image_size": 32, "patch_size": 8},
]
HIDDEN = [[], [0], [3, 7, 8]]


def at_work(settings: dict[str, Any], hidden: list[int]) -> tuple[CustomTransformer, Trace, Attention]:
    """A network, its pass over two images, and the second one's attention. Weights far from uniform."""
    model = CustomTransformer(**settings)
    for name, parameter in model.named_parameters():
        if name.endswith("in_proj_weight"):
            parameter.value.mul_(4)
    model.eval()
    trace, size = model.trace(), model.config.image_size
    shown = torch.tensor([patch for patch in range(model.config.num_patches) if patch not in hidden])
    model(torch.randn(2, 1, size, size), trace=trace, patches=shown if hidden else None)
    return model, trace, read_attention(model, trace, image=1)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("settings", SETTINGS)
def test_weights_are_those_of_the_pass(settings: dict[str, Any], hidden: list[int]) -> None:
    model, trace, attention = at_work(settings, hidden)
    tokens = model.config.num_patches - len(hidden) + attention.has_class_token
    assert attention.has_class_token == (settings.get("pooling") == "class_token")
    assert attention.weights.shape == (model.config.depth, 3, tokens, tokens)
    for layer in range(model.config.depth):
        saved = trace[f"encoder.layers.{layer}.self_attn"].saved
        assert torch.equal(attention.weights[layer], saved["weights"][1])
        for head in range(3):
            scores = saved["query"][1, head] @ saved["key"][1, head].T / 8**0.5
            assert attention.weights[layer, head] == pytest.approx(scores.softmax(-1), abs=1e-5)
            sizes = saved["value"][1, head].square().sum(1).sqrt()
            assert attention.value_sizes[layer, head] == pytest.approx(sizes, abs=1e-5)
    assert attention.weights.sum(-1) == pytest.approx(torch.ones(attention.weights.shape[:3]), abs=1e-5)
    assert attention.weights.std() > 0.01


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("settings", SETTINGS)
def test_mean_and_rollout_are_what_a_loop_makes_of_the_weights(settings: dict[str, Any], hidden: list[int]) -> None:
    _, _, attention = at_work(settings, hidden)
    layers, heads, tokens, _ = attention.weights.shape
    weights = attention.weights.tolist()
    reached = [[float(t == s) for s in range(tokens)] for t in range(tokens)]
    for layer in range(layers):
        mean = [
            [sum(weights[layer][h][t][s] for h in range(heads)) / heads for s in range(tokens)] for t in range(tokens)
        ]
        assert attention.mean()[layer] == pytest.approx(torch.tensor(mean), abs=1e-6)
        step = [[(mean[t][s] + (t == s)) / 2 for s in range(tokens)] for t in range(tokens)]
        reached = [
            [sum(step[t][by] * reached[by][s] for by in range(tokens)) for s in range(tokens)] for t in range(tokens)
        ]
    rollout = attention.rollout()
    assert rollout == pytest.approx(torch.tensor(reached, dtype=torch.float64), abs=1e-6)
    assert rollout.sum(1) == pytest.approx(torch.ones(tokens, dtype=torch.float64), abs=1e-5)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("settings", SETTINGS)
def test_every_share_lands_on_its_patch(settings: dict[str, Any], hidden: list[int]) -> None:
    model, _, attention = at_work(settings, hidden)
    side, first = model.config.image_size // model.config.patch_size, int(attention.has_class_token)
    grids = attention.on_grid(attention.weights)
    assert grids.shape == (*attention.weights.shape[:3], side, side)
    token = first
    for patch in range(side * side):
        here = grids[..., patch // side, patch % side]
        if patch in hidden:
            assert here.isnan().all()
        else:
            assert attention.patches[token] == patch
            assert torch.equal(here, attention.weights[..., token])
            token += 1
    assert token == len(attention.patches)
    assert (attention.patches == CLASS_TOKEN).sum() == first


@pytest.mark.parametrize("settings", SETTINGS)
def test_what_is_read_out_is_the_class_token_or_the_mean_of_all(settings: dict[str, Any]) -> None:
    _, _, attention = at_work(settings, [2])
    rollout = attention.rollout()
    expected: Tensor = rollout[0] if attention.has_class_token else rollout.mean(0)
    assert attention.read_from(rollout) == pytest.approx(expected, abs=1e-6)
    assert attention.read_from(attention.mean()).sum(-1) == pytest.approx(torch.ones(len(attention.weights)), abs=1e-5)
