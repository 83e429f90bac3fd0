"""What left the study: sheets, pages, projects and crates that hold words of people, remembered so that `guyub forget`
can name them when somebody withdraws."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from analysis import disk, study

NAME = "handed-out.csv"  # in .guyub, which git ignores; forget keeps it
FIELDS = ("what", "path")


def remember(paths: study.Paths, files: Iterable[Path], what: str) -> None:
    """Add files to those that left the study. what: such as `a coding sheet`."""
    place = paths.root / ".guyub" / NAME
    known = dict.fromkeys([*_rows(place), *((what, str(file.resolve())) for file in files)])
    with disk.whole(place) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([FIELDS, *known])


def remembered(paths: study.Paths) -> list[str]:
    """What left the study, a line each: its path, in the study where it is there, and what it is."""
    rows = _rows(paths.root / ".guyub" / NAME)
    root = paths.root.resolve()
    places = ((what, Path(path)) for what, path in rows)
    return [f"{p.relative_to(root) if p.is_relative_to(root) else p} ({what})" for what, p in places]


def _rows(place: Path) -> list[tuple[str, str]]:
    if not place.exists():
        return []
    with place.open(encoding="utf-8", newline="") as lines:
        return [(row["what"], row["path"]) for row in csv.DictReader(lines)]
