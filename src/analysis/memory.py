"""Memory that a process has freed and keeps for itself, and how often Python looks for what nothing reaches."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (200_000, 50, 1_000)  # thresholds of Python's search for cycles, of its three generations (gc.set_threshold)


def give_back() -> None:
    """Return to the system what Arrow's pool, and on Linux the C library, hold although nothing uses it.

    Both keep most of what was freed, so that a process seems to need what each of its stages needed at once.
    """
    import pyarrow as arrow  # here, as every command imports this module

    arrow.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc has it, musl not
        trim(0)


def collect_seldom() -> None:
    """From now on Python looks for cycles of objects that nothing reaches a three-hundredth as often: among millions of
    objects that stay, as syntax trees and pages do, the search takes a sixth of the time and finds little."""
    gc.set_threshold(*SELDOM)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within it collect_seldom() holds."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
