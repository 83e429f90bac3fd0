"""Which header-shaped lines of an export open a message: late ones do, pasted ones are text of the message above.

An export is in the order in which its phone received, under the times at which others sent: a header may be late by a
minute or by days. A header pasted into a message runs back in time, too. One rule distinguishes them, a sum of points
for "opens a message" (WEIGHTS); at 0 or more it does, for a lost message is worse than one too many. Every decision is
in the report, with the numbers of messages that the other readings give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis.ingest import words
from analysis.ingest.clock import INVALID

MINUTES, HOURS = 600_000_000_000, 86_400_000_000_000  # nanoseconds: 10 minutes, 24 hours
WEIGHTS = {
    "known": 3,  # the sender is on the roster or writes elsewhere in the file, or the line is a messenger's phrase
    "unknown": -1,
    "minutes": 3,  # from the time that the lines around show: at most MINUTES
    "hours": 1,  # at most HOURS; a line without a sender must be late, not ahead
    "days": -2,
    "introduced": -3,  # in a run of at most PASTE: the line above ends in a colon, or is a pasted header itself
    "copied": -8,  # the very line stands further up; -3 where it is so short or common that people repeat it
    "repeated": -3,
}
PASTE = 20  # lines of a run up to which what introduces it counts
WINDOW = 200  # headers on either side that are weighed against each other
LONG = 10  # characters of a text that is not written twice by chance
INTRODUCES = (":", "：", "“", "«", "「")


@dataclass(frozen=True)
class Written:
    """What a header and its message say, as far as the rule asks. time: nanoseconds, INVALID for none, shape (n,);
    sender: as written, missing where no name ends in a colon; stamp: day and time as written; body: what follows."""

    time: NDArray[np.int64]
    sender: Sequence[str | None]
    stamp: Sequence[object]
    body: Sequence[str]


@dataclass
class Order:
    """in_order: headers whose time agrees with those around; opens: those that open a message; both of shape (n,).
    out: places of the headers that are out of order, by the excursion they belong to."""

    in_order: NDArray[np.bool_]
    opens: NDArray[np.bool_]
    out: list[list[int]] = field(default_factory=list)


def decided(headers: Written, listed: Collection[str] = ()) -> Order:
    """Which headers open a message. listed: names of senders known from elsewhere. A header of no time opens none, nor
    does one that repeats a line from further up where the text above introduces it."""
    order = excursions(headers, listed)
    if not order.out:
        return order
    if echoes := _echoes(headers):
        time = headers.time.copy()
        time[echoes] = INVALID
        order = excursions(replace(headers, time=time), listed)
    _decide(order, headers, listed)
    return order


def _echoes(headers: Written) -> list[int]:
    seen: set[object] = set()
    echoes = []
    for place in range(len(headers.time)):
        line = _line(headers, place)
        if line in seen and len(_said(headers, place)) >= LONG and _introduced(headers, place):
            echoes.append(place)
        seen.add(line)
    return echoes


def excursions(headers: Written, listed: Collection[str] = ()) -> Order:
    """The headers in order, and the runs that are not: late behind those above, or ahead of those that follow.

    Where a header runs back, those above that are later stand against those that follow and are earlier, until one
    is as late again. Out of order are the latter where the last of those above announces them; else the side with fewer
    headers, those of people who write nowhere else counted as one; where both have as many, the latter, unless those
    above begin the file and the chat does not go on from them. So one line dated in the future puts none of those after
    it out of order, even if it is the first.
    """
    time, sender = headers.time, headers.sender
    valid = time != INVALID
    order = Order(valid.copy(), valid.copy())
    places = np.flatnonzero(valid)
    times = time[places]
    if bool((np.diff(times) >= 0).all()):
        return order
    of = dict(zip(places.tolist(), times.tolist(), strict=True))
    queue, wrote = places.tolist(), Counter(sender[i] for i in places.tolist() if sender[i] is not None)
    level: list[int] = []
    k = 0
    while k < len(queue):
        place = queue[k]
        if not level or of[place] >= of[level[-1]]:
            level.append(place)
            k += 1
            continue
        above = _above(level, of, of[place])
        late = _until(queue, k, of, of[level[-1]])
        back = of[queue[k + len(late)]] if k + len(late) < len(queue) else None
        resumed = back is not None and 0 <= back - of[level[-1]] < of[level[-1]] - of[late[-1]]
        announced = len(late) <= PASTE and _introduced(headers, place)
        if not announced and _odd(above, late, len(above) == len(level), resumed, sender, wrote, listed):
            del level[-len(above) :]
            order.out.append(above)
        else:
            order.out.append(late)
            k += len(late)
    order.out.sort()
    order.in_order[[place for run in order.out for place in run]] = False
    return order


def _above(level: list[int], of: dict[int, int], moment: int) -> list[int]:
    """The last headers in order that are later than a moment, at most WINDOW."""
    start = len(level)
    while start > max(0, len(level) - WINDOW) and of[level[start - 1]] > moment:
        start -= 1
    return level[start:]


def _until(queue: list[int], first: int, of: dict[int, int], level: int) -> list[int]:
    """The headers from one on that are earlier than the level, at most WINDOW."""
    end = first
    while end < min(len(queue), first + WINDOW) and of[queue[end]] < level:
        end += 1
    return queue[first:end]


def _odd(
    above: list[int],
    late: list[int],
    is_start: bool,
    resumed: bool,
    sender: Sequence[str | None],
    wrote: Counter[str | None],
    listed: Collection[str],
) -> bool:
    """Whether the headers above, not those that run back, are out of order. is_start: whether no header in order
    comes before those above, so that they are pasted into nothing; resumed: whether what follows is nearer to them
    in time.
    """

    def strange(side: list[int]) -> int:
        here = Counter(sender[place] for place in side)
        known = sum(sender[place] in listed or wrote[sender[place]] > here[sender[place]] for place in side)
        return known + (known < len(side))  # strangers' lines together: pasted at once

    ahead, behind = len(above) if is_start else strange(above), strange(late)
    return ahead < behind or (ahead == behind and is_start and not resumed)


def _decide(order: Order, headers: Written, listed: Collection[str]) -> None:
    """Enters which of the headers out of order open a message, from the first to the last."""
    known, first = _known(order, headers, listed), _first(order, headers)
    long_run = {place for run in order.out if len(run) > PASTE for place in run}
    steady = np.flatnonzero(order.in_order)
    above: dict[int, int | None] = {}  # the header whose text a pasted one is
    for place in sorted(place for run in order.out for place in run):
        holder = _holder(order.opens, above, place)
        if holder is None or (headers.sender[holder] is None and not _name_alone(headers.body[holder])):
            continue  # no message is above, or one of the messenger's, which holds no other
        points = _points(headers, place, headers.sender[place] in known, _away(headers.time, steady, place, holder))
        if place not in long_run and (_introduced(headers, place) or place - 1 in above):
            points += WEIGHTS["introduced"]
        if first[_line(headers, place)] < place:
            long = len(_said(headers, place)) >= LONG and words.kind_of(_said(headers, place)) == "text"
            points += WEIGHTS["copied" if long else "repeated"]
        if points < 0:
            order.opens[place] = False
            above[place] = holder


def _known(order: Order, headers: Written, listed: Collection[str]) -> set[str | None]:
    """Senders on the list, of headers in order, or of more than one run out of order."""
    regular = {headers.sender[i] for i in np.flatnonzero(order.in_order).tolist()}
    runs = Counter(name for run in order.out for name in {headers.sender[i] for i in run})
    return {*listed, *regular, *(name for name, n in runs.items() if n > 1)} - {None}


def _first(order: Order, headers: Written) -> dict[object, int]:
    """The first place of each line that has the time of a header out of order."""
    stamps = {headers.stamp[place] for run in order.out for place in run}
    first: dict[object, int] = {}
    for place, stamp in enumerate(headers.stamp):
        if stamp in stamps:
            first.setdefault(_line(headers, place), place)
    return first


def _points(headers: Written, place: int, known: bool, away: tuple[int, bool]) -> int:
    """Points for the sender and for the time."""
    own = headers.sender[place] is None and words.is_system(headers.body[place])
    distance, ahead = away
    within = distance <= HOURS and not (ahead and headers.sender[place] is None)
    near = "minutes" if distance <= MINUTES else "hours" if within else "days"
    return WEIGHTS["known" if known or own else "unknown"] + WEIGHTS[near]


def _away(time: NDArray[np.int64], steady: NDArray[np.intp], place: int, holder: int) -> tuple[int, bool]:
    """Nanoseconds between a header's time and those in order around it, before the first of them that of the message
    above; whether it is ahead of what follows, which no delay explains."""
    after = int(np.searchsorted(steady, place))
    follows = steady[after : after + 1].tolist()
    around = [int(steady[after - 1]) if after else holder, *follows]
    return int(np.abs(time[around] - time[place]).min()), any(time[place] > time[follows])


def _holder(opens: NDArray[np.bool_], above: dict[int, int | None], place: int) -> int | None:
    """The header that opens the message which this line would be text of, None where there is none."""
    holder: int | None = place - 1
    while holder is not None and holder >= 0 and not opens[holder]:
        holder = above.get(holder, holder - 1)
    return holder if holder is not None and holder >= 0 else None


def _introduced(headers: Written, place: int) -> bool:
    """Whether the text above announces something: its last line ends in a colon or opens a quotation."""
    return place > 0 and headers.sender[place - 1] is not None and headers.body[place - 1].rstrip().endswith(INTRODUCES)


def _name_alone(body: str) -> bool:
    """Whether a line without a name before `: ` is a name alone, of somebody whose message is empty or comes below."""
    return body.partition("\n")[0].endswith(":")


def _said(headers: Written, place: int) -> str:
    return headers.body[place].partition("\n")[0]


def _line(headers: Written, place: int) -> tuple[object, ...]:
    return headers.stamp[place], headers.sender[place], _said(headers, place)
