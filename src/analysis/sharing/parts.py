"""Sharing in parts: how common business news is by month, chat, sector and role, and whether that changes.

Shares of messages are corrected for the classifier's error and clustered by conversation; what is no share (how many
members ever share, a trend) is computed on every draw of the labels. No group of fewer than a few people is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import resample
from analysis.coding.corrected import corrected_shares, naive_share, pooled

MONTH = 365.25 / 12 / 7  # weeks
OTHERS, UNSTATED = "others", "not stated"
PARTS = ("by", "group", "members", "value", "low", "high", "coded", "units", "sharers", "part", "part_low", "part_high")
MONTHS = ("month", "value", "low", "high", "coded", "units", "writers", "sharers", "sharers_low", "sharers_high")


def overall(evidence: pd.DataFrame, labels: pd.Series, confidence: float) -> dict:
    """The share of messages with the code, counted (the labels as they stand) and corrected, each value, low, high.

    evidence: as corrected.evidence gives it. labels: 0 or 1 by unit id.
    """
    if evidence.empty:
        return {}
    counted = naive_share(labels.reindex(evidence.index).fillna(0), evidence["conversation"], confidence=confidence)
    [fixed] = corrected_shares(evidence.assign(all=""), "all", least=2, confidence=confidence).to_dict("records")
    names = ("value", "low", "high")
    return {"counted": {n: getattr(counted, n) for n in names}, "corrected": {n: fixed[n] for n in names}}


def merged(groups: pd.Series, least: int) -> pd.Series:
    """Each member's group, groups of fewer than `least` people in one of `others`, or missing.

    groups: by member, missing where nothing is stated. Where the others are too few themselves, the next smallest group
    joins them; where all members together are too few, nobody has a group. So no group can be told from the rest.
    """
    named = groups.fillna(UNSTATED).astype(str)
    sizes = named.value_counts().sort_index().sort_values(kind="stable")
    small = list(sizes.index[sizes < least])
    while small and sizes[small].sum() < least and len(small) < len(sizes):
        small.append(next(name for name in sizes.index if name not in small))
    if sizes.sum() < least:
        return pd.Series(None, index=named.index, dtype=object)
    return named.where(~named.isin(small), OTHERS)


def sharers(drawn: Sequence[pd.DataFrame], confidence: float) -> dict:
    """How many members ever share over the draws of the labels (tables of weekly_counts): value (mean), low, high."""
    ever = [int((weekly.groupby("member")["shares"].sum() > 0).sum()) for weekly in drawn]
    return _over(ever, confidence)


def _over(values: Sequence[float], confidence: float) -> dict:
    low, high = resample.interval(values, confidence)
    return {"value": float(np.mean(values)) if len(values) else float("nan"), "low": low, "high": high}


def by_month(evidence: pd.DataFrame, drawn: Sequence[pd.DataFrame], confidence: float) -> pd.DataFrame:
    """The corrected share of each month's messages, how many members wrote, and how many of them shared: MONTHS.

    drawn: tables of weekly_counts. A week belongs to the month in which it begins. sharers: mean over the draws.
    """
    if evidence.empty or not len(drawn):
        return pd.DataFrame(columns=list(MONTHS))
    month = _month(evidence["time"].dt.tz_localize(None).dt.to_period("W").dt.start_time)
    table = corrected_shares(evidence.assign(month=month), "month", confidence=confidence).set_index("month")
    writers = evidence.groupby(month)["member"].nunique()
    counts = []
    for weekly in drawn:
        shared = weekly[weekly["shares"] > 0]
        counts.append(shared.groupby(_month(shared["week"]))["member"].nunique())
    ever = pd.concat(counts, axis=1).reindex(table.index).fillna(0).to_numpy()
    rows = pd.DataFrame([_over(row, confidence) for row in ever], index=table.index).add_prefix("sharers_")
    rows = rows.rename(columns={"sharers_value": "sharers"})
    return table.join(rows).assign(writers=writers).reset_index()[list(MONTHS)]


def _month(weeks: pd.Series) -> pd.Series:
    return weeks.dt.to_period("M").astype(str).rename("month")


def by_group(
    evidence: pd.DataFrame, drawn: Sequence[pd.DataFrame], members: pd.DataFrame, *, least: int, confidence: float
) -> pd.DataFrame:
    """Sharing by chat, sector and role of the member: PARTS.

    members: member, sector, role. value: corrected share of the group's messages. sharers: members of the group who
    ever share, part: the group's part of all business news, over the draws; both are missing for chats, where members
    are in several. Groups of fewer than `least` people are merged or left out.
    """
    if evidence.empty or not len(drawn):
        return pd.DataFrame(columns=list(PARTS))
    people = evidence.groupby("channel")["member"].nunique()
    chats = _shares_of(evidence, evidence["channel"].where(evidence["channel"].map(people) >= least), confidence)
    tables = [chats.assign(by="chat", members=chats["group"].map(people))]
    for by in ("sector", "role"):
        group = merged(members.set_index("member")[by], least)
        table = _shares_of(evidence, evidence["member"].map(group), confidence)
        spread = [_spread(drawn, group, name, confidence) for name in table["group"]]
        tables.append(table.assign(by=by, members=table["group"].map(group.value_counts())).join(pd.DataFrame(spread)))
    return pd.concat(tables, ignore_index=True).reindex(columns=list(PARTS))


def _shares_of(evidence: pd.DataFrame, group: pd.Series, confidence: float) -> pd.DataFrame:
    frame = evidence.assign(group=group).dropna(subset="group")
    return corrected_shares(frame, "group", confidence=confidence)


def _spread(drawn: Sequence[pd.DataFrame], group: pd.Series, name: str, confidence: float) -> dict:
    """Of one group: the mean number of members who ever share, and its part of all shares with its interval."""
    inside = set(group.index[group == name])
    totals = [weekly.groupby("member")["shares"].sum() for weekly in drawn]
    own = [total[total.index.isin(inside)] for total in totals]
    parts = [mine.sum() / total.sum() if total.sum() else np.nan for mine, total in zip(own, totals, strict=True)]
    found = _over(parts, confidence)
    ever = float(np.mean([(mine > 0).sum() for mine in own]))
    return {"sharers": ever, "part": found["value"], "part_low": found["low"], "part_high": found["high"]}


def trend(drawn: Sequence[pd.DataFrame], *, block: int, draws: int, confidence: float, seed: int) -> dict:
    """By how much the share of messages with the code changes a month: value, low, high (shares a month), weeks.

    The slope of the weekly share on time, weighted by messages. Its error comes from moving blocks of `block` weeks
    (Kuensch 1989), since weeks next to each other are alike, and is pooled over the draws of the labels (Rubin 1987).
    Empty when there are fewer than three blocks or two draws.
    """
    tables = [_weeks(weekly) for weekly in drawn]
    if len(tables) < 2 or len(tables[0]) < 3 * block:
        return {}
    weeks = len(tables[0])
    rng = np.random.default_rng(seed)
    starts = rng.integers(weeks - block + 1, size=(draws, -(-weeks // block)))
    picks = (starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :weeks]
    slopes = [float(_slope(table[None, :, :])[0]) for table in tables]
    errors = [float(np.nanstd(_slope(table[picks]), ddof=1)) for table in tables]
    value, low, high = pooled(slopes, errors, confidence=confidence)
    return {"value": value, "low": low, "high": high, "weeks": weeks}


def _weeks(weekly: pd.DataFrame) -> NDArray[np.float64]:
    """Month (from the first week), messages and shares of each week in which somebody wrote: shape (weeks, 3)."""
    totals = weekly.groupby("week")[["messages", "shares"]].sum()
    totals = totals[totals["messages"] > 0]
    month = (totals.index - totals.index.min()).days / 7 / MONTH
    return np.column_stack([month, totals["messages"], totals["shares"]])


def _slope(weeks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slope of shares / messages on the month, weighted by messages; weeks: shape (draws, weeks, 3)."""
    at, messages, shares = np.moveaxis(weeks, -1, 0)
    centre = (at * messages).sum(axis=1, keepdims=True) / messages.sum(axis=1, keepdims=True)
    away = at - centre
    with np.errstate(invalid="ignore", divide="ignore"):
        return (away * shares).sum(axis=1) / (away**2 * messages).sum(axis=1)
