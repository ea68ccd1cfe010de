"""Both networks really learn."""

from typing import Any

import pytest
import torch

from scratchnn.config import DataConfig, preset
from scratchnn.data import BatchOrder, load_dataset
from scratchnn.losses import cross_entropy
from scratchnn.models import build_model
from scratchnn.optim import Adam


@pytest.mark.parametrize(
    ("model", "name", "steps", "least"), [("cnn", "course", 250, 0.93), ("transformer", "live", 250, 0.85)]
)
def test_learns_mnist(model: Any, name: str, steps: int, least: float) -> None:
    """From nothing to a useful reader of digits it has never seen, in a few seconds."""
    config = preset(model, name)
    data, network = load_dataset(DataConfig()), build_model(config)
    optimizer = Adam(network.parameters(), lr=1e-3)
    order = BatchOrder(len(data.training), 64, seed=0)
    trace = network.trace(reuse_buffers=True, input_gradient=False, generator=torch.Generator().manual_seed(0))
    for step in range(steps):
        chosen = order.indices(step)
        optimizer.zero_grad()
        logits = network(data.normalise(data.training.images[chosen]), trace=trace.restart())
        network.backward(cross_entropy(logits, data.training.labels[chosen])[1], trace)
        optimizer.step()
    network.eval()
    guesses = network(data.normalise(data.validation.images)).argmax(1)
    accuracy = (guesses == data.validation.labels).double().mean().item()
    assert accuracy >= least
