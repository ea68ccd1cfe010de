"""What a trainer is made of, besides its model: an optimizer, images on its device, random numbers of its own."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import torch
from torch import Tensor

from scratchnn.config import TrainingConfig
from scratchnn.data import Dataset, Split
from scratchnn.module import Module
from scratchnn.optim import SGD, Adam, AdamW, Optimizer


def find_device(name: str) -> torch.device:
    """
    Args:
        name: "cpu" or "cuda".

    Raises:
        ValueError: this machine has no GPU that torch can use.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("torch finds no CUDA GPU on this machine; train on the CPU, with --device cpu")
    return torch.device(name)


def build_optimizer(config: TrainingConfig, model: Module) -> Optimizer:
    """The optimizer a config asks for; from here on the model's parameters live in its flat buffers."""
    parameters, rate, decay = model.parameters(), config.learning_rate, config.weight_decay
    match config.optimizer:
        case "adam":
            return Adam(parameters, rate, weight_decay=decay)
        case "adamw":
            return AdamW(parameters, rate, weight_decay=decay)
        case "sgd":
            return SGD(parameters, rate, config.momentum, weight_decay=decay, nesterov=config.nesterov)


def build_generator(seed: int, purpose: str, device: torch.device) -> torch.Generator:
    """A stream of random numbers of its own for each seed and purpose."""
    digest = blake2b(f"{seed} {purpose}".encode(), digest_size=4).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "big"))


def on_device(dataset: Dataset, device: torch.device) -> Dataset:
    """The same images, in the memory of `device`."""

    def moved(split: Split) -> Split:
        return replace(split, images=split.images.to(device), labels=split.labels.to(device))

    return replace(
        dataset, training=moved(dataset.training), validation=moved(dataset.validation), test=moved(dataset.test)
    )


def gradients_by_layer(model: Module) -> dict[str, list[Tensor]]:
    """The gradients (views of the optimizer's buffer) of each layer with parameters of its own, in model order."""
    layers: dict[str, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        layers.setdefault(name.rpartition(".")[0] or "model", []).append(parameter.grad)
    return layers
