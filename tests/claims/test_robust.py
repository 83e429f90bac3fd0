"""How firmly a verdict stands: the rule at its edges, and a badge that says so."""

import pytest

from analysis.claims import robust
from analysis.claims.words import badge

YES = "supported"


def varied(yes=100, undecided=0, no=0, **flips):
    given = {"supported": yes, "undecided": undecided, "contradicted": no}
    return {"verdicts": given, "flips": {what: {"count": n, "of": of} for what, (n, of) in flips.items()}}


@pytest.mark.parametrize(
    ("tried", "grade"),
    [
        (varied(), "robust"),
        (varied(80, 20), "robust"),
        (varied(79, 21), "sensitive"),
        (varied(99, 0, 1), "robust"),
        (varied(98, 0, 2), "sensitive"),
        (varied(94, 0, 6), "fragile"),
        (varied(50, 50), "sensitive"),
        (varied(49, 51), "fragile"),
        (varied(messages=(20, 1000)), "robust"),
        (varied(messages=(19, 1000)), "sensitive"),
        (varied(messages=(1, 1000)), "fragile"),
        (varied(members=(1, 10)), "fragile"),
        (varied(members=(2, 40)), "robust"),
        (varied(codings=(None, 1000)), "robust"),
        (varied(0), None),
        ({}, None),
    ],
)
def test_a_grade_follows_the_written_rule(tried, grade):
    assert robust.grade(YES, tried) == grade


def test_an_undecided_verdict_is_graded_by_the_universes_that_are_undecided():
    assert robust.grade("undecided", varied(10, 90)) == "robust"
    assert robust.grade("undecided", varied(60, 40)) == "fragile"


def test_what_was_not_tested_has_no_grade():
    assert robust.grade("described", varied()) is None
    assert robust.grade("not assessable", varied()) is None


def test_a_badge_says_how_firmly_a_verdict_stands_in_both_languages():
    row = {"verdict": YES, "robustness": "fragile"}
    assert (badge(row), badge(row, "id")) == ("✔ supported, fragile", "✔ didukung, rapuh")
    assert badge({"verdict": "described"}) == "… described"
