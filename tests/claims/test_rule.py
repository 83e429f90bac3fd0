"""Claims: the verdict rule at its edges, Holm's correction, and claims.yaml itself."""

import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analysis.claims import rule
from analysis.errors import InputError, Missing

CLAIM = {"id": "C", "direction": "greater", "smallest_effect": 0.2, "minimum": {"members": 10}}


def numbers(value, low, high, p=0.01, members=40):
    return {"status": "ok", "value": value, "low": low, "high": high, "p": p, "n": {"members": members}}


@pytest.mark.parametrize(
    ("measured", "p", "verdict"),
    [
        (numbers(0.5, 0.3, 0.7), 0.05, "supported"),
        (numbers(0.5, 0.3, 0.7), 0.0501, "undecided"),
        (numbers(0.2, 0.1, 0.3), 0.05, "supported"),
        (numbers(0.19, 0.1, 0.3), 0.001, "undecided"),
        (numbers(0.3, 0.0, 0.6), 0.001, "undecided"),
        (numbers(0.3, -0.1, 0.7), 0.001, "undecided"),
        (numbers(0.1, 0.05, 0.19), 0.001, "contradicted"),
        (numbers(0.1, 0.05, 0.2), 0.9, "undecided"),
        (numbers(-0.5, -0.7, -0.3), 0.99, "contradicted"),
    ],
)
def test_the_rule_at_its_edges(measured, p, verdict):
    assert rule.verdict(CLAIM, measured, p, 0.05) == verdict


def test_a_claim_of_less_is_the_mirror_image():
    mirrored = {**CLAIM, "direction": "less", "smallest_effect": -0.2}
    assert rule.verdict(mirrored, numbers(-0.5, -0.7, -0.3), 0.01, 0.05) == "supported"
    assert rule.verdict(mirrored, numbers(-0.1, -0.19, -0.05), 0.01, 0.05) == "contradicted"


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (numbers(0.5, 0.2, 0.8), "supported"),
        (numbers(0.5, 0.19, 0.81), "undecided"),
        (numbers(0.1, 0.05, 0.19), "contradicted"),
    ],
)
def test_a_claim_may_ask_that_the_nearer_end_of_its_interval_reaches_the_smallest_effect(measured, verdict):
    claim = CLAIM | {"supported_if": rule.NEARER_END}
    assert rule.verdict(claim, measured, 0.01, 0.05) == verdict
    mirrored = measured | {"value": -measured["value"], "low": -measured["high"], "high": -measured["low"]}
    less = claim | {"direction": "less", "smallest_effect": -0.2}
    assert rule.verdict(less, mirrored, 0.01, 0.05) == verdict
    assert rule.verdict(claim, measured, 0.06, 0.05) != "supported"


def test_a_value_that_reaches_the_effect_is_what_a_claim_asks_if_it_says_nothing():
    for measured in (numbers(0.5, 0.1, 0.9), numbers(0.19, 0.1, 0.3)):
        named = rule.verdict(CLAIM | {"supported_if": rule.VALUE}, measured, 0.01, 0.05)
        assert named == rule.verdict(CLAIM, measured, 0.01, 0.05)


def test_a_claim_without_direction_is_described():
    assert rule.verdict({"id": "C4"}, {"value": 3}, None, 0.05) == "described"


def test_holm_equals_the_worked_example():
    # Holm 1979's procedure on (0.01, 0.04, 0.03, 0.005), as R's p.adjust(method="holm") gives it
    assert rule.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_never_lowers(p):
    adjusted = rule.holm(p)
    assert all(a >= b - 1e-15 for a, b in zip(adjusted, p, strict=True))
    assert all(a <= 1 for a in adjusted)
    ranked = [a for _, a in sorted(zip(p, adjusted, strict=True))]
    assert ranked == sorted(ranked)


def entry(claim_id, **changes):
    base = {"id": claim_id, "sentence": "s", "source": "s", "unit": "u", "chapter": "c", "minimum": {"members": 10}}
    return {**base, "direction": "greater", "smallest_effect": 0.2, **changes}


def test_too_few_members_make_a_claim_not_assessable_and_leave_the_other_uncorrected():
    rows = rule.judge(
        [entry("A"), entry("B")], [numbers(0.5, 0.3, 0.7, p=0.04), numbers(0.5, 0.3, 0.7, members=9)], 0.05
    )
    assert [row["verdict"] for row in rows] == ["supported", "not assessable"]
    assert rows[1]["reason"] == "9 members where 10 are needed"


