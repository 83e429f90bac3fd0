"""A row of the ledger: what calibration and robustness add to a verdict, and its number in words."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import study
from analysis.claims import page, rule, step
from analysis.claims.ledger import (
    ALOUD,
    AXES,
    KINDS,
    common_amendments,
    leanings,
    number_lines,
    universes,
    with_sensitivity,
    wrongly_supported,
)
from analysis.errors import Missing

CLAIM = {"id": "A", "sentence": "s", "source": "s", "unit": "u", "chapter": "c", "minimum": {"members": 10}}
CLAIM |= {"direction": "greater", "smallest_effect": 0.2}
NUMBERS = {"status": "ok", "value": 0.5, "low": 0.3, "high": 0.7, "p": 0.01}
RATES = pd.DataFrame(
    [("null", "C1", False, 200, 0.01), ("hubs", "C1", False, 100, 0.04), ("open", "C1", True, 50, 0.18)],
    columns=["scenario", "claim", "true", "communities", "rate"],
)


def ledger_of(numbers):
    return with_sensitivity(rule.judge([CLAIM], [numbers], 0.05), {}, RATES)


def test_the_ledger_reports_the_worst_rate_at_which_a_claim_was_supported_though_false():
    assert wrongly_supported(RATES, "C1") == {"wrongly_supported": 0.04, "tried": 100, "misled_by": "hubs"}
    assert wrongly_supported(RATES, "C4") == {"wrongly_supported": None, "tried": None, "misled_by": None}
    row = {"value": 1.0, "unit": "points", **wrongly_supported(RATES, "C1")}
    assert number_lines(row)[-1] == (
        "supported in 4.0 % of 100 simulated communities in which it is false (the kind that misleads most: hubs, "
        "where those who talk most have most partners)"
    )


def test_every_kind_in_which_a_claim_is_false_is_described_in_words():
    kinds = pd.read_csv(Path(__file__).parents[2] / "calibration" / "scenarios.csv", keep_default_na=False)
    kinds = kinds.set_index("scenario")
    assert set(kinds.index[~kinds[["C1", "C2", "C3"]].all(axis=1)]) == set(KINDS)


def test_the_ledger_judges_of_the_kinds_that_the_chapter_on_calibration_judges():
    few = pd.DataFrame([("rare", "C1", False, 24, 0.25)], columns=RATES.columns)
    assert wrongly_supported(pd.concat([RATES, few]), "C1")["misled_by"] == "hubs"
    assert wrongly_supported(few, "C1") == {"wrongly_supported": 0.25, "tried": 24, "misled_by": "rare"}


def test_the_ledger_says_when_the_rates_were_measured_on_earlier_code():
    row = {"value": 1.0, "unit": "points", **wrongly_supported(RATES, "C1"), "earlier_code": "d0dcca8a6746cffa"}
    assert number_lines(row)[-1].endswith(" (measured on earlier code)")
    judged = rule.judge([CLAIM | {"id": "C1"}, CLAIM], [NUMBERS, NUMBERS], 0.05)
    assert [row["earlier_code"] for row in with_sensitivity(judged, {}, RATES, "old")] == ["old", None]


def test_a_study_without_calibration_reports_no_rate(tmp_path):
    assert wrongly_supported(step.read_rates(tmp_path / "none.csv"), "C1")["wrongly_supported"] is None
    RATES.to_csv(tmp_path / "verdicts.csv", index=False)
    assert wrongly_supported(step.read_rates(tmp_path / "verdicts.csv"), "C1")["wrongly_supported"] == 0.04


def test_of_too_few_data_no_number_is_said_and_why_the_claim_is_not_assessable():
    ledger = ledger_of(NUMBERS | {"n": {"members": 9}})
    assert page.answer(ledger) == "Not assessable: A."
    assert page.tests_table(ledger)["value"].isna().all()
    assert "9 members where 10 are needed" in page.ledger_table(ledger)["number"].item()


def test_a_claim_without_a_number_is_in_the_ledger_with_its_reason():
    ledger = ledger_of({"status": "missing", "reason": "no message is coded"})
    assert page.ledger_table(ledger)["number"].tolist() == ["no message is coded"]


def test_the_page_lists_what_was_declared_before_an_amendment():
    former = {"smallest_effect": 0.3, "unit": "v"}
    amendment = {"date": "2026-11-28", "commit": "514a4b4", "seen": "calibration", "why": "w", "former": former}
    declared = [CLAIM | {"amendments": [amendment]}, CLAIM | {"id": "B"}]
    rows = page.amendments_table(declared)
    assert rows[["claim", "what", "as it was"]].to_numpy().tolist() == [
        ["A", "smallest effect", "0.3"],
        ["A", "unit", "v"],
    ]
    assert rows["what had been seen"].tolist() == ["calibration", ""]
    assert "A on 2026-11-28" in page.say_amendments(declared)
    enough = NUMBERS | {"n": {"members": 40}}
    ledger = with_sensitivity(rule.judge(declared, [enough, enough], 0.05), {}, RATES)
    assert page.ledger_table(ledger)["amended"].tolist() == ["2026-11-28", ""]
    assert number_lines(ledger[0])[-1] == "amended on 2026-11-28"
    assert number_lines(ledger[0], declared[0])[-1] == (
        "amended on 2026-11-28: the smallest effect that matters and the unit"
    )


def test_the_page_lists_what_was_changed_for_several_claims():
    common = [{"date": "2026-11-24", "commit": "f62d643", "seen": "s", "why": "w", "former": {"rule": "laxer"}}]
    (row,) = page.amendments_table([CLAIM], common).to_dict("records")
    assert (row["claim"], row["what"], row["as it was"]) == ("several", "rule", "laxer")
    assert "the rule on 2026-11-24" in page.say_amendments([CLAIM], common)


def test_a_study_without_amendments_says_so():
    assert page.say_amendments([CLAIM]) == "No claim was amended after it was declared."
    assert page.amendments_table([CLAIM]) == Missing("no claim was amended after it was declared")


@pytest.mark.parametrize("members", [9, 40])
def test_the_page_of_the_ledger_can_be_drawn_with_and_without_a_tested_claim(members):
    ledger = ledger_of(NUMBERS | {"n": {"members": members}})
    assert page.answer(ledger) == ("Supported: A." if members == 40 else "Not assessable: A.")
    assert isinstance(page.effects_figure(ledger), Missing) == (members == 9)
    assert isinstance(page.say_effects(ledger), Missing) == (members == 9)
    assert isinstance(page.firmness_table(ledger), Missing) == (members == 9)
    assert all(passed for *_, passed in page.page_checks(ledger))
    assert page.tests_table(ledger)["value"].notna().item() == (members == 40)


def test_claims_whose_intervals_lie_alike_are_named_together():
    enough = NUMBERS | {"n": {"members": 40}}
    ledger = with_sensitivity(rule.judge([CLAIM, CLAIM | {"id": "B"}], [enough, enough], 0.05), {}, RATES)
    assert page.say_effects(ledger).startswith("A and B: the ")
    assert page.effects_figure(ledger).title.startswith("The intervals of A and B lie wholly beyond")


def test_a_unit_of_more_is_one_of_less_below_0():
    row = {"value": -0.12, "low": -0.3, "high": 0.1, "unit": "more growth", "verdict": "undecided"}
    assert number_lines(row)[0] == "0.12 less growth (−0.12)"


C1 = {
    "unit": "more growth of other answers through the study, per doubling of informal exchange (share)",
    "value": 0.422, "low": -0.031, "high": 1.089, "smallest_effect": 0.1, "verdict": "undecided",
}  # fmt: skip
C2 = {
    "unit": "partnerships a pair through the study, per doubling of informal exchange",
    "value": 0.171, "low": 0.0897, "high": 0.2529, "smallest_effect": 0.01, "verdict": "supported",
}  # fmt: skip
CHATS = "per doubling of their informal turns plus one"


def test_numbers_are_read_aloud():
    answers = (
        "answers on other matters at the end of the study, relative to its start, per doubling of informal turns plus "
        "one in pairs of the same activity"
    )
    assert number_lines(C1) == [f"42 % more {answers}", "interval −3 to 109 %"]
    assert number_lines(C1 | {"value": -0.12})[0] == f"12 % fewer {answers} (−12 %)"
    assert number_lines(C2) == [f"17.1 more partnerships per hundred pairs through the study, {CHATS}",
                                "interval 9.0 to 25.3"]  # fmt: skip
    assert number_lines(C2 | {"value": -0.031})[0].startswith("3.1 fewer partnerships per hundred pairs")


def test_how_a_number_leans_stands_next_to_it(tmp_path):
    paths = study.Paths(tmp_path)
    assert leanings(paths) == {}
    (tmp_path / "calibration").mkdir()
    means = {"as the study sees it": 0.154, "true replies and codes": 0.1}
    rows = [("published", "C2", how, 60, mean, mean - 0.01) for how, mean in means.items()]
    columns = ["scenario", "quantity", "measured", "communities", "mean", "low"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "calibration" / "bias.csv", index=False)
    miss = ("published", "C2 (true replies and codes)", 60, 0.054, 0.02, 0.08, 0.1, 0.1)
    columns = ["scenario", "quantity", "communities", "mean", "low", "high", "above", "below"]
    pd.DataFrame([miss], columns=columns).to_csv(tmp_path / "calibration" / "misses.csv", index=False)
    study.write_metrics(paths, "partnership", {"status": "ok", "C2": {"value": 0.183}})
    assert leanings(paths) == {}
    study.write_metrics(paths, "partnership", {"status": "ok", "C2": {"single_draws": {"value": 0.095}}})
    said = (
        "in simulated communities on average up to 54 % too large; another way of computing it, too small where there "
        "is an effect, gives 9.5"
    )
    assert leanings(paths) == {"C2": said}
    assert number_lines(C2, leaning=said)[0].endswith(f"{CHATS} ({said})")
    row = C2 | {"id": "C2", "sentence": "s", "amended": "", "chapter": "05-partnership"}
    assert said in page.ledger_table([row], leanings(paths))["number"].item()


def test_units_read_aloud_are_those_of_the_claims():
    declared = {claim["unit"] for claim in rule.load_claims(Path(__file__).parents[2] / "claims.yaml")}
    assert set(ALOUD) <= declared
    assert set(AXES) <= declared


def test_the_axis_of_c1_says_a_ratio_and_no_growth():
    drawing = page.effects_figure([C1 | {"id": "C1", "direction": "greater", "p_holm": 0.1}]).drawing
    assert drawing.axes[0].get_xlabel() == AXES[C1["unit"]]


def test_universes_give_the_verdict_first():
    given = {"universes_agreeing": 0.913, "universes_supporting": 0.087, "universes_contradicting": 0.0}
    assert universes(C1 | given) == ["undecided in 91 % of universes, supported in 8.7 %"]
    assert universes(C2 | given | {"universes_agreeing": 0.087}) == ["supported in 8.7 % of universes"]
    assert universes(C1) == []


def test_what_was_amended_for_several_claims_is_one_sentence():
    common = [{"date": "2026-11-24", "former": {"rule of the verdicts": "laxer"}}]
    assert common_amendments(common) == "Amended for several claims: the rule of the verdicts on 2026-11-24."
    assert common_amendments([]) == ""


def test_an_interval_that_assumptions_spread_says_so_and_no_other_does():
    declared = rule.load_claims(Path(__file__).parents[2] / "claims.yaml")
    (unit,) = (claim["unit"] for claim in declared if claim["id"] == "R1")
    row = {"verdict": "described", "value": 0.64, "low": 0.03, "high": 2.29, "unit": unit}
    assert number_lines(row)[1] == "interval 0.03 to 2.29, depending on assumptions"
    assert "assumptions" not in " ".join(number_lines(C1))
