"""Codings and codebooks as CSV (UTF-8, commas, line feeds): for spreadsheets, Taguette's codebooks, data/raw/codings.

Codings are read by ingest.sheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis import disk, tables
from analysis.codebook import COLOUR, Code, Codebook
from analysis.coding.refiqda.codes import TEXTS, from_paths
from analysis.coding.refiqda.report import Report
from analysis.errors import InputError, refuse
from analysis.ingest.sheets import WORDS, read_rows
from analysis.spreadsheet import as_text, csv_text, from_text

CODINGS = tuple(tables.Codings.columns)
PARTS = ("definition", "include", "exclude", "example", "introduced", "colour")
NAMES = ("path", "tag", "name", "code")
PART, LINE = "¶", "␤"  # between the parts of a description, and for a line break within one
_LABELS = (*TEXTS, "Colour")


def write_codings(path: str | Path, codings: pd.DataFrame) -> None:
    """Write codings (tables.Codings) in the form of data/raw/codings; missing values are empty.

    What people said or wrote gets an apostrophe in front where a spreadsheet would run it as a formula (as_text);
    `ingest.sheets.read_codings` removes it.
    """
    frame = tables.conform(codings, tables.Codings)
    frame = frame.assign(**{name: as_text(frame[name]) for name in WORDS})
    rows = frame.astype(object).where(frame.notna(), "").itertuples(index=False)
    _write(path, CODINGS, rows)


def write_codebook(path: str | Path, codebook: Codebook) -> None:
    """Write a codebook, one row per code: its path (`above.below`), each of its texts, and all in one `description`.
    Taguette imports path and description. As in codings, an apostrophe precedes what a spreadsheet would run;
    `read_codebook` and `read_taguette` remove it. Raises InputError on names with a dot, which would be read as a path,
    and on names that begin or end with a space."""
    if odd := [name for name in codebook.names if "." in name or name != name.strip()]:
        what = f"the code {odd[0]!r} cannot be part of a path"
        raise InputError(what, fix="Remove the dot or the surrounding space from its name.")
    paths = (".".join([*reversed(codebook.ancestors(name)), name]) for name in codebook.names)
    texts = ((*(getattr(code, part) for part in PARTS), described(code)) for code in codebook.codes)
    header = ["path", *PARTS, "description"]
    frame = pd.DataFrame([(path, *parts) for path, parts in zip(paths, texts, strict=True)], columns=header)
    _write(path, header, frame.assign(**{name: as_text(frame[name]) for name in header}).itertuples(index=False))


def read_codebook(path: str | Path, *, report: Report | None = None) -> Codebook:
    """Read a codebook from CSV: ours, or Taguette's (tag, description).

    One column must be path, tag, name or code; description, or definition and the other texts, are read if present, and
    one of them is required with `name`, as lists of people have names too. A path is placed under the longest earlier
    part of it that is itself a path. Raises InputError, with the line, on an empty or repeated name.
    """
    columns, rows = read_rows(Path(path))
    name = next((column for column in NAMES if column in columns), None)
    if name is None or not rows:
        raise InputError("this table has no codes", path=path, line=1, fix=f"Name a column {NAMES[0]} or {NAMES[1]}.")
    if name == "name" and {*PARTS, "description"}.isdisjoint(columns):
        what = f"there are names here, and nothing says that they are codes: {', '.join(columns)}"
        fix = "Add a column definition or description. Lists of members are taken in by: guyub add FILE"
        raise InputError(what, path=path, line=1, fix=fix)
    codes: dict[str, Code] = {}
    errors: list[InputError] = []
    for line, cells in rows:
        row = dict(zip(cells, from_text(pd.Series([*cells.values()], dtype="str")), strict=True))
        if not row[name].strip() or row[name] in codes:
            what = f"{row[name]!r} is empty or a duplicate"
            errors.append(InputError(what, path=path, line=line, fix="Name it."))
        if "definition" not in row:
            codes[row[name]] = undescribed(row[name], row.get("description", ""))
            continue
        if (colour := row.get("colour")) and not COLOUR.match(colour):
            errors.append(InputError(f"{colour!r} is not a colour", path=path, line=line, fix="Write it as #RRGGBB."))
        codes[row[name]] = Code(row[name], **{part: row.get(part, "") for part in PARTS})
    refuse(errors)
    nested, _ = from_paths(list(codes.values()), Report() if report is None else report)
    return Codebook(tuple(nested))


def described(code: Code) -> str:
    """All of a code's texts and its colour in one line, as Taguette's tags have no line breaks."""
    labelled = [f"{label}: {text}" for label in _LABELS if (text := getattr(code, label.lower()))]
    texts = [code.definition, *labelled]
    if any(mark in text for mark in (PART, LINE) for text in texts):
        raise InputError(f"a text of the code {code.name!r} contains {PART} or {LINE}", fix="Use another sign.")
    return f" {PART} ".join(texts).replace("\r\n", "\n").replace("\r", "\n").replace("\n", LINE).strip()


def undescribed(name: str, description: str) -> Code:
    """The code that `described` put into one line; another description is the definition as it stands."""
    first, *others = f" {description} ".replace("\r\n", "\n").replace(LINE, "\n").split(f" {PART} ")
    code = Code(name, None, first.strip(" "))
    for other in others:
        label, _, text = other.partition(": ")
        if label not in _LABELS:
            return Code(name, None, description)
        code = replace(code, **{label.lower(): text.removesuffix(" ") if other is others[-1] else text})
    return code if COLOUR.match(code.colour) else replace(code, colour="")


def _write(path: str | Path, header: Sequence[str], rows: Iterable[tuple]) -> None:
    disk.write_text(Path(path), csv_text([header, *rows]))
