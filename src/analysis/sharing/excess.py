"""Concentration of sharing beyond what unequal activity alone gives (C3).

The members are a census, so the interval does not generalise to other people: it shows how much the number would vary
in other weeks like these (weeks are resampled whole) and given the model's errors (labels are redrawn).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis import resample
from analysis.arrays import Floats, Ints
from analysis.coding.corrected import pooled
from analysis.errors import InputError
from analysis.sharing.counts import Texts, WeeklyCounts, weekly_counts
from analysis.sharing.indices import Index, corrected_gini

INNER = 30  # draws of the null within each resample of weeks
NO_SHARE = "no message has the code that counts as sharing"


@dataclass(frozen=True)
class Excess:
    """An index of the shares against its null, for one labelling of the messages.

    observed: the index. null: the index under equal activity, shape (null_draws,). resampled: the excess in resamples
    of weeks, shape (bootstrap,), missing where no share was drawn. low, high: percentile interval. members, shares,
    weeks: their numbers.
    """

    observed: float
    null: Floats
    resampled: Floats
    low: float
    high: float
    members: int
    shares: int
    weeks: int

    @property
    def value(self) -> float:
        """By how much the index exceeds the mean of its null."""
        return self.observed - float(self.null.mean())

    @property
    def error(self) -> float:
        """Standard deviation over resampled weeks."""
        return float(np.nanstd(self.resampled, ddof=1))

    @property
    def p(self) -> float:
        """One-sided: share of the null at or above the observed index."""
        return resample.p_greater(self.null - self.null.mean(), self.value)

    def numbers(self) -> dict:
        """The numbers of a claim, as the ledger judges them."""
        n = {"members": self.members, "shares": self.shares, "weeks": self.weeks}
        return {
            "status": "ok",
            **{name: getattr(self, name) for name in ("value", "low", "high", "error", "p")},
            "n": n,
        }


@dataclass(frozen=True)
class PooledExcess:
    """The excess over several draws of the labels, so that the model's error counts too.

    value, low, high: pooled (Rubin 1987) over the draws' excesses and their errors over weeks. p: twice the mean of the
    draws' p-values, which holds its level however they depend on each other (Rueschendorf 1982).
    """

    draws: tuple[Excess, ...]
    value: float
    low: float
    high: float
    p: float

    def numbers(self) -> dict:
        """The numbers of a claim, as the ledger judges them; shares: the median over the draws."""
        shares = int(np.median([one.shares for one in self.draws]))
        n = {"members": self.draws[0].members, "shares": shares, "weeks": self.draws[0].weeks}
        return {"status": "ok", "value": self.value, "low": self.low, "high": self.high, "p": self.p, "n": n}

    def table(self) -> pd.DataFrame:
        """One row per draw: draw (from 1), shares, observed, expected (mean of the null), value, error, p."""
        names = ("shares", "observed", "value", "error", "p")
        rows = [{name: getattr(one, name) for name in names} | {"expected": one.null.mean()} for one in self.draws]
        table = pd.DataFrame(rows).assign(draw=range(1, len(rows) + 1))
        return table[["draw", "shares", "observed", "expected", "value", "error", "p"]]

    def long(self, name: str) -> pd.DataFrame:
        """The draws' `null` or `resampled` as a long table: draw (from 1), number, and a column of that name."""
        values = np.array([getattr(one, name) for one in self.draws])
        draw, number = np.indices(values.shape)
        return pd.DataFrame({"draw": draw.ravel() + 1, "number": number.ravel() + 1, name: values.ravel()})


def equal_activity(messages: ArrayLike, shares: ArrayLike, draws: int, rng: np.random.Generator) -> Floats:
    """Counts of shares per member if all messages of a stratum are equally likely to be shares: shape (draws, n).

    messages: shape (strata, n); shares: shape (strata,). Keeps each member's activity and the total of shares
    (multivariate hypergeometric).
    """
    activity, totals = np.asarray(messages, dtype=np.int64), np.asarray(shares, dtype=np.int64)
    draw = partial(rng.multivariate_hypergeometric, size=draws, method="marginals")
    return np.sum([draw(*stratum) for stratum in zip(activity, totals, strict=True)], axis=0).astype(float)


