"""The rules that every layer keeps: exact gradients, a pass that leaves no mark, memory that may be used again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor

from scratchnn.module import Module
from scratchnn.trace import Trace
from tests.layers.zoo import ZOO, Example
from tests.reference import DEVICES, as_tuple, assert_same, finite_differences, layouts, snapshot

examples = pytest.mark.parametrize("example", ZOO.values(), ids=ZOO.keys())


def new_trace(layer: Module, **options: Any) -> Trace:
    """Dropout draws the same mask in each pass that starts with a new trace."""
    return layer.trace(generator=torch.Generator().manual_seed(0), **options)


def run(layer: Module, example: Example, inputs: tuple[Tensor, ...], trace: Trace) -> dict[str, Tensor]:
    """Copies of the output and of every gradient of one pass, the output's gradient being 1, 2, 3, … / 10."""
    layer.zero_grad()
    y = layer(*inputs, trace=trace, **example.options)
    kept = {"output": y.clone()}
    grad_y = torch.arange(1, y.numel() + 1, dtype=y.dtype, device=y.device).view(y.shape) / 10
    grads = as_tuple(layer.backward(grad_y, trace))
    kept |= {f"gradient of input {number}": grad.clone() for number, grad in enumerate(grads) if grad is not None}
    return kept | {f"gradient of {name}": parameter.grad.clone() for name, parameter in layer.named_parameters()}


def assert_equal_passes(actual: dict[str, Tensor], expected: dict[str, Tensor], **tolerance: float) -> None:
    assert actual.keys() == expected.keys()
    for what, tensor in expected.items():
        assert_same(actual[what], tensor, what, **tolerance)


@examples
def test_gradients_equal_central_differences(example: Example) -> None:
    finite_differences(example.layer(), *example.inputs(2), **example.options)


@examples
def test_backward_adds_to_what_is_there(example: Example) -> None:
    layer, inputs = example.layer(), example.inputs(2)
    once = run(layer, example, inputs, new_trace(layer))
    trace = new_trace(layer)
    y = layer(*inputs, trace=trace, **example.options)  # the gradients of the first pass are still there
    layer.backward(torch.arange(1, y.numel() + 1, dtype=y.dtype).view(y.shape) / 10, trace)
    for name, parameter in layer.named_parameters():
        assert_same(parameter.grad, 2 * once[f"gradient of {name}"], name)


@examples
def test_one_layer_may_be_used_twice_in_one_pass(example: Example) -> None:
    layer = example.layer()
    first, second = example.inputs(2), example.inputs(3)
    together, alone = new_trace(layer), new_trace(layer)
    outputs = [layer(*inputs, trace=together, **example.options) for inputs in (first, second)]
    grads = [torch.randn_like(y) for y in outputs]
    layer.zero_grad()
    back = [as_tuple(layer.backward(grad, together)) for grad in reversed(grads)][::-1]
    sums = {name: parameter.grad.clone() for name, parameter in layer.named_parameters()}
    layer.zero_grad()
    for inputs, output, grad, expected in zip((first, second), outputs, grads, back, strict=True):
        assert_same(layer(*inputs, trace=alone, **example.options), output, "output")
        for number, one in enumerate(as_tuple(layer.backward(grad, alone))):
            assert_same(one, expected[number], f"gradient of input {number}")
    for name, parameter in layer.named_parameters():
        assert_same(parameter.grad, sums[name], name)


@examples
def test_the_layout_in_memory_changes_no_number(example: Example) -> None:
    layer, inputs = example.layer(), example.inputs(3)
    expected = run(layer, example, inputs, new_trace(layer))
    for number, x in enumerate(inputs):
        for _, same in layouts(x):
            others = (*inputs[:number], same, *inputs[number + 1 :])
            assert_equal_passes(run(layer, example, others, new_trace(layer)), expected)
    trace = new_trace(layer)
    y = layer(*inputs, trace=trace, **example.options)
    for _, grad in layouts(torch.arange(1, y.numel() + 1, dtype=y.dtype).view(y.shape) / 10):
        trace = new_trace(layer)
        layer.zero_grad()
        layer(*inputs, trace=trace, **example.options)
        for number, back in enumerate(as_tuple(layer.backward(grad, trace))):
            assert_same(back, expected.get(f"gradient of input {number}"), f"gradient of input {number}")
        for name, parameter in layer.named_parameters():
            assert_same(parameter.grad, expected[f"gradient of {name}"], name)


