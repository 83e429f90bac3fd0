"""Standard errors for regressions over dyads, where two dyads that share a member are not independent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def dyadic_errors(design: Floats, residual: Floats, first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
    """Dyadic-cluster-robust standard errors of a least-squares fit (Aronow, Samii and Assenova 2015): shape (terms,).

    design: shape (cases, terms), residual: shape (cases,); first, second: the two members of each case. Cases of one
    pair (both directions, several waves) and cases that share a member may depend on each other in any way. Where few
    members make the estimated variance smaller than the one that lets only cases of one pair depend, that one is taken.
    Multiplied by n / (n - 1) for n members, as cluster-robust variances usually are.
    """
    n = int(max(first.max(), second.max())) + 1
    bread = np.linalg.inv(design.T @ design)
    score = design * residual[:, None]
    by_member = _sums(score, first, n) + _sums(score, second, n)
    pair = np.minimum(first, second) * n + np.maximum(first, second)
    _, place = np.unique(pair, return_inverse=True)
    by_pair = _sums(score, place, int(place.max()) + 1)
    within_pairs = by_pair.T @ by_pair
    sharing = by_member.T @ by_member - within_pairs  # a pair's own product stands in both members' sums
    variances = [np.diag(bread @ meat @ bread) for meat in (sharing, within_pairs)]
    members = np.unique(np.concatenate([first, second])).size
    return np.sqrt(np.maximum(*variances) * members / (members - 1))


def _sums(score: Floats, group: NDArray[np.intp], size: int) -> Floats:
    """Column sums by group: shape (size, terms)."""
    return np.column_stack([np.bincount(group, weights=column, minlength=size) for column in score.T])
