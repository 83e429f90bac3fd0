"""Random-effects meta-analysis: the mean effect over groups, and how much groups differ.

The variance between groups is Paule and Mandel's (1982), intervals are Hartung and Knapp's (2001), which hold with few
groups, with their variance never below the one of fixed weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from analysis.arrays import Floats
from analysis.errors import InputError

FEWEST = 3  # groups


@dataclass(frozen=True)
class PooledEffect:
    """The mean of effects over groups, with its interval; tau: how much groups truly differ (a standard deviation);
    expected_low, expected_high: where the effect of another group is expected; share: I², the part of the variance that
    is not sampling error; q, q_p: Cochran's test that all groups have one effect; slope: by unit of the moderator, with
    its interval and p, missing without one."""

    groups: int
    mean: float
    low: float
    high: float
    tau: float
    expected_low: float
    expected_high: float
    share: float
    q: float
    q_p: float
    slope: float = float("nan")
    slope_low: float = float("nan")
    slope_high: float = float("nan")
    slope_p: float = float("nan")


def pooled(
    effects: ArrayLike, errors: ArrayLike, moderator: ArrayLike | None = None, *, confidence: float = 0.95
) -> PooledEffect:
    """The effects of groups, shape (groups,), pooled by their standard errors; with a moderator, shape (groups,), the
    mean is that of a group with its average, and the slope is reported.

    Raises InputError when there are fewer than FEWEST groups (one more with a moderator), or an error is not above 0.
    """
    y, s = (np.asarray(each, dtype=float) for each in (effects, errors))
    columns = [np.ones_like(y)] if moderator is None else [np.ones_like(y), centred(moderator)]
    x = np.stack(columns, axis=1)
    if y.size < FEWEST + x.shape[1] - 1:
        raise InputError(f"{y.size} groups are too few to pool: {FEWEST + x.shape[1] - 1} are needed")
    if not (np.isfinite(y).all() and (s > 0).all()):
        raise InputError("every group needs an effect and a standard error above 0")
    between = _between(y, s**2, x)
    b, covariance = _fitted(y, s**2 + between, x)
    q, free = _q(y, s**2, x, 0.0), y.size - x.shape[1]
    half = stats.t.ppf((1 + confidence) / 2, free) * np.sqrt(np.diag(covariance))
    ahead = stats.t.ppf((1 + confidence) / 2, max(free - 1, 1)) * np.sqrt(between + covariance[0, 0])
    slope = {}
    if moderator is not None:
        t = b[1] / np.sqrt(covariance[1, 1])
        slope = {"slope": b[1], "slope_low": b[1] - half[1], "slope_high": b[1] + half[1]}
        slope["slope_p"] = 2 * stats.t.sf(abs(t), free)
    numbers = {
        "mean": b[0], "low": b[0] - half[0], "high": b[0] + half[0], "tau": np.sqrt(between),
        "expected_low": b[0] - ahead, "expected_high": b[0] + ahead,
        "share": max(0.0, (q - free) / q) if q > 0 else 0.0, "q": q, "q_p": stats.chi2.sf(q, free), **slope,
    }  # fmt: skip
    return PooledEffect(y.size, **{name: float(value) for name, value in numbers.items()})


def centred(moderator: ArrayLike) -> Floats:
    """The moderator less its mean."""
    z = np.asarray(moderator, dtype=float)
    return z - z.mean()


def _fitted(y: Floats, variances: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares: the coefficients, and their covariance by Hartung and Knapp."""
    w = 1 / variances
    inverse = np.linalg.inv(x.T @ (w[:, None] * x))
    b = inverse @ (x.T @ (w * y))
    scale = (w * (y - x @ b) ** 2).sum() / (y.size - x.shape[1])
    return b, inverse * max(scale, 1.0)


def _q(y: Floats, variances: Floats, x: Floats, between: float) -> float:
    """The weighted squares that are left, with this variance between groups."""
    b, _ = _fitted(y, variances + between, x)
    return float(((y - x @ b) ** 2 / (variances + between)).sum())


def _between(y: Floats, variances: Floats, x: Floats) -> float:
    """The variance between groups with which the weighted squares left equal their degrees of freedom; else 0."""
    free = y.size - x.shape[1]
    if _q(y, variances, x, 0.0) <= free:
        return 0.0
    top = float(np.var(y)) + float(variances.max())
    while _q(y, variances, x, top) > free:
        top *= 2
    return float(optimize.brentq(lambda between: _q(y, variances, x, between) - free, 0.0, top, xtol=1e-14))
