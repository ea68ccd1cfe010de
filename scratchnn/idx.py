"""The four IDX files of a data set on disk: found or downloaded, unpacked, and refused where they are broken.

IDX is the format of MNIST: a number that tells the kind (2051 images, 2049 labels), one number for each
dimension, then the bytes; numbers are big-endian, 32 bits.
"""

from __future__ import annotations

import gzip
import math
import os
import shutil
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

BUNDLED_MNIST = Path(__file__).parents[1] / "assets" / "mnist"
CACHE = Path("~/.cache/scratchnn")  # where a data set is downloaded to when no folder is named

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
PATIENCE = 10.0  # seconds without a byte after which a download has failed
_downloading = threading.Lock()
IMAGES, LABELS = 2051, 2049
KINDS = {IMAGES: "images", LABELS: "labels"}


class DataError(ValueError):
    """One sentence: what is wrong with which file, and what to do."""


def read_files(dataset_class: Any, folder: Path | None) -> tuple[Any, Any]:
    """The training and test part of a data set, as torchvision reads them.

    Args:
        dataset_class: torchvision.datasets.MNIST or one of its subclasses.
        folder: holds the files directly or as torchvision lays them out, each gzipped or not; by default
            MNIST comes with ScratchNN and the others are kept in a cache folder. What is missing is downloaded.

    Raises:
        DataError: a file is missing and cannot be downloaded, or is not what its name says.
    """
    paths = _find_or_download(dataset_class, folder)
    with TemporaryDirectory(prefix="scratchnn-") as root:  # torchvision reads unpacked files only
        raw = Path(root, dataset_class.__name__, "raw")
        raw.mkdir(parents=True)
        for name, path in paths.items():
            _unpack(path, raw / name)
            _check_header(raw / name, path)
        training, test = dataset_class(root, train=True), dataset_class(root, train=False)
    train_images, train_labels, test_images, test_labels = (paths[name] for name in FILES)
    _check_labels(training, train_images, train_labels)
    _check_labels(test, test_images, test_labels)
    return training, test


def _find_or_download(dataset_class: Any, folder: Path | None) -> dict[str, Path]:
    title = dataset_class.__name__
    if folder is not None and folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is not a folder; name the folder that holds the files of {title}")
    home = folder or CACHE.expanduser()
    raw = home / title / "raw"
    places = [raw, home] if folder or title != "MNIST" else [BUNDLED_MNIST, raw]
    place = max(places, key=lambda place: len(_find(place)))
    missing = [f"{name}.gz" for name in FILES if name not in _find(place)]
    if not missing:
        return _find(place)
    try:
        _download(dataset_class, raw)
    except (RuntimeError, OSError, HTTPException) as error:
        why = f", for nothing came for {PATIENCE:g} seconds" if "timed out" in str(error) else ""
        raise DataError(
            f"{title} lacks {', '.join(missing)}, and the download failed{why}; put what is missing into {place}"
        ) from error
    return _find(raw)


def _find(folder: Path) -> dict[str, Path]:
    """Those of the four files that are in `folder`, gzipped or not."""
    candidates = ((name, folder / f"{name}{ending}") for name in FILES for ending in (".gz", ""))
    return {name: path for name, path in candidates if path.is_file()}  # where both are there, the unpacked one


def _download(dataset_class: Any, raw: Path) -> None:
    """Lets torchvision download into a temporary folder, so that `raw` only ever holds whole files."""
    with _limited_waiting(), TemporaryDirectory(prefix="scratchnn-") as root:
        downloaded = Path(dataset_class(root, download=True).raw_folder)
        raw.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            part = raw / f".{name}.{os.getpid()}.part"
            shutil.copyfile(downloaded / f"{name}.gz", part)
            part.replace(raw / f"{name}.gz")


@contextmanager
def _limited_waiting() -> Iterator[None]:
    """torchvision sets no limit to how long it waits for a server: here each answer has `PATIENCE` seconds."""
    with _downloading:  # the limit is the process's, so one download at a time sets it and takes it away
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(PATIENCE)
        try:
            yield
        finally:
            socket.setdefaulttimeout(before)


def _unpack(path: Path, target: Path) -> None:
    """Copies a file, gunzipped if it is gzipped, whatever its name ends in."""
    try:
        with path.open("rb") as file:
            gzipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if gzipped else path.open("rb") as file, target.open("wb") as unpacked:
            shutil.copyfileobj(file, unpacked, 2**20)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is a damaged or truncated gzip file; replace it by an intact one") from error
    except OSError as error:
        raise DataError(f"{path} could not be unpacked: {error.strerror}; allow it or make room") from error


def _check_header(unpacked: Path, path: Path) -> None:
    """Refuses a file whose kind, image size or length is not what its name and its header announce."""
    kind = IMAGES if "images" in path.name else LABELS
    numbers = 4 if kind == IMAGES else 2  # the kind, the count and, for images, height and width
    with unpacked.open("rb") as file:
        header = file.read(4 * numbers).ljust(4 * numbers, b"\0")
    found, *sizes = struct.unpack(f">{numbers}I", header)
    if found in KINDS and found != kind:
        raise DataError(
            f"{path} holds {KINDS[found]} where its name promises {KINDS[kind]}; the files are mixed up: "
            "give each its own name back"
        )
    if found != kind:
        raise DataError(
            f"{path} is not an IDX file of {KINDS[kind]}: it begins with {found} instead of {kind}; replace it"
        )
    announced, length = 4 * numbers + math.prod(sizes), unpacked.stat().st_size
    if length != announced:
        problem = "truncated" if length < announced else "too long"
        raise DataError(f"{path} is {problem}: {length:,} bytes where its header announces {announced:,}; replace it")
    if sizes[0] == 0 or sizes[1:] not in ([], [28, 28]):
        shape = "×".join(str(size) for size in sizes)
        raise DataError(f"{path} holds {KINDS[kind]} of shape {shape}; ScratchNN reads images of 28×28, at least one")


def _check_labels(part: Any, images_path: Path, labels_path: Path) -> None:
    """Refuses labels that are not the images' own, or that are not 0 to 9."""
    if len(part.data) != len(part.targets):
        raise DataError(
            f"{images_path} holds {len(part.data):,} images and {labels_path} {len(part.targets):,} labels; "
            "the files do not belong together: replace one"
        )
    if part.targets.max() > 9:
        raise DataError(f"{labels_path} holds the label {part.targets.max()}, and labels are 0 to 9; replace it")
