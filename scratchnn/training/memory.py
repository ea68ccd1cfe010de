"""Memory that one training step frees, and the next one needs again."""

from __future__ import annotations

import ctypes
import sys

# names and numbers of malloc.h
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_HEAP = 64 << 20  # bytes: a thread's memory comes in heaps of this size
_LARGEST = 32 << 20  # bytes: blocks up to this come from a heap; glibc takes no more


def keep_freed_memory() -> None:
    """Let this process keep what it frees, up to 64 MB a heap (each thread may have some).

    glibc gives large blocks back to the kernel, which must clear their pages before it hands them out again; so does
    it with the free end of a heap, and with a thread's second heap as soon as that is empty. A step needs several MB
    for a moment, so that a CNN which trains in a thread, as in the app, spent a third of its time so.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:  # glibc's; other libraries have none
        mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        mallopt(_M_TRIM_THRESHOLD, _HEAP)
        mallopt(_M_TOP_PAD, _HEAP)  # an empty heap stays if less than this is left in the one before
