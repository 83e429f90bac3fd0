"""Deviations from the standard in a file read or written, and what became of each."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deviation:
    """One deviation. kind: a short name. what: a sentence. places: the sources, codes or spans it is about."""

    kind: str
    what: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(self.places[:5]) + (f" and {len(self.places) - 5} more" if len(self.places) > 5 else "")
        return f"{self.what} ({shown})" if shown else self.what


@dataclass
class Report:
    """All deviations of one file, in order. origin: the program that wrote it, empty when the file does not say."""

    origin: str = ""
    _places: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, kind: str, what: str, *places: str) -> None:
        """Add a deviation; the same one again only adds its places."""
        self._places.setdefault((kind, what), []).extend(places)

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        return tuple(Deviation(kind, what, tuple(places)) for (kind, what), places in self._places.items())

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(deviation.kind for deviation in self.deviations)

    def of(self, kind: str) -> tuple[Deviation, ...]:
        """The deviations of one kind."""
        return tuple(deviation for deviation in self.deviations if deviation.kind == kind)

    def __str__(self) -> str:
        return "\n".join(f"{deviation.kind}: {deviation}" for deviation in self.deviations)


def unused(name: str, taken: Container[str]) -> str:
    """The name, or the name with the first number that makes it one of its own."""
    tried, number = name, 1
    while tried in taken:
        number += 1
        tried = f"{name} ({number})"
    return tried
