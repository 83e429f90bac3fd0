"""Waves: who is at risk when, and standardising within a wave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.network.ties import exchange
from analysis.partnership.waves import Waves, standardised

from .community import PARAMS, START


def test_a_pair_is_at_risk_once_both_have_joined(friendly):
    messages, members, partnerships, _, replies = friendly
    late = members.assign(joined=START + pd.Timedelta(days=100))
    turns = exchange(messages, replies, pd.Index(members["member"]))
    waves = Waves.of(turns, late, partnerships, PARAMS.wave_days)
    joined = waves.starts >= (START + pd.Timedelta(days=100)).timestamp()
    assert np.isnan(waves.began[~joined]).all()
    assert not np.isnan(waves.began[joined]).all()


def test_standardised_waves_have_mean_zero_and_deviation_one():
    stack = np.random.default_rng(0).normal(3, 2, size=(2, 6, 6))
    stack = stack + np.swapaxes(stack, 1, 2)
    at_risk = np.where(np.arange(6) == 5, np.nan, 0.0)[None, None, :] + np.zeros((2, 6, 6))
    at_risk = at_risk + np.swapaxes(at_risk, 1, 2)
    out = standardised(stack, at_risk)
    assert np.nanmean(out[0]) == pytest.approx(0)
    assert np.nanstd(out[1]) == pytest.approx(1)
    assert np.isnan(out[:, 5]).all()
    assert np.nanmax(np.abs(standardised(np.ones((1, 4, 4))))) == 0
