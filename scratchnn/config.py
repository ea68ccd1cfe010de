"""Every hyperparameter, once: its type, range, default and one line of help.

The sidebar, the command line and the run folder are all made from these classes. Importing this file does
not import torch, so that a page can show its sidebar at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

ModelName = Literal["cnn", "transformer"]


class Settings(BaseModel):
    """Settings that cannot change once they were checked, and that refuse names they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """These settings.

        Raises:
            ValueError: they are impossible; in one sentence.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise ValueError(explain(error)) from None


class CNNConfig(Settings):
    """The architecture of CustomCNN: blocks of convolution, ReLU and pooling, then two linear layers."""

    channels: tuple[Annotated[int, Field(ge=1, le=256)], ...] = Field(
        (16, 32, 64), min_length=1, max_length=4, description="Output channels of each block; one number a block."
    )
    kernel_size: int = Field(3, ge=1, le=11, description="Height and width of every convolution kernel, in pixels.")
    pooling: Literal["max", "average"] = Field("max", description="What each 2×2 window becomes: its maximum or mean.")
    batch_norm: bool = Field(False, description="Normalise each channel over the batch, after every convolution.")
    dropout: float = Field(
        0.0, ge=0, le=0.9, description="Share of activations set to zero in training, before each linear layer."
    )
    hidden: int = Field(128, ge=1, le=1024, description="Units of the hidden linear layer.")
    image_size: int = Field(28, ge=8, le=64, description="Images are resized to this height and width, in pixels.")

    def map_sizes(self) -> list[int]:
        """Height (= width) of the maps after each block's pooling, the image itself first."""
        sizes = [self.image_size]
        for _ in self.channels:
            sizes.append(self._convolved(sizes[-1]) // 2)
        return sizes

    def convolved_sizes(self) -> list[int]:
        """Height (= width) of the maps after each block's convolution, before its pooling."""
        return [self._convolved(size) for size in self.map_sizes()[:-1]]

    def _convolved(self, size: int) -> int:
        return size + 2 * (self.kernel_size // 2) - self.kernel_size + 1

    @model_validator(mode="after")
    def _maps_do_not_vanish(self) -> Self:
        sizes = self.map_sizes()
        for block, (before, after) in enumerate(pairwise(sizes), start=1):
            if self.kernel_size > before + 2 * (self.kernel_size // 2):
                raise ValueError(
                    f"block {block}'s {self.kernel_size}×{self.kernel_size} kernel is larger than its padded map; "
                    "use a smaller kernel, fewer blocks or a larger image"
                )
            if after < 1:
                raise ValueError(
                    f"block {block} would pool a {before}×{before} map down to nothing; "
                    "use fewer blocks or a larger image"
                )
        return self


class TransformerConfig(Settings):
    """The architecture of CustomTransformer: patches, an encoder stack, pooling, a linear head."""

    patch_size: int = Field(7, ge=2, le=28, description="Height and width of a patch, in pixels; divides the image.")
    width: int = Field(256, ge=4, le=512, description="Numbers per token (d_model); a multiple of the heads.")
    heads: int = Field(8, ge=1, le=16, description="Attention heads; each works on width ÷ heads numbers.")
    feed_forward: int = Field(512, ge=1, le=2048, description="Hidden units of each block's feed-forward network.")
    depth: int = Field(2, ge=1, le=8, description="Encoder blocks, one after the other.")
    dropout: float = Field(0.1, ge=0, le=0.9, description="Share of activations set to zero in training.")
    activation: Literal["relu", "gelu"] = Field("relu", description="Non-linearity of the feed-forward network.")
    norm_first: bool = Field(False, description="Normalise before each sublayer (pre-norm) instead of after it.")
    position: Literal["learned", "sinusoidal", "none"] = Field(
        "learned", description="How a token is told where its patch was."
    )
    pooling: Literal["mean", "class_token"] = Field(
        "mean", description="What the head reads: the mean of all tokens, or one extra token."
    )
    image_size: int = Field(28, ge=8, le=64, description="Images are resized to this height and width, in pixels.")

    @property
    def num_patches(self) -> int:
        return (self.image_size // self.patch_size) ** 2

    @model_validator(mode="after")
    def _sizes_divide(self) -> Self:
        if self.image_size % self.patch_size:
            fitting = [size for size in range(2, self.image_size + 1) if self.image_size % size == 0]
            raise ValueError(
                f"patches of {self.patch_size}×{self.patch_size} do not tile an image of "
                f"{self.image_size}×{self.image_size}; use a patch size of {_either(fitting)}"
            )
        if self.width % self.heads:
            fitting = [heads for heads in range(1, 17) if self.width % heads == 0]
            raise ValueError(
                f"a width of {self.width} does not split into {self.heads} heads of equal size; "
                f"use {_either(fitting)} head{'' if fitting == [1] else 's'} or another width"
            )
        if self.position == "sinusoidal" and self.width % 2:
            raise ValueError(
                f"sinusoidal positions come in sine–cosine pairs, so the width must be even, not {self.width}"
            )
        return self


class DataConfig(Settings):
    """Which images, and how they are varied."""

    dataset: Literal["mnist", "fashion-mnist", "kmnist"] = Field("mnist", description="Which 28×28 images to learn.")
    data: str | None = Field(
        None, description="Folder that holds the data set, in torchvision's layout; MNIST ships with ScratchNN."
    )
    validation: int = Field(
        5000, ge=0, le=30000, description="How many of the last training images are held out for live curves."
    )
    augment: bool = Field(False, description="Turn, shift and scale each training image a little, anew each time.")
    rotation: float = Field(10.0, ge=0, le=45, description="With augmentation: turn by up to this many degrees.")
    shift: float = Field(2.0, ge=0, le=6, description="With augmentation: shift by up to this many pixels.")
    scale: float = Field(0.1, ge=0, le=0.4, description="With augmentation: grow or shrink by up to this share.")


class TrainingConfig(Settings):
    """How the weights are learnt."""

    epochs: int = Field(3, ge=1, le=200, description="Passes over the training images.")
    batch_size: int = Field(64, ge=1, le=1024, description="Images per step.")
    optimizer: Literal["adam", "adamw", "sgd"] = Field("adam", description="The rule that turns gradients into steps.")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="Size of a step; the schedule's highest value.")
    momentum: float = Field(0.9, ge=0, lt=1, description="SGD only: share of the last step that is kept.")
    nesterov: bool = Field(False, description="SGD only: look ahead along the momentum.")
    weight_decay: float = Field(0.0, ge=0, le=1, description="Pull of every weight towards zero.")
    schedule: Literal["constant", "cosine", "one_cycle"] = Field(
        "constant", description="How the learning rate moves: not at all, down along a cosine, or up and then down."
    )
    warmup: float = Field(0.3, gt=0, lt=1, description="One-cycle only: share of the run spent going up.")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Share of the target given to all classes alike.")
    clip_norm: float = Field(0.0, ge=0, le=100, description="Longest gradient allowed; longer ones shrink. 0 is off.")
    seed: int = Field(0, ge=0, lt=2**31, description="Start of all random numbers: same seed, same run.")

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.optimizer == "sgd" and self.nesterov and self.momentum == 0:
            raise ValueError("Nesterov looks ahead along the momentum, which is 0; raise it or turn Nesterov off")
        return self


class RunConfig(Settings):
    """All that makes a run: equal configs give equal numbers."""

    model: ModelName = Field("cnn", description="Which network to train.")
    cnn: CNNConfig = Field(default_factory=lambda: CNNConfig(), description="The CNN's architecture.")
    transformer: TransformerConfig = Field(
        default_factory=lambda: TransformerConfig(), description="The Transformer's architecture."
    )
    data: DataConfig = Field(default_factory=lambda: DataConfig(), description="The images.")
    training: TrainingConfig = Field(default_factory=lambda: TrainingConfig(), description="The learning.")

    @property
    def architecture(self) -> CNNConfig | TransformerConfig:
        return self.cnn if self.model == "cnn" else self.transformer

    def changed(self, section: str, **values: Any) -> Self:
        """A checked copy with some values of one section replaced."""
        known = self.model_dump()
        known[section] |= values
        return type(self).model_validate(known)


# Starting points, by model and then by name; each names only what differs from the defaults.
PRESETS: dict[ModelName, dict[str, dict[str, Any]]] = {
    "cnn": {
        "course": {},
        "accurate": {
            "cnn": {"batch_norm": True, "dropout": 0.25},
            "data": {"augment": True},
            "training": {
                "epochs": 40, "optimizer": "adamw", "learning_rate": 4e-3, "weight_decay": 0.02,
                "schedule": "one_cycle", "label_smoothing": 0.05,
            },
        },
    },
    "transformer": {
        "live": {
            "transformer": {"width": 96, "heads": 6, "feed_forward": 192, "dropout": 0.0, "norm_first": True},
        },
        "course": {},
        "accurate": {
            "transformer": {
                "width": 96, "heads": 6, "feed_forward": 192, "depth": 4, "dropout": 0.05, "norm_first": True,
            },
            "data": {"augment": True},
            "training": {
                "epochs": 40, "batch_size": 128, "optimizer": "adamw", "learning_rate": 2e-3, "weight_decay": 0.05,
                "schedule": "one_cycle", "warmup": 0.2, "label_smoothing": 0.05, "clip_norm": 1.0,
            },
        },
    },
}  # fmt: skip


def preset(model: ModelName, name: str) -> RunConfig:
    """The config of one preset.

    Raises:
        ValueError: this model has no preset of that name.
    """
    if name not in PRESETS[model]:
        raise ValueError(f"{model} has no preset called {name!r}; it has {_either(list(PRESETS[model]))}")
    return RunConfig.model_validate({"model": model, **PRESETS[model][name]})


def explain(error: ValidationError, called: Callable[[str], str] = str) -> str:
    """A validation error in one sentence.

    Args:
        called: what a setting, given as `training.epochs`, is called where the sentence is read.
    """
    problems = []
    details = error.errors()
    for detail in details:
        if detail["type"] == "too_short" and any(detail["loc"] == other["loc"][:-1] for other in details):
            continue  # pydantic counts only the numbers that are fine
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "value_error":  # of settings that do not fit together: it says which
            problems.append(message)
            continue
        place = "".join(f", number {part + 1}," for part in detail["loc"] if isinstance(part, int))
        setting = called(".".join(part for part in detail["loc"] if isinstance(part, str)))
        given = f", not {_as_given(detail['input'])}"
        message = re.sub(", unable to .*", "", message.replace("Input should be", "must be"))
        if detail["type"] in ("too_short", "too_long"):
            bound = "at least " if detail["type"] == "too_short" else "at most "
            limit = detail["ctx"].get("min_length") or detail["ctx"].get("max_length")
            message, given = f"needs {bound}{limit} number{'' if limit == 1 else 's'}", ""
        elif detail["type"] in ("int_parsing", "int_type"):
            message = "must be a whole number"
        problems.append(f"{setting}{place} {message}{given}")
    return "; ".join(problems)


def _as_given(value: Any) -> str:
    """What was given, a number as a person would write it: 1000000000 and 1e-7, not 1000000000.0 and 1e-07."""
    text = repr(value)
    if isinstance(value, float):
        return text.removesuffix(".0").replace("e+", "e").replace("e-0", "e-")
    return text


def _either(options: list[Any]) -> str:
    *others, last = [str(option) for option in options]
    return f"{', '.join(others)} or {last}" if others else last
