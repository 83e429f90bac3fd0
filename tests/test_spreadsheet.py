"""Texts of others in files for a spreadsheet."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.spreadsheet import as_text, from_text

STARTS = ("=", "+", "-", "@", "\t", "\r")
TEXTS = st.text() | st.text(alphabet="=+-@'\t\r\na", max_size=6)


@given(st.lists(TEXTS | st.none(), min_size=1))
def test_no_text_starts_a_formula_and_each_comes_back_as_it_was(texts):
    written = pd.Series(texts, dtype="str")
    cells = as_text(written)
    assert not cells.dropna().str.startswith(STARTS).any()
    pd.testing.assert_series_equal(from_text(cells), written)


def test_texts_that_are_no_formula_stay_as_they_are():
    texts = pd.Series(["'pun", "naik = turun", "", "5 + 5"])
    assert as_text(texts).tolist() == from_text(texts).tolist() == texts.tolist()
