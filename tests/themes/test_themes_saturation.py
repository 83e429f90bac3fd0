"""Saturation after Guest, Namey and Chen (2020)."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.themes.saturation import codes_heard, first_heard, random_orders, saturation


def test_the_paper_s_arithmetic_is_followed_run_by_run():
    paper = saturation([14, 10, 8, 5, 3, 2, 2, 1, 0, 1, 0, 0], base=4, run=2, threshold=0.05)
    assert paper.base_codes == 37
    shares = paper.curve["new_information"]
    assert shares[:5].isna().all()
    np.testing.assert_allclose(shares[5:], np.array([5, 4, 3, 1, 1, 1, 0]) / 37)
    assert paper.reached == 7  # interviews 8 and 9 bring 1 of 37


def test_at_a_threshold_of_zero_not_one_new_code_is_let_pass():
    new = [14, 10, 8, 5, 3, 2, 2, 1, 0, 1, 0, 0]
    assert saturation(new, base=4, run=2, threshold=0).reached == 10
    assert saturation(new[:-1], base=4, run=2, threshold=0).reached is None


def test_a_new_code_in_the_last_interview_is_seen():
    assert saturation([3, 0, 0, 0, 0, 1], base=4, run=2, threshold=0.05).reached is None


def test_codes_are_new_in_the_first_interview_in_which_they_are_heard():
    heard = [[1, 0, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]]
    assert first_heard(heard).tolist() == [2, 1, 0]


def test_interviews_count_in_the_order_in_which_they_stand_and_not_by_their_names():
    names = [f"interview-{n}" for n in (1, 2, 9, 10, 11)]
    turns = pd.DataFrame({"transcript": names, "cost": [1, 0, 1, 1, 1], "trust": [0, 1, 0, 0, 0]})
    heard = codes_heard(turns, ["cost", "trust"], {})
    assert heard.new.index.tolist() == names
    assert heard.new.tolist() == [1, 1, 0, 0, 0]


def test_every_random_order_ends_with_all_codes_and_all_orders_of_like_interviews_are_like():
    heard = np.random.default_rng(0).random((10, 12)) < 0.3
    so_far, _ = random_orders(heard, base=4, run=2, threshold=0.05, orders=50, seed=1)
    assert so_far.shape == (50, 10)
    assert (so_far[:, -1] == heard.any(axis=0).sum()).all()
    assert (np.diff(so_far, axis=1) >= 0).all()
    _, reached = random_orders(np.ones((6, 3)), base=4, run=2, threshold=0, orders=5, seed=1)
    assert reached == [4] * 5


def test_a_single_order_agrees_with_the_curve_itself():
    heard = np.random.default_rng(0).random((10, 12)) < 0.3
    so_far, reached = random_orders(heard, base=4, run=2, threshold=0.05, orders=1, seed=7)
    order = np.random.default_rng(7).permuted(np.arange(10)[None], axis=1)[0]
    expected = saturation(first_heard(heard[order]), base=4, run=2, threshold=0.05)
    assert so_far[0].tolist() == expected.curve["found"].tolist()
    assert reached[0] == expected.reached


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base": 0}, "base 0"),
        ({"threshold": 2}, "threshold 2"),
        ({"base": 6}, "too few"),
        ({"new": [0, 0, 0, 0, 1, 1]}, "no base"),
    ],
)
def test_what_cannot_be_assessed_is_refused_in_words(settings, words):
    given = {"new": [3, 1, 0, 0, 0, 1], "base": 4, "run": 2, "threshold": 0.05} | settings
    with pytest.raises(InputError, match=words):
        saturation(given.pop("new"), **given)
