"""Counts of messages and of business news by member and week, from any labelling of the messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Ints
from analysis.coding.corrected import label_draws
from analysis.coding.latent import LabelShift
from analysis.lookup import places_of
from analysis.resample import seed_of


@dataclass(frozen=True)
class WeeklyCounts:
    """How many messages each member wrote in each week, and how many of them are shares (have the code).

    members: sorted, silent ones too. weeks: the Monday of each week in which somebody wrote. messages, shares: shape
    (strata, weeks, members); one stratum unless activity is compared within several.
    """

    members: pd.Index
    weeks: pd.DatetimeIndex
    messages: Ints
    shares: Ints

    def by_member(self) -> pd.DataFrame:
        """Totals per member: member, messages, shares."""
        totals = {name: getattr(self, name).sum(axis=(0, 1)) for name in ("messages", "shares")}
        return pd.DataFrame({"member": self.members, **totals})

    def by_week(self) -> pd.DataFrame:
        """Totals per week: week, messages, shares."""
        totals = {name: getattr(self, name).sum(axis=(0, 2)) for name in ("messages", "shares")}
        return pd.DataFrame({"week": self.weeks, **totals})


@dataclass(frozen=True)
class Texts:
    """Text messages of members, in the order of the chats.

    rows: by message id: member and week (places in members and weeks), channel and month (numbered), late (whether
    written in the second half of the time). members: sorted, silent ones too. weeks: Mondays.
    """

    rows: pd.DataFrame
    members: pd.Index
    weeks: pd.DatetimeIndex

    @classmethod
    def of(cls, messages: pd.DataFrame, members: Iterable[str]) -> Self:
        """The text messages of the table Messages. members: those on the roster; writers are added. Weeks begin on
        Monday and months on the first, in the time zone of the times."""
        texts = messages[(messages["kind"] == "text") & messages["member"].notna()]
        everyone = pd.Index(sorted({*members, *texts["member"]}), dtype="str")
        time = texts["time"].dt.tz_localize(None)
        week, weeks = pd.factorize(time.dt.to_period("W").dt.start_time, sort=True)
        middle = time.min() + (time.max() - time.min()) / 2
        rows = {
            "member": everyone.get_indexer(texts["member"]),
            "week": week,
            "channel": pd.factorize(texts["channel"], sort=True)[0],
            "month": pd.factorize(time.dt.to_period("M"), sort=True)[0],
            "late": (time > middle).to_numpy(),
        }
        return cls(pd.DataFrame(rows, index=pd.Index(texts["message_id"])), everyone, pd.DatetimeIndex(weeks))

    def labelled(self, coded: pd.DataFrame, code: str) -> Flags:
        """Which texts have a label of the code: where no model carries it, those that people read. All if none has one.

        coded: the table Coded.
        """
        units = coded.loc[coded["code"] == code, "unit_id"]
        return self._of(units) if len(units) else np.ones(len(self.rows), dtype=bool)

    def shares(self, coded: pd.DataFrame, code: str) -> Flags:
        """Which texts are labelled with the code."""
        return self._of(coded.loc[(coded["code"] == code) & (coded["value"] == 1), "unit_id"])

    def _of(self, units: pd.Series) -> Flags:
        """Which texts are among the units. Uses places, as isin on Arrow strings reads its values one by one."""
        texts = np.zeros(len(self.rows) + 1, dtype=bool)
        texts[places_of(self.rows.index, units)] = True  # the last element is for -1, no text
        return texts[:-1]

    def counts(
        self, shares: Flags, among: Flags | None = None, *, members: Ints | None = None, within: str | None = None
    ) -> WeeklyCounts:
        """Counts of the texts by member and week.

        shares: which texts are shares. among: the texts that are counted, by default all. members: places of those who
        are counted, ascending, by default all. within: the column of rows that gives the stratum, if any.
        """
        places = np.arange(len(self.members)) if members is None else members
        counted = np.isin(self.rows["member"].to_numpy(), places)
        counted &= True if among is None else among
        part = self.rows[counted]
        member = np.searchsorted(places, part["member"])
        weeks, week = np.unique(part["week"], return_inverse=True)
        strata, stratum = np.unique(part[within] if within else np.zeros(len(part)), return_inverse=True)
        shape = max(strata.size, 1), weeks.size, places.size
        cell = (stratum * weeks.size + week) * places.size + member
        cells = cell, cell[shares[counted]]
        every, news = (np.bincount(each, minlength=np.prod(shape)).reshape(shape) for each in cells)
        return WeeklyCounts(self.members[places], self.weeks[weeks], every, news)


def weekly_counts(texts: Texts, coded: pd.DataFrame, code: str) -> WeeklyCounts:
    """Counts by member and week of the texts that have a label of the code. coded: the table Coded."""
    return texts.counts(texts.shares(coded, code), texts.labelled(coded, code))


def redrawn_counts(
    texts: Texts, coded: pd.DataFrame, held_out: pd.DataFrame, code: str, *, draws: int, seed: int
) -> list[WeeklyCounts]:
    """The counts of weekly_counts for each draw of the labels (redrawn_labels)."""
    labelled = texts.labelled(coded, code)
    labels = redrawn_labels(texts, coded, held_out, code, draws=draws, seed=seed)
    return [texts.counts(shares, labelled) for shares in labels]


def redrawn_labels(
    texts: Texts, coded: pd.DataFrame, held_out: pd.DataFrame, code: str, *, draws: int, seed: int
) -> list[Flags]:
    """Which texts are shares in each draw from the posterior of the true labels, given that coders and classifier err
    and members differ (coding.latent). held_out: as the step coding writes it; if empty, labels stay as they are."""
    sample = held_out[held_out["code"] == code]
    if sample.empty:
        return [texts.shares(coded, code)] * draws
    member = pd.Series(texts.members[texts.rows["member"]], index=texts.rows.index)
    shift = LabelShift.of(coded[coded["code"] == code], sample, member)
    places = places_of(shift.units, texts.rows.index)
    rng = np.random.default_rng(seed_of(seed, "labels redrawn"))
    return [draw.applies[places] & (places >= 0) for draw in shift.draws(draws, rng)]


def redrawn_as_coded(
    texts: Texts, coded: pd.DataFrame, held_out: pd.DataFrame, code: str, *, draws: int, seed: int
) -> list[WeeklyCounts]:
    """As redrawn_counts, if coders were never wrong and only the classifier erred (coding.corrected.label_draws).

    The members' departures are learned from the coded texts alone, so that the draws make members too much alike.
    """
    own, sample = (table[table["code"] == code] for table in (coded, held_out))
    groups = pd.DataFrame({"member": texts.members[texts.rows["member"]]}, index=texts.rows.index)
    labelled, stream = texts.labelled(coded, code), seed_of(seed, "labels redrawn as coded")
    drawn = label_draws(own, sample, groups, draws=draws, seed=stream)
    return [texts.counts(texts.shares(each, code), labelled) for each in drawn]


def shares_by_member(redrawn: Sequence[WeeklyCounts]) -> Floats:
    """Shares of each member in each draw of the labels, shape (draws, members)."""
    return np.array([counts.shares.sum(axis=(0, 1)) for counts in redrawn], dtype=float)
