"""Protects CSV files with texts of others: a spreadsheet runs a cell that starts like a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import pandas as pd

START = r"[=+\-@\t\r]"  # characters with which a formula starts in a spreadsheet (OWASP, CSV injection)


def as_text(texts: pd.Series) -> pd.Series:
    """The texts with an apostrophe before each that a spreadsheet would run, also if it has some already."""
    return texts.astype("str").str.replace(rf"^(?='*{START})", "'", regex=True)


def from_text(cells: pd.Series) -> pd.Series:
    """The inverse of `as_text`: one apostrophe less before each start of a formula."""
    return cells.astype("str").str.replace(rf"^'(?='*{START})", "", regex=True)


def csv_text(rows: Iterable[Sequence]) -> str:
    """Rows of cells as CSV with commas and line feeds. A row with a carriage return is quoted whole: the csv module
    leaves a lone one bare, which readers take for the end of the line."""
    out = io.StringIO()
    plain, quoted = (csv.writer(out, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for row in rows:
        (quoted if any("\r" in str(cell) for cell in row) else plain).writerow(row)
    return out.getvalue()
