"""The interval of a Gini coefficient: right by hand, and right about as often as it says where tails are heavy."""

import numpy as np
import pytest
from scipy import stats

from analysis.sharing.gini import corrected_gini, gini_interval, jackknife_errors

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
