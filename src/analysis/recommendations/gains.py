"""Effects of scenarios: pieces of news spread in today's community and under each scenario, draw by draw.

In every draw, fitted and assumed quantities are drawn together, and all scenarios share the same random numbers. So a
gain's interval includes both uncertainties, and little of the simulation's own error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Ints
from analysis.errors import InputError, Missing, stage
from analysis.published import FEWEST
from analysis.recommendations.assumptions import Assumption, drawn
from analysis.recommendations.fit import Fitted, ReadingHabits, fit, reading
from analysis.recommendations.groups import Groups
from analysis.recommendations.news import Pieces
from analysis.recommendations.scenarios import Setting, WhatIf, authors_and_groups, leave
from analysis.recommendations.spread import Process, spread
from analysis.resample import interval, seed_of
from analysis.sharing.indices import gini
from analysis.sharing.parts import merged

TODAY = "today"
NOBODY = "nobody is left who posts business news"
DAY, WEEK = 1.0, 7.0
TOP = 3  # number of top sharers who leave in the measure of resilience
ERRORS = 2.0  # standard errors of the simulation within which a gain has no sign
MEASURES = {  # by name: meaning, and whether more is better (1) or worse (-1); nobody reads their own pieces
    "pieces_read": ("pieces of news that a member reads in a week", 1),
    "reach_day": ("share of the members who read a piece within a day", 1),
    "reach_week": ("share of the members who read a piece within a week", 1),
    "half_days": ("days until half of the members have read a piece", -1),
    "inequality": ("Gini coefficient of the news that members read", -1),
    "messages": ("more messages that a member gets to read in a week, answers included", -1),
    "resilience": (f"share of the news read that is left when the {TOP} top sharers leave", 1),
}


WATCHED = {  # findings that scenarios may move: what is counted in each community
    "top_part": f"part of the pieces that the {TOP} members write who post most",
    "ordinary_part": "part of the pieces that members without an office write",
    "social_news": "posts of news a week in the social group, those that readers pass on included",
    "sharers_lately": "members who share within a quarter, beyond those who share today",
}


@dataclass(frozen=True)
class JointDraw:
    """One draw of everything. quantities: assumed and fitted, by name; how: the groups are read; posts: shape
    (n, g), pieces a week; ready: shape (n,), of readiness to post news, as passing on was fitted with."""

    quantities: Mapping[str, float]
    how: ReadingHabits
    posts: Floats
    ready: Floats


@dataclass(frozen=True)
class Spreading:
    """How news spreads in a community, in draws of all that is fitted and assumed. fitted: of each draw."""

    draws: Sequence[JointDraw]
    fitted: Sequence[Fitted]

    @property
    def passing_fitted(self) -> bool:
        """Whether passing on was fitted in most draws, and not assumed."""
        return bool(np.mean([one.passing is not None for one in self.fitted]) > 0.5)


def joint_draws(
    groups: Groups,
    pieces: Sequence[Pieces],
    assumed: Mapping[str, Assumption],
    weeks: float,
    *,
    draws: int,
    least: int,
    seed: int,
) -> Spreading:
    """Joint draws of fitted quantities (over draws of the labels, taken in turn) and assumed ones.

    weeks: in which the pieces were posted. least: as in fit.fit. Raises InputError when no message is news.
    """
    filled = [one for one in pieces if one.time.size]
    if not filled:
        raise InputError("no message is coded as business news")
    rng = np.random.default_rng(seed)
    ranges = drawn(assumed, draws, rng)
    each = []
    for k in range(draws):
        own = {name: float(values[k]) for name, values in ranges.items()}
        each.append(_joint_draw(groups, filled[k % len(filled)], own, weeks, least, rng))
    return Spreading([draw for draw, _ in each], [fitted for _, fitted in each])


def _joint_draw(
    groups: Groups, pieces: Pieces, assumed: Mapping[str, float], weeks: float, least: int, rng: np.random.Generator
) -> tuple[JointDraw, Fitted]:
    """One draw: how groups are read, the fitted quantities, and news posted a week by member and group."""
    how = reading(groups, assumed, rng)
    fitted = fit(pieces, groups, how, least, rng)
    counts = np.zeros((groups.members.size, groups.names.size))
    np.add.at(counts, (pieces.author, pieces.group), 1)
    posts = np.where(counts > 0, rng.gamma(np.maximum(counts, 1e-9)), 0.0) / weeks
    answers = {"answers_a_piece": pieces.answers.sum() / pieces.time.size}
    return JointDraw({**values_of(assumed, fitted), **answers}, how, posts, fitted.ready), fitted


@dataclass(frozen=True)
class Exposure:
    """measures: by name, as in MEASURES. day, week: shape (n,), probability that a member reads a piece within it.
    watched: by name, as in WATCHED."""

    measures: Mapping[str, float]
    day: Floats
    week: Floats
    watched: Mapping[str, float]


def values_of(assumed: Mapping[str, float], fitted: Fitted) -> dict[str, float]:
    """Assumed and fitted quantities by name; a fitted value replaces an assumed one."""
    own = {"answers_per_reader": fitted.answering.chance, "answering_age": fitted.answering.ages}
    if fitted.passing is not None:
        own |= {"passing_chance": fitted.passing.chance, "passing_age": fitted.passing.ages}
    return {**assumed, **own}


def community(today: Setting, draw: JointDraw) -> Setting:
    """The community as it is, in a draw: who posts and passes on how much, and how long members wait for approval."""
    passes = draw.quantities["passing_chance"] * draw.ready[:, None] * today.groups.member_of.T
    waits = np.where(today.need_approval, draw.quantities["approval_days"], 0.0)
    return Setting(
        today.groups, today.people, today.informal, draw.posts, np.zeros(today.groups.names.size), passes, waits,
        np.ones(len(waits)), np.ones(len(waits), dtype=bool),
    )  # fmt: skip


def process(now: Setting, how: ReadingHabits, values: Mapping[str, float]) -> Process:
    """The process of a community. The digest is a group of its own at the end, empty where there is none; messages in
    addition to today's push news out of sight sooner."""
    groups = now.groups
    holder, _, heeded = now.digest or (0, 0.0, 0.0)
    a_day = groups.a_day + now.further / WEEK
    kept = how.kept * groups.a_day / np.maximum(a_day, 1e-9)
    silent = np.where(groups.member_of & (how.opens == 0), values["lurking"], how.opens)  # for members who join a group
    opens = silent * now.lifts * groups.member_of
    inside = groups.member_of[holder] & (now.digest is not None)
    return Process(
        member_of=np.vstack([groups.member_of, inside]),
        writes=np.concatenate([groups.writes, groups.writes[[holder]]]),
        opens=np.vstack([opens, opens[holder]]),
        kept=np.append(kept, WEEK),  # until the next one is pinned
        notices=np.append(np.ones(len(kept)), heeded),
        passes=np.column_stack([now.passes, np.zeros(len(now.passes))]),
        ages=values["passing_age"],
    )


