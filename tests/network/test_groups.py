"""Cores and communities against exhaustive and exact answers on published networks."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.network import groups


@pytest.mark.parametrize(
    ("name", "between"),
    [("kite", "core"), ("kite", "missing"), ("florentine_marriage", "core"), ("florentine_marriage", "missing")],
)
def test_the_core_is_the_best_of_all_possible_ones(relation, reference, name, between):
    known = reference("networks/core_periphery_exhaustive.json")[name + ("_cpmissing" if between == "missing" else "")]
    ours = groups.core_periphery(relation(name), between=between)
    assert ours.fit == pytest.approx(known["max_cor"], abs=1e-12)
    if known["n_optima"] == 1:
        assert (np.flatnonzero(ours.members) + 1).tolist() == known["core"]


@pytest.mark.parametrize("between", ["core", "missing"])
def test_the_search_for_larger_networks_finds_the_best_core_of_small_ones(relation, between, monkeypatch):
    exact = groups.core_periphery(relation("florentine_marriage"), between=between)
    monkeypatch.setattr(groups, "EXHAUSTIVE", 0)
    searched = groups.core_periphery(relation("florentine_marriage"), between=between)
    assert searched.fit == pytest.approx(exact.fit, abs=1e-12)


def test_a_planted_core_is_found():
    rng = np.random.default_rng(1)
    core = np.arange(40) < 8
    chance = np.where(core[:, None] | core[None, :], 0.8, 0.05)
    relation = np.triu(rng.random((40, 40)) < chance, 1).astype(float)
    found = groups.core_periphery(relation + relation.T)
    assert found.members.tolist() == core.tolist()


@pytest.mark.parametrize("name", ["zachary", "florentine_marriage", "kite"])
def test_communities_reach_the_exact_maximum_of_modularity(relation, reference, name):
    known = reference("networks/community_optimal_igraph.json")[name]
    ours = groups.communities(relation(name), runs=50)
    assert ours.modularity == pytest.approx(known["optimal_modularity"], abs=1e-9)
    assert 0 < ours.stability <= 1


def test_two_cliques_are_two_communities_in_every_run():
    relation = np.kron(np.eye(2), np.ones((5, 5)))
    relation[0, 5] = relation[5, 0] = 1
    found = groups.communities(relation, runs=10)
    assert found.members.tolist() == [0] * 5 + [1] * 5
    assert found.stability == 1


def test_communities_are_the_same_for_the_same_seed(relation):
    first, again = (groups.communities(relation("zachary"), runs=5, seed=3) for _ in range(2))
    assert first.members.tolist() == again.members.tolist()


def test_equal_divisions_agree_wholly_and_unrelated_ones_as_by_chance():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, size=(2, 4000))
    assert groups.adjusted_rand(a, (a + 1) % 4) == 1
    assert abs(groups.adjusted_rand(a, b)) < 0.01
    assert groups.adjusted_rand([0, 0, 0], [0, 0, 0]) == 1


def test_a_bridge_has_its_ties_in_two_groups():
    relation = np.kron(np.eye(2), np.ones((4, 4)))
    relation[0, 4:] = 1
    spread = groups.participation(relation, [0] * 4 + [1] * 4)
    assert spread[0] > 0.3
    assert spread[1] == 0
    assert groups.participation(np.zeros((3, 3)), [0, 0, 1]).tolist() == [0, 0, 0]


def test_networks_without_ties_and_unknown_words_are_told():
    assert np.isnan(groups.core_periphery(np.zeros((4, 4))).fit)
    assert np.isnan(groups.communities(np.zeros((4, 4))).modularity)
    with pytest.raises(InputError, match="unknown ideal 'half'"):
        groups.core_periphery(np.zeros((4, 4)), between="half")
    with pytest.raises(InputError, match="no core"):
        groups.core_periphery(np.zeros((2, 2)))
