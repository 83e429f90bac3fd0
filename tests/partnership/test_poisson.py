"""Conditional Poisson regression within pairs, against a regression with a dummy for each pair."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from analysis.errors import InputError
from analysis.partnership.poisson import conditional_poisson, informative, score_test


def invented(seed=0, windows=7, people=9, slope=0.6):
    """Counts of pairs in windows: a level for each pair, and growth by a trait of the pair."""
    rng = np.random.default_rng(seed)
    trait, noise = (np.triu(rng.normal(size=(people, people)), 1) for _ in range(2))
    trait, time = trait + trait.T, np.linspace(0, 1, windows)[:, None, None]
    other = time**2 * (noise + noise.T)
    pairs = np.triu_indices(people, 1)
    expected = rng.gamma(2, 2, size=(windows, pairs[0].size))
    rate = np.exp(rng.normal(size=pairs[0].size) + slope * (time * trait)[:, *pairs] - 0.4 * other[:, *pairs])
    counts = rng.poisson(expected * rate).astype(float)
    used = informative(counts, expected)
    return counts[:, used], expected[:, used], [time * trait, other], (pairs[0][used], pairs[1][used])


def with_dummies(counts, expected, design):
    """The same coefficients by scikit-learn, with a dummy for each pair and no penalty."""
    windows, pairs = counts.shape
    dummies = np.tile(np.eye(pairs), (windows, 1))
    x = np.hstack([dummies, design.reshape(windows * pairs, -1)])
    fit = PoissonRegressor(alpha=0, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    kept = expected.ravel() > 0
    fit.fit(x[kept], (counts.ravel() / np.where(kept, expected.ravel(), 1))[kept], sample_weight=expected.ravel()[kept])
    return fit.coef_[pairs:]


@pytest.mark.parametrize("seed", range(3))
def test_the_coefficients_are_those_of_a_regression_with_a_dummy_for_each_pair(seed):
    counts, expected, terms, pairs = invented(seed)
    expected[2, :5] = counts[2, :5] = 0  # windows in which some pairs could not be counted
    design = np.stack([stack[:, *pairs] for stack in terms], axis=-1)
    used = informative(counts, expected)
    fit = conditional_poisson(counts[:, used], expected[:, used], design[:, used])
    assert fit.coefficients == pytest.approx(
        with_dummies(counts[:, used], expected[:, used], design[:, used]), abs=1e-6
    )
    assert fit.mean.sum(axis=0) == pytest.approx(counts[:, used].sum(axis=0))


def test_two_windows_are_a_binomial_regression_on_the_change():
    """With two windows and one dichotomous term the estimate is the log odds ratio of a fourfold table."""
    counts = np.array([[4.0, 6, 3, 2], [5, 5, 9, 10]])
    group = np.array([0.0, 0, 1, 1])
    time = np.array([[0.0], [1]])
    design = np.stack([np.broadcast_to(time, counts.shape), time * group], axis=-1)
    fit = conditional_poisson(counts, np.ones_like(counts), design)
    odds = [counts[1, group == g].sum() / counts[0, group == g].sum() for g in (0, 1)]
    assert fit.coefficients == pytest.approx([np.log(odds[0]), np.log(odds[1] / odds[0])])
    cells = [counts[w, group == g].sum() for w in (0, 1) for g in (0, 1)]
    assert np.sqrt(np.diag(fit.inverse))[1] == pytest.approx(np.sqrt(sum(1 / cell for cell in cells)))  # Woolf's error


def test_whatever_is_constant_in_a_pair_changes_nothing():
    counts, expected, terms, pairs = invented(4)
    design = np.stack([stack[:, *pairs] for stack in terms], axis=-1)
    level = np.random.default_rng(5).gamma(1, 5, size=counts.shape[1])
    constant = np.random.default_rng(6).normal(size=(counts.shape[1], 1))
    usual, other = (
        conditional_poisson(counts, expected, design),
        conditional_poisson(counts, expected * level, design + constant),
    )
    assert other.coefficients == pytest.approx(usual.coefficients)
    assert other.influence == pytest.approx(usual.influence)


def test_the_score_statistic_is_that_of_a_direct_computation_and_relabelled_by_hand():
    """The residual of the term on the other by weighted least squares with a dummy for each pair."""
    counts, expected, terms, pairs = invented(7)
    orders = np.stack([np.arange(9), np.random.default_rng(8).permutation(9)])
    test = score_test(counts, expected, terms, 0, pairs, orders)
    other = terms[1][:, *pairs]
    fit = conditional_poisson(counts, expected, other[..., None])
    dummies = np.tile(np.eye(counts.shape[1]), (len(counts), 1))
    design = np.column_stack([other.ravel(), dummies])
    root = np.sqrt(fit.mean.ravel())[:, None]

    def regressed(term):
        return np.linalg.lstsq(root * design, root[:, 0] * term[:, *pairs].ravel(), rcond=None)[0]

    left = terms[0] - regressed(terms[0])[0] * terms[1]

    def statistic(order):
        moved = left[:, order[:, None], order]
        own = moved[:, *pairs].ravel() - design @ regressed(moved)
        return (fit.residual * moved[:, *pairs]).sum() / np.sqrt((fit.mean.ravel() * own**2).sum())

    assert test.observed == pytest.approx(statistic(orders[0]))
    assert test.null == pytest.approx([statistic(order) for order in orders])


def test_relabelling_rejects_a_true_null_at_its_level():
    """Also where each member has a growth of their own, so that pairs with a common member depend."""
    hits = []
    for seed in range(60):
        counts, expected, terms, pairs = invented(seed, people=12, slope=0.0)
        rng = np.random.default_rng([9, seed])
        own = rng.normal(scale=0.7, size=12)
        grown = np.exp(np.linspace(0, 1, len(counts))[:, None] * (own[pairs[0]] + own[pairs[1]]))
        orders = rng.permuted(np.tile(np.arange(12), (99, 1)), axis=1)
        counts = counts + rng.poisson(counts * grown)
        test = score_test(counts, expected, terms, 0, pairs, orders)
        hits.append((np.sum(test.null >= test.observed) + 1) / 100 <= 0.05)
    assert np.mean(hits) <= 0.12


def test_terms_that_do_not_vary_within_pairs_are_refused():
    counts, expected, terms, pairs = invented()
    design = np.stack([stack[:, *pairs] for stack in [*terms, np.ones_like(terms[0])]], axis=-1)
    with pytest.raises(InputError, match="combinations"):
        conditional_poisson(counts, expected, design)


def test_counts_that_a_term_separates_have_no_finite_fit():
    counts, time = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0], [1.0]])
    with pytest.raises(InputError, match=r"finite|combinations"):
        conditional_poisson(counts, np.ones((2, 2)), np.broadcast_to(time, (2, 2))[..., None])