def posted(now: Setting, pieces: int, rng: np.random.Generator) -> tuple[Floats, Ints, Floats]:
    """When pieces are put into each group and the digest, (pieces, g + 1); their authors; days that these waited."""
    luck = rng.random((4, pieces))
    author, group = authors_and_groups(now.posts, luck[0])
    times = np.full((pieces, now.further.size + 1), np.inf)
    times[np.arange(pieces), group] = 0.0
    for first, other, share in now.also_in:
        times[(group == first) & (luck[1] < share), other] = 0.0
    if now.digest is not None:
        times[:, -1] = np.where(luck[2] < now.digest[1], WEEK * luck[3], np.inf)
    return times, author, now.waits[author]


def outcome(now: Setting, how: ReadingHabits, values: Mapping[str, float], pieces: int, seed: int) -> Exposure:
    """The outcome of pieces of news in a community; if nobody posts, none is read."""
    if not now.posts.sum() > 0:
        none = dict.fromkeys(MEASURES, np.nan) | {"pieces_read": 0.0, "messages": 0.0}
        return Exposure(none, np.zeros(now.there.size), np.zeros(now.there.size), dict.fromkeys(WATCHED, np.nan))
    reads, further = _simulated(now, how, values, pieces, seed)
    answers, members = 1 + values["answers_a_piece"], now.there
    size = now.groups.member_of.sum(axis=1)
    weekly = now.posts.sum()
    passed = weekly * further @ size
    others = np.maximum((~np.isnan(reads)).sum(axis=0), 1)
    reach = {name: (reads <= days).sum(axis=0) / others for name, days in (("day", DAY), ("week", WEEK))}
    measures = {
        "pieces_read": float(read_a_week(now, reads).mean()),
        "reach_day": reach["day"][members].mean(),
        "reach_week": reach["week"][members].mean(),
        "half_days": _half(reads[:, members]),
        "inequality": gini(reach["week"][members]) if reach["week"][members].any() else np.nan,
        "messages": (now.further @ size + passed) * answers / members.sum(),
    }
    return Exposure(measures, reach["day"], reach["week"], watched(now, weekly * further))


