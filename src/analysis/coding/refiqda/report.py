"""What was found while reading or writing: each deviation from the standard, and what became of it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One thing found. kind: a short name. what: a sentence. places: the sources, codes or spans it is about."""

    kind: str
    what: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(self.places[:5]) + (f" and {len(self.places) - 5} more" if len(self.places) > 5 else "")
        return f"{self.what} ({shown})" if shown else self.what


@dataclass
class Report:
    """All findings of one file, in order. origin: the program that wrote it, empty when the file does not say."""

    origin: str = ""
    _places: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, kind: str, what: str, *places: str) -> None:
        """Add a finding; the same one again only adds its places."""
        self._places.setdefault((kind, what), []).extend(places)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(Finding(kind, what, tuple(places)) for (kind, what), places in self._places.items())

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(finding.kind for finding in self.findings)

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    def __str__(self) -> str:
        return "\n".join(f"{finding.kind}: {finding}" for finding in self.findings)


def unused(name: str, taken: Container[str]) -> str:
    """The name, or the name with the first number that makes it one of its own."""
    tried, number = name, 1
    while tried in taken:
        number += 1
        tried = f"{name} ({number})"
    return tried
