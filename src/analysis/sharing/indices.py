"""Indices of concentration, and an interval for the Gini coefficient that holds with few members and heavy tails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from analysis import resample
from analysis.arrays import Floats
from analysis.errors import InputError

TAIL = 0.6  # the tail is the n ** TAIL largest counts
LEAST_TAIL = 4  # counts above 0 that a tail needs
LIGHTEST = 1.05  # least exponent of a fitted Pareto distribution, so that it has a mean
GRID = 100_000  # quantiles by which the Gini coefficient of a fitted distribution is evaluated

Index = Callable[[Floats], Floats]  # the index of each row of counts, shape (draws, members)


def gini(counts: ArrayLike) -> float:
    """Gini coefficient of non-negative counts, times n / (n - 1) (Deltas 2003).

    counts: shape (n,), one per member, silent members included as 0.
    Returns 0 (all equal) to 1 (one member has all). Raises InputError when n < 2 or the sum is 0.
    """
    return float(corrected_gini(_counts(counts)[None, :])[0])


def concentration(counts: ArrayLike, *, confidence: float = 0.95, bootstrap: int = 2000, seed: int = 0) -> pd.DataFrame:
    """How unequally a total is spread over members, with percentile bootstrap intervals over members.

    counts: shape (n,), non-negative, silent members as 0. Returns a DataFrame indexed by gini, gini_corrected (times
    n / (n - 1), Deltas 2003), top1_share, top3_share, hhi (Herfindahl 1950), theil (T; Theil 1967) with columns value,
    low, high. Percentile intervals are too low with heavy tails and few members, where a Gini's may cover in only half
    of all samples; so gini_corrected has another interval (gini_interval).
    Raises InputError on negative or missing counts, fewer than two members, or a sum of 0.
    """
    x = _counts(counts)
    members, gini_rng = (np.random.default_rng(resample.seed_of(seed, name)) for name in ("members", "gini"))
    draws = x[members.integers(x.size, size=(bootstrap, x.size))]
    draws = draws[draws.sum(axis=1) > 0]
    values, resampled = _indices(x[None, :]), _indices(draws)
    rows = {name: (values[name][0], *resample.interval(resampled[name], confidence)) for name in values}
    ends = gini_interval(x, confidence=confidence, bootstrap=bootstrap, rng=gini_rng)
    rows["gini_corrected"] = (values["gini_corrected"][0], *ends)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"]).rename_axis("index")


def _counts(counts: ArrayLike) -> Floats:
    """The counts as an array. Raises InputError on fewer than two, missing or negative ones, or a sum of 0."""
    x = np.asarray(counts, dtype=float)
    if x.ndim != 1 or x.size < 2:
        raise InputError("a concentration needs the counts of two members or more")
    if np.isnan(x).any() or (x < 0).any():
        raise InputError("a concentration needs counts that are neither missing nor negative")
    if x.sum() == 0:
        raise InputError("a concentration needs at least one count above 0")
    return x


def _indices(rows: Floats) -> dict[str, Floats]:
    n = rows.shape[1]
    shares = rows / rows.sum(axis=1, keepdims=True)
    ranked = np.sort(shares, axis=1)[:, ::-1]
    plain = gini_of(rows)
    logs = np.log(np.where(shares > 0, n * shares, 1))
    return {
        "gini": plain,
        "gini_corrected": plain * n / (n - 1),
        "top1_share": ranked[:, 0],
        "top3_share": ranked[:, :3].sum(axis=1),
        "hhi": (shares**2).sum(axis=1),
        "theil": (shares * logs).sum(axis=1),
    }


def lorenz(counts: ArrayLike) -> Floats:
    """Lorenz curve: share of the total held by the k members with least, k = 0..n; shape (n + 1,)."""
    x = np.sort(_counts(counts))
    return np.concatenate([[0.0], np.cumsum(x) / x.sum()])


def top_tenth(rows: Floats) -> Floats:
    """Share of each row's total held by the top tenth of the members (rounded up); shapes as corrected_gini."""
    ranked = np.sort(rows, axis=1)[:, ::-1]
    total = ranked.sum(axis=1)
    return ranked[:, : -(-rows.shape[1] // 10)].sum(axis=1) / np.where(total > 0, total, np.nan)


def members_for_half(counts: ArrayLike) -> int:
    """The smallest number of members who together hold at least half of the total; 0 when the total is 0."""
    ranked = np.cumsum(np.sort(np.asarray(counts))[::-1])
    return int((ranked < ranked[-1] / 2).sum()) + 1 if ranked.size and ranked[-1] else 0


# The Gini coefficient and its interval


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

    rows: shape (draws, n), n at least 3. Leaving out count k subtracts the differences that involve k, so no row is
    sorted twice. Missing where one count is the whole total.
    """
    x = np.sort(rows, axis=1)
    n = x.shape[1]
    place, below = np.arange(1, n + 1), np.cumsum(x, axis=1)
    total = below[:, -1:]
    of_one = (2 * place - n) * x + total - 2 * below  # sum over j of |x_k - x_j|
    others = total - x
    left = ((x @ (2 * place - n - 1))[:, None] - of_one) / ((n - 2) * np.where(others > 0, others, np.nan))
    return np.sqrt((n - 1) / n * np.sum((left - left.mean(axis=1, keepdims=True)) ** 2, axis=1))


def gini_interval(
    counts: Floats, *, confidence: float, bootstrap: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Interval of the corrected Gini of the distribution from which the counts, shape (n,), were drawn.

    The outermost ends of three: the percentile interval; the bootstrap-t on the logit scale, studentised by the
    jackknife; the same with a Pareto distribution in place of the counts' tail (Davidson and Flachaire 2007), since few
    counts hardly show how heavy a tail is. calibration/coverage.csv reports how often it covers. Where no error can be
    estimated (all counts alike, one that has all, fewer than three) it is the percentile interval alone.
    """
    n = counts.size
    drawn = counts[rng.integers(n, size=(bootstrap, n))]
    ends = [resample.interval(corrected_gini(drawn), confidence)]
    value = float(corrected_gini(counts[None, :])[0])
    error = float(jackknife_errors(counts[None, :])[0]) if n > 2 and np.count_nonzero(counts) > 1 else np.nan
    if not (error > 0 and 0 < value < 1):
        return ends[0]
    ends.append(_bootstrap_t(value, error, drawn, value, confidence))
    if tail := _with_pareto_tail(counts):
        low, first, share, exponent = tail
        middle = _quantiles(low, first, share, exponent, (np.arange(GRID) + 0.5) / GRID)
        drawn = _quantiles(low, first, share, exponent, rng.random((bootstrap, n)))
        ends.append(_bootstrap_t(value, error, drawn, float(gini_of(middle[None, :])[0]), confidence))
    low, high = np.nanmin(ends, axis=0)[0], np.nanmax(ends, axis=0)[1]
    return float(low), float(high)


def _bootstrap_t(value: float, error: float, drawn: Floats, centre: float, confidence: float) -> tuple[float, float]:
    """Bootstrap-t interval on the logit scale. centre: the true value for the resamples drawn, shape (draws, n)."""
    values, errors = corrected_gini(drawn), jackknife_errors(drawn)
    usable = (errors > 0) & (values > 0) & (values < 1)
    values, errors = values[usable], errors[usable]
    t = (logit(values) - logit(centre)) / (errors / (values * (1 - values)))
    low, high = resample.interval(t, confidence)
    step = error / (value * (1 - value))
    return float(expit(logit(value) - high * step)), float(expit(logit(value) - low * step))


def _with_pareto_tail(counts: Floats) -> tuple[Floats, float, float, float] | None:
    """The counts below the tail, where the tail begins, its share, and its exponent (Hill 1975, corrected for bias by
    1 - 1 / k); None when too few counts are above 0."""
    x = np.sort(counts)
    k = min(round(x.size**TAIL), int((x > 0).sum()) - 1)
    if k < LEAST_TAIL or x[-1] == x[-k - 1]:
        return None
    first = x[-k - 1]
    exponent = k / np.log(x[-k:] / first).sum() * (1 - 1 / k)
    return x[:-k], float(first), k / x.size, max(float(exponent), LIGHTEST)


def _quantiles(low: Floats, first: float, share: float, exponent: float, u: Floats) -> Floats:
    """Quantiles of the counts below the tail and of a Pareto distribution above."""
    below = low[np.minimum((u / (1 - share) * low.size).astype(int), low.size - 1)]
    with np.errstate(over="ignore"):
        tail = first * np.maximum((1 - u) / share, 1e-6) ** (-1 / exponent)
    return np.where(u < 1 - share, below, tail)
