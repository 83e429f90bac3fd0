"""Bundling many short units into one document, as people read and code a conversation, and extracting them again.

In a document each unit follows a line that names it, `⟦unit id⟧` and perhaps a label (who, when). Text under a line
`⟦⟧` belongs to no unit: the context of a unit, and the document's end. The lines are plain text, so they survive any
program; positions in the document are converted to positions in units.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.coding.refiqda.positions import received
from analysis.errors import InputError

END = "⟦⟧"
_HEAD = re.compile(r"^⟦([^⟦⟧\r\n]*)⟧[^\r\n]*$", re.MULTILINE)


@dataclass(frozen=True)
class Placed:
    """A unit within a document: start and end (exclusive) of its text there, in code points."""

    unit_id: str
    start: int
    end: int


@dataclass(frozen=True)
class Bundle:
    """A document's text and the places of its units in it, in order."""

    text: str
    units: tuple[Placed, ...]


def bundle(
    units: Mapping[str, str],
    labels: Mapping[str, str] | None = None,
    around: Mapping[str, Sequence[Sequence[tuple[str, str]]]] | None = None,
) -> Bundle:
    """One document of several units. units: texts (line feeds only) by unit id, in order. labels: for their head lines.
    around: the texts before and after a unit, each with its label, which belong to no unit.

    Raises InputError when a unit's text has a line that looks like a head line, or an id or label cannot be in one.
    """
    parts, placed, position = [], [], 0
    for unit_id, text in units.items():
        head = f"⟦{unit_id}⟧" + (f" {label}" if (label := (labels or {}).get(unit_id, "")) else "")
        matched = _HEAD.fullmatch(head)
        if not matched or not unit_id or matched[1] != unit_id:
            raise InputError(f"the unit {unit_id!r} cannot have the head line {head!r} in a document",
                             fix="Remove brackets ⟦⟧ and line breaks from its id and label.")  # fmt: skip
        if _HEAD.search(text):
            raise InputError(f"the text of {unit_id!r} has a line that begins with ⟦...⟧, which names units",
                             fix="Write the units as documents of their own.")  # fmt: skip
        before, after = (_aside(lines) for lines in (around or {}).get(unit_id, ((), ())))
        start = position + len(before) + len(head) + 1
        placed.append(Placed(unit_id, start, start + len(text)))
        parts.append(f"{before}{head}\n{text}\n\n{after}")
        position = start + len(text) + 2 + len(after)
    return Bundle("".join(parts) + END + "\n", tuple(placed))


def _aside(lines: Sequence[tuple[str, str]]) -> str:
    """The text around a unit, under a head line that names no unit."""
    text = "\n".join(f"{label}: {text}" for label, text in lines).replace("⟦", "[").replace("⟧", "]")
    return f"{END}\n{received(text).text}\n\n" if lines else ""


def unbundle(text: str) -> Bundle | None:
    """The units of a document that `bundle` made; None for any other text."""
    heads = list(_HEAD.finditer(text))
    if not any(head[1] for head in heads) or heads[0].start() != 0 or heads[-1][1]:
        return None
    placed = []
    for head, following in ((head, after) for head, after in pairwise(heads) if head[1]):
        start, end = min(head.end() + 1, following.start()), following.start()
        gap = next((gap for gap in ("\n\n", "\n") if text.endswith(gap, start, end)), "")
        placed.append(Placed(head[1], start, end - len(gap)))
    return Bundle(text, tuple(placed))


def pieces(units: tuple[Placed, ...], start: int, end: int) -> list[tuple[Placed, int, int]]:
    """The part of each unit that a span of the document covers, in the unit's own positions; an empty span is in one
    unit."""
    first = bisect_left(units, start, key=lambda unit: unit.end)
    if start == end:
        near = units[first : first + 1]
        return [(unit, start - unit.start, end - unit.start) for unit in near if unit.start <= start]
    last = bisect_left(units, end, key=lambda unit: unit.start)
    return [
        (unit, max(start, unit.start) - unit.start, min(end, unit.end) - unit.start)
        for unit in units[first:last]
        if start < unit.end
    ]
