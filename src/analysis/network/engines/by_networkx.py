"""Measures by networkx. Relations are sparse arrays, shape (n, n), without a diagonal and without stored zeros."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np
from networkx.algorithms.triads import TRIAD_NAMES, TRICODES
from scipy import sparse

from analysis.arrays import Floats, Ints

ROWS = 1000  # members processed at a time, as all at once would take too much memory


def graph(relation: sparse.csr_array, directed: bool) -> nx.DiGraph | nx.Graph:
    """The relation as a graph on 0..n-1, weights kept; an undirected one is read from its upper triangle."""
    if directed:
        return nx.from_scipy_sparse_array(relation, create_using=nx.DiGraph)
    return nx.from_scipy_sparse_array(sparse.triu(relation), create_using=nx.Graph)


def betweenness(relation: sparse.csr_array, directed: bool) -> Floats:
    """Betweenness, not normalised, on unweighted ties: shape (n,)."""
    return _in_order(nx.betweenness_centrality(graph(relation, directed), normalized=False))


def betweenness_from(relation: sparse.csr_array, sources: int, seeds: Iterable[int]) -> Floats:
    """Estimates of directed betweenness, each from the paths of `sources` members drawn by its seed: (seeds, n)."""
    whole = graph(relation, True)
    each = (nx.betweenness_centrality(whole, sources, normalized=False, seed=seed) for seed in seeds)
    return np.array([_in_order(found) for found in each])


def pagerank(relation: sparse.csr_array, damping: float) -> Floats:
    """PageRank on weighted ties: shape (n,)."""
    return _in_order(nx.pagerank(graph(relation, True), alpha=damping, tol=1e-14, max_iter=1000))


def constraint(relation: sparse.csr_array) -> Floats:
    """Burt's constraint on weighted ties, missing for members without ties: shape (n,)."""
    if relation.shape[0] > ROWS:
        return _constraint_in_parts(relation)
    return _in_order(nx.constraint(graph(relation, True), weight="weight") if relation.shape[0] else {})


def _constraint_in_parts(relation: sparse.csr_array) -> Floats:
    """The constraint, ROWS members at a time: networkx holds all two-paths at once, a gigabyte among 40,000 members."""
    mutual = sparse.csr_array(relation + relation.T)
    total = mutual.sum(axis=1)
    share = sparse.csr_array(
        sparse.diags_array(np.divide(1, total, out=np.zeros(total.size), where=total > 0)) @ mutual
    )
    found = np.full(total.size, np.nan)
    for first in range(0, total.size, ROWS):
        own = share[first : first + ROWS]
        tied = own.copy()
        tied.data = np.ones_like(tied.data)
        found[first : first + ROWS] = ((own + own @ share) ** 2 * tied).sum(axis=1)
    return np.where(total > 0, found, np.nan)


def coreness(relation: sparse.csr_array, directed: bool) -> Ints:
    """k-core numbers, in- and out-ties counted: shape (n,)."""
    return _in_order(nx.core_number(graph(relation, directed))).astype(np.int64)


def triad_census(relation: sparse.csr_array) -> dict[str, int]:
    """Counts of the 16 kinds of triad in networkx's order; the ties of each three members are a number below 64."""
    present = relation.toarray() != 0
    ties, counts = present + 2 * present.T, np.zeros(64, dtype=np.int64)
    for first in range(len(ties) - 2):
        own, others = ties[first, first + 1 :], ties[first + 1 :, first + 1 :]
        second, third = np.triu_indices(own.size, 1)
        counts += np.bincount(own[second] + 4 * own[third] + 16 * others[second, third], minlength=64)
    return dict(zip(TRIAD_NAMES, np.bincount(np.array(TRICODES) - 1, counts).astype(int).tolist(), strict=True))


def louvain(relation: sparse.csr_array, seed: int) -> tuple[Ints, float]:
    """One run on a symmetric relation: each member's community, shape (n,), and the modularity."""
    whole: Any = graph(relation, False)
    division = nx.community.louvain_communities(whole, weight="weight", seed=seed)
    of = np.empty(relation.shape[0], dtype=np.int64)
    for number, group in enumerate(division):
        of[list(group)] = number
    return of, float(nx.community.modularity(whole, division, weight="weight"))


def _in_order(values: Mapping[int, float]) -> Floats:
    return np.array([values[i] for i in range(len(values))], dtype=float)
