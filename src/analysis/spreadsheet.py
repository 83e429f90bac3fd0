"""Texts of others in files that people open in a spreadsheet."""

from __future__ import annotations

import pandas as pd

STARTS = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet takes a cell for a formula (OWASP, CSV injection)


def as_text(texts: pd.Series) -> pd.Series:
    """The texts, an apostrophe before each that a spreadsheet would run as a formula: to be read by people alone."""
    return texts.where(~texts.astype("str").str.startswith(STARTS), "'" + texts.astype("str"))
