"""The dates and times of a WhatsApp export's headers: the order of day, month and year, and the instants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.ingest import clock
from analysis.ingest.readers.whatsapp.headers import Headers
from analysis.ingest.readers.whatsapp.order import Written, excursions
from analysis.ingest.readers.whatsapp.shapes import Shape

TURNED = 3  # headers whose dates support either order, for a region to be taken as changed
MOSTLY = 0.9  # of the dates that support an order, in agreement with such a change
AMBIGUOUS = 60  # days between that are tried


@dataclass(frozen=True)
class Dates:
    """time: nanoseconds since 1970 in UTC a header, clock.INVALID for none; orders: of day, month and year, by shape;
    settled_by: what settled the first; repeated: how many fall into an hour that a clock change repeats."""

    time: NDArray[np.int64]
    orders: list[str]
    settled_by: str
    repeated: int


def dated(headers: Headers, shapes: Sequence[Shape], given: str | None, tz: str, path: Path) -> Dates:
    """The order of day, month and year of each shape, what settled it, and the times.

    A date with a part above 12 supports an order unless, read the other way, more headers would agree with those
    around: one pasted date does not turn a file around. Raises InputError where nothing settles the order.
    """
    written = (
        [headers.date] if len(shapes) == 1 else [[headers.date[i] for i in headers.of(k)] for k in range(len(shapes))]
    )
    found = [
        possible_orders(dates, shape, given, k > 0)
        for k, (dates, shape) in enumerate(zip(written, shapes, strict=True))
    ]
    settled = next((ways[0] for ways, _ in found if ways and ways[0] != "ymd"), None)
    if not any(ways for ways, _ in found):
        raise clock.ambiguous(path, int(headers.line[0]), f"{headers.date[0]} {headers.time[0]}")
    choices = [ways or ([settled] if settled else ["dmy", "mdy"]) for ways, _ in found]
    orders = [ways[0] for ways in choices]
    time, repeated = instants_of(headers, orders, shapes, tz)
    for k, ways in enumerate(choices):
        for other in ways[1:] if runs_back(time) or bool((time == clock.INVALID).any()) else ():
            tried = [*orders[:k], other, *orders[k + 1 :]]
            instants, again = instants_of(headers, tried, shapes, tz)
            if _agreement(instants, headers) > _agreement(time, headers):
                orders, time, repeated = tried, instants, again
    if given is not None and given in orders:
        _check_given(headers, given, time, path)
    return Dates(time, orders, found[0][1] or "the dates", repeated)


def possible_orders(written: Sequence[str], shape: Shape, given: str | None, further: bool) -> tuple[list[str], str]:
    """The orders in which dates may be read, the likeliest first, and what settles it; none where nothing does.

    given: the order of the file's own shape; a further shape's dates are read in it unless they support another.
    """
    dates = list(dict.fromkeys(written))
    supported = ["ymd"] if shape.era in clock.ERA_STARTS else clock.orders_of(dates)
    if supported == ["ymd"]:
        return supported, "the dates"
    if given is not None and not (further and supported):
        return [given], "date_order"
    if _counts_days_last(dates):
        return ["ymd", *supported], "the dates"
    if supported:
        return [supported[0], "mdy" if supported[0] == "dmy" else "dmy"], "the dates"
    if shape.dotted:
        return ["dmy"], "the dots: dates written with dots have the day first"
    if all(first == second for first, second, *_ in map(clock.numbers, dates)):
        return ["dmy"], "no need: day and month are equal"
    return [], ""


def _counts_days_last(dates: Sequence[str]) -> bool:
    """Whether the years come first though they have two digits: they hardly change, and what comes last does."""
    parts = list(map(clock.numbers, dates))
    first, last = ({part[k] for part in parts} for k in (0, 2))
    return len(last) > 2 * len(first) and max(last) <= 31 and max(map(len, map(str, first))) <= 2


def instants_of(
    headers: Headers, orders: Sequence[str], shapes: Sequence[Shape], tz: str
) -> tuple[NDArray[np.int64], int]:
    """The headers' instants, the dates of each shape read in its order; and how many a clock change makes ambiguous."""
    day = np.empty(len(headers.date), dtype=np.int64)
    second = np.empty_like(day)
    for k, (way, shape) in enumerate(zip(orders, shapes, strict=True)):
        here = headers.of(k)
        dates, times, halves = (
            column if len(shapes) == 1 or not column else [column[i] for i in here]
            for column in (headers.date, headers.time, headers.half)
        )
        day[here] = clock.each(dates, {d: clock.day_number(d, way, shape.era) for d in set(dates)})
        if halves:
            written = list(zip(times, halves, strict=True))
            second[here] = clock.each(written, {w: clock.second_of_day(*w) for w in set(written)})
        else:
            second[here] = clock.each(times, {t: clock.second_of_day(t) for t in set(times)})
    valid = (day != clock.INVALID) & (second != clock.INVALID)
    time = np.full(len(day), clock.INVALID)
    time[valid], repeated = clock.instants(day[valid] * clock.DAY + second[valid], tz)
    return time, repeated


