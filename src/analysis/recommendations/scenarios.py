"""Scenarios: changes that a community may make, each a list of levers that turn the present community into another.

Scenarios are data (params.yaml): who does what, in words, and levers by name. A lever's value is a number or the name
of an assumption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import tables
from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.published import FEWEST
from analysis.recommendations.groups import Groups, without

FIELDS = {"who", "does", "levers"}
MONTHS = 12 / 52.1775  # a week
QUARTER = 3  # months until a number is reviewed
YEAR = 365.0  # days for which a member is new
LARGEST, SOCIAL, SECOND = "largest", "social", "second"  # groups by their role


@dataclass(frozen=True)
class Setting:
    """A community in which news spreads: n members, g groups.

    groups. people: sector, role and joined by member, in order. informal: shape (g,), share of informal talk in each
    group. posts: shape (n, g), pieces of news a week. further: shape (g,), messages a week more than today. passes:
    shape (n, g), probability that a reader of fresh news posts it in a group. waits: shape (n,), days from knowing
    news to posting it. lifts: shape (n,), how much more often they open groups. there: shape (n,), who has not left.
    also_in: pairs of groups with the probability that what is posted in the first is posted in the second at once.
    digest: group, probability that it holds a piece, that its readers heed it; or None. newly: expected number of
    members who share within QUARTER months, as they are asked, and post no news today.
    """

    groups: Groups
    people: pd.DataFrame
    informal: Floats
    posts: Floats
    further: Floats
    passes: Floats
    waits: Floats
    lifts: Floats
    there: Flags
    also_in: tuple[tuple[int, int, float], ...] = ()
    digest: tuple[int, float, float] | None = None
    newly: float = 0.0

    def group(self, name: str) -> int:
        """The place of a group by its name or role. Raises InputError when there is no such group."""
        size = self.groups.member_of.sum(axis=1) + self.groups.a_day / 1e6
        if name == LARGEST:
            return self.groups.largest
        if name in (SOCIAL, SECOND):
            rank = self.informal if name == SOCIAL else size
            if not self._others.any():
                raise InputError(f"only one group has {FEWEST} members or more, so none is the {name} one")
            return int(np.where(self._others, rank, -np.inf).argmax())
        return self.groups.place(name)

    @property
    def _others(self) -> Flags:
        """The groups besides the largest that are large enough to be shown, shape (g,)."""
        return self.groups.shown & (np.arange(self.groups.names.size) != self.groups.largest)

    @property
    def social(self) -> int | None:
        """The place of the group with most informal talk besides the largest, if there is one."""
        return self.group(SOCIAL) if self._others.any() else None

    def newcomers(self, days: float = YEAR) -> Flags:
        """Who joined in the last days, shape (n,): by the roster, or by first appearance after the first week of the
        data, in which everybody seems new."""
        after_first_week = self.groups.member_for <= self.groups.days.max() - 7
        return (self.groups.member_for <= days) & (self.people["joined"].notna().to_numpy() | after_first_week)

    @property
    def officers(self) -> Flags:
        """Which members hold an office, shape (n,)."""
        return tables.is_officer(self.people["role"]).to_numpy()

    @property
    def need_approval(self) -> Flags:
        """Which members' news waits for an officer's approval, shape (n,): those without an office, if anybody has
        one."""
        return ~self.officers & self.officers.any()


@dataclass(frozen=True)
class WhatIf:
    """name; who does what, each by language; levers by name with their values."""

    name: str
    who: Mapping[str, str]
    does: Mapping[str, str]
    levers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def applied(self, today: Setting, values: Mapping[str, float]) -> Setting:
        """The community under this scenario. values: of assumptions and fitted quantities. Raises InputError where the
        scenario names a group, role or sector that is not there."""
        changed = today
        for lever, settings in self.levers.items():
            given = {
                key: values.get(value, value) if isinstance(value, str) else value for key, value in settings.items()
            }
            changed = LEVERS[lever][0](changed, **given)
        return changed

    def assumed(self, names: Mapping[str, Any]) -> list[str]:
        """The assumptions that its levers use."""
        given = [value for settings in self.levers.values() for value in settings.values()]
        return [name for name in names if name in given]


# Levers: each takes a community and returns the changed one


def further_posts(
    now: Setting,
    *,
    by: str,
    group: str,
    share: float,
    a_week: float = 0.0,
    each_a_month: float = 0.0,
    new: float = 1.0,
) -> Setting:
    """Members post further news: a_week in all, or each_a_month each; share of them do; new: share that nobody would
    have posted otherwise. Members not in the group post in their first group."""
    places = np.flatnonzero(_who(now, by))
    each = share * (a_week / places.size + each_a_month * MONTHS)
    first = now.groups.member_of.argmax(axis=0)
    target = now.group(group)
    where = np.where(now.groups.member_of[target, places], target, first[places])
    posts, further = now.posts.copy(), now.further.copy()
    np.add.at(posts, (places, where), each * new)
    np.add.at(further, where, each)
    asked = min(QUARTER * (each_a_month + a_week / places.size / MONTHS), 1.0)  # chance of a piece in these months
    newly = now.newly + share * asked * int((now.posts[places].sum(axis=1) == 0).sum())
    return replace(now, posts=posts, further=further, newly=newly)


def digest(now: Setting, *, group: str, holds: float, heeded: float) -> Setting:
    """A message pinned in a group once a week holds the news of the week."""
    target = now.group(group)
    further = now.further + (np.arange(now.further.size) == target)
    return replace(now, digest=(target, holds, heeded), further=further)


def no_approval(now: Setting, *, held_back: float) -> Setting:
    """Nobody waits before posting, and members also post what approval holds back now (nothing if nobody approves).
    Raises InputError when all news is held back."""
    if held_back >= 1:
        raise InputError("all news is held back now, so that nobody knows how much there would be")
    more = np.where(now.need_approval, held_back / (1 - held_back), 0.0)[:, None] * now.posts
    return replace(now, posts=now.posts + more, further=now.further + more.sum(axis=0), waits=np.zeros_like(now.waits))


def pass_on(now: Setting, *, willing: float) -> Setting:
    """Every member passes on at least as readily as this share of those who share most."""
    ready = np.maximum(now.passes, willing * now.passes.max())
    return replace(now, passes=ready)


def also_in(now: Setting, *, first: str, group: str, share: float) -> Setting:
    """What is posted in the first group is posted in the other too."""
    one, other = now.group(first), now.group(group)
    further = now.further.copy()
    further[other] += share * now.posts[:, one].sum()
    return replace(now, also_in=(*now.also_in, (one, other, share)), further=further)


def bridge(now: Setting, *, first: str, group: str, keeps: float) -> Setting:
    """The member of both groups who writes most carries news from each to the other."""
    one, other = now.group(first), now.group(group)
    both = now.groups.member_of[one] & now.groups.member_of[other]
    wrote = np.where(both, now.groups.written_days.sum(axis=0), -1)
    passes = now.passes.copy()
    who = int(wrote.argmax()) if both.any() else int(now.groups.written_days[one].argmax())
    passes[who, [one, other]] = np.maximum(passes[who, [one, other]], keeps)
    inside = now.groups.member_of.copy()
    inside[[one, other], who] = True
    return replace(now, passes=passes, groups=replace(now.groups, member_of=inside))


def welcome(now: Setting, *, days: float, lift: float) -> Setting:
    """Members who joined in the last days open their groups more often, by a share."""
    new = now.newcomers(days)
    if not new.any():
        raise InputError(f"nobody joined in the last {days:.0f} days")
    return replace(now, lifts=np.where(new, now.lifts * (1 + lift), now.lifts))


def leave(now: Setting, *, top_sharers: int = 0, most_active: int = 0) -> Setting:
    """The members who post most news, or write on most days, leave."""
    gone = np.zeros(len(now.posts), dtype=bool)
    gone[np.argsort(-now.posts.sum(axis=1), kind="stable")[:top_sharers]] = True
    gone[np.argsort(-now.groups.written_days.sum(axis=0), kind="stable")[:most_active]] = True
    posts, passes = (np.where(gone[:, None], 0.0, each) for each in (now.posts, now.passes))
    groups = without(now.groups, members=gone)
    return replace(now, posts=posts, passes=passes, groups=groups, there=now.there & ~gone)


def close(now: Setting, *, group: str, moves: float) -> Setting:
    """A group closes, and a share of its news is posted in the largest one that is left."""
    target = now.group(group)
    left = without(now.groups, group=target)
    if not left.member_of.any():
        raise InputError("there is one group only, and nothing is left when it closes")
    posts = now.posts.copy()
    posts[:, left.largest] += moves * posts[:, target]
    posts[:, target] = 0.0
    passes = now.passes.copy()
    passes[:, target] = 0.0
    return replace(now, posts=posts, passes=passes, groups=left)


Lever = Callable[..., Setting]
LEVERS: dict[str, tuple[Lever, set[str], set[str]]] = {  # function, required keys, optional keys
    "further_posts": (further_posts, {"by", "group", "share"}, {"a_week", "each_a_month", "new"}),
    "digest": (digest, {"group", "holds", "heeded"}, set()),
    "no_approval": (no_approval, {"held_back"}, set()),
    "pass_on": (pass_on, {"willing"}, set()),
    "also_in": (also_in, {"first", "group", "share"}, set()),
    "bridge": (bridge, {"first", "group", "keeps"}, set()),
    "welcome": (welcome, {"days", "lift"}, set()),
    "leave": (leave, set(), {"top_sharers", "most_active"}),
    "close": (close, {"group", "moves"}, set()),
}
WORDS = {"by", "group", "first"}  # keys whose values are names of members or groups
SHARES = {"share", "new", "holds", "heeded", "held_back", "willing", "keeps", "moves"}


def _who(now: Setting, by: str) -> Flags:
    """The members selected by `by`: everyone, silent (who post no news), officers, members (who hold no office),
    newcomers (a year or less), role:NAME, sector:NAME. Raises InputError when there are none."""
    kind, _, name = by.partition(":")
    posted = now.posts.sum(axis=1)
    named = {  # the members, and the error if there are none
        "everyone": (np.ones(len(posted), dtype=bool), "nobody is in a group"),
        "silent": (posted == 0, "every member posts business news now"),
        "officers": (now.officers, "no member holds an office"),
        "members": (~now.officers, "every member holds an office"),
        "newcomers": (now.newcomers(), "no member joined in the last year"),
    }
    there = now.groups.member_of.any(axis=0)
    if kind in ("role", "sector"):
        chosen, none = (now.people[kind] == name).to_numpy(), f"no member has the {kind} {name}"
    elif by in named:
        chosen, none = named[by]
    else:
        raise InputError(f"{by!r} does not name members", fix=f"Use one of {', '.join(named)}, role:NAME, sector:NAME.")
    if not (chosen & there).any():
        raise InputError(none)
    return chosen & there


def read_scenarios(declared: Mapping[str, Mapping[str, Any]], assumptions: Mapping[str, Any]) -> list[WhatIf]:
    """The scenarios in order. Raises InputError, with the key and the range, when one cannot be used."""
    return [_scenario(name, fields, assumptions) for name, fields in declared.items()]


def _scenario(name: str, fields: Mapping[str, Any], assumptions: Mapping[str, Any]) -> WhatIf:
    key = f"recommendations.scenarios.{name}"
    if odd := sorted(set(fields) ^ FIELDS):
        raise InputError(f"{key}: missing or unknown: {', '.join(odd)}")
    for what in ("who", "does"):
        if set(fields[what]) != {"en", "id"}:
            raise InputError(f"{key}.{what}: must have a text in each of en and id")
    for lever, settings in fields["levers"].items():
        if lever not in LEVERS:
            raise InputError(f"{key}: no lever is called {lever}; there are {', '.join(LEVERS)}")
        _, needed, optional = LEVERS[lever]
        if odd := sorted((needed - set(settings)) | (set(settings) - needed - optional)):
            raise InputError(f"{key}.{lever}: missing or unknown: {', '.join(odd)}")
        for setting in set(settings) - WORDS:
            _check(f"{key}.{lever}.{setting}", settings[setting], setting, assumptions)
    return WhatIf(name, fields["who"], fields["does"], fields["levers"])


def _check(key: str, value: object, setting: str, assumptions: Mapping[str, Any]) -> None:
    """Raise InputError unless the value is an assumption's name or a number in its range."""
    if isinstance(value, str):
        if value not in assumptions:
            raise InputError(f"{key}: no assumption is called {value}; there are {', '.join(assumptions)}")
        return
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise InputError(f"{key}: must be a number of at least 0 or the name of an assumption; it is {value!r}")
    if setting in SHARES and value > 1:
        raise InputError(f"{key}: must be from 0 to 1; it is {value}")


def authors_and_groups(posts: Floats, luck: Floats) -> tuple[Ints, Ints]:
    """Who posts each piece and where, shape (pieces,) each, in proportion to posts (n, g). luck: uniform, (pieces,)."""
    steps = np.cumsum(posts.ravel())
    cell = np.searchsorted(steps / steps[-1], luck, side="right").clip(max=posts.size - 1)
    author, group = np.unravel_index(cell, posts.shape)
    return author, group
