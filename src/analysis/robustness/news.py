"""C3 in many universes: how concentrated business news is, by other codes, members, periods, nulls and indices."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from analysis import wording
from analysis.arrays import Flags, Floats, Ints
from analysis.coding.floor import too_different
from analysis.errors import InputError, Missing, stage
from analysis.resample import seed_of
from analysis.robustness.choices import MAIN, Universe, options_of
from analysis.robustness.finished import ClaimResult, Finished
from analysis.robustness.options import CodedMessages, Data, kept
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, WeeklyCounts, redrawn_labels
from analysis.sharing.excess import Excess, PooledExcess, equal_activity_null, excess_over_activity, pooled_excess
from analysis.sharing.indices import Index, corrected_gini, top_tenth

INDICES: dict[str, Index] = {MAIN: corrected_gini, "top tenth": top_tenth}
WITHIN = {MAIN: None, "within chats": "channel", "within months": "month"}
NULL_DRAWS = 400  # draws of the null if only the value is computed
CELLS = 250_000_000  # most numbers (2 GB) that the counts of all draws may hold


@dataclass(frozen=True)
class News:
    """Which texts are business news. counted: the texts that count; drawn: which of them are news, in each draw of the
    labels, or one draw if they are certain; places: the members (of texts.members) who count, ascending."""

    texts: Texts
    counted: Flags
    drawn: Sequence[Flags]
    places: Ints
    params: sharing.Params

    @property
    def member(self) -> Ints:
        """The place of the member who wrote each text."""
        return self.texts.rows["member"].to_numpy()

    @property
    def likely(self) -> Floats:
        """Share of the draws in which each text is news."""
        return np.mean(self.drawn, axis=0)

    def without(self, members: Ints | None = None, texts: Flags | None = None) -> News:
        """Without some members (places), or some texts."""
        gone = np.zeros(0, dtype=int) if members is None else members
        counted = self.counted & ~np.isin(self.member, gone)
        counted &= True if texts is None else ~texts
        return replace(self, counted=counted, places=np.setdiff1d(self.places, gone))

    def recoded(self, news: Flags, other: Flags) -> News:
        """With some texts coded as news, and some as other, in every draw."""
        return replace(self, drawn=[(shares | news) & ~other for shares in self.drawn])

    def counts(self, within: str | None = None) -> list[WeeklyCounts]:
        """Counts by member and week, one per draw, as Texts.counts gives them, with what all draws share counted once.
        within: the column of rows that gives strata of activity. Raises InputError above CELLS numbers.
        """
        counted = self.counted & np.isin(self.member, self.places)
        rows = self.texts.rows.loc[counted, ["member", "week", *([within] if within else [])]].to_numpy()
        weeks, week = np.unique(rows[:, 1], return_inverse=True)
        strata, stratum = np.unique(rows[:, -1] if within else np.zeros(len(rows)), return_inverse=True)
        shape = max(strata.size, 1), weeks.size, self.places.size
        if math.prod(shape) * (len(self.drawn) + 1) > CELLS:
            kinds = f"{within}s, weeks and members" if within else "weeks and members"
            raise InputError(
                f"there are too many {kinds} to count in {wording.count(len(self.drawn), 'draw')} of the codes"
            )
        cell = (stratum * weeks.size + week) * self.places.size + np.searchsorted(self.places, rows[:, 0])

        def tally(cells: Ints) -> Ints:
            return np.bincount(cells, minlength=np.prod(shape)).reshape(shape)

        every, names, mondays = tally(cell), self.texts.members[self.places], self.texts.weeks[weeks]
        return [WeeklyCounts(names, mondays, every, tally(cell[shares[counted]])) for shares in self.drawn]

    def value(self) -> float:
        """C3's value: the mean excess over half of the draws; missing where nothing is news."""
        excesses = []
        for weekly in self.counts()[: max(len(self.drawn) // 2, 1)]:
            if weekly.shares.sum():
                null = equal_activity_null(weekly, draws=NULL_DRAWS, seed=self.params.seed)
                shares = weekly.shares.sum(axis=(0, 1)).astype(float)
                excesses.append(float(corrected_gini(shares[None, :])[0]) - null.mean())
        return float(np.mean(excesses)) if excesses else float("nan")


@stage
def business_news(data: Data, texts: Texts, reading: CodedMessages, params: sharing.Params) -> News:
    """The news by a reading, among members who are on the roster or wrote. Raises InputError when coders differ too
    much on the code."""
    coded, code = reading.coded, params.code
    refusal = "" if reading.agreement is None else too_different(reading.agreement, [code])
    if refusal:
        raise InputError(refusal)
    places = np.flatnonzero(texts.members.isin([*data.news.members["member"], *texts.members[texts.rows["member"]]]))
    counted = texts.labelled(coded, code)
    if reading.held_out is not None:
        drawn = redrawn_labels(texts, coded, reading.held_out, code, draws=params.labels, seed=params.seed)
        return News(texts, counted, drawn, places, params)
    own = coded[coded["code"] == code].set_index("unit_id")
    probability = own["probability"].reindex(texts.rows.index).fillna(0.0).to_numpy(float)
    if np.isin(probability, (0.0, 1.0)).all():
        return News(texts, counted, [probability == 1], places, params)
    rng = np.random.default_rng(seed_of(params.seed, "labels as probable"))
    drawn = [rng.random(probability.size) < probability for _ in range(params.labels)]
    return News(texts, counted, drawn, places, params)


@stage
def excess(news: News, index: Index = corrected_gini, within: str | None = None) -> Excess | PooledExcess:
    """C3 over draws of the labels, or with labels taken as certain. Raises InputError when nobody shared."""
    weeklies = news.counts(within)
    if len(weeklies) > 1:
        return pooled_excess(weeklies, index=index, **news.params.of_excess)
    return excess_over_activity(weeklies[0], index=index, **news.params.of_excess)


def in_period(texts: Texts, period: str) -> Flags:
    """Which texts were written in the period."""
    late = texts.rows["late"].to_numpy()
    return {MAIN: np.ones(late.size, dtype=bool), "first half": ~late, "second half": late}[period]


def keys_of(texts: int, permutations: int, seed: int) -> Ints:
    """The texts in random orders, shape (permutations, texts), the same for every universe: a universe with 500 shares
    gives its shares to the first 500 texts that count in it."""
    rng = np.random.default_rng(seed_of(seed, "orders of texts"))
    return np.argsort(rng.random((permutations, texts), dtype=np.float32), axis=1).astype(np.int32)


def news_claims(
    data: Data,
    texts: Texts,
    reading: CodedMessages | Missing,
    claims: Sequence[tuple[str, Universe]],
    params: sharing.Params,
    keys: Ints,
    finished: Finished,
) -> list[ClaimResult | Missing]:
    """C3 in universes that share the codes."""
    news = functools.cache(partial(business_news, data, texts, reading, params))  # run only if one is unfinished

    def computed(universe: Universe) -> ClaimResult | Missing:
        return concentration(news(), data, universe, keys)

    return [finished.result(claim, universe, partial(computed, universe)) for claim, universe in claims]


@stage
def concentration(news: News, data: Data, universe: Universe, keys: Ints) -> ClaimResult | Missing:
    """C3 in a universe. Raises InputError when fewer than two members are left."""
    texts, (period, activity, index) = news.texts, options_of(universe, "period", "activity", "index")
    left_out = data.community.index[~kept(data.community, universe)]
    of_universe = news.without(np.flatnonzero(texts.members.isin(left_out)), ~in_period(texts, period))
    if of_universe.places.size < 2:
        raise InputError(f"{of_universe.places.size} members are too few to compare")
    measured = excess(of_universe, INDICES[index], WITHIN[activity])
    if isinstance(measured, Missing):
        return measured
    null = shuffled(of_universe, keys, INDICES[index], WITHIN[activity])
    return ClaimResult(measured.numbers(), np.array([measured.value]), null[None, :])


def shuffled(news: News, keys: Ints, index: Index, within: str | None = None) -> Floats:
    """The excess when shares are assigned to texts at random, as many per stratum as observed: shape (R,)."""
    rows, texts = news.counted, news.texts.rows
    stratum = texts[within].to_numpy() if within else np.zeros(len(rows), dtype=int)
    order = keys[rows[keys]].reshape(len(keys), -1)
    if stratum.any():
        by_stratum = np.argsort(stratum[order].astype(np.int16), axis=1, kind="stable")
        order = np.take_along_axis(order, by_stratum, axis=1)
    size = np.bincount(stratum[rows])
    shares = [np.bincount(stratum[rows], each[rows], size.size) for each in news.drawn]
    total = np.rint(np.mean(shares, axis=0)).astype(int)
    start = np.cumsum(size) - size
    chosen = order[:, np.concatenate([np.arange(a, a + k) for a, k in zip(start, total, strict=True)])]
    cell = np.searchsorted(news.places, news.member[chosen]) + news.places.size * np.arange(len(keys))[:, None]
    counts = np.bincount(cell.ravel(), minlength=news.places.size * len(keys)).reshape(len(keys), -1)
    values = index(counts.astype(float))
    return values - values.mean()
