"""Concentration agrees with published answers; the Gini coefficient's interval covers about as often as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import InputError
from analysis.sharing import concentration
from analysis.sharing.indices import (
    corrected_gini,
    gini,
    gini_interval,
    jackknife_errors,
    lorenz,
    members_for_half,
)

COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=60).filter(sum)
SIZES = {"confidence": 0.95, "bootstrap": 300}


def test_the_error_is_the_jackknife_taken_count_by_count():
    rows = np.random.default_rng(0).poisson(5, (3, 9)).astype(float)
    for row, error in zip(rows, jackknife_errors(rows), strict=True):
        left = np.array([corrected_gini(np.delete(row, k)[None, :])[0] for k in range(9)])
        assert error == pytest.approx(np.sqrt(8 / 9 * np.sum((left - left.mean()) ** 2)))


def test_with_heavy_tails_and_few_members_the_interval_still_covers():
    """Log-normal counts of deviation 1.5: the percentile interval holds the truth in two of three samples."""
    truth, rng = 2 * stats.norm.cdf(1.5 / np.sqrt(2)) - 1, np.random.default_rng(1)
    ends = [gini_interval(rng.lognormal(0, 1.5, 40), rng=rng, **SIZES) for _ in range(100)]
    assert np.mean([low <= truth <= high for low, high in ends]) >= 0.88


@pytest.mark.parametrize("counts", [[4, 4, 4], [0, 0, 0, 9], [1, 2], [0, 1, 2], [0, 0, 3, 3], [5] * 9 + [6]])
def test_the_interval_holds_the_value_and_keeps_to_its_range_at_the_edges(counts):
    x = np.array(counts, dtype=float)
    low, high = gini_interval(x, rng=np.random.default_rng(0), **SIZES)
    assert 0 <= low <= high <= 1 + 1e-12
    if 0 < np.count_nonzero(x) < x.size or np.ptp(x) == 0:
        assert low - 1e-12 <= corrected_gini(x[None, :])[0] <= high + 1e-12


def sent_calls(reference):
    calls = reference("networks/data/wtc_police_calls.csv")
    return np.bincount(calls["source"], minlength=38)[1:]


def test_every_index_of_the_wtc_radio_calls_equals_r(reference):
    expected = reference("networks/inequality.json")["wtc_sent"]
    table = concentration(sent_calls(reference), bootstrap=9999)
    for index, value in table["value"].items():
        assert value == pytest.approx(expected["theil_T" if index == "theil" else index], abs=1e-12)
    assert [table.loc["gini", "low"], table.loc["gini", "high"]] == pytest.approx(expected["ci95_percentile"], abs=0.02)


def test_the_lorenz_curve_of_the_wtc_radio_calls_equals_r(reference):
    assert lorenz(sent_calls(reference)) == pytest.approx(reference("networks/inequality.json")["wtc_sent"]["lorenz"])


def test_one_member_who_says_all_gives_one():
    assert gini([0, 0, 0, 9]) == 1


def test_members_who_say_the_same_give_zero():
    assert gini([4, 4, 4]) == 0


@given(COUNTS, st.integers(1, 9))
def test_a_gini_does_not_change_when_all_counts_are_multiplied(counts, factor):
    assert gini(counts) == pytest.approx(gini([factor * c for c in counts]))


@given(COUNTS)
def test_every_index_lies_in_its_range(counts):
    table = concentration(counts, bootstrap=20)["value"]
    assert (table >= -1e-12).all()
    assert table[["gini", "gini_corrected", "top1_share", "top3_share", "hhi"]].max() <= 1 + 1e-12
    assert table["theil"] <= np.log(len(counts)) + 1e-9


@pytest.mark.parametrize("counts", [[], [3], [0, 0], [1, -1], [1, float("nan")], [[1, 2], [3, 4]]])
def test_counts_that_cannot_be_concentrated_are_refused(counts):
    with pytest.raises(InputError):
        concentration(counts)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_members_for_half_hold_half_and_one_fewer_does_not(counts):
    few = members_for_half(counts)
    ranked = sorted(counts, reverse=True)
    if sum(counts) == 0:
        assert few == 0
    else:
        assert sum(ranked[:few]) >= sum(counts) / 2 > sum(ranked[: few - 1])
