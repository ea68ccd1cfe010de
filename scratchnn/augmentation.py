"""Each training image turned, shifted and scaled a little, anew each time; and the one way to torchvision."""

from __future__ import annotations

import importlib
import threading
from typing import Any

import torch
from torch import Generator, Tensor

from scratchnn.config import DataConfig

_importing = threading.Lock()


def torchvision_module(name: str) -> Any:
    """The module `torchvision.<name>`, imported at first use because that takes a second.

    torchvision's wheel from PyPI is compiled for torch with CUDA. Beside a CPU torch its compiled operators
    are absent and the import stops at their registration; ScratchNN needs none of them, so it declares them.
    """
    with _importing:
        try:
            return importlib.import_module(f"torchvision.{name}")
        except RuntimeError as error:
            if "operator torchvision::" not in str(error):
                raise
        for operator in ("nms", "qnms"):
            torch.library.define(
                f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            )
        return importlib.import_module(f"torchvision.{name}")


def augment(images: Tensor, config: DataConfig, generator: Generator) -> Tensor:
    """Turns, shifts and scales each image by its own random amounts, within the ranges of `config`.

    What comes in from outside an image is the batch's darkest value, the background. torchvision warps one
    image a call, and a call costs more than the warping; so the batch is laid out as one tall sheet, image
    below image, and the sheet is warped in one call.

    Args:
        images: [B, 1, H, W] float, normalised or not.
        generator: where all random numbers come from; the same state gives the same images.

    Returns:
        [B, 1, H, W], same type and device as `images`.
    """
    B, _, H, W = images.shape
    background = images.amin()
    # Float64, since float32 would place a pixel of a sheet 30,000 rows tall only to a few thousandths.
    sheet = torch.zeros(B, H + 2, W, dtype=torch.float64, device=images.device)  # a blank row above and below each
    sheet[:, 1:-1] = images[:, 0] - background
    displacement = _displacements(random_affines(B, config, generator).to(images.device), H, W)  # [B, H+2, W, 2]
    warped: Tensor = torchvision_module("transforms.v2.functional").elastic(
        sheet.view(1, 1, -1, W), displacement.reshape(1, -1, W, 2)
    )
    return warped.view(B, 1, H + 2, W)[:, :, 1:-1].to(images.dtype) + background


def random_affines(count: int, config: DataConfig, generator: Generator) -> Tensor:
    """For each image, the map from where a pixel lands to where it came from.

    Returns:
        [count, 2, 3] float64, applied to (x, y, 1) in pixels from the image's centre, x rightwards, y downwards.
    """
    chance = 2 * torch.rand(count, 4, generator=generator, dtype=torch.float64, device=generator.device) - 1
    angle = torch.deg2rad(config.rotation * chance[:, 0])  # clockwise, as y points down
    shift = config.shift * chance[:, 1:3]
    scale = 1 + config.scale * chance[:, 3]
    return inverse_affines(angle, shift, scale)


def inverse_affines(angle: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """The maps that undo: scale, turn by `angle` radians clockwise, then shift by (x, y) pixels.

    Args:
        angle: [B].
        shift: [B, 2].
        scale: [B].

    Returns:
        [B, 2, 3].
    """
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    turn = torch.stack([cosine, sine, -sine, cosine], dim=1).view(-1, 2, 2)
    return torch.cat([turn, -turn @ shift[:, :, None]], dim=2)


def _displacements(affines: Tensor, H: int, W: int) -> Tensor:
    """How far from itself each pixel of the sheet reads, in the unit of elastic: half a sheet is 1.

    Args:
        affines: [B, 2, 3].

    Returns:
        [B, H+2, W, 2], (x, y).
    """
    B, device = affines.shape[0], affines.device
    x = torch.arange(W, dtype=torch.float64, device=device) - (W - 1) / 2
    y = torch.arange(-1, H + 1, dtype=torch.float64, device=device) - (H - 1) / 2
    pixels = torch.stack([x.repeat(H + 2), y.repeat_interleave(W)])  # [2, (H+2)·W]
    sources = affines[:, :, :2] @ pixels + affines[:, :, 2:]  # [B, 2, (H+2)·W]
    # A read from beyond the image ends in its own blank row, never in the neighbour on the sheet.
    sources[:, 1].clamp_(-(H + 1) / 2, (H + 1) / 2)
    unit = torch.tensor([2 / W, 2 / (B * (H + 2))], dtype=torch.float64, device=device)
    return ((sources - pixels).transpose(1, 2) * unit).view(B, H + 2, W, 2)
