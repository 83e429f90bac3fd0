"""The sentences of the page."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import wording
from analysis.coverage import Miss
from analysis.errors import Missing
from analysis.local_time import local
from analysis.partnership import c1_alternatives, page
from analysis.partnership.waves import Waves


def test_the_answer_gives_each_claim_its_own_reason():
    answer = page.answer(Missing("too few"), Missing("no partners"))
    assert "partnerships is not assessable: no partners" in answer
    assert "strengthens ties is not assessable: too few" in answer


GROWN = {"value": 0.465, "low": 0.117, "high": 0.92, "elasticity": 0.55, "p": 0.001, "p_two_sided": 0.002,
         "n": {"members": 39, "pairs": 700}}  # fmt: skip


def test_c1_is_said_in_percent_per_doubling_with_its_assumption():
    answer = page.answer(GROWN, Missing("no partners"))
    assert "its other answers at the end of the study, relative to those at its start, are 46 % more than" in answer
    assert "in pairs as active (12 to 92 %)" in answer
    assert "if nothing else draws such pairs together more and more" in answer
    shrunk = GROWN | {"value": -0.12, "low": -0.3, "high": 0.1}
    assert "12 % fewer than in pairs as active (difference −30 to 10 %, no difference included)" in page.answer(
        shrunk, Missing("no partners")
    )


def test_how_c2_leans_stands_next_to_its_number():
    number = {"value": 0.171, "low": 0.09, "high": 0.253, "n": {"pairs": 700, "partnerships": 60}}
    c2 = number | {"single_draws": {"value": 0.094, "low": 0.046, "high": 0.141}}
    off = Miss(0.42, 0.95)
    said = page.answer(Missing("too few"), c2, too_large=off, no_effect=(0.101, "affinity"))
    assert "too large: by 42 % on average in the kind where it does so most, and by 95 % or more in one" in said
    assert "Where informal talk has no effect, it can still average 10.1 (the kind *affinity*)" in said
    assert "gives 9.4 (4.6 to 14.1)." in said
    assert "Of 700 pairs that could still become partners after the first month, 60 did (8.6 per hundred)." in said
    assert "too large" not in page.answer(Missing("too few"), c2)
    assert "too large" not in page.answer(Missing("too few"), number, too_large=off)


def test_c2s_number_is_set_against_what_the_pairs_that_talked_most_do():
    number = {"value": 0.171, "low": 0.09, "high": 0.253, "n": {"pairs": 700, "partnerships": 60}}
    groups = pd.DataFrame({"group": ["hardly any", "lower third", "upper third"], "per_ten": [0.25, 0.94, 5.1]})
    said = page.answer(Missing("too few"), number, groups=groups)
    assert "of a hundred of these 51 become partners, of a hundred others 2.5 to 9.4." in said
    assert "of a hundred" not in page.answer(Missing("too few"), number, groups=Missing("no pair talked"))


def test_c1s_number_is_said_with_informal_exchange_of_the_first_half_alone():
    assert page.FIRST_HALF in c1_alternatives.FORMS
    forms = pd.DataFrame({"form": [page.FIRST_HALF], "value": [0.354], "low": [-0.02], "high": [0.88]})
    assert page.say_first_half(forms).endswith("alone, C1's number is 35 (−2 to 88) %.")


def test_each_partnership_that_is_not_counted_has_its_reason():
    day, n = 86_400, 6
    people = pd.Index([f"M{k}" for k in range(n)])
    turns = SimpleNamespace(members=people, seconds=np.array([0, 120 * day]))
    joined = pd.to_datetime([None] * 5 + ["1970-04-11"], utc=True)
    members = pd.DataFrame({"member": people, "sector": "food", "joined": joined})
    rows = [(0, 1, 10), (0, 2, 40), (2, 0, 50), (0, 3, 119), (0, 4, 121), (0, 5, 70), (1, 2, None)]
    declared = pd.DataFrame([(people[a], people[b], day) for a, b, day in rows], columns=["member_a", "member_b", "at"])
    declared["since"] = pd.to_datetime(declared["at"] * day, unit="s", utc=True)
    waves = Waves.of(turns, members, declared, 30.0)
    assert page.say_declared(declared, waves) == (
        "Of 7 partnerships that were declared, 2 began in a wave in which the pair could begin one, and count here. "
        "Of the others, 1 began before the first wave, 1 began after the last wave, 1 began in a wave at whose start "
        "one of the two was not yet a member, 1 has no date and 1 repeats another."
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.2, 0.1, "The interval includes zero"),
        (-0.3, -0.1, "grows less, not more"),
        (0.05, 0.4, "a common cause is likely"),
    ],
)
def test_the_placebo_says_what_it_means(low, high, said):
    sentence = page.say_placebo(GROWN | {"value": (low + high) / 2, "low": low, "high": high})
    assert said in sentence
    more = "more" if low + high > 0 else "fewer"
    assert f"relative to those at its start, are {wording.percent(abs(low + high) / 2)} {more} than" in sentence


def test_dates_are_those_of_the_study_and_not_of_utc():
    """Partners since 1 March, written down at midnight in Jakarta, are no partners of February."""
    since = pd.DataFrame({"since": pd.to_datetime(["2024-03-01"]).tz_localize("Asia/Jakarta").tz_convert("UTC")})
    named = {"member_a": "MAAAA", "member_b": "MBBBB", "informal": 1.0, "informal_null": 0.5, "business": 0.0}
    partners = local(since.assign(**named), "Asia/Jakarta")
    assert page.partners_frame(partners)["since"].tolist() == ["2024‑03"]
    assert page.head(partners)["since"].tolist() == ["2024‑03‑01"]


def test_it_is_said_which_partnerships_are_listed_and_how_many_of_them_the_shuffle_does_not_explain():
    def said(count, hidden, most=15):
        informal = np.arange(count - hidden)
        shown = pd.DataFrame({"informal": informal, "informal_null": 57.0, "since": informal})
        return page.say_partners(pd.DataFrame(index=range(count)), shown, most)

    assert said(62, 2) == (
        "15 of 62 partnerships are listed, those with most informal exchange of the 60 that may be shown. Of these, 2 "
        "had exchanged more informally than the shuffle gives; the tests control that expectation. 2 of members who "
        "count in sums only are left out."
    )
    none = "Of these, none had exchanged more informally than the shuffle gives; the tests control that expectation."
    assert said(4, 1) == f"3 of 4 partnerships are listed. {none} 1 of members who count in sums only is left out."
    assert said(3, 0) == f"3 of 3 partnerships are listed. {none}"
    assert said(0, 0) == "0 of 0 partnerships are listed."


def test_the_curves_compare_the_last_quarter_with_the_first():
    starts = pd.date_range("2024-01-01", periods=8, freq="30D", tz="UTC")
    rising = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0]
    rows = [
        (group, start, 10, 5.0 * (ratio if group == "upper third" else 1), 5.0)
        for group in ("lower third", "middle third", "upper third")
        for start, ratio in zip(starts, rising, strict=True)
    ]
    curves = pd.DataFrame(rows, columns=["group", "start", "pairs", "observed", "expected"])
    curves["ratio"] = curves["observed"] / curves["expected"]
    curves = curves.assign(low=curves["ratio"] - 0.1, high=curves["ratio"] + 0.1)
    assert page.changes(curves).loc["upper third"].tolist() == [1.0, 3.0]
    figure = page.curves_figure(curves)
    assert "most informal exchange go from 1.00 to 3.00" in figure.alt
    assert "with least from 1.00 to 1.00" in figure.alt
