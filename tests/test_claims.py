"""Claims: the verdict rule at its edges, Holm's correction, and claims.yaml itself."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analysis.claims import step as claims
from analysis.errors import InputError

CLAIM = {"id": "C", "direction": "greater", "smallest_effect": 0.2, "minimum": {"members": 10}}


def numbers(value, low, high, p=0.01, members=40):
    return {"status": "ok", "value": value, "low": low, "high": high, "p": p, "n": {"members": members}}


@pytest.mark.parametrize(
    ("found", "p", "verdict"),
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
def test_the_rule_at_its_edges(found, p, verdict):
    assert claims.verdict(CLAIM, found, p, 0.05) == verdict


def test_a_claim_of_less_is_the_mirror_image():
    mirrored = {**CLAIM, "direction": "less", "smallest_effect": -0.2}
    assert claims.verdict(mirrored, numbers(-0.5, -0.7, -0.3), 0.01, 0.05) == "supported"
    assert claims.verdict(mirrored, numbers(-0.1, -0.19, -0.05), 0.01, 0.05) == "contradicted"


def test_a_claim_without_direction_is_described():
    assert claims.verdict({"id": "C4"}, {"value": 3}, None, 0.05) == "described"


def test_holm_equals_the_worked_example():
    # Holm 1979's procedure on (0.01, 0.04, 0.03, 0.005), as R's p.adjust(method="holm") gives it
    assert claims.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_never_lowers(p):
    adjusted = claims.holm(p)
    assert all(a >= b - 1e-15 for a, b in zip(adjusted, p, strict=True))
    assert all(a <= 1 for a in adjusted)
    ranked = [a for _, a in sorted(zip(p, adjusted, strict=True))]
    assert ranked == sorted(ranked)


def entry(claim_id, **changes):
    base = {"id": claim_id, "sentence": "s", "source": "s", "unit": "u", "chapter": "c", "minimum": {"members": 10}}
    return {**base, "direction": "greater", "smallest_effect": 0.2, **changes}


def test_too_few_members_make_a_claim_not_assessable_and_leave_the_other_uncorrected():
    rows = claims.judge(
        [entry("A"), entry("B")], [numbers(0.5, 0.3, 0.7, p=0.04), numbers(0.5, 0.3, 0.7, members=9)], 0.05
    )
    assert [row["verdict"] for row in rows] == ["supported", "not assessable"]
    assert rows[1]["reason"] == "9 members where 10 are needed"


def test_two_tested_claims_share_the_level():
    rows = claims.judge([entry("A"), entry("B")], [numbers(0.5, 0.3, 0.7, p=0.04)] * 2, 0.05)
    assert [row["verdict"] for row in rows] == ["undecided", "undecided"]


def test_missing_data_make_a_claim_not_assessable_with_the_reason():
    (row,) = claims.judge([entry("A")], [{"status": "missing", "reason": "no partnerships.csv"}], 0.05)
    assert (row["verdict"], row["reason"]) == ("not assessable", "no partnerships.csv")


def test_the_shipped_claims_are_complete(root):
    assert [claim["id"] for claim in claims.load_claims(root / "claims.yaml")] == ["C1", "C2", "C3", "C4", "R1"]


@pytest.mark.parametrize("change", ["unknown", "missing", "direction", "repeated"])
def test_a_claim_with_a_wrong_field_is_refused(root, tmp_path, change):
    declared = yaml.safe_load((root / "claims.yaml").read_text(encoding="utf-8"))
    first = declared["claims"][0]
    if change == "unknown":
        first["smalest_effect"] = 1
    elif change == "missing":
        del first["smallest_effect"]
    elif change == "direction":
        first["direction"] = "up"
    else:
        declared["claims"].append(first)
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    with pytest.raises(InputError):
        claims.load_claims(path)


def test_the_ledger_tells_how_often_a_claim_was_supported_though_false(tmp_path):
    table = tmp_path / "verdicts.csv"
    table.write_text(
        "scenario,claim,true,communities,supported,rate,low,high\n"
        "null,C1,False,200,2,0.01,0,0.03\nhubs,C1,False,100,4,0.04,0.01,0.09\nopen,C1,True,50,9,0.18,0.1,0.3\n",
        encoding="utf-8",
    )
    assert claims.wrongly_supported(table, "C1") == {"wrongly_supported": 0.04, "tried": 100}
    assert claims.wrongly_supported(table, "C4") == {"wrongly_supported": None, "tried": None}
    assert claims.wrongly_supported(tmp_path / "none.csv", "C1") == {"wrongly_supported": None, "tried": None}
    row = {"value": 1.0, "unit": "points", **claims.wrongly_supported(table, "C1")}
    assert claims.number_lines(row)[-1] == ("supported in 4.0 % of 100 simulated communities in which it is false")


def test_a_claim_with_a_number_of_too_few_data_says_both_the_number_and_why_it_is_not_assessable():
    rows = claims.judge([entry("A")], [numbers(0.5, 0.3, 0.7, members=9)], 0.05)
    ledger = claims.pd.DataFrame(rows)
    result = claims.Result({"claims": rows}, ledger)
    assert "9 members where 10 are needed" in claims.say_claim(result, "A")
    assert "9 members where 10 are needed" in claims.ledger_table(result).data


def test_a_claim_without_a_number_is_told_in_a_sentence_of_its_own():
    rows = claims.judge([entry("A")], [{"status": "missing", "reason": "no message is coded"}], 0.05)
    result = claims.Result({"claims": rows}, claims.pd.DataFrame(rows))
    assert claims.say_claim(result, "A") == "**A** (s): *not assessable*. No message is coded."
