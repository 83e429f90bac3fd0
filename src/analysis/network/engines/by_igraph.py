"""The measures of by_networkx, computed by igraph (optional; see the package)."""

from __future__ import annotations

import random

import igraph
import numpy as np
from networkx.algorithms.triads import TRIAD_NAMES
from scipy import sparse

from analysis.arrays import Floats, Ints


def graph(relation: sparse.csr_array, directed: bool) -> igraph.Graph:
    """The relation as a graph on 0..n-1, weights kept; an undirected one is read from its upper triangle."""
    cells = sparse.coo_array(relation if directed else sparse.triu(relation))
    ends = np.column_stack([cells.row, cells.col])
    return igraph.Graph(relation.shape[0], ends, directed=directed, edge_attrs={"weight": cells.data})


def betweenness(relation: sparse.csr_array, directed: bool) -> Floats:
    """Betweenness, not normalised, on unweighted ties: shape (n,)."""
    return np.array(graph(relation, directed).betweenness(), dtype=float)


def pagerank(relation: sparse.csr_array, damping: float) -> Floats:
    """PageRank on weighted ties: shape (n,)."""
    return np.array(graph(relation, True).pagerank(damping=damping, weights="weight"), dtype=float)


def constraint(relation: sparse.csr_array) -> Floats:
    """Burt's constraint on weighted ties, missing for members without ties: shape (n,)."""
    return np.array(graph(relation, True).constraint(weights="weight"), dtype=float)


def coreness(relation: sparse.csr_array, directed: bool) -> Ints:
    """k-core numbers, in- and out-ties counted: shape (n,)."""
    return np.array(graph(relation, directed).coreness(), dtype=np.int64)


def triad_census(relation: sparse.csr_array) -> dict[str, int]:
    """Counts of the 16 kinds of triad."""
    if relation.shape[0] < 3:
        return dict.fromkeys(TRIAD_NAMES, 0)
    census = graph(relation, True).triad_census()
    return {kind: int(getattr(census, f"t{kind}")) for kind in TRIAD_NAMES}


def louvain(relation: sparse.csr_array, seed: int) -> tuple[Ints, float]:
    """One run on a symmetric relation: each member's community, shape (n,), and the modularity."""
    igraph.set_random_number_generator(random.Random(seed))
    division = graph(relation, False).community_multilevel(weights="weight")
    return np.array(division.membership, dtype=np.int64), float(division.modularity)
