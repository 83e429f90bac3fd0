"""Numbers as words."""

import re
from pathlib import Path

import pytest

from analysis import wording


def test_one_thing_is_singular_and_thousands_are_grouped():
    assert [wording.count(n, "member") for n in (0, 1, 12000)] == ["0 members", "1 member", "12,000 members"]


@pytest.mark.parametrize(
    ("share", "text"), [(0.042, "4.2 %"), (0.38, "38 %"), (1, "100 %"), (0.0003, "0.03 %"), (0, "0 %")]
)
def test_small_shares_keep_a_decimal(share, text):
    assert wording.percent(share) == text


@pytest.mark.parametrize(("p", "text"), [(0.0004, "p < .001"), (0.031, "p = .031"), (1.0, "p = 1.000")])
def test_a_p_value_is_written_as_the_field_writes_it(p, text):
    assert wording.p_value(p) == text


def test_a_minus_is_a_minus_and_no_hyphen():
    assert wording.between(-0.5, 0.25) == "−0.50 to 0.25"


def test_who_may_not_be_named_is_no_longer_in_a_text_suffix_or_not():
    text = "@MF5SU tanya MF5SUnya, MMQIT juga; AMF5SU dan MF5S"
    assert wording.unnamed(text, {"MF5SU"}) == "@[NAME] tanya [NAME]nya, MMQIT juga; AMF5SU dan MF5S"
    assert wording.unnamed(text, set()) == text


def test_lists_read_as_a_phrase():
    assert [wording.listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_a_noun_after_a_one_stands_in_the_singular():
    assert (
        wording.agreeing("1 partnerships where 10 are needed; 21 members")
        == "1 partnership where 10 are needed; 21 members"
    )
    phrases = ("street addresses", "e-mail addresses", "map links", "names of members who withhold consent")
    assert [wording.singular(each).split(" of ")[0] for each in phrases] == [
        "street address", "e-mail address", "map link", "name",
    ]  # fmt: skip


def test_a_number_near_a_threshold_shows_its_side():
    assert wording.sided(0.0152, 0.02, 2) == 3
    assert wording.sided(0.02, 0.02, 2) == 2
    assert wording.p_value(0.0496) == "p = .0496"
    assert wording.p_value(0.031) == "p = .031"


def test_no_sentence_of_a_page_in_prose_holds_more_than_three_computed_numbers():
    pages = (Path(__file__).parents[1] / "book").glob("*.md")
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines() if not line.startswith("|")]
    sentences = [sentence for line in lines for sentence in re.split(r"(?<=[.!?:]) (?=[A-Z{*])", line)]
    assert [sentence for sentence in sentences if len(re.findall(r"\{num\}`(?![^`]*\|date)", sentence)) > 3] == []