@examples
def test_memory_that_is_used_again_changes_no_number(example: Example) -> None:
    layer = example.layer()
    kept = new_trace(layer, reuse_buffers=True)
    for batch in (3, 1, 3, 2, 3):
        inputs = example.inputs(batch)
        kept.restart().generator.manual_seed(0)  # type: ignore[union-attr]
        assert_equal_passes(run(layer, example, inputs, kept), run(layer, example, inputs, new_trace(layer)))


@examples
def test_nothing_received_or_saved_is_overwritten(example: Example) -> None:
    layer, inputs = example.layer(), example.inputs(2)
    received = [x.clone() for x in inputs]
    weights = {name: parameter.value.clone() for name, parameter in layer.named_parameters()}
    trace = new_trace(layer)
    y = layer(*inputs, trace=trace, **example.options)
    before = snapshot(trace)
    grad = torch.randn_like(y)
    grad_received = grad.clone()
    layer.backward(grad, trace)
    assert_same(grad, grad_received, "the gradient received", rtol=0, atol=0)
    for x, copied in zip(inputs, received, strict=True):
        assert_same(x, copied, "an input", rtol=0, atol=0)
    for what, tensor in snapshot(trace).items():
        assert_same(tensor, before[what], what, rtol=0, atol=0)
    for name, parameter in layer.named_parameters():
        assert_same(parameter.value, weights[name], name, rtol=0, atol=0)


@examples
def test_a_pass_leaves_nothing_on_the_layer(example: Example) -> None:
    layer, inputs = example.layer(), example.inputs(2)
    before = {name: dict(vars(module)) for name, module in layer.named_modules()}
    run(layer, example, inputs, new_trace(layer))
    for name, module in layer.named_modules():
        assert vars(module) == before[name]


@examples
def test_without_a_trace_the_output_is_the_same_and_backward_says_what_is_missing(example: Example) -> None:
    layer, inputs = example.layer().eval(), example.inputs(2)
    trace = layer.trace()
    assert_same(layer(*inputs, **example.options), layer(*inputs, trace=trace, **example.options), "output")
    layer.backward(trace["model"].output, trace)
    with pytest.raises(RuntimeError, match="model: backward was called more often than forward"):
        layer.backward(trace["model"].output, trace)


@examples
def test_the_trace_knows_each_layers_output_and_gradient(example: Example) -> None:
    layer = example.layer()
    trace = new_trace(layer)
    run(layer, example, example.inputs(2), trace)
    for name, module in layer.named_modules():
        call = trace[name or "model"]
        assert call.gradient is not None, f"{type(module).__name__} was not reached"
        assert call.gradient.shape == call.output.shape
        for saved, gradient in call.gradients.items():
            assert gradient.shape == call.saved[saved].shape, f"dL/d{saved}"


@examples
def test_a_copy_computes_the_same_and_shares_nothing(example: Example) -> None:
    layer, inputs = example.layer(), example.inputs(2)
    copied = copy.deepcopy(layer)
    assert_equal_passes(
        run(copied, example, inputs, new_trace(copied)), run(layer, example, inputs, new_trace(layer)), rtol=0, atol=0
    )


@examples
def test_single_precision_stays_single_and_agrees(example: Example) -> None:
    layer, inputs = example.layer(), example.inputs(2)
    expected = run(layer, example, inputs, new_trace(layer))
    single = tuple(x.float() if x.is_floating_point() else x for x in inputs)
    layer.to(torch.float32)
    for what, tensor in run(layer, example, single, new_trace(layer)).items():
        assert tensor.dtype == torch.float32, what
        largest = expected[what].abs().max().item()
        assert_same(tensor.double(), expected[what], what, rtol=1e-4, atol=1e-4 * max(1.0, largest))


@pytest.mark.parametrize("device", DEVICES)
@examples
def test_every_device_computes_the_same(example: Example, device: str) -> None:
    layer, inputs = example.layer().eval(), example.inputs(2)
    expected = run(layer, example, inputs, layer.trace())
    options = {name: value.to(device) for name, value in example.options.items()}
    layer.to(device)
    moved = Example(example.make, example.shapes, options)
    actual = run(layer, moved, tuple(x.to(device) for x in inputs), layer.trace())
    assert_equal_passes({what: tensor.cpu() for what, tensor in actual.items()}, expected, rtol=1e-7, atol=1e-9)
