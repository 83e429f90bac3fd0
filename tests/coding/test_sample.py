"""A coding sample is drawn by strata, seeded, and every message's probability to be in it is known and kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.coding import sample
from analysis.errors import InputError


def frame(**sizes: int) -> pd.DataFrame:
    rows = [(f"{name}-{i}", name) for name, size in sizes.items() for i in range(size)]
    return pd.DataFrame(rows, columns=["unit_id", "stratum"])


def test_strata_share_a_sample_by_their_size():
    drawn = sample.draw(frame(main=800, kopdar=150, bazar=50), 100, seed=1)
    assert drawn[drawn["drawn"] > 0].groupby("stratum").size().to_dict() == {"main": 80, "kopdar": 15, "bazar": 5}
    assert drawn["inclusion"].tolist() == pytest.approx([0.1] * 1000)


def test_an_even_sample_takes_small_strata_whole_and_says_so():
    drawn = sample.draw(frame(main=900, kopdar=90, bazar=10), 150, seed=1, even=True)
    taken = drawn[drawn["drawn"] > 0].groupby("stratum").size()
    assert taken.to_dict() == {"main": 70, "kopdar": 70, "bazar": 10}
    assert drawn.groupby("stratum")["inclusion"].first()["bazar"] == 1


@pytest.mark.parametrize("size", [3, 7, 100, 999, 1000])
@pytest.mark.parametrize("even", [True, False])
def test_a_sample_has_the_size_asked_for(size, even):
    drawn = sample.draw(frame(main=900, kopdar=90, bazar=10), size, seed=2, even=even)
    assert sorted(drawn.loc[drawn["drawn"] > 0, "drawn"]) == list(range(1, size + 1))
    assert drawn["inclusion"].sum() == pytest.approx(size)


def test_units_are_drawn_as_often_as_their_inclusion_says():
    units = frame(main=40, bazar=10)
    draws = [sample.draw(units, 20, seed=seed, even=True) for seed in range(400)]
    seen = np.mean([draw["drawn"] > 0 for draw in draws], axis=0)
    assert np.abs(seen - draws[0]["inclusion"]).max() < 0.12


def test_equal_seeds_draw_equal_samples_and_others_do_not():
    units = frame(main=400)
    assert sample.draw(units, 50, seed=5).equals(sample.draw(units, 50, seed=5))
    assert not sample.draw(units, 50, seed=5).equals(sample.draw(units, 50, seed=6))


def test_more_than_there_is_and_fewer_than_strata_are_refused():
    with pytest.raises(InputError, match="cannot be drawn"):
        sample.draw(frame(main=5), 6, seed=1)
    with pytest.raises(InputError, match="3 strata"):
        sample.draw(frame(main=5, kopdar=5, bazar=5), 2, seed=1)


def test_strata_are_chats_or_chats_and_how_likely_a_code_is():
    texts = pd.DataFrame({"message_id": list("abc"), "channel": ["x", "x", "y"]})
    assert sample.strata(texts).tolist() == ["x", "x", "y"]
    likely = pd.Series({"a": 0.01, "b": 0.9})
    assert sample.strata(texts, likely).tolist() == ["x, band 0", "x, band 3", "y, band 0"]


def test_two_samples_together_have_the_probability_of_either():
    coded = pd.Series([True, False, False, False], index=list("abcd"))
    now = pd.Series(0.5, index=list("abcd"))
    assert sample.together(None, coded, now).tolist() == pytest.approx([0.625] * 4)
    before = pd.Series([1.0, 0.2, 0.2], index=list("abc"))
    assert sample.together(before, coded, now).tolist() == pytest.approx([1.0, 0.6, 0.6, 0.5])


def test_where_no_sample_is_recorded_all_were_as_likely(tmp_path):
    assert sample.read_inclusion(tmp_path / "sample.csv") is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("unit_id\na\n", 1, "no column 'inclusion_probability'"),
        ("unit_id,inclusion_probability\na,2\n", 2, "no probability"),
        ("unit_id,inclusion_probability\na,often\n", 2, "no probability"),
        ("unit_id,inclusion_probability\na,.5\na,.5\n", 3, "stands here twice"),
    ],
)
def test_a_sample_file_that_cannot_be_right_is_refused_with_its_line(tmp_path, text, line, said):
    path = tmp_path / "sample.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        sample.read_inclusion(path)
    assert caught.value.line == line
