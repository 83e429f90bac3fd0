"""networkx and igraph behind one call: the same answers, whichever computes them."""

from __future__ import annotations

import sys

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from analysis.errors import InputError
from analysis.network import groups, measures
from analysis.network.engines import by_networkx


def made(seed):
    """A relation with isolates, self-ties and weights; every second one symmetric."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 14))
    relation = (rng.random((n, n)) < rng.choice([0, 0.1, 0.3, 0.7])) * rng.choice([0.5, 1.0, 3.0], size=(n, n))
    return relation if seed % 2 else np.maximum(relation, relation.T)


CALLS = {
    "betweenness": lambda relation, seed, engine: measures.betweenness(relation, directed=seed % 2 == 1, engine=engine),
    "pagerank": lambda relation, seed, engine: measures.pagerank(relation, engine=engine),
    "constraint": lambda relation, seed, engine: measures.constraint(relation, engine=engine),
    "coreness": lambda relation, seed, engine: measures.coreness(relation, directed=seed % 2 == 1, engine=engine),
    "triads": lambda relation, seed, engine: list(measures.triad_census(relation, engine=engine).items()),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("seed", range(20))
def test_both_engines_give_the_same(name, seed):
    ours, theirs = (CALLS[name](made(seed), seed, engine) for engine in ("networkx", "igraph"))
    if name == "triads":
        assert ours == theirs
    else:
        assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", ["zachary", "florentine_marriage", "kite"])
def test_both_engines_reach_the_exact_maximum_of_modularity(relation, reference, name):
    exact = reference("networks/community_optimal_igraph.json")[name]["optimal_modularity"]
    for engine in ("networkx", "igraph"):
        division = groups.communities(relation(name), runs=50, engine=engine)
        again = groups.communities(relation(name), runs=50, engine=engine)
        assert division.modularity == pytest.approx(exact, abs=1e-9)
        assert division.members.tolist() == again.members.tolist()


def test_an_engine_that_is_not_known_or_not_installed_is_refused(monkeypatch):
    with pytest.raises(InputError, match="unknown engine 'sna'"):
        measures.betweenness(np.zeros((3, 3)), engine="sna")
    monkeypatch.setitem(sys.modules, "igraph", None)
    monkeypatch.delitem(sys.modules, "analysis.network.engines.by_igraph", raising=False)
    with pytest.raises(InputError, match="igraph is not installed"):
        measures.pagerank(np.zeros((3, 3)), engine="igraph")


def test_constraint_in_parts_is_networkx_constraint():
    rng = np.random.default_rng(5)
    relation = sparse.random_array((2 * by_networkx.ROWS + 300, 2 * by_networkx.ROWS + 300), density=0.003, rng=rng)
    ties = measures.weighted(relation * (np.arange(relation.shape[0]) % 50 > 0))  # some answer nobody
    graph = by_networkx.graph(ties, directed=True)
    expected = [value for _, value in sorted(nx.constraint(graph, weight="weight").items())]
    np.testing.assert_allclose(measures.constraint(ties), expected, atol=1e-14)
