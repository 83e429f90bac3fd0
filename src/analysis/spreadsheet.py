"""Texts of others in CSV files that people open in a spreadsheet, which runs a cell that starts as a formula does."""

from __future__ import annotations

import pandas as pd

START = r"[=+\-@\t\r]"  # with which a spreadsheet takes a cell for a formula (OWASP, CSV injection)


def as_text(texts: pd.Series) -> pd.Series:
    """The texts, an apostrophe before each that a spreadsheet would run; one that has some already gets one more."""
    return texts.astype("str").str.replace(rf"^(?='*{START})", "'", regex=True)


def from_text(cells: pd.Series) -> pd.Series:
    """What `as_text` made cells of: one apostrophe less before each start of a formula."""
    return cells.astype("str").str.replace(rf"^'(?='*{START})", "", regex=True)
