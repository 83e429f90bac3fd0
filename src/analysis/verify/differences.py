"""Where two versions of an output differ, and by how much, in words that locate the place."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MOST = 10  # most differences reported per file
WIDEST = 60  # most characters shown of a value


def differences(old: Path, new: Path) -> Iterator[str]:
    """The differences between two files or folders, file by file. None when they hold the same bytes."""
    if old.is_dir() or new.is_dir():
        for name in sorted({p.relative_to(t).as_posix() for t in (old, new) for p in t.rglob("*") if p.is_file()}):
            yield from (f"{name}: {what}" for what in differences(old / name, new / name))
    elif not (old.is_file() and new.is_file()):
        yield "it is made now and was not there" if new.is_file() else "it is not made any more"
    elif old.read_bytes() != new.read_bytes():
        first = list(itertools.islice(_within(old, new), MOST + 1)) or ["the bytes differ, not the content"]
        yield from first[:MOST]
        if len(first) > MOST:
            yield "and more"


def _within(old: Path, new: Path) -> Iterator[str]:
    if old.suffix == ".parquet":
        yield from tables(pd.read_parquet(old), pd.read_parquet(new))
    elif old.suffix == ".json":
        yield from values(json.loads(old.read_text("utf-8")), json.loads(new.read_text("utf-8")))
    elif old.suffix == ".ipynb":
        yield from cells(json.loads(old.read_text("utf-8")), json.loads(new.read_text("utf-8")))
    else:
        yield from lines(old.read_bytes(), new.read_bytes())


def values(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Each value of two JSON documents that differs, with its path; numbers with their difference."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from values(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from values(a, b, f"{path}.{i}")
    elif old != new:
        numbers = all(isinstance(value, int | float) for value in (old, new))
        yield f"{path} was {_short(old)}, is {_short(new)}" + (f" ({new - old:+.6g})" if numbers else "")


def tables(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[str]:
    """Each column of two tables that differs: in how many rows, from which on, and for numbers by how much at most."""
    if list(old.columns) != list(new.columns) or len(old) != len(new):
        yield f"was {len(old)} rows of {', '.join(old.columns)}; is {len(new)} rows of {', '.join(new.columns)}"
        return
    for name in old.columns:
        a, b = old[name].reset_index(drop=True), new[name].reset_index(drop=True)
        other = ~((a == b) | (a.isna() & b.isna()))
        if other.any():
            row = int(other.idxmax())
            numbers = pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b)
            most = f", by at most {float(np.nanmax(np.abs(a - b))):.6g}" if numbers else ""
            first = f"first in row {row}: was {_short(a[row])}, is {_short(b[row])}"
            yield f"column {name} differs in {other.sum()} of {len(a)} rows{most}; {first}"


def cells(old: dict, new: dict) -> Iterator[str]:
    """Each cell of two notebooks that differs, and how."""
    if len(old["cells"]) != len(new["cells"]):
        yield f"was {len(old['cells'])} cells, is {len(new['cells'])}"
    for a, b in zip(old["cells"], new["cells"], strict=False):
        if parts := [key for key in sorted({*a, *b}) if a.get(key) != b.get(key)]:
            yield f"cell {b.get('id')} differs in its {', '.join(parts)}"


def lines(old: bytes, new: bytes) -> Iterator[str]:
    """The first line in which two texts differ; for other files only that they do."""
    a, b = (raw.decode("utf-8", "replace").splitlines() for raw in (old, new))
    for number, (one, other) in enumerate(itertools.zip_longest(a, b, fillvalue=""), 1):
        if one != other:
            yield f"line {number} was {_short(one)}, is {_short(other)}"
            return


def _short(value: object) -> str:
    text = repr(value.item() if hasattr(value, "item") else value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
