"""Texts of others in CSV files that people open in a spreadsheet, which runs a cell that starts as a formula does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import pandas as pd

START = r"[=+\-@\t\r]"  # with which a spreadsheet takes a cell for a formula (OWASP, CSV injection)


def as_text(texts: pd.Series) -> pd.Series:
    """The texts, an apostrophe before each that a spreadsheet would run; one that has some already gets one more."""
    return texts.astype("str").str.replace(rf"^(?='*{START})", "'", regex=True)


def from_text(cells: pd.Series) -> pd.Series:
    """What `as_text` made cells of: one apostrophe less before each start of a formula."""
    return cells.astype("str").str.replace(rf"^'(?='*{START})", "", regex=True)


def csv_text(rows: Iterable[Sequence]) -> str:
    """Rows of cells as CSV with commas and line feeds. A row with a carriage return is quoted whole: the csv module
    leaves a lone one bare, which readers take for the end of the line."""
    out = io.StringIO()
    plain, quoted = (csv.writer(out, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for row in rows:
        (quoted if any("\r" in str(cell) for cell in row) else plain).writerow(row)
    return out.getvalue()
