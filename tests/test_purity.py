"""Every gradient is written by hand: nothing in scratchnn/ borrows a layer, a gradient or an optimizer from torch."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import scratchnn

PACKAGE = Path(scratchnn.__file__).parent

MODULES = re.compile(r"(torch\.(nn|autograd|optim|func|ops|special|jit|_(?!_)\w+|utils\.checkpoint)|pickle|dill)\b")
SHORTCUTS = re.compile(
    r"conv\d?d|conv_\w+|convolution|_?convolution\w*|(adaptive_)?(max|avg)_pool\w*|(native_)?(layer|batch|group|rms)_norm\w*"
    r"|instance_norm|(log_)?softmax|logsumexp|logaddexp|relu6?_?|c?selu_?|celu_?|gelu|silu|mish|p?r?relu|sigmoid_?"
    r"|threshold\w*|\w*dropout_?|embedding\w*|\w*_loss|cross_entropy\w*|nll\w*|linear|bilinear|\w*dot_product_attention"
    r"|lstm\w*|gru\w*|rnn\w*|grid_sampler\w*|col2im|im2col|\w+_backward|set_grad_enabled|enable_grad|save|load"
)
METHODS = re.compile(
    r"(log_)?softmax|logsumexp|relu_?|gelu|sigmoid_?|\w*requires_grad_?|retain_grad|register_hook|grad_fn"
)

# oneDNN's matrix product has no public name in torch; matrix.py calls it as that, without its bias or activation
MATRIX_PRODUCT = {"torch.ops.mkldnn._linear_pointwise", "torch.ops.mkldnn", "torch.ops"}


def borrowed(source: str) -> list[str]:
    """What the code imports, names or calls that it should have written itself, `line: what`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names if MODULES.match(alias.name)]
            case ast.ImportFrom():
                full = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name for name in full if MODULES.match(name) or is_shortcut(name)]
            case ast.Attribute():
                chain = ast.unparse(node)
                names = [chain] if MODULES.match(chain) or is_shortcut(chain) or METHODS.fullmatch(node.attr) else []
                if chain.startswith("self."):  # a layer's own part, such as self.softmax
                    names = [name for name in names if "grad" in name and not name.startswith("self.grad")]
            case ast.keyword(arg="requires_grad"):
                names = ["requires_grad="]
            case ast.Constant(value=str(text)):
                names = [text] if MODULES.fullmatch(text) else []
        found += [f"{node.lineno}: {name}" for name in names]
    return found


def is_shortcut(name: str) -> bool:
    owner, _, last = name.rpartition(".")
    return owner in ("torch", "Tensor", "torch.Tensor") and bool(SHORTCUTS.fullmatch(last))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_borrowed(path: Path) -> None:
    found = borrowed(path.read_text())
    if path == PACKAGE / "matrix.py":
        found = [item for item in found if item.split(": ")[1] not in MATRIX_PRODUCT]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import torch.nn",
        "import torch.nn.functional as F",
        "from torch import nn",
        "from torch import autograd",
        "from torch.optim import Adam",
        "from torch.nn import Linear",
        "import pickle",
        "from pickle import dumps",
        "torch.nn.functional.relu(x)",
        "torch.autograd.grad(y, x)",
        "torch.ops.aten.convolution(x)",
        "torch._C._nn.gelu(x)",
        "torch.save(x, 'x')",
        "state = torch.load(path)",
        "y = torch.conv2d(x, w)",
        "y = torch.layer_norm(x, (3,))",
        "y = torch.batch_norm(x)",
        "y = torch.native_batch_norm(x)",
        "y = torch.softmax(x, 1)",
        "y = x.softmax(-1)",
        "y = scores.log_softmax(-1)",
        "y = (a + b).relu()",
        "y = torch.relu(x)",
        "y = torch.dropout(x, 0.5, True)",
        "y = torch.max_pool2d(x, 2)",
        "g = torch.threshold_backward(x, y, 0)",
        "y = torch.embedding(w, i)",
        "from torch import conv2d",
        "w = torch.zeros(3, requires_grad=True)",
        "w.requires_grad_()",
        "w.requires_grad = True",
        "importlib.import_module('torch.nn')",
        "self.weight.requires_grad_()",
        "torch.special.softmax(x, 1)",
    ],
)
def test_the_search_finds(source: str) -> None:
    assert borrowed(source)


@pytest.mark.parametrize(
    "source",
    [
        "weights = self.softmax(scores, trace=trace)",
        "grad = self.softmax.backward(grad, trace)",
        "loss, grad = losses.cross_entropy(logits, targets)",
        "self.relu = CustomReLU()",
        "torch.linalg.vector_norm(g)",
        "model.load_state_dict(state)",
        "from safetensors.torch import load_file, save_file",
        "call.gradients['x'] = grad",
    ],
)
def test_the_search_lets_pass(source: str) -> None:
    assert not borrowed(source)
