"""A coding sample is drawn by strata, seeded, and every message's probability to be in it is known and kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.coding import sample
from analysis.errors import InputError
from analysis.ingest.sheets import read_sample


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


def kept(tmp_path, *rows: str):
    path = tmp_path / "sample.csv"
    path.write_text("\n".join(["unit_id,draw,inclusion_probability,drawn", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_unit_in_two_draws_has_the_probability_of_either(tmp_path):
    path = kept(tmp_path, "a,1,0.2,yes", "b,1,0.2,no", "a,2,0.5,no", "b,2,0.5,yes", "c,2,0.5,no")
    inclusion = sample.inclusion_of(read_sample(path), ["a", "b"])
    assert inclusion.to_dict() == pytest.approx({"a": 0.6, "b": 0.6, "c": 0.5})


def test_a_draw_counts_as_far_as_it_has_been_coded(tmp_path):
    rows = [f"{unit},1,0.4,{'yes' if unit in 'ab' else 'no'}" for unit in "abcde"]
    path = kept(tmp_path, *rows, *(f"{unit},2,0.9,{'yes' if unit == 'c' else 'no'}" for unit in "abcde"))
    assert sample.inclusion_of(read_sample(path), ["a", "b"]).tolist() == pytest.approx([0.4] * 5)
    assert sample.inclusion_of(read_sample(path), ["a"]).tolist() == pytest.approx([0.2] * 5)
    assert sample.inclusion_of(read_sample(path), ["a", "b", "c"]).tolist() == pytest.approx([0.94] * 5)


def test_a_share_weighed_by_two_draws_hits_the_truth_and_the_plain_one_does_not(tmp_path):
    rng = np.random.default_rng(0)
    units = pd.DataFrame({"unit_id": [f"u{i}" for i in range(2000)], "stratum": ["likely"] * 200 + ["unlikely"] * 1800})
    truth = rng.random(2000) < np.where(units["stratum"] == "likely", 0.5, 0.02)
    weighed, plain = [], []
    for seed in range(200):
        first = sample.draw(units.assign(stratum="all"), 200, seed=seed)
        second = sample.draw(units[first["drawn"] == 0], 200, seed=seed, even=True)
        rate = units["stratum"].map(second.groupby("stratum")["inclusion"].first())
        draws = [
            (first["inclusion"], first["drawn"] > 0),
            (rate, units["unit_id"].isin(second.query("drawn > 0").unit_id)),
        ]
        rows = [
            units.assign(draw=str(k), inclusion_probability=p, drawn=taken) for k, (p, taken) in enumerate(draws, 1)
        ]
        kept = pd.concat(rows)
        coded = (draws[0][1] | draws[1][1]).to_numpy()
        inclusion = sample.inclusion_of(kept, set(units["unit_id"][coded]))
        if seed == 0:  # the file keeps what this needs
            sample.write_draws(tmp_path / "sample.csv", kept)
            again = sample.inclusion_of(read_sample(tmp_path / "sample.csv"), set(units["unit_id"][coded]))
            assert again.to_dict() == pytest.approx(inclusion.to_dict())
        weighed.append(np.average(truth[coded], weights=1 / inclusion[units["unit_id"][coded]]))
        plain.append(truth[coded].mean())
    assert np.mean(weighed) == pytest.approx(truth.mean(), abs=3 * np.std(weighed) / np.sqrt(200))
    assert np.mean(plain) > 2 * truth.mean()


def test_a_file_of_probabilities_alone_is_one_draw_that_is_coded(tmp_path):
    path = tmp_path / "sample.csv"
    path.write_text("unit_id,inclusion_probability\na,.5\nb,.1\n", encoding="utf-8")
    assert sample.inclusion_of(read_sample(path), ["a"]).to_dict() == pytest.approx({"a": 0.5, "b": 0.1})


def test_draws_come_back_as_they_were_written(tmp_path):
    draws = pd.DataFrame([("a", "0", 0.25, True), ("b", "1", 0.5, False)], columns=list(sample.SAMPLE))
    sample.write_draws(tmp_path / "sample.csv", draws)
    pd.testing.assert_frame_equal(read_sample(tmp_path / "sample.csv"), draws, check_dtype=False)


def test_where_no_sample_is_recorded_all_were_as_likely(tmp_path):
    assert sample.inclusion_of(read_sample(tmp_path / "sample.csv"), ["a"]) is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("unit_id\na\n", 1, "no column inclusion_probability"),
        ("unit_id,inclusion_probability\na,2\n", 2, "not a probability"),
        ("unit_id,inclusion_probability\na,often\n", 2, "not a probability"),
        ("unit_id,inclusion_probability\na,.5\na,.5\n", 3, "is here twice"),
    ],
)
def test_a_sample_file_that_cannot_be_right_is_refused_with_its_line(tmp_path, text, line, said):
    path = tmp_path / "sample.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        read_sample(path)
    assert caught.value.line == line
