"""Groups of members: core and periphery, communities, and participation, the spread of a member's ties over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from analysis.arrays import Flags, Floats, Ints
from analysis.network import engines, measures

EXHAUSTIVE = 16  # most members for which every possible core is tried


@dataclass(frozen=True)
class Core:
    """members: shape (n,), whether each is in the core. fit: correlation of the ties with the ideal pattern."""

    members: Flags
    fit: float


@dataclass(frozen=True)
class Communities:
    """members: shape (n,), each member's community, numbered by size. modularity: of this division (Newman 2004).

    stability: mean adjusted Rand index (Hubert and Arabie 1985) between repeated runs, 1 when all agree.
    """

    members: Ints
    modularity: float
    stability: float


# Core and periphery


def core_periphery(relation: measures.Relation, *, restarts: int | None = None, seed: int = 0) -> Core:
    """The discrete core-periphery model of Borgatti and Everett (1999), on ties either way.

    In the ideal pattern every pair with a member of the core has a tie, and no other pair. Up to EXHAUSTIVE members
    every core is tried; above, a search by moves of single members from the most connected ones and from random starts
    (restarts: 20, and none for more than measures.MANY members), which may miss the best. Without a tie fit is missing;
    fewer than three members have no core.
    """
    ties = measures.binary(relation)
    present = measures.binary(ties + ties.T)
    n = present.shape[0]
    if n < 3:
        return Core(np.zeros(n, dtype=bool), float("nan"))
    if n <= EXHAUSTIVE:
        cores = ((np.arange(1, 2**n - 1)[:, None] >> np.arange(n)) & 1).astype(float)
    else:
        starts = restarts if restarts is not None else 20 if n <= measures.MANY else 0
        cores = _searched(present, starts, np.random.default_rng(seed))
    fits = _fits(present, cores)
    best = 0 if np.isnan(fits).all() else int(np.nanargmax(fits))
    return Core(cores[best].astype(bool), float(fits[best]))


def _fits(present: sparse.csr_array, cores: Floats) -> Floats:
    """Correlation of ties and ideal pattern over the pairs, one for each core (rows of 0 and 1)."""
    outside = np.einsum("ki,ki->k", (1 - cores) @ present, 1 - cores) / 2
    return _correlation(present.shape[0], present.sum() / 2, cores.sum(axis=1), outside)


def _correlation(n: int, ties: float, size: Floats, outside: Floats) -> Floats:
    """Correlation as in _fits, from core sizes and the ties within the periphery; missing if nothing varies."""
    pairs = n * (n - 1) / 2
    ones = pairs - (n - size) * (n - size - 1) / 2
    spread = ties * (pairs - ties) * ones * (pairs - ones)
    covariance = pairs * (ties - outside) - ties * ones
    return np.divide(covariance, np.sqrt(spread), out=np.full(size.size, np.nan), where=spread > 0)


def _searched(present: sparse.csr_array, restarts: int, rng: np.random.Generator) -> Floats:
    """Cores that no move of one member improves, searched from the best three sets of the members of highest degree and
    from random starts."""
    n, ties = present.shape[0], sparse.coo_array(sparse.triu(present))
    rank = np.argsort(np.argsort(-present.sum(axis=0), kind="stable"))
    size, first = np.arange(1, n), np.minimum(rank[ties.row], rank[ties.col])  # the first whose core holds each tie
    outside = ties.nnz - np.bincount(first, minlength=n)[:-1].cumsum()
    fits = _correlation(n, ties.nnz, size, outside)
    best = size[np.argsort(-np.nan_to_num(fits, nan=-2), kind="stable")[:3]]
    starts = [rank < best[:, None], rng.random((restarts, n)) < rng.uniform(0.1, 0.6, (restarts, 1))]
    return np.array([_climbed(present, core) for core in np.concatenate(starts).astype(float)])


def _climbed(present: sparse.csr_array, core: Floats) -> Floats:
    """The local optimum that moves of single members lead to, the best move first."""
    core, degree, into = core.copy(), present.sum(axis=0), present @ core
    fit = np.nan_to_num(_fits(present, core[None]), nan=-2)[0]
    while True:
        step = 1 - 2 * core  # joins the core, or leaves it
        outside = (degree - into) @ (1 - core) / 2 - step * (degree - into)
        moves = _correlation(core.size, degree.sum() / 2, core.sum() + step, outside)
        best = int(np.argmax(np.nan_to_num(moves, nan=-2)))
        if not moves[best] > fit + 1e-12:
            return core
        into[present.indices[present.indptr[best] : present.indptr[best + 1]]] += step[best]
        core[best], fit = 1 - core[best], moves[best]


# Communities


def communities(
    relation: measures.Relation, *, runs: int | None = None, seed: int = 0, engine: str = "networkx"
) -> Communities:
    """Louvain communities (Blondel et al. 2008) on weighted ties summed over both directions; the best of the runs.

    runs: 30, and 5 among more than measures.MANY members, by default. Members without a tie are communities of their
    own. Without any tie modularity and stability are missing.
    """
    one_way = measures.weighted(relation)
    both = one_way + one_way.T if (one_way != one_way.T).nnz else one_way
    if not both.nnz:
        return Communities(np.arange(both.shape[0]), float("nan"), float("nan"))
    runs = runs or (30 if both.shape[0] <= measures.MANY else 5)
    louvain = engines.named(engine).louvain
    divisions = [louvain(both, seed + run) for run in range(runs)]
    agreement = [adjusted_rand(divisions[a][0], divisions[b][0]) for a in range(runs) for b in range(a)]
    labels, modularity = max(divisions, key=lambda division: division[1])
    _, first, group, size = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(size.size, dtype=np.int64)  # of communities of equal size, that with the earliest member first
    rank[np.lexsort((first, -size))] = np.arange(size.size)
    return Communities(rank[group], modularity, float(np.mean(agreement)) if agreement else 1.0)


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Adjusted Rand index of two divisions, shape (n,) each, labels from 0; 1 when they are the same. Equals
    scikit-learn's adjusted_rand_score, which takes forty times as long because it checks its input."""
    n = one.size
    if not n:
        return 1.0
    cells, rows, columns = (np.bincount(labels) for labels in (one * (int(other.max()) + 1) + other, one, other))
    together, in_one, in_other = (int(counts @ counts) for counts in (cells, rows, columns))
    tp, fp, fn, tn = together - n, in_other - together, in_one - together, n**2 - in_one - in_other + together
    if fp == fn == 0:
        return 1.0
    return 2.0 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))


def participation(relation: measures.Relation, groups: ArrayLike) -> Floats:
    """Participation coefficient (Guimera and Amaral 2005), shape (n,): 0 (one group, or no tie) to near 1 (many)."""
    one_way = measures.weighted(relation)
    both = one_way + one_way.T
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    of_group = sparse.csr_array((np.ones(group.size), (np.arange(group.size), group)), (group.size, names.size))
    squared, strength = (both @ of_group).power(2).sum(axis=1), both.sum(axis=1)
    return 1 - np.divide(squared, strength**2, out=np.ones(strength.size), where=strength > 0)
