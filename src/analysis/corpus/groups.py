"""Comparison of groups: size, inequality, reciprocity and activity of each, with uncertainty, and claims over all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ive, lambertw

from analysis.arrays import Floats
from analysis.corpus.meta import PooledEffect, pooled
from analysis.errors import InputError, Missing

LEAST_MEMBERS, LEAST_DYADS, LEAST_MONTHS = 5, 5, 4  # of a group that is pooled; months that are whole
ENDS = 2  # the first and the last month, of which only a part is in the export
HALVES = ("early", "late")
SHOWN_FROM = 3  # members of a group that is shown by itself


@dataclass(frozen=True)
class GroupClaim:
    """A claim over groups, fixed before the numbers. effect: of described, as is its error (effect_se); smallest: the
    least mean effect that matters, below 0 where the claim is that the effect is; least: column and number of which a
    group needs so many."""

    id: str
    sentence: str
    estimand: str
    effect: str
    smallest: float
    least: tuple[str, int]


CLAIMS = (
    GroupClaim("G1", "Messages are spread unequally, beyond what chance gives.",
               "Gini coefficient of messages over those who wrote, less what as many equally talkative ones would have "
               "by chance", "excess", 0.1, ("members", LEAST_MEMBERS)),
    GroupClaim("G2", "Most answers are returned.",
               "share of answers that go back the other way, less one half", "returned", 0.05, ("dyads", LEAST_DYADS)),
    GroupClaim("G3", "Groups fall silent.",
               "logarithm of messages a month in the second half of a group's whole months over those in the first",
               "trend", -0.1, ("months", LEAST_MONTHS + ENDS)),
)  # fmt: skip


@dataclass(frozen=True)
class GroupVerdict:
    """The result of a claim over groups. verdict: supported where the interval excludes 0 and the mean reaches the
    smallest effect, contradicted where it excludes that effect, else undecided; by_size: the mean's change by doubling
    of the members. Both Missing where groups are too few."""

    claim: GroupClaim
    verdict: str
    pooled: PooledEffect | Missing
    by_size: PooledEffect | Missing


def described(groups: pd.DataFrame, months: pd.DataFrame) -> pd.DataFrame:
    """groups with the effects of the claims and their errors: excess, returned, trend (each with _se).

    groups, months: tables of a corpus (talk.groups, talk.months).
    """
    chance = gini_of_chance(groups["messages"] / groups["members"])
    effects = groups.assign(
        excess=groups["gini"] - chance, excess_se=groups["gini_se"],
        returned=groups["reciprocity"] - 0.5, returned_se=groups["reciprocity_se"],
    )  # fmt: skip
    return effects.merge(trends(months), on="channel", how="left")


def gini_of_chance(mean: pd.Series) -> Floats:
    """The Gini coefficient of zero-truncated Poisson counts with this mean, such as messages per person who wrote.

    With the rate m at which m / (1 - exp(-m)) is the mean, all counts have G = exp(-2m) (I0(2m) + I1(2m)) (Ramasubban
    1958), and those above 0 have (G - exp(-m)) / (1 - exp(-m)), since two counts of which one is 0 differ by the other.
    """
    written = np.maximum(mean.to_numpy(float), 1 + 1e-6)
    rate = np.maximum(written + lambertw(-written * np.exp(-written)).real, 1e-6)
    every, silent = ive(0, 2 * rate) + ive(1, 2 * rate), np.exp(-rate)
    return np.asarray((every - silent) / -np.expm1(-rate))


def trends(months: pd.DataFrame) -> pd.DataFrame:
    """channel, trend, trend_se: the logarithm of messages per month in the second half of a group's whole months over
    those in the first, its error by the variance of months within the halves (quasi-Poisson); missing below
    LEAST_MONTHS.

    Of the first and the last month an export has a part only, so they are left out: it would pass for talk that begins
    or ends. Months without a message count; the one in the middle of an odd number belongs to neither half.
    """
    first = months.groupby("channel")["month"].transform("min") + 1
    length = months.groupby("channel")["month"].transform("max") - first
    half, place = length // 2, months["month"] - first
    early, late = (place >= 0) & (place < half), (place < length) & (place >= length - half)
    rows = months.assign(half=half, late=late, square=months["messages"] ** 2)[early | late]
    by_half = rows.groupby(["channel", "late"])
    sums = by_half.agg(total=("messages", "sum"), square=("square", "sum"), n=("half", "first"))
    early, late = (sums[sums.index.get_level_values("late") == part].droplevel("late") for part in (False, True))
    both = early.add_suffix("_early").join(late.add_suffix("_late"), how="inner").rename(columns={"n_early": "n"})
    both = both[(both["n"] * 2 >= LEAST_MONTHS) & (both["total_early"] > 0) & (both["total_late"] > 0)]
    left = sum(both[f"square_{part}"] / both[f"total_{part}"] * both["n"] - both[f"total_{part}"] for part in HALVES)
    dispersion = np.maximum(left / (2 * both["n"] - 2), 1.0)
    trend = np.log(both["total_late"] / both["total_early"])
    error = np.sqrt(dispersion * (1 / both["total_early"] + 1 / both["total_late"]))
    return pd.DataFrame({"trend": trend, "trend_se": error}).reset_index()


def judged(groups: pd.DataFrame, claim: GroupClaim) -> GroupVerdict:
    """The verdict of the groups (described) that have enough of what the claim needs."""
    column, least = claim.least
    effect, error = groups[claim.effect], groups[f"{claim.effect}_se"]
    kept = groups[(groups[column] >= least) & effect.notna() & error.notna()]
    try:
        own = kept[claim.effect], errors_like_others(kept[f"{claim.effect}_se"], kept[column])
        result = pooled(*own)
    except InputError as error_:
        return GroupVerdict(claim, "not assessable", Missing(error_.what), Missing(error_.what))
    try:
        by_size: PooledEffect | Missing = pooled(*own, np.log2(kept["members"]))
    except (InputError, np.linalg.LinAlgError):
        by_size = Missing("the groups are too few, or all of one size")
    return GroupVerdict(claim, _verdict(result, claim.smallest), result, by_size)


def errors_like_others(error: pd.Series, size: pd.Series) -> pd.Series:
    """Standard errors; where a group's own is 0, as where no answer at all was returned, that which groups with one
    have on average at its size (the variance times the size is pooled).

    Raises InputError where no group has an error.
    """
    own = error > 0
    if len(error) and not own.any():
        raise InputError("no group's effect has a standard error above 0: nothing varies within any group")
    return error.where(own, np.sqrt((error[own] ** 2 * size[own]).mean() / size))


def _verdict(result: PooledEffect, smallest: float) -> str:
    mean, low, high = result.mean, result.low, result.high
    if smallest < 0:
        mean, low, high, smallest = -mean, -high, -low, -smallest
    return "supported" if low > 0 and mean >= smallest else "contradicted" if high < smallest else "undecided"
