"""How members fall into groups: a core and a periphery, communities that hold together, and who bridges them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import InputError
from analysis.network import engines, measures

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

EXHAUSTIVE = 16  # members up to which every possible core is tried


@dataclass(frozen=True)
class Core:
    """members: shape (n,), who is in the core. fit: correlation of the ties with the ideal of the model."""

    members: Flags
    fit: float


@dataclass(frozen=True)
class Communities:
    """members: shape (n,), each member's community, numbered by size. modularity: of this division (Newman 2004).

    stability: mean adjusted Rand index (Hubert and Arabie 1985) between repeated runs: 1 when all find the same.
    """

    members: Whole
    modularity: float
    stability: float


def _undirected(relation: ArrayLike) -> Floats:
    matrix = np.array(relation, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"a relation must be a square matrix, but its shape is {matrix.shape}")
    np.fill_diagonal(matrix, 0)
    return np.maximum(matrix, matrix.T) if not np.array_equal(matrix, matrix.T) else matrix


# Core and periphery


def core_periphery(relation: ArrayLike, *, between: str = "core", restarts: int = 20, seed: int = 0) -> Core:
    """The discrete core-periphery model of Borgatti and Everett (1999), on ties either way.

    between: what the ideal has between core and periphery: "core" (ties, as within the core) or "missing" (not looked
    at). Up to EXHAUSTIVE members every core is tried; above, moves of single members from the most connected ones and
    from random starts (restarts), which may miss the best. Raises InputError on another word or fewer than three
    members; without a tie fit is missing.
    """
    if between not in ("core", "missing"):
        raise InputError(f"unknown ideal {between!r}", fix='Use "core" or "missing".')
    present = (_undirected(relation) > 0).astype(float)
    n = len(present)
    if n < 3:
        raise InputError(f"{n} members have no core and periphery")
    if n <= EXHAUSTIVE:
        numbers = np.arange(1, 2**n - 1)
        cores = ((numbers[:, None] >> np.arange(n)) & 1).astype(float)
    else:
        cores = _searched(present, between, restarts, np.random.default_rng(seed))
    fits = _fits(present, cores, between)
    best = int(np.nanargmax(fits)) if not np.isnan(fits).all() else 0
    return Core(cores[best].astype(bool), float(fits[best]))


def _fits(present: Floats, cores: Floats, between: str) -> Floats:
    """Correlation of ties and ideal over the pairs that the model looks at, one for each core (rows of 0 and 1)."""
    inside = np.einsum("ki,ki->k", cores @ present, cores) / 2
    outside = np.einsum("ki,ki->k", (1 - cores) @ present, 1 - cores) / 2
    return _correlation(len(present), present.sum() / 2, cores.sum(axis=1), inside, outside, between)


def _correlation(n: int, all_ties: float, size: Floats, inside: Floats, outside: Floats, between: str) -> Floats:
    """The same from counts: core sizes, ties within the core and within the periphery; missing if nothing varies."""
    core_pairs, rest_pairs = size * (size - 1) / 2, (n - size) * (n - size - 1) / 2
    if between == "missing":
        pairs, ties, ones, both = core_pairs + rest_pairs, inside + outside, core_pairs, inside
    else:
        ties, pairs = np.full(size.size, all_ties), np.full(size.size, n * (n - 1) / 2)
        ones, both = pairs - rest_pairs, ties - outside
    spread = ties * (pairs - ties) * ones * (pairs - ones)
    return np.divide(pairs * both - ties * ones, np.sqrt(spread), out=np.full(size.size, np.nan), where=spread > 0)


def _searched(present: Floats, between: str, restarts: int, rng: np.random.Generator) -> Floats:
    """Cores that no move of one member betters, from prefixes of the members by degree and from random starts."""
    n = len(present)
    order = np.argsort(-present.sum(axis=0), kind="stable")
    prefixes = np.zeros((n - 1, n))
    for size in range(1, n):
        prefixes[size - 1, order[:size]] = 1
    ranked = np.argsort(-np.nan_to_num(_fits(present, prefixes, between), nan=-2), kind="stable")
    starts = [prefixes[ranked[:3]], (rng.random((restarts, n)) < rng.uniform(0.1, 0.6, (restarts, 1))).astype(float)]
    return np.array([_climbed(present, core, between) for core in np.concatenate(starts)])


def _climbed(present: Floats, core: Floats, between: str) -> Floats:
    """The core that moves of single members, each the best there is, lead to."""
    core, degree, into = core.copy(), present.sum(axis=0), present @ core
    fit = np.nan_to_num(_fits(present, core[None], between), nan=-2)[0]
    while True:
        step = 1 - 2 * core  # joins the core, or leaves it
        inside, outside = into @ core / 2 + step * into, (degree - into) @ (1 - core) / 2 - step * (degree - into)
        moves = _correlation(core.size, degree.sum() / 2, core.sum() + step, inside, outside, between)
        best = int(np.argmax(np.nan_to_num(moves, nan=-2)))
        if not moves[best] > fit + 1e-12:
            return core
        into += step[best] * present[best]
        core[best], fit = 1 - core[best], moves[best]


# Communities


def communities(relation: measures.Relation, *, runs: int = 30, seed: int = 0, engine: str = "networkx") -> Communities:
    """Louvain communities (Blondel et al. 2008) on weighted ties added up both ways; the best of the runs.

    Members without a tie are communities of their own. Without any tie modularity and stability are missing.
    """
    both = measures.weighted(relation)
    both = both if (both != both.T).nnz == 0 else both + both.T
    if not both.nnz:
        return Communities(np.arange(both.shape[0]), float("nan"), float("nan"))
    louvain = engines.named(engine).louvain
    found = [louvain(both, seed + run) for run in range(runs)]
    agreement = [adjusted_rand(found[a][0], found[b][0]) for a in range(runs) for b in range(a)]
    labels, modularity = max(found, key=lambda division: division[1])
    return Communities(_by_size(labels), modularity, float(np.mean(agreement)) if agreement else 1.0)


def _by_size(labels: Whole) -> Whole:
    """The same division with the largest community as number 0; of equal ones that with the earliest member first."""
    _, first, group, size = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(size.size, dtype=np.int64)
    rank[np.lexsort((first, -size))] = np.arange(size.size)
    return rank[group]


def adjusted_rand(a: ArrayLike, b: ArrayLike) -> float:
    """How alike two divisions of the same members are: 1 the same, 0 as by chance (Hubert and Arabie 1985)."""
    _, x = np.unique(np.asarray(a), return_inverse=True)
    _, y = np.unique(np.asarray(b), return_inverse=True)
    table = np.bincount(x * (y.max() + 1) + y).astype(float)
    together = _pairs(table)
    first, second = _pairs(np.bincount(x).astype(float)), _pairs(np.bincount(y).astype(float))
    chance = first * second / (x.size * (x.size - 1) / 2) if x.size > 1 else 0.0
    most = (first + second) / 2
    return 1.0 if most == chance else float((together - chance) / (most - chance))


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1) / 2).sum())


def participation(relation: ArrayLike, groups: ArrayLike) -> Floats:
    """How evenly a member's ties spread over groups: 0 all in one, near 1 over many (Guimera and Amaral 2005).

    groups: shape (n,), such as communities. Members without ties have 0. Returns shape (n,).
    """
    matrix = np.array(relation, dtype=float)
    np.fill_diagonal(matrix, 0)
    both = matrix + matrix.T
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    if group.size == 0:
        return np.empty(0)
    into = both @ np.eye(group.max() + 1)[group]
    strength = both.sum(axis=1)
    share = np.divide(into, strength[:, None], out=np.zeros_like(into), where=strength[:, None] > 0)
    return np.where(strength > 0, 1 - np.sum(share**2, axis=1), 0.0)
