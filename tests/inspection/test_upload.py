"""Files that people may choose: good ones become the digit that is on them, others are refused in a sentence."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.subjects import open_model
from scratchnn.inspection.upload import MOST_BYTES, UploadError, read_upload
from scratchnn.training.evaluation import predict


@pytest.fixture(scope="module")
def digit() -> Tensor:
    return load_dataset(DataConfig()).test.images[3]


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def large(digit: Tensor, ground: int = 0, ink: int = 255) -> Image.Image:
    """A smooth picture of the digit, 600 by 500, not in its middle."""
    big = Image.fromarray(digit.numpy()).resize((280, 280), Image.Resampling.BICUBIC)
    sheet = Image.new("L", (600, 500), ground)
    sheet.paste(Image.new("L", big.size, ink), (37, 150), big)
    return sheet


def near(image: Tensor, digit: Tensor) -> bool:
    return float((image.double() - digit.double()).abs().mean()) < 8  # of 255; shifted by a pixel it is above 16


def test_a_digit_of_mnist_comes_back_exactly(digit: Tensor) -> None:
    upload = read_upload(saved(Image.fromarray(digit.numpy())))
    assert torch.equal(upload.stages.image, digit)
    assert upload.notes == ()


def test_dark_on_light_is_inverted_and_said(digit: Tensor) -> None:
    upload = read_upload(saved(Image.fromarray(255 - digit.numpy())))
    assert torch.equal(upload.stages.image, digit)
    assert "inverted" in upload.notes[0]


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("JPEG", {"quality": 60}), ("WEBP", {"quality": 60})])
@pytest.mark.parametrize(("ground", "ink"), [(0, 255), (255, 0), (190, 60)])
def test_large_pictures_of_each_kind(digit: Tensor, kind: str, options: dict, ground: int, ink: int) -> None:
    upload = read_upload(saved(large(digit, ground, ink).convert("RGB"), kind, **options))
    assert near(upload.stages.image, digit)
    assert bool(upload.notes) == (ground > ink)


def test_the_papers_grain_is_no_ink(digit: Tensor) -> None:
    photo = np.asarray(large(digit, 190, 50), dtype=float) + np.random.default_rng(0).normal(0, 6, (500, 600))
    upload = read_upload(saved(Image.fromarray(photo.clip(0, 255).astype(np.uint8)), "JPEG"))
    dataset = load_dataset(DataConfig())
    probabilities = predict(open_model("pretrained", "cnn").model, dataset.normalise(upload.stages.image[None]))
    assert int(probabilities.argmax()) == int(dataset.test.labels[3])


@pytest.mark.parametrize("shade", [0, 255])
def test_transparent_ground(digit: Tensor, shade: int) -> None:
    alpha = Image.fromarray(digit.numpy())
    image = Image.merge("LA", [Image.new("L", alpha.size, shade), alpha])
    assert torch.equal(read_upload(saved(image)).stages.image, digit)
    assert torch.equal(read_upload(saved(image.convert("RGBA"))).stages.image, digit)


def test_sixteen_bits_a_pixel_and_palettes(digit: Tensor) -> None:
    deep = Image.fromarray(digit.numpy().astype(np.uint16) * 257)
    assert torch.equal(read_upload(saved(deep)).stages.image, digit)
    assert torch.equal(read_upload(saved(Image.fromarray(digit.numpy()).convert("P"))).stages.image, digit)


def test_the_cameras_orientation_is_honoured(digit: Tensor) -> None:
    turned = Image.fromarray(digit.numpy()).rotate(90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise
    assert torch.equal(read_upload(saved(turned, exif=exif)).stages.image, digit)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_taken(digit: Tensor, kind: str) -> None:
    first, second = Image.fromarray(digit.numpy()), Image.fromarray(digit.numpy().T.copy())
    data = saved(first.convert("RGB"), kind, save_all=True, append_images=[second.convert("RGB")], lossless=True)
    upload = read_upload(data)
    assert near(upload.stages.image, digit)
    assert "first frame" in upload.notes[0]


def test_other_files_are_refused(digit: Tensor) -> None:
    for data in (b"", b"hello", b"\x89PNG\r\n\x1a\n", saved(Image.fromarray(digit.numpy()), "GIF")):
        with pytest.raises(UploadError, match="not a PNG, JPEG or WebP image"):
            read_upload(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_files_cut_short_are_refused(digit: Tensor, kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    data = saved(Image.fromarray(noise), kind)
    for length in range(0, int(0.9 * len(data)), max(1, len(data) // 40)):
        with pytest.raises(UploadError, match="damaged"):
            read_upload(data[:length])


def test_damaged_files_are_refused_or_read_but_nothing_else(digit: Tensor) -> None:
    random = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "WEBP"):
        data = np.frombuffer(saved(large(digit).resize((60, 50)), kind), np.uint8)
        for _ in range(60):
            broken = data.copy()
            broken[random.integers(0, len(data), 4)] = random.integers(0, 256, 4)
            try:
                read_upload(broken.tobytes())
            except UploadError:
                continue


def header_of_png(width: int, height: int) -> bytes:
    """A PNG that announces this size and holds next to nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    sizes = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", sizes) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_000, 5_001), (12_000, 10_000), (60_000, 60_000)])
def test_too_many_pixels_are_refused_by_the_header(size: tuple[int, int]) -> None:
    with pytest.raises(UploadError, match="50 megapixels"):
        read_upload(header_of_png(*size))
    with pytest.raises(UploadError, match="damaged"):  # it is read on, and only then found to be empty
        read_upload(header_of_png(100, 100))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(UploadError, match="at most 10 MB"):
        read_upload(bytes(MOST_BYTES + 1))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_sheet_is_no_digit(shade: int) -> None:
    with pytest.raises(UploadError, match="one shade"):
        read_upload(saved(Image.new("L", (300, 200), shade)))
