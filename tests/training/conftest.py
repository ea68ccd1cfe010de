"""Real digits, few enough for training tests to take seconds: MNIST's first 1,400, and networks as small."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from scratchnn import idx
from scratchnn.config import DataConfig, RunConfig
from scratchnn.data import Dataset, load_dataset

SMALL = {
    "cnn": {"cnn": {"channels": (4, 8), "hidden": 16, "batch_norm": True, "dropout": 0.25}},
    "transformer": {
        "transformer": {"width": 32, "heads": 2, "feed_forward": 32, "depth": 1, "dropout": 0.1, "norm_first": True}
    },
}


def idx_bytes(values: Tensor) -> bytes:
    numbers = [{3: idx.IMAGES, 1: idx.LABELS}[values.ndim], *values.shape]
    return b"".join(number.to_bytes(4, "big") for number in numbers) + values.to(torch.uint8).numpy().tobytes()


def write_digits(folder: Path, training: int, test: int) -> Path:
    """A folder as `--data` takes it, with the first so many of MNIST's digits."""
    mnist = load_dataset(DataConfig(validation=0))
    folder.mkdir(exist_ok=True)
    parts = (mnist.training, training), (mnist.test, test)
    values = [tensor[:count] for split, count in parts for tensor in (split.images, split.labels)]
    for name, value in zip(idx.FILES, values, strict=True):
        (folder / name).write_bytes(idx_bytes(value))
    return folder


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("digits"), training=1000, test=400)


def small_config(digits: Path, model: str = "cnn", **training: object) -> RunConfig:
    """800 images to learn from and 200 held out: 13 steps an epoch; with everything random that there is."""
    return RunConfig.model_validate(
        {
            "model": model,
            **SMALL[model],
            "data": {"data": str(digits), "validation": 200, "augment": True},
            "training": {"epochs": 2, **training},
        }
    )


@pytest.fixture
def config(digits: Path) -> RunConfig:
    return small_config(digits)


@pytest.fixture(scope="session")
def dataset(digits: Path) -> Dataset:
    return load_dataset(DataConfig(data=str(digits), validation=200))
