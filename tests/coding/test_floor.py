"""Codes that coders read too differently are not concluded from."""

import pandas as pd

from analysis.coding.floor import below_floor, known_of_all, too_different, unknown

AGREED = pd.DataFrame(
    {"code": ["news", "care", "offer"], "alpha": [0.52, 0.9, float("nan")], "usable": [False, True, False]}
)


def test_a_code_under_the_floor_is_named_with_its_alpha():
    assert too_different(AGREED, ["care", "news"]) == "the coders differ too much on news (alpha 0.52) for conclusions"
    assert "agreement on news (alpha 0.520) is below" in below_floor(AGREED, ["care", "news"])
    assert not below_floor(AGREED, ["care"])


def test_codes_at_the_floor_and_codes_that_nobody_gave_pass():
    assert too_different(AGREED, ["care", "offer"]) == ""


def test_where_nobody_read_a_unit_twice_nothing_is_refused():
    assert too_different(AGREED.iloc[:0], ["news"]) == ""


MESSAGES = pd.DataFrame(
    {"message_id": ["1", "2", "3"], "kind": ["text", "text", "media"], "member": ["MA", "MB", "MB"]}
)
CODED = pd.DataFrame(
    [("1", "news", "human"), ("2", "news", "model"), ("1", "care", "human"), ("turn", "care", "human")],
    columns=["unit_id", "code", "origin"],
)


def test_a_code_is_known_where_every_text_of_a_member_has_it():
    assert known_of_all(CODED, MESSAGES)["code"].tolist() == ["news", "news"]
    assert unknown(CODED, MESSAGES, ["news"]) == ""


def test_a_code_of_a_part_of_the_messages_is_refused_with_how_many_were_read():
    said = unknown(CODED, MESSAGES, ["news", "care"])
    assert said == "no model carries care, so that is known of the 1 message read alone"


def test_codes_of_interviews_alone_are_of_no_message():
    assert unknown(CODED[CODED["unit_id"] == "turn"], MESSAGES, ["care"]) == "nobody has coded any message"
