"""What a claim needs at least, next to what a study has whatever is coded."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import tables
from analysis.claims import needed, rule

CLAIM = {"metrics": "partnership.C1", "minimum": {"members": 15, "pairs": 100, "weeks": 4}}
READ = {"status": "missing", "reason": "no model carries news, so that is known of the 120 messages read alone"}
EIGHT = {"members": 8, "pairs": 28, "weeks": 9}


def test_what_no_coding_can_fix_comes_before_what_more_coding_would():
    scarce = {"news": "given to 3 coded messages, fewer than 20", "care": "given to 0 coded messages, fewer than 20"}
    numbers = needed.explained(CLAIM, READ, needed.Available(EIGHT, scarce), ["news", "offer"])
    assert numbers["status"] == "missing"
    assert numbers["reason"] == (
        "8 members where 15 are needed and at most 28 pairs where 100 are needed, whatever is coded; "
        "no model carries news, so that is known of the 120 messages read alone "
        "(news: given to 3 coded messages, fewer than 20)"
    )


def test_a_claim_that_has_numbers_or_enough_of_everything_keeps_its_own_words():
    short, enough = (needed.Available(there) for there in (EIGHT, EIGHT | {"members": 15, "pairs": 105}))
    assert needed.explained(CLAIM, {"status": "ok", "value": 1.0}, short, []) == {"status": "ok", "value": 1.0}
    assert needed.explained(CLAIM, READ, enough, []) == READ


def test_what_the_step_counted_itself_is_not_said_twice():
    own = {"status": "missing", "reason": "7 members who are still there where 15 are needed"}
    said = needed.explained(CLAIM, own, needed.Available(EIGHT), [])["reason"]
    assert said == f"at most 28 pairs where 100 are needed, whatever is coded; {own['reason']}"


def test_what_is_there_is_counted_before_anybody_codes():
    """Who was only interviewed (PAAAA) is no member."""
    times = pd.to_datetime(["2024-01-05T00:00", "2024-01-07T20:00", "2024-03-04T00:00"], utc=True)
    messages = pd.DataFrame({"time": times, "member": "MAAAA", "kind": "text"})
    partnerships = pd.DataFrame({"since": pd.to_datetime(["2023-12-01", "2024-02-01", None], utc=True)})
    utterances = pd.DataFrame({"role": ["interviewer", "participant", "participant"], "member": [None, "MAAAA", "MB"]})
    members = pd.DataFrame({"member": ["MAAAA", "MB", "MC", "PAAAA"]})
    counted = needed.there(messages, members, partnerships, utterances, zone="Asia/Jakarta")  # there it is Monday
    assert counted == {"members": 3, "pairs": 3, "partnerships": 1, "weeks": 3, "participants": 2}


def test_nothing_is_there_in_a_study_without_files():
    frames = {name: tables.empty(getattr(tables, name.capitalize()))
              for name in ("messages", "members", "partnerships", "utterances")}  # fmt: skip
    assert set(needed.there(**frames, zone="Asia/Jakarta").values()) == {0}


def test_codes_are_scarce_only_where_a_part_of_the_messages_was_read():
    codes = pd.DataFrame({"code": ["a", "b"], "carried": [True, False], "units": 30, "reason": ["", "too few"]})
    assert needed.scarce(codes, 100) == {"b": "too few"}
    assert needed.scarce(codes, 30) == {}
    assert needed.scarce(codes.head(0), 30) == {}


@pytest.mark.parametrize("claim", ["C1", "C2", "C3", "C4", "R1"])
def test_every_minimum_of_the_shipped_claims_has_words(root, claim):
    assert set(rule.declared(root)[claim]["minimum"]) <= set(needed.WORDS)
