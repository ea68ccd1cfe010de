"""The tree: names, state, modes, and refusals in words."""

import copy

import pytest
import torch
from torch import Tensor

from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomBatchNorm2d
from scratchnn.module import Module
from scratchnn.trace import Trace


class Tree(Module):
    """A child, a list of children, a grandchild."""

    def __init__(self) -> None:
        self.head = CustomLinear(4, 2)
        self.blocks = [CustomLinear(4, 4, bias=False), CustomBatchNorm2d(3)]
        self.drop = CustomDropout(0.5)

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        return trace.save(self, self.head(self.blocks[0](x, trace=trace), trace=trace))


NAMES = ["head.weight", "head.bias", "blocks.0.weight", "blocks.1.weight", "blocks.1.bias"]
BUFFERS = ["blocks.1.running_mean", "blocks.1.running_var", "blocks.1.num_batches_tracked"]


def test_names_are_the_path_of_attributes() -> None:
    tree = Tree()
    assert [name for name, _ in tree.named_modules()] == ["", "head", "blocks.0", "blocks.1", "drop"]
    assert [name for name, _ in tree.named_parameters()] == NAMES
    assert list(tree.state_dict()) == NAMES + BUFFERS
    assert tree.num_parameters() == 4 * 2 + 2 + 16 + 3 + 3 == sum(p.value.numel() for p in tree.parameters())


def test_train_and_eval_reach_every_module() -> None:
    tree = Tree()
    assert not tree.eval().drop.training
    assert not tree.blocks[1].training
    assert tree.train().drop.training
    assert tree.blocks[1].training


def test_a_state_goes_through_and_is_copied_not_shared() -> None:
    source, target = Tree(), Tree()
    storage = target.head.weight.value.data_ptr()
    target.load_state_dict(source.state_dict())
    for name, tensor in target.state_dict().items():
        assert torch.equal(tensor, source.state_dict()[name])
    assert target.head.weight.value.data_ptr() == storage, "loading writes into the tensors that are there"
    source.head.weight.value.zero_()
    assert (target.head.weight.value != 0).any()


def test_a_state_that_does_not_fit_is_refused_in_words_and_changes_nothing() -> None:
    tree = Tree()
    kept = {name: tensor.clone() for name, tensor in tree.state_dict().items()}
    good = {name: tensor + 1 for name, tensor in kept.items()}
    with pytest.raises(ValueError, match=r"head.bias is missing from the given state; it has head.weight, "):
        tree.load_state_dict({name: tensor for name, tensor in good.items() if name != "head.bias"})
    with pytest.raises(ValueError, match=r"tail.weight is not a name of this Tree; it has head.weight, "):
        tree.load_state_dict(good | {"tail.weight": torch.zeros(1)})
    with pytest.raises(ValueError, match=r"blocks.1.bias is \[5\] in the given state, but \[3\] in this Tree"):
        tree.load_state_dict(good | {"blocks.1.bias": torch.zeros(5)})
    for name, tensor in tree.state_dict().items():
        assert torch.equal(tensor, kept[name])


def test_to_changes_dtype_of_values_and_gradients_but_not_of_counts() -> None:
    tree = Tree().to(torch.float64)
    for parameter in tree.parameters():
        assert parameter.value.dtype == parameter.grad.dtype == torch.float64
    assert tree.state_dict()["blocks.1.running_mean"].dtype == torch.float64
    assert tree.state_dict()["blocks.1.num_batches_tracked"].dtype == torch.int64
    assert all(parameter.grad.device.type == "meta" for parameter in Tree().to("meta").parameters())


def test_the_same_seed_draws_the_same_weights() -> None:
    first, second = Tree(), Tree()
    for tree in (first, second):
        tree.reset_parameters(torch.Generator().manual_seed(3))
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])


def test_gradients_add_up_until_zeroed() -> None:
    layer, x = CustomLinear(4, 2), torch.randn(3, 4)
    for _ in range(2):
        trace = layer.trace()
        layer.backward(torch.ones_like(layer(x, trace=trace)), trace)
    torch.testing.assert_close(layer.bias.grad, torch.full((2,), 6.0))
    layer.zero_grad()
    assert not layer.bias.grad.any()
    assert not layer.weight.grad.any()


def test_a_copy_shares_nothing() -> None:
    tree = Tree()
    copied = copy.deepcopy(tree)
    copied.head.weight.value.add_(1)
    copied.head.weight.grad.add_(1)
    assert not torch.equal(tree.head.weight.value, copied.head.weight.value)
    assert not tree.head.weight.grad.any()


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        Module()(1)
    with pytest.raises(NotImplementedError, match="Tree has no backward"):
        Tree().backward(torch.zeros(1), Tree().trace())
