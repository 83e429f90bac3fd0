"""Resampling that any step may use: seeds, percentile intervals and one-sided Monte-Carlo p-values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.errors import InputError


def seed_of(seed: int, name: str) -> int:
    """The seed of one named computation, derived from its step's seed: 0 to 2**32 - 1.

    Each computation has its own stream, so that adding or removing one changes no other (docs/adr/0011).
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:4], "big")


def interval(draws: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile interval of resampled values (Efron 1979), missing draws left out; (nan, nan) when all are missing."""
    values = np.asarray(draws, dtype=float)
    values = values[~np.isnan(values)]
    if values.size == 0:
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def interval_of_few(draws: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Interval that holds a further draw with the stated probability, from few draws of about normal shape.

    Mean and Student's t times the standard deviation times sqrt(1 + 1/n) (Hahn and Meeker 1991, chapter 4). The
    percentile interval of 20 draws holds 87 % where 95 % is stated, that of 8 draws 75 %. Missing draws are left out;
    (nan, nan) for fewer than two.
    """
    values = np.asarray(draws, dtype=float)
    values = values[~np.isnan(values)]
    if values.size < 2:
        return float("nan"), float("nan")
    t = stats.t.ppf((1 + confidence) / 2, values.size - 1)
    reach = float(t * values.std(ddof=1) * np.sqrt(1 + 1 / values.size))
    return float(values.mean()) - reach, float(values.mean()) + reach


def p_greater(null: ArrayLike, observed: float) -> float:
    """Share of null draws at or above the observed value: (b + 1) / (R + 1) (Phipson and Smyth 2010); ties to 1e-9.

    A missing draw counts as above, which can only raise p.
    """
    values = np.asarray(null, dtype=float)
    return float((np.sum(~(values < observed - 1e-9)) + 1) / (values.size + 1))


def bootstrap(
    groups: ArrayLike, statistic: Callable[[NDArray[np.intp]], float], *, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Cluster bootstrap (Davison and Hinkley 1997, section 3.8).

    groups: shape (n,), the cluster of each row. statistic: takes the row numbers of one resample.
    Returns shape (draws,). Raises InputError when there are no rows.
    """
    labels = np.asarray(groups)
    if labels.size == 0:
        raise InputError("there are no rows to resample")
    names, codes = np.unique(labels, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    picks = rng.integers(names.size, size=(draws, names.size))
    return np.array([statistic(np.concatenate([rows[i] for i in pick])) for pick in picks])
