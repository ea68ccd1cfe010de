"""Files that are whole or not there: each is written beside its place and then moved into it."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class RunError(ValueError):
    """A run cannot be read, written or continued: one sentence that says which, why, and what to do."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that whoever reads it, at any instant and after any crash, sees the old or the new one whole.

    Raises:
        RunError: the disk is full, or the place may not be written to.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        _discard(beside)
        remedy = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "allow it"
        raise RunError(f"cannot write {path}: {error.strerror or error}; {remedy} or choose another folder") from error


def _sync_folder(folder: Path) -> None:
    """So that the new name, too, survives a power cut; only POSIX can and needs to."""
    if os.name == "posix":
        entry = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # what made the write fail makes this fail, and is already being reported


def lock_folder(folder: Path) -> IO[bytes] | None:
    """Claim a folder for as long as the returned file is open; the system lets go of it when a process dies.

    Raises:
        RunError: another training holds it.
    """
    try:
        import fcntl
    except ImportError:  # not POSIX: there is no such lock
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("wb")
    except OSError as error:
        raise RunError(f"cannot make the folder {folder}: {error.strerror or error}; choose another") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise RunError(f"{folder} is being trained right now; stop that training first") from None
    except OSError:  # a file system without locks
        file.close()
        return None
    return file


def read_bytes(path: Path) -> bytes:
    """
    Raises:
        RunError: there is no such file, or it may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> RunError:
    return RunError(f"cannot read {path}: {error.strerror or error}; put it back or allow it, or use another run")


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """A safetensors file; the tensors may live anywhere and have any strides."""
    from safetensors.torch import save

    packed = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, save(packed, dict(metadata)))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file.

    Raises:
        RunError: there is no such file, or it is truncated, damaged or not safetensors.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise RunError(f"there is no file {path}; give a run folder or one of the .safetensors files in it")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise RunError(f"{path} is damaged, cut short or not a safetensors file; use another snapshot") from error
    except OSError as error:
        raise _unreadable(path, error) from error
