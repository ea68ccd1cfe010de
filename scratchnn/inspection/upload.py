"""From a picture file to a digit: what is no digit is refused in a sentence, what had to be done to it is said."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from scratchnn.inspection.drawing import SIDE, DrawingError, Stages, stages

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES, MOST_PIXELS = 10 * 10**6, 50_000_000
_LARGE = 1000  # pixels: a longer side is shrunk to about this before anything is measured
_WHITE = 255
_TRACE = 0.15 * _WHITE  # of a large image, what is fainter is no ink

# What Pillow is known to raise for a file that is cut short or damaged.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


class UploadError(ValueError):
    """One sentence: why this file cannot be read as a digit."""


@dataclass(frozen=True)
class Upload:
    """The digit that was found in a file, and what had to be done to it, in sentences."""

    stages: Stages
    notes: tuple[str, ...]


def read_upload(data: bytes) -> Upload:
    """The digit in a PNG, JPEG or WebP file.

    Raises:
        UploadError: it is no such image, too large, damaged, or there is nothing on it.
    """
    if len(data) > MOST_BYTES:
        raise UploadError(f"the file has {len(data) / 10**6:.1f} MB, and at most {MOST_BYTES // 10**6} MB are read")
    image = _open(data)
    notes = []
    if getattr(image, "is_animated", False):
        notes.append("It moves: its first frame was taken.")
    try:
        grey = _shrunk(_grey(ImageOps.exif_transpose(image)))
    except _DAMAGE as error:
        raise UploadError("the image is cut short or damaged; save it anew and try again") from error
    ground = float(np.median(_border(grey)))
    if ground > _WHITE / 2:
        notes.append("It is dark on light: it was inverted, because MNIST’s digits are light on dark.")
        grey, ground = _WHITE - grey, _WHITE - ground
    try:
        return Upload(stages(_ink(grey, ground)), tuple(notes))
    except DrawingError as error:
        raise UploadError("the image is all of one shade, so there is no digit to see on it") from error


def _open(data: bytes) -> Image.Image:
    """The image by its header; nothing is decoded yet, so that a small file cannot fill the memory."""
    too_large = f"at most {MOST_PIXELS // 10**6} megapixels are read; make it smaller"
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadError(f"the image is far too large: {too_large}") from error
    except _DAMAGE as error:
        raise UploadError("the file is not a PNG, JPEG or WebP image, or it is damaged") from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise UploadError(f"the image is {width:,}×{height:,} pixels, and {too_large}")
    return image


def _grey(image: Image.Image) -> Image.Image:
    """Mode L. What is transparent becomes white under dark ink and black under light ink."""
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
        return Image.fromarray((np.asarray(image, dtype=np.float32) / 257).clip(0, _WHITE).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("L")
    full = image.convert("RGBA")
    alpha, grey = full.getchannel("A"), full.convert("L")
    weight = np.asarray(alpha, dtype=np.float32)
    visible = float((np.asarray(grey) * weight).sum(dtype=np.float64) / max(1.0, weight.sum(dtype=np.float64)))
    ground = Image.new("L", grey.size, _WHITE if visible < _WHITE / 2 else 0)
    return Image.composite(grey, ground, alpha)


def _shrunk(grey: Image.Image) -> NDArray[np.float32]:
    """[H, W], 0 … 255; a large image is averaged down."""
    times = max(grey.size) // _LARGE
    return np.asarray(grey.reduce(times) if times > 1 else grey, dtype=np.float32)


def _border(grey: NDArray[Any]) -> NDArray[Any]:
    """The outermost pixels, which show the paper."""
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def _ink(grey: NDArray[np.float32], ground: float) -> torch.Tensor:
    """[H, W] uint8: 0 for all that is no lighter than the paper's own unevenness, 255 for the lightest pixel."""
    floor = max(ground, float(np.percentile(_border(grey), 90)))
    span = float(grey.max()) - floor
    if span < 16:  # of 255 shades: less is noise, not ink
        return torch.zeros(grey.shape, dtype=torch.uint8)
    ink = ((grey - floor) / span).clip(0, 1) * _WHITE
    if max(grey.shape) > SIDE:  # grain and compression leave traces on a large image; on a small one all is ink
        ink[ink < _TRACE] = 0
    return torch.from_numpy(ink.round().astype(np.uint8))
