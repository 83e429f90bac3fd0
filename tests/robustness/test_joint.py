"""All universes of a claim at once."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.robustness import joint
from analysis.robustness.finished import ClaimResult


def universes_of(effect, count=30, draws=99, seed=1):
    """Universes that share most of their chance, with an effect."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=draws + 1)
    results = []
    for _ in range(count):
        values = 0.9 * common + 0.1 * rng.normal(size=draws + 1)
        results.append(ClaimResult({}, np.array([values[0] + effect]), values[None, 1:]))
    return results


def test_a_strong_effect_is_found_and_chance_alone_is_not():
    strong, none = (joint.joint_test(universes_of(effect), 0.05).numbers() for effect in (5, 0))
    assert strong["p_median"] == 1 / 100
    assert strong["p_significant"] <= 0.05
    assert none["p_median"] > 0.05


def test_universes_that_share_their_chance_count_as_little_more_than_one():
    p = [joint.joint_test(universes_of(0, draws=39, seed=seed), 0.05).numbers()["p_median"] for seed in range(200)]
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09


def test_a_universe_is_significant_where_all_its_tests_are():
    null = np.arange(99.0)
    both = ClaimResult({}, np.array([200.0, 200.0]), np.array([null, null]))
    one = ClaimResult({}, np.array([200.0, -1.0]), np.array([null, null]))
    assert joint.joint_test([both, one], 0.05).significant == 0.5


def test_a_relabelling_without_a_fit_counts_as_extreme_and_hides_no_other():
    null = np.r_[np.nan, np.arange(198.0)]
    with_gap, whole = ClaimResult({}, np.array([500.0]), null[None]), ClaimResult({}, np.array([500.0]), null[None, 1:])
    assert joint.joint_test([with_gap], 0.05).significant == joint.joint_test([whole], 0.05).significant == 1.0
    many = ClaimResult({}, np.array([500.0]), np.where(np.arange(199) < 20, np.nan, null)[None])
    assert joint.joint_test([many], 0.05).significant == 0.0
    unfitted = ClaimResult({}, np.array([np.nan]), null[None])
    assert joint.joint_test([with_gap, unfitted], 0.05).significant == 0.5


def test_what_a_choice_explains():
    rows = pd.DataFrame(list(itertools.product("ab", "xyz")), columns=["codes", "ties"])
    rows["value"] = 2.0 * (rows["codes"] == "a") + 1.0 * (rows["ties"] == "z")
    shares = joint.variance_explained(rows, ["codes", "ties", "absent"][:2])
    assert shares["all"] == pytest.approx(1)
    assert shares["codes"] == pytest.approx(1 / (1 + 2 / 9))
