"""CustomTransformer reads any of its patches, in any order, and padding is as if it were not there."""

from typing import Any

import pytest
import torch
from torch import nn

from scratchnn.models import CustomTransformer
from tests.reference import assert_same


def new_transformer(**settings: Any) -> CustomTransformer:
    """Small, in float64, with places that matter."""
    settings = {"width": 12, "heads": 3, "feed_forward": 16, "dropout": 0.0} | settings
    model = CustomTransformer(**settings).to(torch.float64).eval()
    for name, parameter in model.named_parameters():
        if name in ("position.weight", "class_token"):
            parameter.value.normal_()
    return model


@pytest.mark.parametrize("pooling", ["mean", "class_token"])
@pytest.mark.parametrize("position", ["learned", "sinusoidal", "none"])
def test_a_shorter_sequence_is_the_same_alone_and_padded_in_a_batch(pooling: str, position: str) -> None:
    model = new_transformer(pooling=pooling, position=position)
    images = torch.randn(3, 1, 28, 28, dtype=torch.float64)
    lengths, longest = [5, 16, 1], 16
    chosen = [torch.randperm(16)[:length] for length in lengths]
    patches = torch.stack([nn.functional.pad(patches, (0, longest - len(patches))) for patches in chosen])
    padding = torch.arange(longest) >= torch.tensor(lengths)[:, None]

    together = model.trace()
    logits = model(images, trace=together, patches=patches, key_padding_mask=padding)
    grad_logits = torch.randn_like(logits)
    model.zero_grad()
    grad_images = model.backward(grad_logits, together)
    grads = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}

    model.zero_grad()
    for number, patches in enumerate(chosen):
        alone, one = model.trace(), slice(number, number + 1)
        assert_same(model(images[one], trace=alone, patches=patches), logits[one], "logits")
        assert_same(model.backward(grad_logits[one], alone), grad_images[one], "gradient of the image")
    for name, parameter in model.named_parameters():
        assert_same(parameter.grad, grads[name], name)


@pytest.mark.parametrize("pooling", ["mean", "class_token"])
def test_all_patches_in_order_is_what_no_choice_means(pooling: str) -> None:
    model, images = new_transformer(pooling=pooling), torch.randn(2, 1, 28, 28, dtype=torch.float64)
    assert_same(model(images, patches=torch.arange(16)), model(images), "logits")
    shuffled = torch.randperm(16)  # each patch keeps its own place, so the order of reading changes nothing
    assert_same(model(images, patches=shuffled), model(images), "logits")


def test_hidden_patches_have_no_influence() -> None:
    model, images = new_transformer(), torch.randn(2, 1, 28, 28, dtype=torch.float64)
    seen = torch.tensor([0, 1, 2, 3, 5, 6])
    logits = model(images, patches=seen)
    changed = images.clone()
    changed[:, :, 7:14, 0:7] += 1  # patch 4
    changed[:, :, 14:, :] = 0  # patches 8 to 15
    assert_same(model(changed, patches=seen), logits, "logits")
    changed[:, :, 0:7, 0:7] += 1  # patch 0
    assert not torch.allclose(model(changed, patches=seen), logits)
    trace = model.trace()
    model(images, trace=trace, patches=seen)
    grad = model.backward(torch.ones_like(logits), trace)
    assert not grad[:, :, 14:].any()
    assert grad[:, :, :7].any()
