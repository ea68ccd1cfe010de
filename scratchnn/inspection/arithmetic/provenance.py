"""How to get the model and the image of an explanation again, in a Python shell."""

from __future__ import annotations

from dataclasses import dataclass

from scratchnn.config import ModelName

_TEXT = """\
import torch
from scratchnn.data import load_dataset
from scratchnn.inspection.digits import find_digit
from scratchnn.inspection.subjects import open_model
opened = open_model({model!r}, {kind!r})
model, config = opened.model, opened.config
dataset = load_dataset(config.data, config.architecture.image_size)
images = dataset.normalise(find_digit({digit!r}, dataset).image[None])"""


@dataclass(frozen=True)
class Provenance:
    """A model and a digit by their keys, which mean the same in every process started in the same folder."""

    model: str  # as `open_model` reads it
    kind: ModelName
    digit: str  # as `find_digit` reads it
    kept: bool = True  # whether the model's weights are there already (OpenModel)

    @property
    def text(self) -> str:
        """Python text without indented lines that defines `model`, in evaluation mode, and `images` [1, 1, H, W]."""
        text = _TEXT.format(model=self.model, kind=self.kind, digit=self.digit)
        if not self.model.endswith("@last"):
            return text
        return "# These are the weights that the run saved last; a training that goes on is ahead of them.\n" + text
