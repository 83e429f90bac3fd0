"""Structure of a network of members, with the definitions named: tools differ in what they call reciprocity.

A relation is a matrix, shape (n, n): rows answer columns, the diagonal is not read. Where networkx has a measure it is
networkx's. All agree with R's sna and igraph on published networks (tests/network/test_measures.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from analysis.errors import InputError

Floats = NDArray[np.float64]
Relation = ArrayLike  # a matrix, or a scipy sparse array


def _weighted(relation: Relation) -> sparse.csr_array:
    """The relation without its diagonal, as a sparse array without stored zeros."""
    given: Any = relation if sparse.issparse(relation) else np.asarray(relation, dtype=float)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InputError(f"a relation must be a square matrix, but its shape is {given.shape}")
    cells = sparse.coo_array(given)
    off = (cells.row != cells.col) & (cells.data != 0)
    return sparse.csr_array((cells.data[off].astype(float), (cells.row[off], cells.col[off])), shape=cells.shape)


def _binary(relation: Relation) -> sparse.csr_array:
    """1 where there is a tie."""
    matrix = _weighted(relation)
    matrix.data = np.ones_like(matrix.data)
    return matrix


def graph(relation: Relation, *, directed: bool = True) -> nx.DiGraph | nx.Graph:
    """The relation as a networkx graph on 0..n-1, weights kept; an undirected one is read from its upper triangle."""
    matrix = _weighted(relation)
    if directed:
        return nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph)
    return nx.from_scipy_sparse_array(sparse.triu(matrix), create_using=nx.Graph)


def density(relation: Relation) -> float:
    """Share of ordered pairs with a tie; missing below two members."""
    present = _binary(relation)
    n = present.shape[0]
    return float(present.nnz / (n * (n - 1))) if n > 1 else float("nan")


def dyad_census(relation: Relation) -> dict[str, int]:
    """Pairs with ties both ways (mutual), one way (asymmetric) and none (null) (Holland and Leinhardt 1970)."""
    present = _binary(relation)
    n = present.shape[0]
    mutual = int(present.multiply(present.T).sum()) // 2
    asymmetric = int(present.sum()) - 2 * mutual
    return {"mutual": mutual, "asymmetric": asymmetric, "null": n * (n - 1) // 2 - mutual - asymmetric}


def reciprocity(relation: Relation) -> dict[str, float]:
    """Reciprocity by its three usual definitions; missing where nothing can be counted.

    edgewise: share of ties that are returned (networkx, sna's edgewise). dyadic_nonnull: share of connected pairs that
    are mutual (igraph's ratio). dyadic: share of pairs that are mutual or null (sna's default).
    """
    census = dyad_census(relation)
    mutual, asymmetric, null = census["mutual"], census["asymmetric"], census["null"]
    return {
        "edgewise": _share(2 * mutual, 2 * mutual + asymmetric),
        "dyadic_nonnull": _share(mutual, mutual + asymmetric),
        "dyadic": _share(mutual + null, mutual + asymmetric + null),
    }


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def transitivity(relation: Relation) -> dict[str, float]:
    """weak: share of two-paths i to j to k with i to k (sna). undirected: the same, ties taken both ways (igraph)."""
    present = _binary(relation)
    return {"weak": _closed(present), "undirected": _closed(_binary(present + present.T))}


def _closed(present: sparse.csr_array) -> float:
    paths = present @ present
    return _share(float(paths.multiply(present).sum()), float(paths.sum() - paths.diagonal().sum()))


def triad_census(relation: Relation) -> dict[str, int]:
    """Counts of the 16 kinds of triad (Davis and Leinhardt 1972), by networkx."""
    return dict(nx.triadic_census(graph(_binary(relation))))


def centralization(relation: Relation, of: str, *, directed: bool = True) -> float:
    """Freeman's (1979) centralization: 0 when all members are as central, 1 for a star.

    of: degree, in_degree, out_degree or betweenness. Raises InputError on another name.
    """
    present = _binary(relation)
    n = present.shape[0]
    scores = _scores(present, of, directed)
    if n < 3:
        return float("nan")
    star = {
        "degree": 2 * (n - 1) * (n - 2) if directed else (n - 1) * (n - 2),
        "in_degree": (n - 1) ** 2,
        "out_degree": (n - 1) ** 2,
        "betweenness": (n - 1) ** 2 * (n - 2) / (1 if directed else 2),
    }
    return float((scores.max() - scores).sum() / star[of])


def _scores(present: sparse.csr_array, of: str, directed: bool) -> Floats:
    ways: dict[str, Callable[[], Floats]] = {
        "degree": lambda: present.sum(axis=1) + (present.sum(axis=0) if directed else 0),
        "in_degree": lambda: present.sum(axis=0),
        "out_degree": lambda: present.sum(axis=1),
        "betweenness": lambda: betweenness(present, directed=directed),
    }
    if of not in ways:
        raise InputError(f"no centralization of {of!r}", mend=f"Use one of {', '.join(ways)}.")
    return ways[of]().astype(float)


def betweenness(relation: Relation, *, directed: bool = True) -> Floats:
    """Shortest paths that run through each member (Freeman 1979), not normalised, ties unweighted: shape (n,)."""
    between = nx.betweenness_centrality(graph(_binary(relation), directed=directed), normalized=False)
    return np.array([between[i] for i in range(len(between))])


def pagerank(relation: Relation, damping: float = 0.85) -> Floats:
    """PageRank on weighted ties (Brin and Page 1998): shape (n,), sums to 1."""
    rank = nx.pagerank(graph(relation), alpha=damping, tol=1e-14, max_iter=1000)
    return np.array([rank[i] for i in range(len(rank))])


def constraint(relation: Relation) -> Floats:
    """Burt's (1992) constraint on weighted ties, missing for members without ties: shape (n,)."""
    if len(np.asarray(relation)) == 0:
        return np.empty(0)
    values = nx.constraint(graph(relation), weight="weight")
    return np.array([values[i] for i in range(len(values))], dtype=float)


def coreness(relation: Relation, *, directed: bool = True) -> NDArray[np.int64]:
    """k-core number (Seidman 1983); in a directed relation in- and out-ties count (igraph's "all"): shape (n,)."""
    core = nx.core_number(graph(_binary(relation), directed=directed))
    return np.array([core[i] for i in range(len(core))])


def members_table(relation: Relation, members: pd.Index, *, least: float = 1.0) -> pd.DataFrame:
    """Measures of each member: member, out_strength, in_strength, answers, answered_by, betweenness, pagerank.

    out_strength, in_strength: expected turns given and got. answers, answered_by: how many members, counting ties of
    at least `least` expected turns; betweenness is on these ties, pagerank on all.
    """
    matrix = np.asarray(relation, dtype=float)
    present = matrix >= least
    return pd.DataFrame(
        {
            "member": members.to_numpy(),
            "out_strength": matrix.sum(axis=1),
            "in_strength": matrix.sum(axis=0),
            "answers": present.sum(axis=1).astype(np.int64),
            "answered_by": present.sum(axis=0).astype(np.int64),
            "betweenness": betweenness(present),
            "pagerank": pagerank(matrix),
        }
    )
