"""Cores and communities against exhaustive and exact answers on published networks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.errors import InputError
from analysis.network import groups


@pytest.mark.parametrize("name", ["kite", "florentine_marriage"])
def test_the_core_is_the_best_of_all_possible_ones(relation, reference, name):
    exhaustive = reference("networks/core_periphery_exhaustive.json")[name]
    ours = groups.core_periphery(relation(name))
    assert ours.fit == pytest.approx(exhaustive["max_cor"], abs=1e-12)
    if exhaustive["n_optima"] == 1:
        assert (np.flatnonzero(ours.members) + 1).tolist() == exhaustive["core"]


def test_the_search_for_larger_networks_finds_the_best_core_of_small_ones(relation, monkeypatch):
    exact = groups.core_periphery(relation("florentine_marriage"))
    monkeypatch.setattr(groups, "EXHAUSTIVE", 0)
    searched = groups.core_periphery(relation("florentine_marriage"))
    assert searched.fit == pytest.approx(exact.fit, abs=1e-12)


def test_a_planted_core_is_found():
    rng = np.random.default_rng(1)
    core = np.arange(40) < 8
    chance = np.where(core[:, None] | core[None, :], 0.8, 0.05)
    relation = np.triu(rng.random((40, 40)) < chance, 1).astype(float)
    planted = groups.core_periphery(relation + relation.T)
    assert planted.members.tolist() == core.tolist()


@pytest.mark.parametrize("name", ["zachary", "florentine_marriage", "kite"])
def test_communities_reach_the_exact_maximum_of_modularity(relation, reference, name):
    exact = reference("networks/community_optimal_igraph.json")[name]
    ours = groups.communities(relation(name), runs=50)
    assert ours.modularity == pytest.approx(exact["optimal_modularity"], abs=1e-9)
    assert 0 < ours.stability <= 1


def test_two_cliques_are_two_communities_in_every_run():
    relation = np.kron(np.eye(2), np.ones((5, 5)))
    relation[0, 5] = relation[5, 0] = 1
    division = groups.communities(relation, runs=10)
    assert division.members.tolist() == [0] * 5 + [1] * 5
    assert division.stability == 1


def test_communities_are_the_same_for_the_same_seed(relation):
    first, again = (groups.communities(relation("zachary"), runs=5, seed=3) for _ in range(2))
    assert first.members.tolist() == again.members.tolist()


def test_a_bridge_has_its_ties_in_two_groups():
    relation = np.kron(np.eye(2), np.ones((4, 4)))
    relation[0, 4:] = 1
    spread = groups.participation(relation, [0] * 4 + [1] * 4)
    assert spread[0] > 0.3
    assert spread[1] == 0
    assert groups.participation(np.zeros((3, 3)), [0, 0, 1]).tolist() == [0, 0, 0]


def test_networks_without_ties_have_missing_fit_and_modularity_and_two_members_no_core():
    assert np.isnan(groups.core_periphery(np.zeros((4, 4))).fit)
    assert np.isnan(groups.communities(np.zeros((4, 4))).modularity)
    pair = groups.core_periphery(np.ones((2, 2)))
    assert np.isnan(pair.fit)
    assert pair.members.tolist() == [False, False]


def test_a_relation_that_is_no_square_is_refused():
    with pytest.raises(InputError, match="square"):
        groups.core_periphery(np.zeros((3, 4)))


def test_the_adjusted_rand_index_of_two_divisions_is_scikit_learns():
    rng = np.random.default_rng(4)
    for n in (1, 2, 5, 40):
        for _ in range(25):
            one, other = rng.integers(0, rng.integers(1, 7), n), rng.integers(0, rng.integers(1, 7), n)
            assert groups.adjusted_rand(one, other) == adjusted_rand_score(one, other)
        assert groups.adjusted_rand(one, one) == 1


def test_the_core_of_a_large_network_is_searched_from_its_members_of_highest_degree():
    """As the fits of all such sets by the formula, with a full matrix."""
    rng = np.random.default_rng(7)
    ties = np.triu(rng.random((60, 60)) < 0.08, 1)
    ties[:9] |= np.triu(rng.random((60, 60)) < 0.6, 1)[:9]
    core = groups.core_periphery((ties | ties.T).astype(float), restarts=0)
    present = (ties | ties.T).astype(float)
    order = np.argsort(-present.sum(axis=0), kind="stable")
    pairs = np.triu_indices(60, 1)
    best = max(
        np.corrcoef(present[pairs], (inside[pairs[0]] | inside[pairs[1]]).astype(float))[0, 1]
        for size in range(1, 59)
        for inside in [np.isin(np.arange(60), order[:size])]
    )
    assert core.fit >= best - 1e-12
    inside = core.members
    assert core.fit == pytest.approx(np.corrcoef(present[pairs], inside[pairs[0]] | inside[pairs[1]])[0, 1])
