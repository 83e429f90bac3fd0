"""The library that computes the slow measures: networkx, or igraph where it is installed.

Both modules have the same functions with the same values (tests/network/test_engines.py). igraph is much faster in
large communities, but its licence is the GPL, so Guyub does not install it (`pip install igraph`).
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from analysis.errors import InputError
from analysis.network.engines import by_networkx

NAMES = ("networkx", "igraph")


def named(engine: str) -> ModuleType:
    """The engine with this name. Raises InputError when there is none, or when it is not installed."""
    if engine not in NAMES:
        raise InputError(f"unknown engine {engine!r}", fix=f"Use one of {', '.join(NAMES)}.")
    if engine == "networkx":
        return by_networkx
    try:
        return import_module(f"{__name__}.by_{engine}")
    except ModuleNotFoundError:
        fix = f"Use networkx, or install it: pip install {engine}."
        raise InputError(f"the engine {engine} is not installed", fix=fix) from None
