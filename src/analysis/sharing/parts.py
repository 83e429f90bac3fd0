"""Sharing by part: how common business news is by month, chat, sector and role, and whether that changes.

Shares of messages by month and group are corrected for the classifier's error and clustered by conversation: they are
what the coders would have settled on. Other numbers (how many members ever share, a trend) are computed on every draw
of the labels. Groups of very few people are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import resample
from analysis.arrays import Floats
from analysis.coding.corrected import corrected_shares, naive_share, pooled
from analysis.errors import InputError
from analysis.published import FEWEST, small
from analysis.sharing.counts import WeeklyCounts, shares_by_member

MONTH = 365.25 / 12 / 7  # weeks
TOP = 3  # members who share most, as a group
EVER = "members who ever share (true codes)"  # as calibration names their number and its interval
OTHERS, UNSTATED = "others", "not stated"
PARTS = ("by", "group", "members", "value", "low", "high", "coded", "units", "sharers", "part", "part_low", "part_high")
MONTHS = ("month", "value", "low", "high", "coded", "units", "writers", "sharers", "sharers_low", "sharers_high")


def overall(
    evidence: pd.DataFrame, labels: pd.Series, redrawn: Sequence[WeeklyCounts], confidence: float
) -> pd.DataFrame:
    """The share of messages with the code, in three ways: value, low, high.

    counted: labels as they are, of the messages that have one. corrected: what coders would have settled on if they
    had read all, estimated from their sample.
    latent: what is likely true, corrected for coders' errors, over the draws of the labels; its interval is for these
    messages only. evidence: as corrected.evidence gives it. labels: 0 or 1 by unit id. corrected is missing where
    coded units are in one conversation alone, latent where all draws are the same. Raises InputError when nobody has
    coded a message.
    """
    given = labels.reindex(evidence.index).dropna()
    if given.empty:
        raise InputError("nobody has coded any message")
    counted = naive_share(given, evidence.loc[given.index, "conversation"], confidence=confidence)
    [corrected] = corrected_shares(evidence.assign(all=""), "all", least=2, confidence=confidence).to_dict("records")
    drawn = np.array([each.shares.sum() / each.messages.sum() for each in redrawn])
    latent = _over(drawn if np.ptp(drawn) else np.full(drawn.size, np.nan), confidence)
    names = ["value", "low", "high"]
    rows = {"counted": vars(counted), "corrected": corrected, "latent": latent}
    return pd.DataFrame.from_dict(rows, orient="index")[names].rename_axis("share")


def best_share(share: pd.DataFrame) -> float:
    """The latent share where there is one, else the corrected, else the counted one. share: as overall gives it."""
    return float(share.loc[["latent", "corrected", "counted"], "value"].dropna().iloc[0])


def merged(groups: pd.Series, least: int) -> pd.Series:
    """Each member's group, with groups of fewer than `least` people merged into `others`, or missing.

    groups: by member, missing where nothing is stated. Where all members together are too few, nobody has a group.
    """
    named = groups.fillna(UNSTATED).astype(str)
    if len(named) < least:
        return pd.Series(None, index=named.index, dtype=object)
    return named.mask(named.isin(small(named, least)), OTHERS)


def ever_shared(redrawn: Sequence[WeeklyCounts], confidence: float) -> dict[str, float]:
    """How many members ever share over the draws of the labels: value (mean), low, high (no more than there are)."""
    ever = _over((shares_by_member(redrawn) > 0).sum(axis=1).astype(float), confidence)
    return ever | {"high": min(ever["high"], float(redrawn[0].members.size))}


def top_share(redrawn: Sequence[WeeklyCounts]) -> dict[str, float]:
    """The members who share most, TOP or all who share if they are fewer, and their part of all business news, over
    the draws of the labels: members (mean, rounded), value (mean), least, most; members 0 where no draw has any."""
    drawn = shares_by_member(redrawn)
    drawn = drawn[drawn.sum(axis=1) > 0]
    if not drawn.size:
        return {"members": 0, "value": float("nan"), "least": float("nan"), "most": float("nan")}
    part = np.sort(drawn, axis=1)[:, -TOP:].sum(axis=1) / drawn.sum(axis=1)
    members = min(TOP, round(float((drawn > 0).sum(axis=1).mean())))
    return {"members": members, "value": float(part.mean()), "least": float(part.min()), "most": float(part.max())}


def certain_sharers(evidence: pd.DataFrame) -> int:
    """How many members wrote a message to which coders gave the code. evidence: as corrected.evidence gives it."""
    return int(evidence.loc[evidence["truth"] == 1, "member"].nunique())


def _over(values: Floats, confidence: float) -> dict[str, float]:
    """Mean and interval of a share or a count over the draws of the labels, which are few; low: no less than 0."""
    low, high = resample.interval_of_few(values, confidence)
    return {"value": float(np.mean(values)), "low": float(np.maximum(low, 0.0)), "high": high}


def by_month(evidence: pd.DataFrame, redrawn: Sequence[WeeklyCounts], confidence: float) -> pd.DataFrame:
    """The corrected share of each month's messages, how many members wrote, and how many of them shared: MONTHS.

    A week belongs to the month in which it begins. sharers: mean over the draws of the labels.
    """
    if evidence.empty:
        return pd.DataFrame(columns=list(MONTHS))
    month = _month(evidence["time"].dt.tz_localize(None).dt.to_period("W").dt.start_time)
    table = corrected_shares(evidence.assign(month=month), "month", confidence=confidence).set_index("month")
    writers = evidence.groupby(month)["member"].nunique()
    shared = (pd.DataFrame(each.shares.sum(axis=0) > 0, index=_month(pd.Series(each.weeks))) for each in redrawn)
    counted = [weeks.groupby(level=0).any().sum(axis=1) for weeks in shared]
    ever = pd.concat(counted, axis=1).reindex(table.index).fillna(0).to_numpy()
    rows = pd.DataFrame([_over(row, confidence) for row in ever], index=table.index).add_prefix("sharers_")
    table = table.join(rows.rename(columns={"sharers_value": "sharers"})).assign(writers=writers)
    table["sharers_high"] = table[["sharers_high", "writers"]].min(axis=1, skipna=False)
    return table.reset_index()[list(MONTHS)]


def _month(weeks: pd.Series) -> pd.Series:
    return weeks.dt.to_period("M").astype(str).rename("month")


def by_group(
    evidence: pd.DataFrame, redrawn: Sequence[WeeklyCounts], members: pd.DataFrame, *, least: int, confidence: float
) -> pd.DataFrame:
    """Sharing by chat, sector and role of the member: PARTS.

    members: member, sector, role. value: corrected share of the group's messages. sharers: members of the group who
    ever share, part: the group's part of all business news, over the draws; both are missing for chats, where members
    are in several. Groups of fewer than `least` people, and in any case of fewer than FEWEST, are merged or left out.
    """
    if evidence.empty:
        return pd.DataFrame(columns=list(PARTS))
    least = max(least, FEWEST)
    people = evidence.groupby("channel")["member"].nunique()
    chats = _shares_of(evidence, evidence["channel"].where(evidence["channel"].map(people) >= least), confidence)
    tables = [chats.assign(by="chat", members=chats["group"].map(people))]
    for by in ("sector", "role"):
        group = merged(members.set_index("member")[by], least)
        table = _shares_of(evidence, evidence["member"].map(group), confidence)
        spread = [_spread(redrawn, group.index[group == name], confidence) for name in table["group"]]
        tables.append(table.assign(by=by, members=table["group"].map(group.value_counts())).join(pd.DataFrame(spread)))
    return pd.concat(tables, ignore_index=True).reindex(columns=list(PARTS))


def _shares_of(evidence: pd.DataFrame, group: pd.Series, confidence: float) -> pd.DataFrame:
    return corrected_shares(evidence.assign(group=group).dropna(subset="group"), "group", confidence=confidence)


def _spread(redrawn: Sequence[WeeklyCounts], group: pd.Index, confidence: float) -> dict[str, float]:
    """Of the members of a group: how many ever share (mean over the draws), and their part of all shares."""
    shares = shares_by_member(redrawn)
    own, total = shares[:, redrawn[0].members.isin(group)], shares.sum(axis=1)
    part = _over(np.divide(own.sum(axis=1), total, out=np.full(total.size, np.nan), where=total > 0), confidence)
    ever = float((own > 0).sum(axis=1).mean())
    return {"sharers": ever, "part": part["value"], "part_low": part["low"], "part_high": min(part["high"], 1.0)}


def trend(redrawn: Sequence[WeeklyCounts], *, block: int, draws: int, confidence: float, seed: int) -> dict[str, float]:
    """Change per month of the share of messages with the code: value, low, high (share per month), weeks (from the
    first to the last).

    The slope of the weekly share on time, weighted by messages. Its error comes from moving blocks of `block` weeks
    (Kuensch 1989), since weeks next to each other are alike, and is pooled over the draws of the labels (Rubin 1987).
    Raises InputError when there are fewer than three blocks or two draws, or no share.
    """
    monday = redrawn[0].weeks if len(redrawn) > 1 else pd.DatetimeIndex([])
    place = (monday - monday.min()).days.to_numpy() // 7
    weeks = int(place.max(initial=-1)) + 1
    if weeks < 3 * block or not shares_by_member(redrawn).any():
        raise InputError("the time is too short, or too little is coded, for a trend of sharing")
    tables = []
    for counts in redrawn:
        table = np.column_stack([np.arange(weeks) / MONTH, np.zeros((weeks, 2))])  # a week without a message counts
        table[place, 1:] = np.column_stack([each.sum(axis=(0, 2)) for each in (counts.messages, counts.shares)])
        tables.append(table)
    rng = np.random.default_rng(resample.seed_of(seed, "trend"))
    starts = rng.integers(weeks - block + 1, size=(draws, -(-weeks // block)))
    picks = (starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :weeks]
    slopes = [float(_slope(table[None, :, :])[0]) for table in tables]
    errors = [float(np.nanstd(_slope(table[picks]), ddof=1)) for table in tables]
    value, low, high = pooled(slopes, errors, confidence=confidence)
    return {"value": value, "low": low, "high": high, "weeks": weeks}


def _slope(weeks: Floats) -> Floats:
    """Slope of shares / messages on the month, weighted by messages; weeks: those three, shape (draws, weeks, 3)."""
    at, messages, shares = np.moveaxis(weeks, -1, 0)
    centre = (at * messages).sum(axis=1, keepdims=True) / messages.sum(axis=1, keepdims=True)
    away = at - centre
    with np.errstate(invalid="ignore", divide="ignore"):
        return (away * shares).sum(axis=1) / (away**2 * messages).sum(axis=1)
