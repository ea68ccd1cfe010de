"""MNIST and its cousins in memory as uint8, split for training, validation and test; and the order of batches."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from scratchnn.augmentation import augment, torchvision_module
from scratchnn.config import DataConfig
from scratchnn.idx import DataError, read_files

__all__ = ["BatchOrder", "DataError", "Dataset", "Split", "augment", "load_dataset"]


class _Source(NamedTuple):
    """A data set's class in torchvision.datasets; mean and standard deviation of its training pixels in 0..1."""

    class_name: str
    mean: float
    std: float


_SOURCES = {
    "mnist": _Source("MNIST", 0.1307, 0.3081),
    "fashion-mnist": _Source("FashionMNIST", 0.2860, 0.3530),
    "kmnist": _Source("KMNIST", 0.1918, 0.3483),
}

_Key = tuple[str, Path | None, int]
_loading: dict[_Key, threading.Lock] = {}  # one a data set: a download that hangs holds up nobody else


@dataclass(frozen=True, eq=False)
class Split:
    """Images that serve one purpose, and what they show."""

    name: str  # "training", "validation" or "test"
    images: Tensor  # [N, H, W] uint8, 0 is black
    labels: Tensor  # [N] int64, 0..9

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in memory. All who load it share its tensors: read them, never write."""

    name: str  # as in DataConfig.dataset
    classes: tuple[str, ...]
    mean: float
    std: float
    training: Split
    validation: Split
    test: Split

    @property
    def watched(self) -> Split:
        """The split that is looked at on the way: never the test split; training where nothing was held out."""
        return self.validation if len(self.validation) else self.training

    def normalise(self, images: Tensor) -> Tensor:
        """[B, H, W] uint8 to [B, 1, H, W] float32, of mean 0 and standard deviation 1 over the training images."""
        return images.to(torch.float32).sub_(255 * self.mean).div_(255 * self.std).unsqueeze(1)


def load_dataset(config: DataConfig, image_size: int = 28) -> Dataset:
    """The data set of `config`, its images resized to `image_size`; read once, however many ask.

    Raises:
        DataError: a file is missing, broken or not what its name says; or validation takes every image.
    """
    try:
        folder = None if config.data is None else Path(config.data).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # too long; nobody's home; not a name at all
        raise _no_folder(config.data, error) from error
    key = config.dataset, folder, image_size
    try:
        with _loading.setdefault(key, threading.Lock()):  # who asks meanwhile waits for the one reading
            whole = _read(*key)
    except OSError as error:  # it may not be looked into
        raise _no_folder(config.data, error) from error
    images, labels = whole.training.images, whole.training.labels
    kept = len(labels) - config.validation
    if kept < 1:
        raise DataError(
            f"{config.validation:,} validation images leave nothing of the {len(labels):,} to train on; hold out fewer"
        )
    return replace(
        whole,
        training=Split("training", images[:kept], labels[:kept]),
        validation=Split("validation", images[kept:], labels[kept:]),
    )


def _no_folder(name: str | None, error: Exception) -> DataError:
    text = name or "of ScratchNN"
    shown = text if len(text) <= 80 else f"{text[:80]}…"
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return DataError(f"the data folder {shown} cannot be read: {why}; name another one")


@lru_cache(maxsize=3)
def _read(name: str, folder: Path | None, image_size: int) -> Dataset:
    """The data set with nothing held out for validation."""
    source = _SOURCES[name]
    training, test = read_files(getattr(torchvision_module("datasets"), source.class_name), folder)
    images, labels = resize(training.data, image_size), training.targets
    return Dataset(
        name=name,
        classes=tuple(title.split(" - ")[0] for title in training.classes),  # "7 - seven" becomes "7"
        mean=source.mean,
        std=source.std,
        training=Split("training", images, labels),
        validation=Split("validation", images[:0], labels[:0]),
        test=Split("test", resize(test.data, image_size), test.targets),
    )


def resize(images: Tensor, size: int) -> Tensor:
    """[N, H, W] uint8 to [N, size, size] uint8, bilinear and antialiased."""
    if images.shape[1:] == (size, size):
        return images
    resized: Tensor = torchvision_module("transforms.v2.functional").resize(images[:, None], [size, size])
    return resized[:, 0]


class BatchOrder:
    """In which order training sees its images: shuffled anew each epoch, and known at once for any step.

    So a run resumes in the middle of an epoch with nothing but its step number.
    """

    def __init__(self, num_images: int, batch_size: int, seed: int) -> None:
        self.num_images = num_images
        self.batch_size = batch_size
        self.seed = seed
        self.steps_per_epoch = math.ceil(num_images / batch_size)
        self._epoch = -1
        self._permutation = torch.empty(0, dtype=torch.int64)

    def indices(self, step: int) -> Tensor:
        """[B] int64, the images of step 0, 1, 2, …; an epoch's last batch may be smaller."""
        epoch, batch = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            # numpy's generator is seeded by the pair; torch's would keep only 32 bits of it.
            shuffled = np.random.default_rng((self.seed, epoch)).permutation(self.num_images)
            self._epoch, self._permutation = epoch, torch.from_numpy(shuffled)
        return self._permutation[batch * self.batch_size : (batch + 1) * self.batch_size]