def read_a_week(now: Setting, reads: Floats) -> Floats:
    """Pieces of news by others that a member would read in a week if all were like this one, shape (pieces,): the mean
    over present members, including the author, who reads nothing. reads: as from _simulated."""
    return now.posts.sum() * (reads[:, now.there] <= WEEK).mean(axis=1)


def watched(now: Setting, passed: Floats) -> dict[str, float]:
    """WATCHED of a community in which somebody posts. passed: shape (g,), posts a week that readers add."""
    posts = now.posts.sum(axis=1)
    social = now.social
    return {
        "top_part": float(np.sort(posts)[-TOP:].sum() / posts.sum()),
        "ordinary_part": float(posts[~now.officers].sum() / posts.sum()),
        "social_news": np.nan if social is None else _posted_in(now, social) + float(passed[social]),
        "sharers_lately": now.newly,
    }


def _posted_in(now: Setting, group: int) -> float:
    """Pieces a week that their authors post in a group, or in it too."""
    too = sum(share * now.posts[:, first].sum() for first, other, share in now.also_in if other == group)
    return float(now.posts[:, group].sum() + too)


def _simulated(
    now: Setting, how: ReadingHabits, values: Mapping[str, float], pieces: int, seed: int
) -> tuple[Floats, Floats]:
    """Days from when the author knows a piece to when each member reads it, (pieces, n), missing for the author;
    posts that readers add per piece and group (g,)."""
    rng = np.random.default_rng(seed)
    times, author, waited = posted(now, pieces, rng)
    read, has = spread(process(now, how, values), times, author, rng)
    delays = read + waited[:, None]
    own = np.zeros_like(delays, dtype=bool)
    own[np.arange(pieces), author] = True
    delays[own] = np.nan
    further = (np.isfinite(has) & (has <= WEEK) & ~np.isfinite(times)).mean(axis=0)[:-1]
    return delays, further


