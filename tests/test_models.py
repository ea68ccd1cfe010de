"""Both networks: equal to torch.nn's from image to every gradient, in every kind of pass."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import torch
from hypothesis import assume, given, strategies as st
from torch import Tensor, nn

from scratchnn.config import CNNConfig, RunConfig, TransformerConfig, preset
from scratchnn.losses import cross_entropy
from scratchnn.models import CustomCNN, CustomTransformer, build_model
from scratchnn.module import Module
from tests.reference import DEVICES, assert_same, check_against_torch, finite_differences, share_state
from tests.strategies import cnns, transformers
from tests.twins import CNN, Transformer


def digits(batch: int, channels: int, size: int) -> Tensor:
    """Like MNIST: mostly background, all of one value."""
    images = torch.randn(batch, channels, size, size, dtype=torch.float64)
    return torch.where(torch.rand_like(images) < 0.6, -0.4242, images)


def check_loss(ours: Module, theirs: nn.Module, images: Tensor, num_classes: int, **options: Any) -> None:
    """From image to loss, and from the loss to every parameter."""
    targets = torch.randint(num_classes, (len(images),), device=images.device)
    trace = ours.trace(input_gradient=False, reuse_buffers=True)
    ours.zero_grad()
    theirs.zero_grad()
    loss, grad = cross_entropy(ours(images, trace=trace, **options), targets, 0.1)
    expected = nn.functional.cross_entropy(theirs(images, **options), targets, label_smoothing=0.1)
    assert_same(loss, expected.detach(), "loss")
    ours.backward(grad, trace)
    expected.backward()
    for name, parameter in ours.named_parameters():
        assert_same(parameter.grad, theirs.get_parameter(name).grad, f"gradient of {name}")


@given(settings=cnns(), batch=st.integers(1, 4), channels=st.integers(1, 2), classes=st.integers(2, 10))
def test_cnn_equals_torch(settings: dict[str, Any], batch: int, channels: int, classes: int) -> None:
    # one image and a last map of 1×1 have no variance to normalise by
    assume(not settings["batch_norm"] or batch * settings["image_size"] > 13)
    ours = CustomCNN(channels, classes, **settings)
    theirs = CNN(CNNConfig(**settings), channels, classes)
    images = digits(batch, channels, settings["image_size"])
    check_against_torch(ours, theirs, images)
    check_loss(ours, theirs, images, classes)
    check_against_torch(ours.eval(), theirs.eval(), images)


@given(settings=transformers(), data=st.data())
@hypothesis.settings(max_examples=80)
def test_transformer_equals_torch(settings: dict[str, Any], data: st.DataObject) -> None:
    batch, channels, classes = (data.draw(st.integers(low, high)) for low, high in ((1, 3), (1, 2), (2, 10)))
    config = TransformerConfig(**settings)
    options: dict[str, Tensor] = {}
    tokens = config.num_patches
    if data.draw(st.booleans(), label="some patches only"):
        tokens = data.draw(st.integers(1, config.num_patches))
        shape = data.draw(st.sampled_from([(tokens,), (batch, tokens)]))
        options["patches"] = torch.randint(config.num_patches, shape)
    if data.draw(st.booleans(), label="padding"):
        options["key_padding_mask"] = torch.rand(batch, tokens) < 0.5
        options["key_padding_mask"][:, 0] = False
    ours, theirs = CustomTransformer(channels, classes, **settings), Transformer(config, channels, classes)
    images = digits(batch, channels, config.image_size)
    check_against_torch(ours, theirs, images, **options)
    check_loss(ours, theirs, images, classes, **options)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("model", "name"), [("cnn", "course"), ("cnn", "accurate"), ("transformer", "course"), ("transformer", "live")]
)
def test_presets_equal_torch(model: Any, name: str, device: str) -> None:
    config = preset(model, name).changed(model, dropout=0.0)
    ours = build_model(config)
    theirs = CNN(config.cnn) if model == "cnn" else Transformer(config.transformer)
    share_state(ours, theirs)
    ours.to(device)
    check_loss(ours, theirs.to(device), digits(8, 1, 28).to(device), 10)
    for tensor, value in theirs.state_dict().items():
        assert_same(ours.state_dict()[tensor], value, tensor)  # batch norm's running statistics too


def test_the_course_designs() -> None:
    state = CustomCNN().state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
        "conv1.weight": (16, 1, 3, 3), "conv1.bias": (16,),
        "conv2.weight": (32, 16, 3, 3), "conv2.bias": (32,),
        "conv3.weight": (64, 32, 3, 3), "conv3.bias": (64,),
        "fc1.weight": (128, 576), "fc1.bias": (128,),
        "fc2.weight": (10, 128), "fc2.bias": (10,),
    }  # fmt: skip
    transformer = CustomTransformer()
    assert transformer.position.weight.value.shape == (16, 256)
    assert [layer.self_attn.num_heads for layer in transformer.encoder.layers] == [8, 8]
    assert transformer.encoder.layers[0].feed_forward.linear1.out_features == 512


SMALL: list[Any] = [
    lambda: CustomCNN(image_size=8, channels=(2, 3), hidden=4, batch_norm=True, dropout=0.3),
    lambda: CustomTransformer(image_size=8, patch_size=4, width=8, heads=2, feed_forward=6, dropout=0.3),
    lambda: CustomTransformer(
        image_size=8, patch_size=4, width=8, heads=2, feed_forward=6, dropout=0.3, norm_first=True,
        pooling="class_token", activation="gelu",
    ),
]  # fmt: skip
small = pytest.mark.parametrize("make", SMALL, ids=["cnn", "transformer", "transformer, norm first, class token"])


@small
def test_gradients_with_dropout_equal_central_differences(make: Any) -> None:
    finite_differences(make().to(torch.float64), torch.randn(3, 1, 8, 8, dtype=torch.float64), samples=6)


@small
def test_a_training_trace_gives_the_numbers_of_a_new_one(make: Any) -> None:
    model = make()
    kept = model.trace(reuse_buffers=True, input_gradient=False, generator=torch.Generator())
    for batch in (4, 2, 4, 3):
        images, grads = torch.randn(batch, 1, 8, 8), []
        for trace in (kept.restart(), model.trace(generator=torch.Generator())):
            assert trace.generator is not None
            trace.generator.manual_seed(batch)
            model.zero_grad()
            logits = model(images, trace=trace)
            model.backward(cross_entropy(logits, torch.arange(batch))[1], trace)
            grads.append([logits.clone(), *(parameter.grad.clone() for parameter in model.parameters())])
        assert all(torch.equal(one, other) for one, other in zip(*grads, strict=True))


@small
def test_two_passes_at_the_same_time_do_not_disturb_each_other(make: Any) -> None:
    model, (first, second) = make().eval(), torch.randn(2, 3, 1, 8, 8)
    alone = model.trace()
    model(first, trace=alone)
    expected = model.backward(torch.ones(3, 10), alone)
    one, other = model.trace(), model.trace()
    model(first, trace=one)
    model(second, trace=other)
    model.backward(torch.ones(3, 10), other)
    assert torch.equal(model.backward(torch.ones(3, 10), one), expected)


@pytest.mark.parametrize("model", ["cnn", "transformer"])
def test_the_seed_of_the_config_decides_the_weights(model: Any) -> None:
    first, again = (build_model(RunConfig(model=model)).state_dict() for _ in range(2))
    other = build_model(RunConfig(model=model).changed("training", seed=1)).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first if name.endswith("in_proj_weight"))
    assert not torch.equal(next(iter(first.values())), next(iter(other.values())))


def test_impossible_settings_are_refused_in_words_before_anything_is_built() -> None:
    with pytest.raises(ValueError, match=r"block 4 would pool a 1×1 map down to nothing; use fewer blocks"):
        CustomCNN(channels=(2, 2, 2, 2), image_size=8)
    with pytest.raises(ValueError, match=r"patches of 5×5 do not tile an image of 28×28; use a patch size of 2, 4"):
        CustomTransformer(patch_size=5)
    with pytest.raises(ValueError, match=r"^kernel_size must be greater than or equal to 1, not 0$"):
        CustomCNN(kernel_size=0)
    with pytest.raises(ValueError, match=r"^channels, number 2, must be .*, not 0$"):
        CustomCNN(channels=(4, 0))
    with pytest.raises(ValueError, match="chanels"):
        CustomCNN(chanels=(2, 2))


@pytest.mark.parametrize("make", [CustomCNN, CustomTransformer])
def test_images_of_another_size_are_refused_in_words(make: Any) -> None:
    for shape in ((2, 1, 14, 14), (2, 3, 28, 28), (28, 28)):
        with pytest.raises(ValueError, match=rf"\[{', '.join(map(str, shape))}\].*\[B, 1, 28, 28\]"):
            make()(torch.zeros(shape))
