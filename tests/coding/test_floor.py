"""Codes that coders read too differently are not concluded from."""

import pandas as pd

from analysis.coding.floor import too_different

AGREED = pd.DataFrame(
    {"code": ["news", "care", "offer"], "alpha": [0.52, 0.9, float("nan")], "usable": [False, True, False]}
)


def test_a_code_under_the_floor_is_named_with_its_alpha():
    assert too_different(AGREED, ["care", "news"]) == "the coders differ too much on news (alpha 0.52) for conclusions"


def test_codes_at_the_floor_and_codes_that_nobody_gave_pass():
    assert too_different(AGREED, ["care", "offer"]) == ""


def test_where_nobody_read_a_unit_twice_nothing_is_refused():
    assert too_different(AGREED.iloc[:0], ["news"]) == ""
