"""Memory that one training step frees and the next one needs again; and memory that nobody needs any more."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

# names and numbers of malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT = 64 << 20  # bytes free at the end of a heap that stay there
_LARGEST = 32 << 20  # bytes: blocks up to this come from the heap; glibc takes no more


def keep_freed_memory() -> None:
    """Let this process keep what it frees, up to 64 MB a heap (each thread may have one).

    glibc gives large blocks back to the kernel, which must clear their pages before it hands them out again. A step
    needs several MB for a moment, so that a CNN which trains in a thread, as in the app, spent a third of its time so.
    """
    mallopt = _glibc("mallopt")
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def give_back_memory() -> None:
    """Return to the kernel what is free in all heaps of this process; some 20 ms, and the next step is a bit slower.

    The app's pages are drawn by ever new threads, over eight heaps for each core, and what one heap keeps serves no
    other: within minutes 100 MB and more lay in them that nobody used.
    """
    trim = _glibc("malloc_trim")
    if trim:
        trim(ctypes.c_size_t(0))


def _glibc(name: str) -> Callable[..., object] | None:
    """The function of that name; None with another C library."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
