"""Resampling that any step may use."""

import numpy as np
import pytest

from analysis import resample


def test_a_relabelling_without_a_fit_raises_p_and_never_lowers_it():
    whole, broken = [0.0, 1.0, 2.0, 3.0], [0.0, np.nan, 2.0, 3.0]
    assert resample.p_greater(whole, 2.5) == 2 / 5
    assert resample.p_greater(broken, 2.5) == 3 / 5


@pytest.mark.parametrize("n", [4, 8, 20])
def test_an_interval_of_few_draws_holds_another_draw_as_often_as_stated(n):
    draws = np.random.default_rng(n).normal(3, 2, size=(4000, n + 1))
    ends = np.array([resample.interval_of_few(row[:-1]) for row in draws])
    held = (ends[:, 0] <= draws[:, -1]) & (draws[:, -1] <= ends[:, 1])
    assert held.mean() == pytest.approx(0.95, abs=0.015)


def test_an_interval_of_one_draw_is_missing():
    assert np.isnan(resample.interval_of_few([1.0, np.nan])).all()
