"""The groups of a study as places where news is read: members, amount of messages, and delays until members write."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Floats, Ints
from analysis.errors import InputError
from analysis.network.windows import members_who, stays
from analysis.published import FEWEST

DELAYS = 200  # equally likely delays that represent a member's distribution
ANCHORS = 1500  # most moments of a group from which delays are measured
LEAST = 10  # fewest members for a what-if
MOST = 50_000_000  # most delays (400 MB) held, over groups, members and DELAYS
SECONDS = 86400.0


@dataclass(frozen=True)
class Groups:
    """n members and g groups.

    members, names: in order. member_of: shape (g, n). writes: shape (g, n, DELAYS), days from a moment at which
    somebody writes in the group to the member's next own message there, infinite for none. written_days: shape (g,
    n), days on which they wrote there. days: shape (n,), how long each was there in the time of the data. member_for:
    shape (n,), days since each came, infinite where that is not known. a_day: shape (g,), messages a day.
    """

    members: pd.Index
    names: pd.Index
    member_of: Flags
    writes: Floats
    written_days: Ints
    days: Floats
    member_for: Floats
    a_day: Floats

    @property
    def largest(self) -> int:
        """The group with most members; if several have as many, the one of these with most messages."""
        return int(np.lexsort((self.a_day, self.member_of.sum(axis=1)))[-1])

    @property
    def shown(self) -> Flags:
        """Which groups have enough members to be shown by themselves, shape (g,)."""
        return self.member_of.sum(axis=1) >= FEWEST

    def place(self, name: str) -> int:
        """The place of a group by its name. Raises InputError when there is none."""
        if name not in self.names:
            raise InputError(f"no group is called {name}; there are {', '.join(self.names)}")
        return int(self.names.get_loc(name))


def groups_of(messages: pd.DataFrame, members: pd.DataFrame) -> Groups:
    """The groups in which members write. messages, members: the tables Messages and Members.

    A group's members are those who wrote in it or were added to it by a system line. Members whose group is not known
    count as readers of the largest. Members who left every group are left out. Raises InputError when there is no
    group, fewer than LEAST members, or too many groups and members for MOST.
    """
    written = messages.dropna(subset="member")
    everyone = pd.Index(sorted({*members["member"], *written["member"]}), dtype="str")
    came, went = stays(everyone, messages, members.set_index("member")["joined"])
    end = days_since_1970(messages["time"]).max() if len(messages) else 0.0
    here = everyone[~(went / SECONDS <= end)]
    if written.empty or here.size < LEAST:
        raise InputError(f"{here.size} members who are still there where {LEAST} are needed")
    written = written[written["member"].isin(here)]
    names = pd.Index(sorted(written["channel"].unique()), dtype="str")
    if names.size * here.size * DELAYS > MOST:
        raise InputError(
            f"{names.size:,} groups of {here.size:,} members are too many to follow what is passed on in them"
        )
    came = came[everyone.isin(here)] / SECONDS
    start = np.maximum(came, days_since_1970(messages["time"]).min())
    parts = [_group(written[written["channel"] == name], here, start) for name in names]
    groups = Groups(
        members=here,
        names=names,
        member_of=_membership(messages, names, here),
        writes=np.array([writes for writes, _, _ in parts]),
        written_days=np.array([days for _, days, _ in parts]),
        days=np.maximum(end - start, 1.0),
        member_for=end - came,
        a_day=np.array([wrote for _, _, wrote in parts]) / max(end - days_since_1970(messages["time"]).min(), 1.0),
    )
    groups.member_of[groups.largest] |= ~groups.member_of.any(axis=0)
    return groups


def days_since_1970(times: pd.Series) -> Floats:
    """Times, with a time zone, in days since 1970, UTC."""
    return ((times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)).to_numpy(float)


def _membership(messages: pd.DataFrame, names: pd.Index, members: pd.Index) -> Flags:
    """Who wrote in each group or was added to it, shape (g, n)."""
    lines = messages[messages["kind"] == "system"]
    added = lines.assign(member=lines["text"].map(lambda line: members_who("joins", line))).explode("member")
    known = pd.concat([messages, added])[["channel", "member"]].dropna().drop_duplicates()
    group, member = names.get_indexer(known["channel"]), members.get_indexer(known["member"])
    inside = np.zeros((names.size, members.size), dtype=bool)
    there = (group >= 0) & (member >= 0)
    inside[group[there], member[there]] = True
    return inside


def _group(written: pd.DataFrame, members: pd.Index, start: Floats) -> tuple[Floats, Ints, int]:
    """Delays to each member's next own message (n, DELAYS), days on which they wrote (n,), messages in all."""
    times = np.sort(days_since_1970(written["time"]))
    anchors = times[np.linspace(0, times.size - 1, min(ANCHORS, times.size)).astype(int)]
    by_member = written.groupby("member")["time"]
    own = {name: np.sort(days_since_1970(rows)) for name, rows in by_member}
    dates = {name: rows.dt.normalize().nunique() for name, rows in by_member}  # in the times' own time zone
    delays, days = np.full((members.size, DELAYS), np.inf), np.zeros(members.size, dtype=np.int64)
    for i, name in enumerate(members):
        if name in own:
            days[i] = dates[name]
            following = np.append(own[name], np.inf)
            moments = anchors[anchors >= start[i]]
            waits = np.sort(following[np.searchsorted(own[name], moments, side="right")] - moments)
            if waits.size:
                delays[i] = waits[((np.arange(DELAYS) + 0.5) / DELAYS * waits.size).astype(int)]
    return delays, days, times.size


def without(groups: Groups, *, members: Flags | None = None, group: int | None = None) -> Groups:
    """The groups without some members (shape (n,), who goes), or without one group, which keeps its place, empty."""
    gone = np.zeros(groups.members.size, dtype=bool) if members is None else members
    inside = groups.member_of & ~gone
    if group is not None:
        inside = inside & (np.arange(groups.names.size) != group)[:, None]
    return replace(groups, member_of=inside)
