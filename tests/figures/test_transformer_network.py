"""The Transformer's canvas holds the pass's own numbers, and each column's sources are enough to make it again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from scratchnn.figures.network import MOST_BYTES, network
from scratchnn.inspection.arithmetic import explainable, values
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace
from tests.figures.test_network import CLASSES, unpack
from tests.inspection.test_arithmetic import stirred

SETTINGS: list[dict[str, Any]] = [
    {},
    {"width": 24, "heads": 6, "feed_forward": 20, "depth": 3, "norm_first": True, "activation": "gelu"},
    {"width": 12, "heads": 3, "feed_forward": 7, "pooling": "class_token", "position": "sinusoidal", "patch_size": 14},
    {"width": 6, "heads": 1, "feed_forward": 1, "depth": 1, "position": "none", "norm_first": True},
]


class Payload:
    """A network, its pass, and what the canvas gets of it."""

    def __init__(self, settings: dict[str, Any], opened: int | None = None) -> None:
        self.model = stirred(CustomTransformer(**settings))
        assert isinstance(self.model, CustomTransformer)
        size = self.model.config.image_size
        self.trace: Trace
        probabilities, self.trace = inspect(self.model, torch.randn(1, 1, size, size))
        data = network(self.model, self.trace, probabilities, CLASSES, 3, inside=opened)
        assert len(data) <= MOST_BYTES
        self.header, self.arrays = unpack(data)
        self.columns = {column["name"]: column for column in self.header["columns"]}
        self.turns = {name: turn for turn, name in enumerate(self.columns)}

    def values(self, name: str) -> np.ndarray:
        return self.arrays[f"values{self.turns[name]}"].astype(np.float64)


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_number_is_the_one_of_the_pass(settings: dict[str, Any]) -> None:
    payload = Payload(settings)
    known = explainable(payload.model, payload.trace)
    for name, column in payload.columns.items():
        if name == "input":
            continue
        own = values(payload.model, payload.trace, name)
        assert column["shape"] == list(own.shape) == list(known[name])
        if column["kind"] == "projections":
            own = own.transpose(0, 1)
        assert (payload.values(name).ravel() == own.flatten().double().numpy()).all()


@pytest.mark.parametrize("settings", SETTINGS)
def test_what_the_browser_works_out_closes(settings: dict[str, Any]) -> None:
    payload = Payload(settings)
    for block in range(payload.model.config.depth):
        name = f"encoder.layers.{block}"
        scores = payload.values(f"{name}.self_attn.scores")
        query, key = (payload.values(f"{name}.self_attn.{part}") for part in ("query", "key"))  # (T, H, d)
        dots = np.einsum("thd,shd->hts", query, key) / np.sqrt(query.shape[2])
        assert scores == pytest.approx(dots, abs=1e-5)
        weights, value = (payload.values(f"{name}.self_attn.{part}") for part in ("softmax", "value"))
        exponentials = np.exp(scores - scores.max(-1, keepdims=True))
        assert weights == pytest.approx(exponentials / exponentials.sum(-1, keepdims=True), abs=1e-6)
        context = np.einsum("hts,shd->thd", weights, value)
        assert payload.values(f"{name}.self_attn.context") == pytest.approx(context, abs=1e-5)
        for added in ("residual1", "residual2"):
            parts = [payload.values(source["name"]) for source in payload.columns[f"{name}.{added}"]["sources"]]
            assert payload.values(f"{name}.{added}") == pytest.approx(parts[0] + parts[1], abs=1e-5)
        flow = np.einsum("hts,sh->ts", weights, np.linalg.norm(value, axis=2)) / len(weights)
        for carrier in (f"{name}.self_attn.context", _output(payload, block)):
            assert payload.arrays[f"flow{payload.turns[carrier]}"] == pytest.approx(flow, rel=1e-5)
    shares = payload.arrays[f"shares{payload.turns['pooling']}"].astype(np.float64)
    tokens = payload.values(payload.columns["pooling"]["sources"][0]["name"])
    assert payload.values("pooling").ravel() == pytest.approx(shares @ tokens.reshape(len(shares), -1), abs=1e-5)


def _output(payload: Payload, block: int) -> str:
    return [name for name, column in payload.columns.items() if column["block"] == block][-1]


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_closed_block_still_hangs_together(settings: dict[str, Any]) -> None:
    payload = Payload(settings)
    seen = {name for name, column in payload.columns.items() if not column["inside"]}
    for block in range(payload.model.config.depth):
        closed = [name for name, column in payload.columns.items() if column["block"] == block and name in seen]
        assert closed == [f"encoder.layers.{block}.self_attn.softmax", _output(payload, block)]
    for name in seen - {"input"}:
        sources = payload.columns[name]["closed"] or payload.columns[name]["sources"]
        assert {source["name"] for source in sources} <= seen
    for name, column in payload.columns.items():  # nothing reads what comes after it
        assert all(payload.turns[source["name"]] < payload.turns[name] for source in column["sources"])


def test_of_a_large_network_the_opened_block_is_sent() -> None:
    settings = {"patch_size": 4, "width": 96, "heads": 6, "feed_forward": 192, "depth": 4}
    payload = Payload(settings, opened=2)
    assert {column["block"] for column in payload.columns.values() if column["inside"]} == {2}
    assert payload.columns["position"]["shown"][0] == 49


def test_of_the_largest_network_fewer_tokens_are_sent() -> None:
    payload = Payload({"patch_size": 4, "width": 512, "heads": 8, "feed_forward": 2048, "depth": 2}, opened=0)
    count = payload.columns["position"]["shown"][0]
    assert 1 < count < 49
    scores = values(payload.model, payload.trace, "encoder.layers.0.self_attn.scores")
    assert (payload.values("encoder.layers.0.self_attn.scores") == scores[:, :count, :count].double().numpy()).all()


def test_the_course_network_travels_whole() -> None:
    payload = Payload({})
    assert {column["block"] for column in payload.columns.values() if column["inside"]} == {0, 1}
    assert payload.columns["position"]["shown"][0] == 16
