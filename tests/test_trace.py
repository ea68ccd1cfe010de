"""The memory of a pass: names, calls, buffers, and what it says when it is used wrongly."""

import pytest
import torch
from torch import Tensor

from scratchnn.layers.activation import CustomReLU
from scratchnn.layers.flatten import CustomFlatten
from scratchnn.layers.linear import CustomLinear
from scratchnn.module import Module
from scratchnn.trace import NOT_KEPT, Trace


class Twice(Module):
    """One layer, used two times in a pass."""

    def __init__(self) -> None:
        self.linear = CustomLinear(3, 3)
        self.relus = [CustomReLU(), CustomReLU()]

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        for relu in self.relus:
            x = relu(self.linear(x, trace=trace), trace=trace)
        return trace.save(self, x)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        trace.recall(self, grad_output)
        grad = grad_output
        for relu in reversed(self.relus):
            grad = self.linear.backward(relu.backward(grad, trace), trace)
        return grad


def test_a_pass_remembers_every_call_under_its_layers_name() -> None:
    module, x = Twice(), torch.randn(2, 3)
    trace = module.trace()
    y = module(x, trace=trace)
    assert list(trace.calls) == ["linear", "relus.0", "relus.1", "model"]
    assert len(trace.calls["linear"]) == 2
    assert trace["model"].output is y
    assert trace["linear"] is trace.calls["linear"][-1], "indexing gives the latest call"
    assert trace.calls["linear"][0].saved["x"] is x
    assert "relus.0" in trace
    assert "relus.2" not in trace
    with pytest.raises(KeyError, match=r"'relus.2' was not called.*linear, relus.0, relus.1, model"):
        trace["relus.2"]


@pytest.mark.parametrize("training", [False, True])
def test_only_a_training_pass_gives_up_what_backward_needs_no_more(training: bool) -> None:
    layer = CustomLinear(3, 3)
    trace = layer.trace(reuse_buffers=training)
    layer(torch.randn(2, 3), trace=trace)
    call = trace["model"]
    kept = call.saved["x"]
    assert trace.release(call, "x") is kept
    assert ("x" in call.saved) != training


def test_backward_goes_through_the_latest_call_first() -> None:
    module = Twice()
    trace = module.trace()
    y = module(torch.randn(2, 3), trace=trace)
    first, second = trace.calls["linear"]
    grad = torch.ones_like(y)
    module.linear.backward(grad, trace)
    assert second.gradient is grad
    assert first.gradient is None
    module.linear.backward(2 * grad, trace)
    assert first.gradient is not None
    with pytest.raises(RuntimeError, match=r"linear: backward was called more often than forward.*run forward"):
        module.linear.backward(grad, trace)


def test_a_gradient_of_another_shape_is_refused_in_words() -> None:
    module = Twice()
    trace = module.trace()
    module(torch.randn(2, 3), trace=trace)
    with pytest.raises(ValueError, match=r"linear: the gradient is \[2, 4\].*output.*was \[2, 3\]"):
        module.linear.backward(torch.zeros(2, 4), trace)


def test_without_a_trace_backward_is_refused_in_words() -> None:
    layer = CustomLinear(3, 3)
    layer(torch.randn(2, 3))
    with pytest.raises(RuntimeError, match=r"backward was called more often than forward"):
        layer.backward(torch.zeros(2, 3), layer.trace())


def test_a_trace_of_another_module_is_refused_in_words() -> None:
    with pytest.raises(RuntimeError, match=r"CustomLinear: this trace was made for another module"):
        CustomLinear(3, 3)(torch.zeros(1, 3), trace=CustomReLU().trace())


def test_an_error_names_the_layer_with_and_without_a_trace() -> None:
    module = Twice()
    for trace in (module.trace(), None):
        with pytest.raises(ValueError, match=r"^linear: input is \[2, 4\]"):
            module(torch.zeros(2, 4), trace=trace)


def test_an_inspection_trace_overwrites_nothing() -> None:
    module = Twice()
    trace = module.trace()
    first = trace.buffer(module, "y", (2, 3), like=torch.zeros(1))
    trace.restart()
    assert trace.buffer(module, "y", (2, 3), like=torch.zeros(1)).data_ptr() != first.data_ptr()


def test_a_training_trace_reuses_its_memory_but_never_within_one_pass() -> None:
    module, like = Twice(), torch.zeros(1)
    trace = module.trace(reuse_buffers=True)
    first, second = (trace.buffer(module, "y", (2, 3), like=like) for _ in range(2))
    assert first.data_ptr() != second.data_ptr()
    trace.restart()
    assert trace.buffer(module, "y", (2, 3), like=like) is first
    assert trace.buffer(module, "y", (2, 3), like=like) is second
    assert trace.buffer(module, "y", (3, 2), like=like) is not first, "another shape, other memory"
    assert trace.buffer(module, "y", (2, 3), like=like.double()).dtype == torch.float64


def test_a_training_trace_keeps_no_more_than_backward_needs() -> None:
    module, x = Twice(), torch.randn(2, 3)
    trace = module.trace(reuse_buffers=True)
    module.backward(torch.ones_like(module(x, trace=trace)), trace)
    for call in (call for calls in trace.calls.values() for call in calls):
        assert call.output is NOT_KEPT
        assert call.gradient is NOT_KEPT
        assert call.output_shape == (2, 3)


def test_an_input_whose_shape_is_enough_is_kept_for_inspection_only() -> None:
    layer, x = CustomFlatten(), torch.randn(2, 3, 4)
    inspected, trained = layer.trace(), layer.trace(reuse_buffers=True)
    for trace in (inspected, trained):
        layer(x, trace=trace)
        assert trace["model"].input_shape == (2, 3, 4)
    assert inspected["model"].saved["x"] is x
    assert "x" not in trained["model"].saved


def test_what_is_made_for_a_call_is_made_once_for_all_training_passes() -> None:
    module = Twice()
    trace = module.trace(reuse_buffers=True)
    first, second = (trace.kept(module, "views", (2, 3), list) for _ in range(2))
    assert first is not second
    trace.restart()
    assert trace.kept(module, "views", (3, 2), list) is not first, "another shape, other memory"
    assert trace.kept(module, "views", (2, 3), list) is first
    assert trace.kept(module, "views", (2, 3), list) is second
    inspected = module.trace()
    assert inspected.kept(module, "views", (2, 3), list) is not inspected.restart().kept(module, "views", (2, 3), list)


def test_restart_forgets_the_calls() -> None:
    module = Twice()
    trace = module.trace(reuse_buffers=True)
    module(torch.randn(2, 3), trace=trace)
    assert trace.restart() is trace
    assert not trace.calls


def test_buffer_like_is_laid_out_like_its_model() -> None:
    module = Twice()
    trace = module.trace()
    for like in (torch.empty(2, 3, 4, 5), torch.empty(3, 4, 5, 2).permute(3, 0, 1, 2), torch.empty(1, 1, 4, 1)):
        buffer = trace.buffer_like(module, "y", like)
        assert buffer.shape == like.shape
        assert buffer.stride() == like.stride()
