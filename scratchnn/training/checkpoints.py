"""Weights in a file, with the settings of the model that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from scratchnn.config import RunConfig, explain
from scratchnn.training.files import RunError, read_tensors

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.module import Module
    from scratchnn.training.evaluation import Evaluation


@dataclass(frozen=True)
class Checkpoint:
    """The weights of one moment and the config of the model they belong to."""

    path: Path
    config: RunConfig
    step: int
    state: dict[str, Tensor]

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """A checkpoint file: a run's snapshot, or its best or resume state.

        Raises:
            RunError: it is missing, damaged, or not ScratchNN's.
        """
        tensors, metadata = read_tensors(path)
        if not {"config", "step"} <= metadata.keys():
            raise RunError(
                f"{path} was not saved by ScratchNN: it does not say which settings its weights belong to; "
                "use a file that a run of ScratchNN wrote"
            )
        # in a resume state the weights stand beside much else
        state = {name.removeprefix("model/"): tensor for name, tensor in tensors.items() if name.startswith("model/")}
        return cls(
            path,
            parse_config(metadata["config"].encode(), path),
            _parse_step(metadata["step"], path),
            state or tensors,
        )

    def model(self) -> Module:
        """The model with these weights, in evaluation mode.

        Raises:
            RunError: the weights are those of another model than the config says.
        """
        from scratchnn.models import build_model

        model = build_model(self.config)
        try:
            model.load_state_dict(self.state)
        except ValueError as error:
            raise RunError(f"{self.path} does not hold the weights of its {self.config.model}: {error}") from error
        return model.eval()

    def evaluate(self, data: str | None = None, device: str = "cpu") -> Evaluation:
        """These weights on the test images.

        Args:
            data: the folder that holds the data set; by default the one it was trained with.
            device: "cpu" or "cuda".
        """
        from scratchnn.data import load_dataset
        from scratchnn.training.evaluation import evaluate
        from scratchnn.training.setup import find_device, on_device

        place = find_device(device)
        # nothing needs to be held out here, and a folder may hold few training images
        settings = self.config.data.model_copy(update={"validation": 0, "data": data or self.config.data.data})
        dataset = on_device(load_dataset(settings, self.config.architecture.image_size), place)
        return evaluate(self.model().to(place), dataset, dataset.test, self.step)


def _parse_step(step: str, path: Path) -> int:
    if not step.isdecimal():
        raise RunError(f"{path} says it is of step {step!r}, which is no number; use another snapshot")
    return int(step)


def parse_config(data: bytes, path: Path) -> RunConfig:
    """The settings that a file holds.

    Raises:
        RunError: they are not ScratchNN's, or not of this version.
    """
    try:
        return RunConfig.model_validate_json(data)
    except ValidationError as error:
        raise RunError(
            f"the settings in {path} cannot be used: {explain(error)}; correct them, or use another run"
        ) from error
