"""Memory that a process has freed and keeps for itself."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as arrow


def give_back() -> None:
    """Return to the system what Arrow's pool, and on Linux the C library, hold although nothing uses it.

    Both keep most of what was freed, so that a process seems to need what each of its stages needed at once.
    """
    arrow.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc has it, musl not
        trim(0)
