"""Measures of structure against R's sna and igraph on published networks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from analysis.errors import InputError
from analysis.network import measures

NETWORKS = ("florentine_marriage", "florentine_business", "kite", "zachary", "coleman_fall")


@pytest.fixture(params=NETWORKS)
def network(request, relation, reference):
    """The relation, R's indices, R's nodal scores, and whether it is directed."""
    published = reference("networks/graph_indices.json")[request.param]
    nodal = reference(f"networks/nodal_{request.param}.csv")
    return relation(request.param), published, nodal, published["mode"] == "digraph"


def test_density_and_dyads_agree(network):
    matrix, published, _, _ = network
    assert measures.density(matrix) == pytest.approx(published["density"], abs=1e-9)
    assert list(measures.dyad_census(matrix).values()) == list(published["dyad_census"].values())


def test_each_named_reciprocity_agrees_with_sna(network):
    matrix, published, _, _ = network
    ours, sna = measures.reciprocity(matrix), published["reciprocity"]
    assert ours["edgewise"] == pytest.approx(sna["edgewise"], abs=1e-9)
    assert ours["dyadic"] == pytest.approx(sna["dyadic"], abs=1e-9)


def test_transitivity_agrees_with_sna_and_on_symmetric_ties_with_igraph(network):
    matrix, published, _, _ = network
    assert measures.transitivity(matrix) == pytest.approx(published["transitivity"]["weak"], abs=1e-9)
    both_ways = measures.transitivity(matrix + matrix.T)
    assert both_ways == pytest.approx(published["igraph"]["transitivity_global"], abs=1e-9)


def test_each_centralization_agrees(network):
    """Of an undirected network R's degree centralization has the denominator (n - 1) (n - 2)."""
    matrix, published, _, directed = network
    present, n = measures.binary(matrix), len(matrix)
    ours = {
        "betweenness": measures.centralization(measures.betweenness(matrix), "betweenness"),
        "indegree": measures.centralization(present.sum(axis=0), "in_degree"),
        "outdegree": measures.centralization(present.sum(axis=1), "out_degree"),
    }
    if not directed:
        ours = {"betweenness": ours["betweenness"], "degree": ours["indegree"] * (n - 1) / (n - 2)}
    for of, value in ours.items():
        assert value == pytest.approx(published[f"centralization_{of}"], abs=1e-9), of


def test_scores_of_members_agree(network):
    matrix, published, nodal, directed = network
    igraph = published["igraph"]
    assert measures.betweenness(matrix, directed=directed) == pytest.approx(nodal["betweenness"].to_numpy(), abs=1e-9)
    assert measures.pagerank(matrix) == pytest.approx(np.array(igraph["pagerank"]), abs=1e-9)
    constraint = np.array(igraph["constraint"], dtype=float)
    assert measures.constraint(matrix) == pytest.approx(constraint, abs=1e-9, nan_ok=True)
    assert measures.coreness(matrix, directed=directed).tolist() == igraph["coreness"]


def test_the_triad_census_of_a_directed_network_agrees(relation, reference):
    ours = measures.triad_census(relation("coleman_fall"))
    assert ours == reference("networks/graph_indices.json")["coleman_fall"]["triad_census"]


def test_a_star_is_wholly_centralized_and_a_ring_not_at_all():
    star, ring = np.zeros((6, 6)), np.roll(np.eye(6), 1, axis=1)
    star[1:, 0] = 1
    assert measures.centralization(star.sum(axis=0), "in_degree") == 1
    assert measures.centralization(ring.sum(axis=0), "in_degree") == 0


def test_self_ties_are_not_read_and_sparse_and_dense_agree():
    matrix = np.random.default_rng(0).integers(0, 2, size=(7, 7)).astype(float)
    bare = matrix.copy()
    np.fill_diagonal(bare, 0)
    for measure in (measures.density, measures.dyad_census, measures.reciprocity, measures.transitivity):
        assert measure(matrix) == measure(bare) == measure(sparse.csr_array(matrix))


def test_a_network_without_ties_has_missing_reciprocity_and_no_crash():
    empty = np.zeros((4, 4))
    assert np.isnan(measures.reciprocity(empty)["edgewise"])
    assert measures.density(empty) == 0
    assert measures.betweenness(empty).tolist() == [0, 0, 0, 0]
    assert np.isnan(measures.constraint(empty)).all()


def test_a_network_in_two_parts_with_an_isolate_is_measured_part_by_part():
    """Two paths of three members and one alone, worked by hand."""
    relation = np.zeros((7, 7))
    for a, b in ((0, 1), (1, 2), (3, 4), (4, 5)):
        relation[a, b] = relation[b, a] = 2.0
    assert measures.betweenness(relation, directed=False).tolist() == [0, 1, 0, 0, 1, 0, 0]
    assert measures.constraint(relation)[:3].tolist() == [1, 0.5, 1]
    assert np.isnan(measures.constraint(relation)[6])
    assert measures.coreness(relation, directed=False).tolist() == [1] * 6 + [0]
    assert measures.pagerank(relation).sum() == pytest.approx(1)
    assert measures.triad_census(relation)["201"] == 2


@pytest.mark.parametrize("n", [0, 1, 2])
def test_networks_of_next_to_nobody_have_no_structure_and_no_crash(n):
    relation = np.ones((n, n))
    assert np.isnan(measures.centralization(relation.sum(axis=0), "in_degree"))
    assert sum(measures.triad_census(relation).values()) == 0
    assert len(measures.betweenness(relation)) == len(measures.pagerank(relation)) == n


def test_a_relation_that_is_no_square_is_refused():
    with pytest.raises(InputError, match="square"):
        measures.density(np.zeros((2, 3)))


def test_betweenness_from_some_members_lies_within_its_error_of_that_from_all():
    ties = sparse.random_array((300, 300), density=0.02, rng=np.random.default_rng(4))
    exact = measures.betweenness(ties)
    value, error = measures.sampled_betweenness(ties, seed=1)
    busy = exact > np.median(exact)
    distance = np.abs(value - exact)[busy] / error[busy]
    assert np.quantile(distance, 0.9) < 2.5  # 9 degrees of freedom
    assert np.median(distance) > 0.3


def test_betweenness_from_all_members_needs_no_estimate():
    ties = sparse.random_array((20, 20), density=0.2, rng=np.random.default_rng(4))
    value, error = measures.sampled_betweenness(ties, seed=1)
    assert value == pytest.approx(measures.betweenness(ties))
    assert error == pytest.approx(0)
