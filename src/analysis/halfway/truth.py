"""The true spread of news in a simulated community: members open groups at certain moments and read some way back.

A mechanism of its own, message by message, and not the process that recommendations fits: members differ in how often
they open groups and in how far back they read, openings follow the hours of the day, and how far back is counted in
messages. With and without a change, members open their groups at the same moments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Flags, Floats, Ints
from analysis.recommendations.spread import left

WEEK = 7.0
GENERATIONS = 3  # most times that a piece is passed on in succession


@dataclass(frozen=True)
class PostedNews:
    """Pieces of news: arrays. posted: the day of each; known: since when the author knows it; group, author."""

    posted: Floats
    known: Floats
    group: Ints
    author: Ints

    def more(self, other: PostedNews) -> PostedNews:
        """These pieces and others."""
        return PostedNews(*(np.concatenate([vars(self)[name], vars(other)[name]]) for name in vars(self)))


@dataclass(frozen=True)
class World:
    """A community in its second half, n members and g groups.

    member_of: shape (g, n). times: of each group, when messages are written, sorted. openings: of each group and
    member, when they open it, sorted. back: shape (n,), messages that each reads back. passes: shape (n, g), the
    chance that a reader of fresh news posts it in a group, which fades (ages). digest: group, days at which one is
    pinned, the chance that it includes a piece, and each member's chance to heed it; or None. end: the last day.
    """

    member_of: Flags
    times: tuple[Floats, ...]
    openings: Mapping[int, Sequence[Floats]]
    back: Floats
    passes: Floats
    ages: float
    end: float
    digest: tuple[int, Floats, float, Floats] | None = None


def openings(times: Floats, rate: float, start: float, end: float, hours: Floats, rng: np.random.Generator) -> Floats:
    """When a member opens a group: at their own messages (times), and silently at a daily rate, distributed by the
    hours' weights."""
    number = rng.poisson(rate * (end - start))
    hour = rng.choice(24, size=number, p=hours / hours.sum()) + rng.random(number)
    silent = np.floor(rng.uniform(start, end, number)) + hour / 24
    return np.sort(np.concatenate([times, silent]))


@dataclass(frozen=True)
class Luck:
    """Uniform numbers, the same with and without a change. passes: shape (pieces, n, g), whether a reader passes on;
    holds: shape (pieces,), whether the digest has a piece; heeds: shape (pieces, n), whether a member heeds it."""

    passes: Floats
    holds: Floats
    heeds: Floats

    @classmethod
    def drawn(cls, pieces: int, world: World, rng: np.random.Generator) -> Luck:
        """Random numbers for this many pieces."""
        passes = rng.random((pieces, *world.passes.shape))
        return cls(passes, rng.random(pieces), rng.random(passes.shape[:2]))

    def first(self, pieces: int) -> Luck:
        """The numbers of the first pieces, this many."""
        return Luck(self.passes[:pieces], self.holds[:pieces], self.heeds[:pieces])


def reads(world: World, news: PostedNews, luck: Luck) -> Floats:
    """When each member first reads each piece, shape (pieces, n), infinite for never and for its author."""
    n, g = world.passes.shape
    has = np.full((news.posted.size, g), np.inf)
    has[np.arange(news.posted.size), news.group] = news.posted
    read = np.full((news.posted.size, n), np.inf)
    for _ in range(GENERATIONS):
        for group in range(g):
            read = np.minimum(read, _in_group(world, group, has[:, group]))
        fresh = left(read - news.known[:, None], world.ages)[:, :, None]
        passed = np.where(luck.passes < fresh * world.passes, read[:, :, None], np.inf).min(axis=1)
        has = np.minimum(has, passed)
    if world.digest is not None:
        read = np.minimum(read, _in_digest(world, news, luck))
    read[np.arange(news.posted.size), news.author] = np.inf
    return read


def _in_group(world: World, group: int, has: Floats) -> Floats:
    """When each member reads in a group the pieces that it has from these times on, shape (pieces, n)."""
    read = np.full((has.size, len(world.back)), np.inf)
    before = np.searchsorted(world.times[group], has, side="right")
    for member in np.flatnonzero(world.member_of[group]).tolist():
        moments = np.append(world.openings[group][member], np.inf)
        at = moments[np.searchsorted(moments[:-1], has, side="left")]
        above = np.searchsorted(world.times[group], at, side="right") - before
        read[:, member] = np.where(above <= world.back[member], at, np.inf)
    return np.where(np.isfinite(has)[:, None], read, np.inf)


def _in_digest(world: World, news: PostedNews, luck: Luck) -> Floats:
    """When each member reads each piece in the digest, shape (pieces, n)."""
    assert world.digest is not None
    group, pinned, holds, heeds = world.digest
    last = np.append(pinned, np.inf)
    at = last[np.searchsorted(pinned, news.posted, side="left")]
    at = np.where(luck.holds < holds, at, np.inf)
    read = np.full((news.posted.size, heeds.size), np.inf)
    for member in np.flatnonzero(world.member_of[group]).tolist():
        moments = np.append(world.openings[group][member], np.inf)
        seen = moments[np.searchsorted(moments[:-1], at, side="left")]
        heeded = (seen <= at + WEEK) & (luck.heeds[:, member] < heeds[member])
        read[:, member] = np.where(heeded, seen, np.inf)
    return read


def pieces_read(world: World, news: PostedNews, read: Floats, weeks: float) -> float:
    """Mean number of pieces per week that a member reads within a week of the author knowing them; pieces whose week
    is not over do not count."""
    whole = news.known <= world.end - WEEK
    soon = read[whole] <= news.known[whole, None] + WEEK
    return float(soon.sum() / read.shape[1] / weeks)


def with_digest(world: World, group: int, holds: float, heeds: Floats, first: float) -> World:
    """A digest of the week's news is pinned in a group every seven days from `first` on."""
    pinned = np.arange(first + WEEK, world.end + WEEK, WEEK)
    return replace(world, digest=(group, pinned, holds, heeds), times=_written(world.times, {group: pinned}))


def with_bridge(world: World, who: int, groups: tuple[int, int], keeps: float) -> World:
    """A member carries news between two groups."""
    passes = world.passes.copy()
    passes[who, list(groups)] = keeps
    inside = world.member_of.copy()
    inside[list(groups), who] = True
    return replace(world, passes=passes, member_of=inside)


def without_approval(world: World, news: PostedNews, extra: PostedNews) -> tuple[World, PostedNews]:
    """News is posted when its author knows it, and so is the news that was held back (extra)."""
    every = replace(news, posted=news.known.copy()).more(extra)
    added = {group: extra.posted[extra.group == group] for group in range(len(world.times))}
    return replace(world, times=_written(world.times, added)), every


def _written(times: tuple[Floats, ...], added: Mapping[int, Floats]) -> tuple[Floats, ...]:
    return tuple(np.sort(np.append(own, added.get(group, []))) for group, own in enumerate(times))
