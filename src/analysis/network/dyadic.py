"""Standard errors for regressions over dyads, where two dyads that share a member are not independent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats


def influence(design: Floats, residual: Floats) -> Floats:
    """Contribution of each case to the error of each least-squares coefficient: shape (cases, terms).

    Influences of several fits to the same cases average as their coefficients do.
    """
    return (design * residual[:, None]) @ np.linalg.inv(design.T @ design)


def dyadic_errors(influence: Floats, first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
    """Dyadic-cluster-robust standard errors (Aronow, Samii and Assenova 2015): shape (terms,).

    influence: shape (cases, terms); first, second: the two members of each case. Cases of one pair (both directions,
    several waves) and cases that share a member may depend on each other in any way. Where few members make the
    estimated variance smaller than the one that lets only cases of one pair depend, that one is taken. Multiplied by
    n / (n - 1) for n members, as cluster-robust variances usually are.
    """
    n = int(max(first.max(), second.max())) + 1
    by_member = _sums(influence, first, n) + _sums(influence, second, n)
    _, place = np.unique(np.minimum(first, second) * n + np.maximum(first, second), return_inverse=True)
    within_pairs = np.sum(_sums(influence, place, int(place.max()) + 1) ** 2, axis=0)
    sharing = np.sum(by_member**2, axis=0) - within_pairs  # a pair's own product is in both members' sums
    members = np.unique(np.concatenate([first, second])).size
    return np.sqrt(np.maximum(sharing, within_pairs) * members / (members - 1))


def _sums(score: Floats, group: NDArray[np.intp], size: int) -> Floats:
    """Column sums by group: shape (size, terms)."""
    return np.column_stack([np.bincount(group, weights=column, minlength=size) for column in score.T])