def test_two_tested_claims_share_the_level():
    rows = rule.judge([entry("A"), entry("B")], [numbers(0.5, 0.3, 0.7, p=0.04)] * 2, 0.05)
    assert [row["verdict"] for row in rows] == ["undecided", "undecided"]


def test_missing_data_make_a_claim_not_assessable_with_the_reason():
    (row,) = rule.judge([entry("A")], [{"status": "missing", "reason": "no partnerships.csv"}], 0.05)
    assert (row["verdict"], row["reason"]) == ("not assessable", "no partnerships.csv")


def test_the_shipped_claims_are_complete(root):
    assert [claim["id"] for claim in rule.load_claims(root / "claims.yaml")] == ["C1", "C2", "C3", "C4", "R1"]


def test_news_is_only_said_to_come_from_a_few_where_the_interval_leaves_smaller_effects_out(root):
    claim = next(claim for claim in rule.load_claims(root / "claims.yaml") if claim["id"] == "C3")
    assert claim["supported_if"] == rule.NEARER_END
    assert claim["amendments"][0]["former"]["supported_if"] == rule.VALUE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("unknown", "claim C1: missing or unknown: smalest_effect"),
        ("missing", "claim C1: missing or unknown: smallest_effect"),
        ("direction", "claim C1: direction must be"),
        ("supported_if", "claim C1: supported_if must be"),
        ("repeated", "repeated ids of claims: C1$"),
    ],
)
def test_a_claim_with_a_wrong_field_is_refused(root, tmp_path, change, message):
    declared = yaml.safe_load((root / "claims.yaml").read_text(encoding="utf-8"))
    first = declared["claims"][0]
    if change == "unknown":
        first["smalest_effect"] = 1
    elif change == "missing":
        del first["smallest_effect"]
    elif change == "direction":
        first["direction"] = "up"
    elif change == "supported_if":
        first["supported_if"] = "high >= smallest_effect"
    else:
        declared["claims"].append(first)
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        rule.load_claims(path)


AMENDMENT = {
    "date": "2026-11-28", "commit": "514a4b4", "seen": "nothing", "why": "it was no effect size",
    "former": {"smallest_effect": 0.3, "unit": "deviations"},
}  # fmt: skip


def test_a_claim_keeps_what_was_declared_before_it_was_amended(tmp_path, root):
    declared = yaml.safe_load((root / "claims.yaml").read_text(encoding="utf-8"))
    declared["claims"][1]["amendments"] = [AMENDMENT, AMENDMENT | {"date": "2027-01-02"}]
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    claim = rule.load_claims(path)[1]
    assert rule.amended(claim) == "2027-01-02"
    assert rule.judge([claim], [numbers(0.5, 0.3, 0.7)], 0.05)[0]["amended"] == "2027-01-02"
    assert rule.judge([entry("A")], [numbers(0.5, 0.3, 0.7)], 0.05)[0]["amended"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"why": None}, "empty: why"),
        ({"seen": ""}, "empty: seen"),
        ({"reason": "none"}, "unknown: reason"),
        ({"commit": "main"}, "commit is the hash"),
        ({"date": "28 November"}, "date is written"),
        ({"former": {}}, "empty: former"),
        ({"former": {"id": "C9"}}, "may not hold id"),
    ],
)
def test_an_amendment_that_hides_something_is_refused(tmp_path, root, change, message):
    declared = yaml.safe_load((root / "claims.yaml").read_text(encoding="utf-8"))
    declared["claims"][0]["amendments"] = [AMENDMENT | change]
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        rule.load_claims(path)


def test_whoever_judges_a_claim_loads_no_page_and_no_figure():
    loaded = (
        "import sys, analysis.claims.rule; print(any('matplotlib' in name or '.page' in name for name in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_a_missing_result_is_a_claims_number_with_its_reason():
    assert rule.numbers_of(Missing("no ties")) == {"status": "missing", "reason": "no ties"}


def test_what_was_changed_for_several_claims_says_when_and_why(tmp_path, root):
    assert [each["date"] for each in rule.load_common(root / "claims.yaml")] == [
        "2026-11-24",
        "2026-11-25",
        "2026-11-25",
    ]
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"claims": [], "amendments": [AMENDMENT | {"why": ""}]}), encoding="utf-8")
    with pytest.raises(InputError, match="amendment for several claims: empty: why"):
        rule.load_common(path)
