"""Measures of a network of members. The definitions are named, as tools differ in what they call reciprocity.

A relation is a matrix, shape (n, n): rows answer columns, the diagonal is not read. Measures that networkx has are
networkx's, or igraph's with the same values where `engine` says so (see engines). All agree with R's sna and igraph on
published networks (tests/network/test_measures.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from analysis.arrays import Floats
from analysis.errors import InputError
from analysis.network import engines

Relation = ArrayLike  # a matrix, or a scipy sparse array
MANY = 300  # number of members above which slow measures are computed less often, or not at all
SOURCES, BATCHES = 20, 10  # for sampled betweenness: members from whom paths are followed, and number of such draws


def weighted(relation: Relation) -> sparse.csr_array:
    """The relation without its diagonal, as a sparse array without stored zeros. Raises InputError if not square."""
    given: Any = relation if sparse.issparse(relation) else np.asarray(relation, dtype=float)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InputError(f"a relation must be a square matrix, but its shape is {given.shape}")
    cells = sparse.coo_array(given)
    off = (cells.row != cells.col) & (cells.data != 0)
    return sparse.csr_array((cells.data[off].astype(float), (cells.row[off], cells.col[off])), shape=cells.shape)


def binary(relation: Relation) -> sparse.csr_array:
    """The relation with weight 1 for every tie."""
    matrix = weighted(relation)
    matrix.data = np.ones_like(matrix.data)
    return matrix


def present_ties(relation: Relation) -> Any:
    """1 for every tie, else 0: an array if the relation is given as one, else sparse. For a small network an array is
    forty times as fast."""
    if sparse.issparse(relation) or np.ndim(relation) != 2:
        return binary(relation)
    present = (np.asarray(relation) != 0).astype(float)
    if present.shape[0] != present.shape[1]:
        return binary(relation)
    np.fill_diagonal(present, 0)
    return present


def density(relation: Relation) -> float:
    """Share of ordered pairs with a tie; missing below two members."""
    present = present_ties(relation)
    return _share(present.sum(), present.shape[0] * (present.shape[0] - 1))


def dyad_census(relation: Relation) -> dict[str, int]:
    """Pairs with ties both ways (mutual), one way (asymmetric) and none (null) (Holland and Leinhardt 1970)."""
    present = present_ties(relation)
    n = present.shape[0]
    mutual = int((present * present.T).sum()) // 2
    asymmetric = int(present.sum()) - 2 * mutual
    return {"mutual": mutual, "asymmetric": asymmetric, "null": n * (n - 1) // 2 - mutual - asymmetric}


def reciprocity(relation: Relation) -> dict[str, float]:
    """Reciprocity by two usual definitions; missing where nothing can be counted.

    edgewise: share of ties that are returned (networkx, sna's edgewise). dyadic: share of pairs that are mutual or null
    (sna's default).
    """
    mutual, asymmetric, null = dyad_census(relation).values()
    edgewise = _share(2 * mutual, 2 * mutual + asymmetric)
    return {"edgewise": edgewise, "dyadic": _share(mutual + null, mutual + asymmetric + null)}


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def transitivity(relation: Relation) -> float:
    """Weak transitivity (sna): share of two-paths i to j to k with i to k; on symmetric ties that of igraph."""
    present = present_ties(relation)
    paths = present @ present
    return _share(float((paths * present).sum()), float(paths.sum() - paths.diagonal().sum()))


def triad_census(relation: Relation, *, engine: str = "networkx") -> dict[str, int]:
    """Counts of the 16 kinds of triad (Davis and Leinhardt 1972)."""
    return engines.named(engine).triad_census(binary(relation))


def centralization(scores: Floats, of: str) -> float:
    """Freeman's (1979) centralization of a directed network: 0 when all members are as central, 1 for a star.

    scores: shape (n,). of: the kind of scores, in_degree, out_degree or betweenness. Missing below three members.
    """
    n = scores.size
    star = {"in_degree": (n - 1) ** 2, "out_degree": (n - 1) ** 2, "betweenness": (n - 1) ** 2 * (n - 2)}
    return float((scores.max() - scores).sum() / star[of]) if n > 2 else float("nan")


def betweenness(relation: Relation, *, directed: bool = True, engine: str = "networkx") -> Floats:
    """Betweenness: shortest paths through each member (Freeman 1979), not normalised, on unweighted ties: (n,)."""
    return engines.named(engine).betweenness(binary(relation), directed)


def sampled_betweenness(relation: Relation, *, seed: int) -> tuple[Floats, Floats]:
    """Betweenness estimated from the shortest paths that begin with some members (Brandes and Pich 2007), and its
    standard error over BATCHES draws of SOURCES members: shape (n,) each. On directed ties, by networkx."""
    ties = binary(relation)
    sources = min(SOURCES, ties.shape[0])
    drawn = engines.by_networkx.betweenness_from(ties, sources, range(seed, seed + BATCHES))
    return drawn.mean(axis=0), drawn.std(axis=0, ddof=1) / np.sqrt(BATCHES)


def pagerank(relation: Relation, damping: float = 0.85, *, engine: str = "networkx") -> Floats:
    """PageRank on weighted ties (Brin and Page 1998): shape (n,), sums to 1."""
    return engines.named(engine).pagerank(weighted(relation), damping)


def constraint(relation: Relation, *, engine: str = "networkx") -> Floats:
    """Burt's (1992) constraint on weighted ties, missing for members without ties: shape (n,)."""
    return engines.named(engine).constraint(weighted(relation))


def coreness(relation: Relation, *, directed: bool = True, engine: str = "networkx") -> NDArray[np.int64]:
    """k-core number (Seidman 1983); in a directed relation in- and out-ties count (igraph's "all"): shape (n,)."""
    return engines.named(engine).coreness(binary(relation), directed)
