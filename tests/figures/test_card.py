"""The card's numbers are the network's own: every step and term of it recomputes, from what the page sends."""

from __future__ import annotations

import math

import pytest
import torch

from scratchnn.config import ModelName
from scratchnn.figures.card import card
from scratchnn.figures.network.cnn import cnn_columns
from scratchnn.figures.network.transformer import transformer_columns
from scratchnn.inspection.arithmetic import Provenance, explain, explainable, values
from scratchnn.inspection.arithmetic.source import PROJECT
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomCNN, CustomTransformer
from tests.closing import CLOSING
from tests.figures.cards import KINDS, card_of, opened, unpacked
from tests.unpacking import unpack


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_recomputes(kind: ModelName) -> None:
    model, trace = opened(kind)
    for layer, shape in explainable(model, trace).items():
        for position in (
            tuple(0 for _ in shape),
            tuple(size // 2 for size in shape),
            tuple(size - 1 for size in shape),
        ):
            data = card_of(kind, layer, position)
            own = float(values(model, trace, layer)[position])
            for step in data["steps"]:
                for terms in filter(None, (step["terms"], step["shown"])):
                    remade = CLOSING[step["how"]]([float(value) for _, value in terms])
                    assert remade == pytest.approx(float(step["result"]), abs=1e-9), f"{layer}{position}: {step}"
            assert data["value"] == own
            assert data["total"] == data["steps"][-1]["result"] == pytest.approx(own, rel=1e-5, abs=1e-5)
            assert data["residual"] == abs(data["total"] - own) <= 1e-5 * max(1, abs(own))


@pytest.mark.parametrize(
    ("settings", "layer", "position"),
    [
        ({"channels": (96, 96), "kernel_size": 7, "image_size": 56}, "conv2", (40, 9, 9)),
        ({"channels": (96, 96), "kernel_size": 7, "image_size": 56}, "fc1", (5,)),
        ({"channels": (96, 96), "kernel_size": 7, "image_size": 56}, "flatten", (4000,)),
        ({"channels": (256,), "kernel_size": 11, "image_size": 64}, "fc1", (5,)),
        ({"channels": (256, 8), "kernel_size": 11, "image_size": 64}, "conv2", (5, 20, 20)),
    ],
)
def test_a_large_network_sends_less_than_a_megabyte_and_its_sums_include_all(
    settings: dict[str, object], layer: str, position: tuple[int, ...]
) -> None:
    size = int(str(settings["image_size"]))
    model = CustomCNN(**settings, hidden=6)  # type: ignore[arg-type]
    _, trace = inspect(model, torch.randn(1, 1, size, size))
    data = unpacked(model, trace, layer, position)
    own = float(values(model, trace, layer)[position])
    for step in data["steps"]:
        remade = CLOSING[step["how"]]([value for _, value in step["terms"]])
        assert remade == pytest.approx(step["result"], abs=1e-9)
        whole = len(step["terms"]) == step["count"]
        assert whole or step["terms"][-1][0] == f"the other {step['count'] - len(step['terms']) + 1}"
    assert data["residual"] <= 1e-5
    assert data["value"] == own
    picture = data["picture"]
    assert 0 < len(picture["groups"]) <= picture["every"]


def test_a_large_transformer_sends_less_than_a_megabyte() -> None:
    model = CustomTransformer(width=512, heads=16, feed_forward=2048, patch_size=2, image_size=56, depth=1)
    _, trace = inspect(model, torch.randn(1, 1, 56, 56))
    for layer, shape in explainable(model, trace).items():
        assert unpacked(model, trace, layer, tuple(size // 2 for size in shape))["residual"] <= 1e-5, layer


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_layer_is_called_as_in_the_canvas(norm_first: bool) -> None:
    model = CustomTransformer(width=24, heads=3, feed_forward=20, norm_first=norm_first).eval()
    _, trace = inspect(model, torch.randn(1, 1, 28, 28))
    shares = torch.full((1, 10), 0.1)
    for network, passed, columns in (
        (model, trace, transformer_columns(model, trace, shares)),
        (*opened("cnn"), cnn_columns(*opened("cnn"), shares)),  # type: ignore[arg-type]
    ):
        for column in columns[1:]:
            position = tuple(0 for _ in values(network, passed, column.name).shape)
            called = explain(network, passed, column.name, position).name
            assert called == (column.label if column.block is None else f"{column.module}, {column.label}")


def test_only_a_maximum_shows_the_mean_of_the_same_window() -> None:
    pooled = card_of("cnn", "pool2", (2, 3, 3))
    instead = pooled["instead"]
    assert instead["how"] == "mean"
    assert instead["shown"] == [[label, value] for label, value in instead["terms"]]
    assert instead["terms"] == pooled["steps"][-1]["terms"]
    assert instead["result"] == pytest.approx(math.fsum(value for _, value in instead["terms"]) / 4)
    assert instead["result"] < pooled["value"]
    assert card_of("cnn", "relu2", (2, 3, 3))["instead"] is None


def test_the_source_is_the_file_with_the_line_that_computes() -> None:
    lines = {
        ("cnn", "conv2", (0, 0, 0)): "y = matmul(self._weights(), columns)",
        ("cnn", "fc2", (0,)): "y = matmul(rows, self.weight.value.T",
        ("cnn", "probabilities", (0,)): "y /= y.sum(",
        ("transformer", "encoder.layers.1.self_attn.scores", (0, 0, 0)): "_bmm(q, k.transpose(2, 3)",
        ("transformer", "encoder.layers.1.self_attn.value", (0, 0, 0)): "flat = matmul(source",
        ("transformer", "encoder.layers.1.residual1", (0, 0)): "middle = torch.add(x, attended",
        ("transformer", "patch_embedding", (0, 0)): "y = matmul(rows, self.weight.value.T",
    }
    for (kind, layer, position), content in lines.items():
        source = card_of(kind, layer, position)["source"]  # type: ignore[arg-type]
        assert source["text"] == (PROJECT / source["path"]).read_text("utf-8")
        assert content in source["text"].splitlines()[source["line"] - 1]


def test_what_is_not_finite_is_a_word_that_javascript_reads() -> None:
    model, trace = opened("cnn")
    explanation = explain(model, trace, "pool1", (0, 0, 0))
    explanation.parts["window"][0, 0] = -math.inf
    explanation.parts["window"][0, 1] = math.nan
    data = unpack(card(explanation, Provenance("pretrained", "cnn", "test:0")))
    window = data["arrays"][data["picture"]["figures"][1]["array"]]
    assert window[0, 0, 0] == -math.inf
    assert math.isnan(window[0, 0, 1])
    hidden = explain(*opened("transformer"), "encoder.layers.0.self_attn.scores", (0, 0, 0))
    assert card(hidden, Provenance("pretrained", "transformer", "test:0"))
