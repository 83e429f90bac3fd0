"""A temporal spreading process: news is posted in groups, members open a group and read it, some post it in another.

It is first-passage percolation (Hammersley and Welsh 1965) on members and groups in turn, so that one pass in the
order of posting (Dijkstra 1959) gives every time at which somebody reads or posts. Many pieces of news are computed at
once, as rows of arrays. With a group for each member, which holds those who hear from them, it is the independent
cascade of Kempe, Kleinberg and Tardos (2003). Times are in days, infinite for never.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Flags, Floats, Floats32, Ints

AT_ONCE = 4_000_000  # numbers in the largest array, so that memory stays small


@dataclass(frozen=True)
class Process:
    """How news spreads among n members in g groups.

    member_of: shape (g, n), who is in a group. writes: shape (g, n, q), equally likely delays from a moment to a
    member's next own message in the group, at which they have opened it. opens: shape (g, n), how often a day they
    open it without writing. kept: shape (g,), days after which what was posted is out of sight. notices: shape (g,),
    probability that a member who opens the group in time reads it. passes: shape (n, g), probability that a reader of
    fresh news posts it in the group. ages: days after which a quarter of that probability is left (left).
    """

    member_of: Flags
    writes: Floats
    opens: Floats
    kept: Floats
    notices: Floats
    passes: Floats
    ages: float


@dataclass(frozen=True)
class Passing:
    """The pairs of a member and a group in which they may post what they read, ordered by group: who, chance, shape
    (pairs,) each. first: the first pair of each group that has any (groups).
    """

    who: Ints
    chance: Floats
    first: Ints
    groups: Ints

    @classmethod
    def of(cls, passes: Floats) -> Passing:
        """passes: as in Process."""
        group, who = np.nonzero(passes.T)
        first = np.flatnonzero(np.diff(group, prepend=-1))
        return cls(who, passes[who, group], first, group[first])


def spread(process: Process, posted: Floats, authors: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """When each member reads each piece of news, shape (pieces, n), and when each group gets it, shape (pieces, g).

    posted: shape (pieces, g), when news is put into groups from outside (infinite: not). authors: shape (pieces,), who
    knows it from the first posting on; -1 for nobody.
    """
    n, g = process.passes.shape
    passing = Passing.of(process.passes)
    rows = max(1, AT_ONCE // max(n, g, passing.who.size, 1))
    parts = [slice(start, start + rows) for start in range(0, len(posted), rows)]
    each = [_spread(process, passing, posted[part], authors[part], rng) for part in parts]
    read, has = zip(*each, strict=True) if each else ([np.empty((0, n))], [np.empty((0, g))])
    return np.concatenate(read), np.concatenate(has)


def _spread(
    process: Process, passing: Passing, posted: Floats, authors: Ints, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """spread, of as many pieces as are computed at once: groups are taken in the order in which they get a piece."""
    n, g = process.passes.shape
    has, every, known = posted.copy(), np.arange(len(posted)), posted.min(axis=1)
    read = np.full((len(posted), n), np.inf)
    named = authors >= 0
    read[every[named], authors[named]] = known[named]
    luck = rng.spawn(1)[0].random((len(posted), passing.who.size), dtype=np.float32)
    waiting = np.ones_like(has, dtype=bool)
    for _ in range(g):
        times = np.where(waiting, has, np.inf)
        group = times.argmin(axis=1)
        rows = np.flatnonzero(np.isfinite(times[every, group]))
        if not rows.size:
            break
        waiting[rows, group[rows]] = False
        own = readings(process, group[rows], times[rows, group[rows]], rng)
        read[rows] = np.minimum(read[rows], own)
        passed = _passed_on(passing, process.ages, read[rows], known[rows], luck[rows])
        area = np.ix_(rows, passing.groups)
        has[area] = np.where(waiting[area], np.minimum(has[area], passed), has[area])
    return read, has


def readings(process: Process, group: Ints, at: Floats, rng: np.random.Generator) -> Floats:
    """When each member reads what is posted in a group (by row) at a time (by row), shape (rows, n)."""
    delays = process.writes.shape[2]
    size = group.size, process.member_of.shape[1]
    pick = rng.integers(delays, size=size)
    writes = process.writes[group[:, None], np.arange(size[1]), pick]
    with np.errstate(divide="ignore"):
        silently = rng.standard_exponential(size) / process.opens[group]
    delay = np.minimum(writes, silently)
    seen = process.member_of[group] & (delay <= process.kept[group][:, None])
    seen &= rng.random(size, dtype=np.float32) < process.notices[group][:, None]
    return np.where(seen, at[:, None] + delay, np.inf)


def _passed_on(passing: Passing, ages: float, read: Floats, known: Floats, luck: Floats32) -> Floats:
    """When a reader first posts the news in each of passing.groups, shape (rows, groups).

    read: shape (rows, n); known: time at which the news is known, shape (rows,); luck: uniform, shape (rows, pairs).
    With the same luck, an earlier reading makes passing on likelier.
    """
    if not passing.who.size:
        return np.empty((len(read), 0))
    readers = read[:, passing.who]
    with np.errstate(invalid="ignore"):
        passes = luck < passing.chance * left(readers - known[:, None], ages)
    return np.minimum.reduceat(np.where(passes, readers, np.inf), passing.first, axis=1)


def left(age: Floats, ages: Floats | float) -> Floats:
    """Share of a reader's chance to act on fresh news that remains at an age: a quarter after `ages` days.

    1 / (1 + age / ages) ** 2, since attention to news falls off as a power law (Wu and Huberman 2007; Crane and
    Sornette 2008). An exponential, tried first, made answers too late: it missed the median delay of the shipped
    community's answers.
    """
    return np.where(np.isfinite(age), 1 / (1 + np.where(np.isfinite(age), age, 0) / ages) ** 2, 0.0)


def on_graph(hears: Floats, passes: Flags | None = None) -> Process:
    """The process that is the independent cascade on a graph, a step taking one day.

    hears: shape (n, n), probability that the column's member hears from the row's, 0 or the same for all of a row's.
    passes: shape (n,), who passes on what they hear; by default everybody.
    """
    n = len(hears)
    every = np.ones(n, dtype=bool) if passes is None else passes
    return Process(
        member_of=hears > 0,
        writes=np.ones((n, n, 1)),
        opens=np.zeros((n, n)),
        kept=np.full(n, np.inf),
        notices=hears.max(axis=1),
        passes=np.diag(every.astype(float)),
        ages=np.inf,
    )