def equal_activity_null(counts: WeeklyCounts, *, draws: int, seed: int, index: Index = corrected_gini) -> Floats:
    """Null distribution of the index if all messages of a stratum are equally likely to be shares: shape (draws,).

    Raises InputError when there is no share, or fewer than two members.
    """
    if not counts.shares.sum():
        raise InputError(NO_SHARE)
    if counts.members.size < 2:
        raise InputError("there is only one member, and it takes two to compare")
    rng = np.random.default_rng(resample.seed_of(seed, "equal-activity null"))
    return index(equal_activity(counts.messages.sum(axis=1), counts.shares.sum(axis=(1, 2)), draws, rng))


def excess_over_activity(
    counts: WeeklyCounts,
    *,
    confidence: float,
    bootstrap: int,
    null_draws: int,
    seed: int,
    index: Index = corrected_gini,
) -> Excess:
    """The index of shares beyond what unequal activity alone gives, with a week-block interval and a one-sided p.

    Raises InputError when there is no share.
    """
    null = equal_activity_null(counts, draws=null_draws, seed=seed, index=index)
    weeks, members = counts.shares.shape[1:]
    rng = np.random.default_rng(resample.seed_of(seed, "weeks resampled"))
    picks = rng.integers(weeks, size=(bootstrap, weeks))
    resampled = np.array([_excess(counts.messages[:, pick], counts.shares[:, pick], rng, index) for pick in picks])
    low, high = resample.interval(resampled, confidence)
    shares = counts.shares.sum(axis=(0, 1))
    return Excess(_of_one(shares, index), null, resampled, low, high, members, int(shares.sum()), weeks)


def _excess(messages: Ints, shares: Ints, rng: np.random.Generator, index: Index) -> float:
    """The excess in one resample of weeks, shapes as in WeeklyCounts; missing when no share was drawn."""
    total = shares.sum(axis=1)
    if not total.sum():
        return float("nan")
    null = index(equal_activity(messages.sum(axis=1), total.sum(axis=1), INNER, rng))
    return _of_one(total.sum(axis=0), index) - float(null.mean())


def _of_one(counts: Ints, index: Index) -> float:
    """The index of one row of counts."""
    return float(index(counts[None, :].astype(float))[0])


def pooled_excess(redrawn: Iterable[WeeklyCounts], *, confidence: float, bootstrap: int, **others: Any) -> PooledExcess:
    """C3: the excess over draws of the model's labels. Draws without a share are left out.

    redrawn: one WeeklyCounts per draw. bootstrap: a tenth of it, at least 30, is used for each draw, since only its
    error is pooled. others: as for excess_over_activity. Raises InputError when fewer than two draws have a share.
    """
    sizes = {"confidence": confidence, "bootstrap": max(bootstrap // 10, 30), **others}
    each = tuple(excess_over_activity(counts, **sizes) for counts in redrawn if counts.shares.sum())
    if len(each) < 2:
        raise InputError(NO_SHARE)
    value, low, high = pooled([one.value for one in each], [one.error for one in each], confidence=confidence)
    return PooledExcess(each, value, low, high, min(1.0, 2 * float(np.mean([one.p for one in each]))))


def by_each_coder(texts: Texts, alone: pd.DataFrame, code: str, *, bootstrap: int, **others: Any) -> dict[str, Excess]:
    """The excess by coder, as if that coder alone had coded and the model that learned from them were right.

    alone: as the step coding writes it. bootstrap: a fifth of it, at least 50, is used for each coder. others: as for
    excess_over_activity. A sensitivity analysis: the spread between coders is in addition to the interval. Coders who
    never gave the code are left out.
    """
    sizes = {"bootstrap": max(bootstrap // 5, 50), **others}
    tables = alone[alone["code"] == code].groupby("coder")
    counts = {str(coder): weekly_counts(texts, coded, code) for coder, coded in tables}
    return {coder: excess_over_activity(each, **sizes) for coder, each in counts.items() if each.shares.sum()}