def turned(headers: Headers, shape: Shape, tz: str) -> int | None:
    """The header from which on day and month are the other way round, since the phone's region was changed; None in
    most files: where dates do not clearly support one order first and then the other."""
    distinct = list(dict.fromkeys(headers.date))
    if len(clock.orders_of(distinct)) < 2:
        return None
    vote = {date: {"dmy": 1, "mdy": -1}.get(next(iter(clock.orders_of([date])), ""), 0) for date in distinct}
    votes = clock.each(headers.date, vote)
    gain = np.cumsum(votes) * 2 - votes.sum()  # votes in agreement less others, if the change is after that header
    last = int(np.abs(gain).argmax())
    after = votes[last + 1 :]
    if (after * np.sign(gain[last]) < 0).sum() < TURNED or abs(gain[last]) < MOSTLY * np.abs(votes).sum():
        return None
    first = last + 1 + int(np.argmax(after != 0))
    ways = ["dmy", "mdy"] if gain[last] > 0 else ["mdy", "dmy"]
    turns = [i for i in range(last + 1, first + 1) if headers.date[i] != headers.date[i - 1]][:AMBIGUOUS]

    def agreement(turn: int) -> tuple[int, int]:
        halves = replace(headers, piece=(np.arange(len(votes)) >= turn).astype(np.int64))
        return _agreement(instants_of(halves, ways, [shape, shape], tz)[0], headers)

    return max(turns, key=agreement, default=None)


def _agreement(time: NDArray[np.int64], headers: Headers) -> tuple[int, int]:
    """How many headers agree in time with those above, and with those around."""
    running = (time != clock.INVALID) & (time >= np.maximum.accumulate(time))
    return int(running.sum()), int(excursions(Written(time, headers.sender, headers.date, headers.body)).in_order.sum())


def runs_back(time: NDArray[np.int64]) -> bool:
    """Whether a header has an earlier time than the one above it."""
    return bool((np.diff(time) < 0).any())


def _check_given(headers: Headers, given: str, time: NDArray[np.int64], path: Path) -> None:
    """Raises InputError when the first date, or one in ten, is impossible in the given order but not in another."""
    own = headers.of(0)
    timeless = own[time[own] == clock.INVALID].tolist()
    impossible = [i for i in timeless if {"dmy", "mdy"} & set(clock.orders_of([headers.date[i]]))]
    if impossible and (impossible[0] == own[0] or len(impossible) > len(own) / 10):
        fix = (
            "Take the order out where it was given: for this file alone in the column date_order of MANIFEST.csv, for "
            "all in params.yaml (`ingest.date_order`). Only files whose dates do not show theirs need one: "
            "guyub add --date-order ORDER FILE"
        )
        line, written = int(headers.line[impossible[0]]), headers.date[impossible[0]]
        raise InputError(
            f"date_order is {given}, but {written} is not a date in that order", path=path, line=line, fix=fix
        )
