"""The metrics as keys: every value in nested mappings and lists, and the line of its file that holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Names = tuple[str, ...]
OPENING = ("{", "[", "}", "]")


def leaves(values: Any, names: Names = ()) -> Iterator[tuple[Names, Any]]:
    """Every value in nested mappings and lists, with the names that lead to it."""
    if isinstance(values, Mapping | list):
        items = values.items() if isinstance(values, Mapping) else enumerate(values)
        for name, value in items:
            yield from leaves(value, (*names, str(name)))
    else:
        yield names, values


def with_lines(text: str) -> list[tuple[Names, Any, int]]:
    """Names, value and line (1-based) of every value of a metrics file, which has a line for each."""
    held = (number for number, line in enumerate(text.splitlines(), 1) if not line.rstrip(", ").endswith(OPENING))
    return [(names, value, line) for (names, value), line in zip(leaves(json.loads(text)), held, strict=True)]
