"""The page of the step `robustness`."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.claims import ledger
from analysis.errors import Missing
from analysis.robustness import page, universes
from analysis.robustness.choices import MAIN, Choice, Exclusion

CHOICES = [
    Choice(name, (), dict.fromkeys((MAIN, *options), "because"))
    for name, options in {"codes": ("hard", "soft"), "ties": ("root",), "waves": ("60", "90")}.items()
]
EXCLUDED = [Exclusion({"codes": ("hard",), "ties": ("root",)}, "no sense")]


def universe_row(**changes):
    row = {"universe": 0, "claim": "C1", "codes": MAIN, "ties": MAIN, "waves": "", "value": 0.1}
    return {**row, "low": 0.0, "high": 0.2, "verdict": "undecided", **changes}


def failed(rows, steps=()):
    checks = page.page_checks(pd.DataFrame(rows), CHOICES, EXCLUDED, steps)
    return [assertion for assertion, _, passed in checks if not passed]


def test_the_page_stops_where_the_main_universe_is_not_the_steps_own():
    own_verdict = {"id": "C1", "verdict": "undecided", "value": 0.1}
    assert failed([universe_row()], [own_verdict]) == []
    for other in ({"verdict": "supported"}, {"value": 0.1001}, {"value": None}):
        assert failed([universe_row()], [own_verdict | other]) == [
            "the main universe has the steps' own verdicts and values"
        ]


def test_the_page_stops_where_a_universe_occurs_twice_or_is_excluded():
    twice = [universe_row(), universe_row(universe=3)]
    assert failed(twice) == ["no claim is computed twice in the same universe"]
    senseless = [universe_row(universe=1, codes="hard", ties="root")]
    assert failed(senseless) == ["no excluded combination is computed"]


def test_each_single_change_is_named_with_its_choice_and_option():
    rows = [universe_row(), universe_row(universe=1, ties="root"), universe_row(universe=2, ties="root", codes="soft")]
    frame = page.single_frame(pd.DataFrame(rows), CHOICES)
    assert frame[["choice", "option"]].to_numpy().tolist() == [["", "the main analysis"], ["ties", "root"]]


def test_what_fewer_resamples_do_to_intervals_is_measured_and_explained():
    def said(claim, high):
        rows = [universe_row(claim=claim), universe_row(claim=claim, universe=1, ties="root", high=high)]
        return page.say_resamples(pd.DataFrame(rows), CHOICES, labels=4, labels_of_main=20)

    assert "the interval is in the median 3.0 times as wide for C3" in said("C3", 0.6)
    assert "C3 pools 4 draws of the codes there, and 20 in the main analysis" in said("C3", 0.6)
    assert said("C3", 0.6).endswith("rather too low than too high.")
    assert "pools" not in said("C1", 0.6)
    assert said("C3", 0.2).endswith("in the median as wide as in the main analysis.")
    none = pd.DataFrame([universe_row(verdict="not assessable", value=None, low=None, high=None)])
    assert page.say_resamples(none, CHOICES, labels=4, labels_of_main=20).endswith("than the main analysis.")


def test_reasons_have_no_column_where_there_are_none():
    rows = pd.DataFrame([universe_row(p_holm=0.03, reason="")])
    assert {"p after Holm"} == set(page.universes_frame(rows).columns) - set(rows.columns)
    assert "reason" not in page.universes_frame(rows)
    assert "reason" in page.universes_frame(rows.assign(reason="no partnership"))


def test_a_claim_that_no_universe_can_assess_has_no_curve():
    rows = pd.DataFrame([universe_row(verdict="not assessable", value=None)])
    assert page.curve_figure(rows, CHOICES, "C1") == Missing("C1 could not be assessed in any universe")


def test_the_smallest_changes_in_words():
    flips = {
        "members": {"count": 2, "of": 39, "verdict": "undecided"},
        "messages": {"count": None, "of": 12348, "verdict": None},
    }
    assert ledger.smallest_change(flips) == "undecided with 2 of 39 members left out"
    more = flips | {"codings": {"count": 4, "of": 12348, "verdict": "undecided"}}
    said = "undecided with 2 of 39 members left out, or 4 of 12,348 messages given another code"
    assert ledger.smallest_change(more) == said
    assert ledger.smallest_change({"messages": flips["messages"]}) == "no other verdict found with few changes"
    assert ledger.smallest_change({}) is None


SHORT = [
    universe_row(verdict="supported"),
    universe_row(universe=1, codes="hard"),
    universe_row(universe=2, ties="root"),
]


def test_the_page_says_which_shortcuts_give_another_verdict_and_draws_all():
    both = universe_row(universe=3, codes="hard", ties="root", verdict="contradicted", value=-0.1)
    rows = pd.DataFrame([SHORT[0], SHORT[1], SHORT[2] | {"verdict": "supported"}, both])
    said = page.say_shortcuts(rows, CHOICES)
    assert said == f"C1, supported, becomes undecided with *codes: hard* and contradicted with *{page.ALL_SHORTCUTS}*."
    figure = page.shortcuts_figure(rows, CHOICES)
    assert figure.alt.startswith("1 of 3 shortcuts give the verdict of the main analysis (C1: 1 of 3). ")
    axes = figure.drawing.axes[0]
    assert axes.get_title(loc="left") == "C1: 1 of 3"
    named = [label.get_text() for label in axes.get_yticklabels()]
    assert named == ["the main analysis", "codes: hard", "ties: root", page.ALL_SHORTCUTS]


def test_where_no_shortcut_changes_a_verdict_the_page_says_so():
    rows = pd.DataFrame([SHORT[0], SHORT[2] | {"verdict": "supported"}])
    assert page.say_shortcuts(rows, CHOICES) == "C1 stays supported with every shortcut."


def test_a_claim_that_cannot_be_assessed_has_no_figure_of_shortcuts():
    rows = pd.DataFrame([universe_row(verdict="not assessable", value=None)])
    assert isinstance(page.shortcuts_figure(rows, CHOICES), Missing)
    assert isinstance(page.say_shortcuts(rows, CHOICES), Missing)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            0.1,
            "No sign changes without a member or week, or with another seed, but C2 goes from 10.0 to 30.0 more "
            "partnerships per hundred pairs, per doubling",
        ),
        (-0.1, "The sign of C2 depends on a single member, week or seed"),
    ],
)
def test_values_that_change_their_sign_are_named_above_the_figure_of_what_is_left_out(value, said):
    rows = pd.DataFrame({"claim": ["C1", "C1", "C2", "C2"], "value": [-0.2, np.nan, value, 0.3]})
    assert page.left_out_finding(rows, {"C1": -0.3, "C2": 0.2}) == said


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (["C1"], "Other seeds do not change the value of C1: only its test uses random draws."),
        (["C1", "C2"], "Other seeds do not change the values of C1 and C2: only their tests use random draws."),
    ],
)
def test_claims_whose_value_no_seed_changes_are_named(claims, said):
    left_out = pd.DataFrame([(each, "member", 0.1) for each in ("C1", "C2")], columns=["claim", "what", "value"])
    seeds = pd.DataFrame({"claim": ["C1", "C2"], "value": [0.2 if each in claims else 0.3 for each in ("C1", "C2")]})
    main = SimpleNamespace(verdicts=[{"id": each, "value": 0.2} for each in ("C1", "C2")])
    assert page.left_out_figure(left_out, seeds, main).caption.endswith(said)


def test_shares_are_of_all_universes_and_the_table_counts_those_that_could_not_be_assessed():
    few, pairs = "8 members where 10 are needed", "66 pairs where 100 are needed"
    verdicts = ["supported"] * 3 + ["undecided"] * 5 + ["not assessable"] * 12
    reasons = [""] * 8 + [few] * 9 + [pairs] * 3
    rows = pd.DataFrame(
        [
            universe_row(universe=n, claim=claim, verdict=verdict, reason=reason)
            for claim in universes.TESTED
            for n, (verdict, reason) in enumerate(zip(verdicts, reasons, strict=True))
        ]
    )
    every = universes.Multiverse(CHOICES, EXCLUDED, [])
    summaries = universes.summarise(rows, every, {claim: {} for claim in universes.TESTED}, {})
    assert summaries["C3"]["share_supported"] == 3 / 20
    assert page.answer(summaries).endswith("15 % support C1, 15 % support C2 and 15 % support C3.")
    row = page.counts_frame(summaries).set_index("claim").loc["C3"]
    assert row[["computed", "supported", "undecided", "contradicted", "not assessable"]].tolist() == [20, 3, 5, 0, 12]
    assert row["not assessed because"] == f"{few} (in 9 of 12 universes)"


def test_where_no_claim_can_be_assessed_there_is_a_reason_in_place_of_an_empty_table():
    none = page.flips_frame(pd.DataFrame(columns=["claim", "what", "count", "of", "verdict"]))
    assert isinstance(none, Missing)
    assert "no verdict to flip" in none.reason
