"""A record of sheets, pages, projects and crates with words of people that left the study or came back filled in, so
that `guyub forget` can name them when somebody withdraws."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from analysis import disk, study
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.workbook import read_cells

NAME = "handed-out.csv"  # in .guyub, which git ignores; `guyub forget` keeps it
FIELDS = ("what", "path")
FILLED = ("codings", "annotations")  # kinds of raw files that come from sheets
COLUMNS = (("unit_id", "text_sha256"), ("message_id", "back", "answers"))  # of filled sheets
LONGEST_HEAD = 10_000  # most bytes read of a first line


def remember(paths: study.Paths, files: Iterable[Path], what: str) -> None:
    """Add files to those that left the study. what: such as `a coding sheet`."""
    place = paths.root / ".guyub" / NAME
    known = dict.fromkeys([*_rows(place), *((what, str(file.resolve())) for file in files)])
    with disk.whole(place) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([FIELDS, *known])


def remembered(paths: study.Paths) -> list[str]:
    """Files that left the study, one line each: the path (relative if inside the study) and what it is."""
    return [_line(paths, Path(path), what) for what, path in _rows(paths.root / ".guyub" / NAME)]


def nearby(paths: study.Paths) -> list[str]:
    """Files next to those that left the study that coders or annotators filled in, as lines like remembered: tables
    with the columns of a sheet, and files with the name of an imported one. Raises InputError where MANIFEST.csv cannot
    be read."""
    known = {Path(path) for _, path in _rows(paths.root / ".guyub" / NAME)}
    imported = {row.get("source") for row in manifest.read(paths.raw).values() if row.get("kind") in FILLED}
    folders = {path.parent for path in known if not path.is_relative_to(paths.raw.resolve())}
    files = (file for folder in sorted(folders) for file in sorted(folder.glob("*")) if file.is_file())
    filled = (file for file in files if file not in known and (file.name in imported or _is_sheet(file)))
    return [_line(paths, file, "next to it; filled in, by its name or columns") for file in filled]


def _is_sheet(file: Path) -> bool:
    """Whether a file is a table with the columns of a sheet of codings or annotations."""
    if not os.access(file, os.R_OK):
        return False
    head = _head(file).lower()
    return any(all(name in head for name in names) for names in COLUMNS)


def _head(file: Path) -> str:
    """The first line of a table; empty for anything else, or if it cannot be read as one."""
    if file.suffix.lower() == ".csv":
        with file.open("rb") as table:
            return table.readline(LONGEST_HEAD).decode("utf-8-sig", "replace")
    if file.suffix.lower() != ".xlsx":
        return ""
    try:
        return " ".join(next(iter(read_cells(file)), []))
    except InputError:
        return ""


def _line(paths: study.Paths, path: Path, what: str) -> str:
    root = paths.root.resolve()
    return f"{path.relative_to(root) if path.is_relative_to(root) else path} ({what})"


def _rows(place: Path) -> list[tuple[str, str]]:
    return [(row["what"], row["path"]) for row in study.read_rows(place)]
