"""The payload of the network canvas holds the pass's own numbers, whatever the network's settings."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
import torch

from scratchnn.figures.network import MOST_BYTES, network
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomCNN
from scratchnn.trace import Trace

COURSE: dict[str, Any] = {}
SETTINGS = [
    COURSE,
    {"batch_norm": True, "dropout": 0.25},
    {"channels": (5,), "hidden": 7, "pooling": "average"},
    {"channels": (4, 6, 8, 3), "kernel_size": 5, "image_size": 32, "batch_norm": True},
    {"channels": (3, 4), "kernel_size": 2, "image_size": 17},
]
CLASSES = [str(digit) for digit in range(10)]


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    (length,) = struct.unpack("<I", data[:4])
    header, offset, arrays = json.loads(data[4 : 4 + length]), 4 + length, {}
    for listed in header["arrays"]:
        assert listed["kind"] == "f4"
        count = int(np.prod(listed["shape"]))
        arrays[listed["name"]] = np.frombuffer(data, np.float32, count, offset).reshape(listed["shape"])
        offset += 4 * count
    assert offset == len(data)
    return header, arrays


def at_work(settings: dict[str, Any]) -> tuple[CustomCNN, Trace, dict[str, Any], dict[str, np.ndarray]]:
    """A network, its pass, and the payload unpacked. The batch norms' statistics are not their first ones."""
    model = CustomCNN(**settings)
    for name, tensor in model.state_dict().items():
        if "running" in name or name.startswith("norm"):
            tensor.uniform_(0.5, 1.5) if tensor.is_floating_point() else None
    size = model.config.image_size
    probabilities, trace = inspect(model, torch.randn(1, 1, size, size))
    data = network(model, trace, probabilities, CLASSES, 3)
    assert len(data) <= MOST_BYTES
    return model, trace, *unpack(data)


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_number_is_the_one_of_the_pass(settings: dict[str, Any]) -> None:
    _, trace, header, arrays = at_work(settings)
    for turn, column in enumerate(header["columns"]):
        if column["name"] in ("input", "probabilities") or column["kind"] == "flat":
            continue
        output = trace[column["name"]].output[0]
        assert column["shape"] == list(output.shape)
        assert (arrays[f"values{turn}"].ravel() == output.flatten().numpy()).all()
    assert (arrays["values0"] == trace["model"].saved["images"][0].numpy()).all()
    assert arrays[f"values{len(header['columns']) - 1}"].sum() == pytest.approx(1)


@pytest.mark.parametrize("settings", SETTINGS)
def test_edges_and_bias_close_on_what_they_lead_to(settings: dict[str, Any]) -> None:
    model, _, header, arrays = at_work(settings)
    joined = [(turn, column) for turn, column in enumerate(header["columns"]) if f"adds{turn}" in arrays]
    assert len(joined) == len(model.config.channels) + 2
    for turn, column in joined:
        bias = dict(model.named_children())[column["name"]].bias.value.numpy()  # type: ignore[attr-defined]
        reached = arrays[f"adds{turn}"].sum(1, dtype=np.float64) + bias
        assert reached == pytest.approx(arrays[f"values{turn}"].mean((1, 2), dtype=np.float64), abs=1e-5)
        assert (arrays[f"sizes{turn}"] >= np.abs(arrays[f"adds{turn}"]) - 1e-6).all()


@pytest.mark.parametrize("settings", SETTINGS)
def test_kernels_and_bias_close_on_a_pixel(settings: dict[str, Any]) -> None:
    model, _, header, arrays = at_work(settings)
    layers, columns = dict(model.named_children()), header["columns"]
    convolutions = [turn for turn in range(len(columns)) if f"kernels{turn}" in arrays]
    assert len(convolutions) == len(model.config.channels)
    for turn in convolutions:
        kernels, output, source = (arrays[name] for name in (f"kernels{turn}", f"values{turn}", f"values{turn - 1}"))
        (high, wide), (up, left) = kernels.shape[2:], columns[turn]["window"]["padding"]
        row, col = output.shape[1] // 2, output.shape[2] // 2
        padded = np.pad(source.astype(np.float64), ((0, 0), (up, up), (left, left)))
        seen = padded[:, row : row + high, col : col + wide]
        bias = layers[columns[turn]["name"]].bias.value.numpy()  # type: ignore[attr-defined]
        assert (kernels * seen).sum((1, 2, 3)) + bias == pytest.approx(output[:, row, col], abs=1e-5)


def test_structure_follows_the_settings() -> None:
    header = at_work({"channels": (4, 6), "batch_norm": True, "dropout": 0.5, "pooling": "average"})[2]
    names = "input conv1 norm1 relu1 pool1 conv2 norm2 relu2 pool2 flatten fc1 relu fc2 probabilities"
    assert [column["name"] for column in header["columns"]] == names.split()
    modules = [column["module"] for column in header["columns"]]
    assert modules == ["", *["Block 1"] * 4, *["Block 2"] * 4, *["Classifier"] * 5]
    by_name = {column["name"]: column for column in header["columns"]}
    assert by_name["pool2"]["title"] == "2×2 average pooling"
    assert by_name["conv1"]["window"] == {"kernel": [3, 3], "stride": [1, 1], "padding": [1, 1]}
    assert by_name["flatten"]["shape"] == [6 * 7 * 7]
    assert header["label"] == 3


def test_a_wide_network_sends_fewer_maps_but_no_rougher_ones() -> None:
    model, trace, header, arrays = at_work({"channels": (64, 96), "image_size": 64, "hidden": 8})
    turn = next(i for i, column in enumerate(header["columns"]) if column["name"] == "conv1")
    shown = len(arrays[f"values{turn}"])
    assert shown < 64
    assert header["columns"][turn]["shape"] == [64, 64, 64]
    assert (arrays[f"values{turn}"] == trace["conv1"].output[0, :shown].numpy()).all()
    fc1 = next(i for i, column in enumerate(header["columns"]) if column["name"] == "fc1")
    assert arrays[f"adds{fc1}"].shape == (8, min(96, shown))
    assert model.config.channels == (64, 96)


def test_the_course_network_travels_whole() -> None:
    header = at_work(COURSE)[2]
    for column in header["columns"]:
        if column["kind"] == "maps":
            assert column["shown"] == column["shape"]
