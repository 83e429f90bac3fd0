"""Resampling that any step may use."""

import numpy as np

from analysis import resample


def test_a_relabelling_without_a_fit_raises_p_and_never_lowers_it():
    whole, broken = [0.0, 1.0, 2.0, 3.0], [0.0, np.nan, 2.0, 3.0]
    assert resample.p_greater(whole, 2.5) == 2 / 5
    assert resample.p_greater(broken, 2.5) == 3 / 5