def _half(reads: Floats) -> float:
    """Median over pieces of the days until half of the members have read; infinite where that is beyond a week."""
    half = np.sort(np.nan_to_num(reads, nan=0.0), axis=1)[:, (reads.shape[1] - 1) // 2]
    return float(np.median(np.where(half <= WEEK, half, np.inf)))


def resilience(
    now: Setting, whole: Exposure, how: ReadingHabits, values: Mapping[str, float], pieces: int, seed: int
) -> float:
    """Share of the news read that remains when the TOP sharers leave."""
    less = leave(now, top_sharers=TOP)
    left = outcome(less, how, values, pieces, seed)
    if not whole.measures["pieces_read"]:
        return 0.0
    return min(left.measures["pieces_read"] / whole.measures["pieces_read"], 1.0)


# Over all draws


@dataclass(frozen=True)
class Results:
    """rows: scenario (TODAY first), draw, and a column a measure (as in MEASURES and WATCHED). day, week: by scenario,
    shape (draws, n), probability that a member reads a piece within it. missing: by scenario, why it could not be
    computed."""

    rows: pd.DataFrame
    day: Mapping[str, Floats]
    week: Mapping[str, Floats]
    missing: Mapping[str, str]

    @property
    def scenarios(self) -> list[str]:
        """The scenarios that were computed, without today."""
        return [name for name in self.day if name != TODAY]

    def of(self, scenario: str, measure: str) -> Floats:
        """A measure of a scenario, shape (draws,)."""
        return self.rows.loc[self.rows["scenario"] == scenario, measure].to_numpy(float)

    def gain(self, scenario: str, measure: str = "pieces_read") -> Floats:
        """What a scenario adds to a measure of today, shape (draws,)."""
        return self.of(scenario, measure) - self.of(TODAY, measure)


def evaluate(
    today: Setting, scenarios: Sequence[WhatIf], draws: Sequence[JointDraw], *, pieces: int, seed: int
) -> Results:
    """Today and every scenario in every draw."""
    rows, day, week = [], {}, {}
    possible, missing = _possible(today, scenarios, draws)
    for scenario in [None, *possible]:
        name = scenario.name if scenario else TODAY
        each = [_in_draw(today, scenario, draw, pieces, seed_of(seed, f"draw {k}")) for k, draw in enumerate(draws)]
        rows += [{"scenario": name, "draw": k, **one.measures, **one.watched} for k, one in enumerate(each)]
        day[name], week[name] = (np.array([getattr(one, which) for one in each]) for which in ("day", "week"))
    return Results(pd.DataFrame(rows), day, week, missing)


def _possible(
    today: Setting, scenarios: Sequence[WhatIf], draws: Sequence[JointDraw]
) -> tuple[list[WhatIf], dict[str, str]]:
    """The scenarios that are possible in this community in some draw, and why the others are not."""
    drawn_communities = [(community(today, draw), draw.quantities) for draw in draws]
    possible, missing = [], {}
    for scenario in scenarios:
        reason = ""
        for now, quantities in drawn_communities:
            changed = stage(_with_news)(scenario.applied, now, quantities)
            if not isinstance(changed, Missing):
                possible.append(scenario)
                break
            reason = reason or changed.reason
        else:
            missing[scenario.name] = reason
    return possible, missing


def _with_news(applied: Callable[..., Setting], now: Setting, quantities: Mapping[str, float]) -> Setting:
    """The changed community. Raises InputError when nobody who posts is left."""
    changed = applied(now, quantities)
    if not changed.posts.sum() > 0:
        raise InputError(NOBODY)
    return changed


def _in_draw(today: Setting, scenario: WhatIf | None, draw: JointDraw, pieces: int, seed: int) -> Exposure:
    """The outcome of a scenario (None: today) in a draw."""
    now = community(today, draw)
    changed = _under(scenario, now, draw.quantities) if scenario else now
    whole = outcome(changed, draw.how, draw.quantities, pieces, seed)
    left = resilience(changed, whole, draw.how, draw.quantities, pieces, seed)
    return replace(whole, measures={**whole.measures, "resilience": left})


def _under(scenario: WhatIf, now: Setting, quantities: Mapping[str, float]) -> Setting:
    """The community under a scenario; unchanged if in this draw nobody can act, for example because all members
    post."""
    changed = stage(scenario.applied)(now, quantities)
    return now if isinstance(changed, Missing) else changed


def middle(draws: Sequence[JointDraw]) -> JointDraw:
    """The draw in the middle of all: the median of every quantity."""
    values = {name: float(np.median([draw.quantities[name] for draw in draws])) for name in draws[0].quantities}
    opens, kept = (np.median([getattr(draw.how, part) for draw in draws], axis=0) for part in ("opens", "kept"))
    posts, ready = (np.mean([getattr(draw, part) for draw in draws], axis=0) for part in ("posts", "ready"))
    return JointDraw(values, ReadingHabits(opens, kept), posts, ready)


def ends(draws: Sequence[JointDraw]) -> dict[str, tuple[float, float]]:
    """For every quantity, the 5 % and 95 % quantiles of its draws."""
    names = draws[0].quantities
    return {name: tuple(np.quantile([draw.quantities[name] for draw in draws], [0.05, 0.95])) for name in names}  # type: ignore[misc]


SUMMARY = ("scenario", "measure", "today", "value", "gain", "low", "high")
PARTS = ("scenario", "by", "part", "members", "within", "value", "low", "high")
TORNADO = ("scenario", "quantity", "low", "high", "gain_low", "gain_high", "error_low", "error_high", "gain_middle")
READING = ("silent_openings", "lurking", "read_back", "passing_chance", "passing_age", "approval_days")  # in every one


def tornado(
    today: Setting, scenarios: Sequence[WhatIf], draws: Sequence[JointDraw], *, pieces: int, seed: int
) -> pd.DataFrame:
    """TORNADO: each scenario's gain in pieces read with one quantity at an end of its range and the others at their
    median.

    The quantities are those of reading and passing on and those of the scenario's levers. error: standard error of
    the simulation. gain_middle: with all at their median, the same in each row of a scenario.
    """
    central, rows = middle(draws), []
    for scenario in scenarios:
        middle_gain, _ = _gain_at(today, scenario, central, {}, pieces, seed)
        for name, both in ends(draws).items():
            if name in (*READING, *scenario.assumed(central.quantities)):
                each = [_gain_at(today, scenario, central, {name: end}, pieces, seed) for end in both]
                gains, errors = zip(*each, strict=True)
                rows.append((scenario.name, name, *both, *gains, *errors, middle_gain))
    return pd.DataFrame(rows, columns=list(TORNADO))


def _gain_at(
    today: Setting, scenario: WhatIf, central: JointDraw, changed: Mapping[str, float], pieces: int, seed: int
) -> tuple[float, float]:
    """The gain in pieces read with some quantities changed, and the standard error of the simulation."""
    values = {**central.quantities, **changed}
    draw = replace(central, quantities=values, how=reading(today.groups, values))
    now = community(today, draw)
    each = []
    for one in (now, _under(scenario, now, values)):
        if not one.posts.sum() > 0:
            each.append(np.zeros(pieces))
            continue
        reads, _ = _simulated(one, draw.how, values, pieces, seed)
        each.append(read_a_week(one, reads))
    gain = each[1] - each[0]
    return float(gain.mean()), float(gain.std() / np.sqrt(pieces))


def sign_depends_on(bars: pd.DataFrame, gain: Floats) -> list[str]:
    """The quantities on which the sign of a scenario's gain depends, from its rows of the tornado.

    gain: shape (draws,). A quantity decides the sign if the gain at one of its ends has the opposite sign of the median
    over all draws, by more than the simulation's error.
    """
    side = np.sign(np.median(gain))
    return [
        row.quantity
        for row in bars.itertuples()
        if any(side * end < -ERRORS * error
               for end, error in ((row.gain_low, row.error_low), (row.gain_high, row.error_high)))
    ]  # fmt: skip


def summary(results: Results, confidence: float) -> pd.DataFrame:
    """scenario, measure, today, value, gain, low, high: medians over draws, and the interval of the gain.

    Gains are missing if the measure is infinite today or in the scenario (half of the members never read).
    """
    rows = []
    for scenario in results.scenarios:
        for measure in MEASURES:
            now, then = (results.of(name, measure) for name in (TODAY, scenario))
            with np.errstate(invalid="ignore"):
                gain = np.where(np.isfinite(now) & np.isfinite(then), then - now, np.nan)
            middle_gain = float(np.nanmedian(gain)) if np.isfinite(gain).any() else np.nan
            ends_of_gain = interval(gain, confidence)
            rows.append((scenario, measure, float(np.median(now)), float(np.median(then)), middle_gain, *ends_of_gain))
    return pd.DataFrame(rows, columns=list(SUMMARY))


def by_part(results: Results, today: Setting, least: int, confidence: float) -> pd.DataFrame:
    """scenario, by (group, sector, role), part, members, within (day, week), value, low, high: the share of the
    members of a part who read a piece. Sectors and roles of fewer than `least` people, and in any case of fewer than
    FEWEST, are merged; such groups are left out."""
    least = max(least, FEWEST)
    parts = [("group", name, inside) for name, inside in zip(today.groups.names, today.groups.member_of, strict=True)]
    for by in ("sector", "role"):
        part = merged(today.people[by], least)
        parts += [(by, name, (part == name).to_numpy()) for name in sorted(part.dropna().unique())]
    rows = []
    for scenario in (TODAY, *results.scenarios):
        for by, part, inside in parts:
            for within, reach in (("day", results.day), ("week", results.week)):
                if inside.sum() >= least:
                    means = reach[scenario][:, inside].mean(axis=1)
                    rows.append(
                        (scenario, by, part, int(inside.sum()), within, means.mean(), *interval(means, confidence))
                    )
    return pd.DataFrame(rows, columns=list(PARTS))
