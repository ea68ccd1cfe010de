"""Memory that one training step frees, and the next one needs again."""

from __future__ import annotations

import ctypes
import sys

# names and numbers of malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT = 64 << 20  # bytes free at the end of a heap that stay there
_LARGEST = 32 << 20  # bytes: blocks up to this come from the heap; glibc takes no more


def keep_freed_memory() -> None:
    """Let this process keep what it frees, up to 64 MB a heap (each thread may have one).

    glibc gives large blocks back to the kernel, which must clear their pages before it hands them out again. A step
    needs several MB for a moment, so that a CNN which trains in a thread, as in the app, spent a third of its time so.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:  # glibc's; other libraries have none
        mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
