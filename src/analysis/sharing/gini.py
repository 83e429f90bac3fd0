"""The Gini coefficient, and an interval for it that holds with few members and heavy tails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis import resample

Floats = NDArray[np.float64]
TAIL = 0.6  # the tail is the n ** TAIL largest counts
LEAST_TAIL = 4  # counts above 0 that a tail needs
LIGHTEST = 1.05  # least exponent of a fitted Pareto law, so that it has a mean
GRID = 100_000  # quantiles by which the Gini coefficient of a fitted law is told


def gini_of(rows: Floats) -> Floats:
    """Plain Gini of each row, shape (draws, n); nan where a row sums to 0."""
    x = np.sort(rows, axis=1)
    n = x.shape[1]
    total = x.sum(axis=1)
    return (x @ (2 * np.arange(1, n + 1) - n - 1)) / np.where(total > 0, n * total, np.nan)


def corrected_gini(rows: Floats) -> Floats:
    """Gini of each row, shape (draws, n), times n / (n - 1) (Deltas 2003); nan where a row sums to 0."""
    n = rows.shape[1]
    return gini_of(rows) * n / (n - 1)


def jackknife_errors(rows: Floats) -> Floats:
    """Standard error of each row's corrected Gini by leaving out one count at a time (Efron and Stein 1981).

    rows: shape (draws, n), n at least 3. Without count k the sum of differences is less by those that k is part of, so
    that no row is sorted twice. Missing where one count has all.
    """
    x = np.sort(rows, axis=1)
    n = x.shape[1]
    place, below = np.arange(1, n + 1), np.cumsum(x, axis=1)
    total = below[:, -1:]
    of_one = (2 * place - n) * x + total - 2 * below  # sum over j of |x_k - x_j|
    rest = total - x
    left = ((x @ (2 * place - n - 1))[:, None] - of_one) / ((n - 2) * np.where(rest > 0, rest, np.nan))
    return np.sqrt((n - 1) / n * np.sum((left - left.mean(axis=1, keepdims=True)) ** 2, axis=1))


def gini_interval(
    counts: Floats, *, confidence: float, bootstrap: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Interval of the corrected Gini of whatever the counts, shape (n,), were drawn from.

    The outermost ends of three: the percentile interval; the bootstrap-t on the logit scale, studentised by the
    jackknife; the same with a Pareto law in place of the counts' tail (Davidson and Flachaire 2007), since few counts
    hardly show how heavy a tail is. calibration/coverage.csv tells how often it covers. Where no error can be had (all
    counts alike, one that has all, fewer than three) it is the percentile interval alone.
    """
    n = counts.size
    drawn = counts[rng.integers(n, size=(bootstrap, n))]
    ends = [resample.interval(corrected_gini(drawn), confidence)]
    value = float(corrected_gini(counts[None, :])[0])
    error = float(jackknife_errors(counts[None, :])[0]) if n > 2 and np.count_nonzero(counts) > 1 else np.nan
    if not (error > 0 and 0 < value < 1):
        return ends[0]
    ends.append(_bootstrap_t(value, error, drawn, value, confidence))
    if law := _with_pareto_tail(counts):
        low, first, share, exponent = law
        middle = _quantiles(low, first, share, exponent, (np.arange(GRID) + 0.5) / GRID)
        drawn = _quantiles(low, first, share, exponent, rng.random((bootstrap, n)))
        ends.append(_bootstrap_t(value, error, drawn, float(gini_of(middle[None, :])[0]), confidence))
    low, high = np.nanmin(ends, axis=0)[0], np.nanmax(ends, axis=0)[1]
    return float(low), float(high)


def _bootstrap_t(value: float, error: float, drawn: Floats, centre: float, confidence: float) -> tuple[float, float]:
    """Ends at which the value would lie as far from the truth as the resampled values lie from theirs, the centre."""
    values, errors = corrected_gini(drawn), jackknife_errors(drawn)
    usable = (errors > 0) & (values > 0) & (values < 1)
    values, errors = values[usable], errors[usable]
    t = (_logit(values) - _logit(centre)) / (errors / (values * (1 - values)))
    low, high = resample.interval(t, confidence)
    step = error / (value * (1 - value))
    ends = [1 / (1 + np.exp(-(_logit(value) - end * step))) for end in (high, low)]
    return float(ends[0]), float(ends[1])


def _logit(p: Floats | float) -> Floats:
    return np.log(p) - np.log1p(-np.asarray(p))


def _with_pareto_tail(counts: Floats) -> tuple[Floats, float, float, float] | None:
    """The counts below the tail, where the tail begins, its share, and its exponent (Hill 1975, corrected for bias by
    1 - 1 / k); none when too few counts are above 0."""
    x = np.sort(counts)
    k = min(round(x.size**TAIL), int((x > 0).sum()) - 1)
    if k < LEAST_TAIL or x[-1] == x[-k - 1]:
        return None
    first = x[-k - 1]
    exponent = k / np.log(x[-k:] / first).sum() * (1 - 1 / k)
    return x[:-k], float(first), k / x.size, max(float(exponent), LIGHTEST)


def _quantiles(low: Floats, first: float, share: float, exponent: float, u: Floats) -> Floats:
    """Quantiles of the counts below the tail and of a Pareto law above."""
    below = low[np.minimum((u / (1 - share) * low.size).astype(int), low.size - 1)]
    with np.errstate(over="ignore"):
        tail = first * np.maximum((1 - u) / share, 1e-6) ** (-1 / exponent)
    return np.where(u < 1 - share, below, tail)
