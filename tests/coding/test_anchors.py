"""An anchor holds or is reported: an edited text never shifts a coding in silence."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.coding.anchors import check_anchors, find_quotation, text_hash

UNITS = pd.Series({"u1": "harga 🙏 tepung naik lagi", "u2": "ngopi yuk nanti sore"})


def codings(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit_id", "start", "end", "text_sha256", "quotation"])


def test_an_anchor_to_the_same_text_holds():
    got = check_anchors(codings(("u1", 8, 14, text_hash(UNITS["u1"]), "tepung")), UNITS)
    assert len(got.holding) == 1
    assert got.broken.empty


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("u9", 0, 4, text_hash("gone"), None), "the unit is not there"),
        (("u1", 0, 4, text_hash("harga tepung naik"), None), "the unit's text has changed"),
        (("u1", 0, 99, text_hash(UNITS["u1"]), None), "the span reaches past the text"),
        (("u1", 5, 4, text_hash(UNITS["u1"]), None), "the span reaches past the text"),
    ],
)
def test_a_broken_anchor_is_left_out_and_says_why(row, reason):
    got = check_anchors(codings(row), UNITS)
    assert got.holding.empty
    assert got.broken["reason"].tolist() == [reason]


def test_a_unit_under_another_id_is_found_by_its_hash():
    got = check_anchors(codings(("old-7", 0, 5, text_hash(UNITS["u2"]), "ngopi")), UNITS)
    assert got.broken.iloc[0][["new_unit_id", "new_start", "new_end", "likeness"]].tolist() == ["u2", 0, 5, 1.0]


def test_moved_words_are_found_by_their_quotation():
    got = check_anchors(codings(("u1", 0, 6, text_hash("tepung naik"), "tepung")), UNITS).broken.iloc[0]
    assert UNITS["u1"][got["new_start"] : got["new_end"]] == "tepung"
    assert got["quotation"] == "tepung"


def test_words_that_changed_a_little_are_found_near_enough():
    start, end, likeness = find_quotation("tepung naek lage", UNITS["u1"])
    assert UNITS["u1"][start:end] == "tepung naik lag"
    assert 0.7 < likeness < 1


def test_of_equal_words_the_nearest_are_taken():
    assert find_quotation("ya", "ya bu, ya", near=7)[:2] == (7, 9)


def test_words_that_are_gone_get_no_new_place():
    got = check_anchors(codings(("u1", 0, 6, text_hash("x"), "rapat pengurus")), UNITS).broken.iloc[0]
    assert pd.isna(got["new_unit_id"])
    assert got["likeness"] < 0.6


def test_codings_without_quotations_are_checked_all_the_same():
    got = check_anchors(codings(("u1", 0, 4, text_hash("x"), None)).drop(columns="quotation"), UNITS)
    assert len(got.broken) == 1
