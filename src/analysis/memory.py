"""Returning freed memory to the system, and setting how often Python collects cyclic garbage."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (200_000, 50, 1_000)  # thresholds of Python's cyclic garbage collector, by generation (gc.set_threshold)


def give_back() -> None:
    """Return unused memory of Arrow's pool, and on Linux of the C library, to the system.

    Both keep most of what was freed, so that a process seems to need what each of its stages needed at once.
    """
    import pyarrow as arrow  # here, since every command imports this module

    arrow.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc has it, musl not
        trim(0)


def collect_seldom() -> None:
    """From now on Python collects cyclic garbage a three-hundredth as often: among millions of objects that stay alive,
    such as syntax trees and pages, the search takes a sixth of the time and finds little."""
    gc.set_threshold(*SELDOM)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Context in which collect_seldom() is in effect."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
