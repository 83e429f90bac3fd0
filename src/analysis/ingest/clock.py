"""From written dates and times to instants: day/month order, calendars, half days, time zones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.ingest import words

T = TypeVar("T")

ORDERS = ("dmy", "mdy", "ymd")
BUDDHIST = 543  # years that Thai dates run ahead
ERA_STARTS = {  # the year before an era's first: of Japan's, and of the Republic of China
    "R": 2018, "H": 1988, "S": 1925, "令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911,
}  # fmt: skip
ERAS = ("", "BE", *ERA_STARTS)
PERSIAN, ISLAMIC = range(1300, 1431), range(1431, 1501)  # years of the Hijri calendars, by the sun and by the moon
DAY = 86_400  # seconds
LATE = 600  # seconds that a message may be late by; a larger step back means that the clock was set back
NUMBERS = re.compile(r"\d+")
INVALID = np.iinfo(np.int64).min  # stands for a date or time that does not exist


class AmbiguousDates(InputError):
    """The dates of a file fit both orders of day and month: the file is a chat that can be read in two ways."""


def zone(tz: str) -> ZoneInfo:
    """The time zone of that name. Raises InputError when there is none."""
    try:
        return ZoneInfo(tz)
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"no time zone is called {tz!r}", fix="Write it as in Asia/Jakarta or UTC.") from error


@lru_cache(maxsize=100_000)
def numbers(written: str) -> tuple[int, ...]:
    """The whole numbers in a written date or time; digits of any script."""
    return tuple(int(n) for n in NUMBERS.findall(written))


def orders_of(dates: Iterable[str]) -> list[str]:
    """Orders of day, month and year that the dates support, the best supported first: a part above 12 is a day.

    Where most dates begin with a year (above 31), year first is the only order.
    """
    votes: Counter[str] = Counter()
    parts = list(map(numbers, dates))
    for first, second, *year in parts:
        if first > 31 and year:
            votes["ymd"] += 1
        elif first > 12 >= second:
            votes["dmy"] += 1
        elif second > 12 >= first:
            votes["mdy"] += 1
    if 2 * votes.pop("ymd", 0) > len(parts):
        return ["ymd"]
    return [order for order, _ in votes.most_common()]


def ambiguous(path: Path, line: int, written: str) -> AmbiguousDates:
    """The error for a file whose dates fit both orders. written: the first date, in that line."""
    what = "no date in this file has a part above 12, so day and month cannot be distinguished (ambiguous)."
    fix = (
        "Set `ingest.date_order: dmy` (or mdy) in params.yaml, or for this file alone: guyub add --date-order dmy FILE."
        f" Its first date is {written}"
    )
    return AmbiguousDates(what, path=path, line=line, fix=fix)


def day_number(written: str, order: str, era: str = "") -> int:
    """Days since 1970 of a written date, INVALID when there is no such day. era: of its years, one of ERAS."""
    parts = numbers(written)
    if len(parts) != 3:
        return INVALID
    day, month, year = (parts[order.index(part)] for part in "dmy")
    if year in ISLAMIC or year in PERSIAN:
        return (_islamic if year in ISLAMIC else _persian)(year, month, day)
    if era in ERA_STARTS:
        year += ERA_STARTS[era]
    else:
        year += 0 if year >= 100 else 2500 if era == "BE" else 2000  # years of two digits are of this century
        year -= BUDDHIST if era == "BE" or 2400 <= year < 2700 else 0
    try:
        return date(year, month, day).toordinal() - 719_163
    except (ValueError, OverflowError):  # no such day; a number far beyond any year
        return INVALID


def _islamic(year: int, month: int, day: int) -> int:
    """Days since 1970 of a day of the Islamic calendar, by the tabular calendar; observed dates may differ by a day."""
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return INVALID
    return (11 * year + 3) // 30 + 354 * year + 30 * month - (month - 1) // 2 + day + 1_948_055 - 2_440_588


def _persian(year: int, month: int, day: int) -> int:
    """Days since 1970 of a day of the Persian calendar, by its cycle of 33 years, which holds from 1178 to 1633."""
    if not (1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        return INVALID
    before = 31 * (month - 1) if month < 7 else 30 * (month - 7) + 186
    year += 1595
    return 365 * year + year // 33 * 8 + (year % 33 + 3) // 4 + before + day - 356_033 - 719_163


def second_of_day(written: str, half: str = "") -> int:
    """Seconds since midnight of a written time, INVALID when there is no such time. half: am, pm in any known way."""
    hour, minute, second, *_ = (*numbers(written), 0, 0)
    if half:
        if (shift := words.half_day(half)) is None:
            return INVALID
        hour = hour % 12 + shift // 60 if hour <= 12 else hour
    if hour > 23 or minute > 59 or second > 59:
        return INVALID
    return hour * 3600 + minute * 60 + second


def instants(wall: NDArray[np.int64], tz: str) -> tuple[NDArray[np.int64], int]:
    """Seconds of local wall time since 1970 as nanoseconds since 1970 in UTC, and how many are ambiguous.

    In the hour that a clock change repeats, times are summer time until a step back of more than LATE in the file shows
    that the clock was set back; smaller steps may be late messages.
    A time that a change skips is read as the instant the change happened.
    """
    local = pd.DatetimeIndex(wall.astype("datetime64[s]").astype("datetime64[ns]"))
    target = zone(tz)
    first, second = (
        local.tz_localize(target, ambiguous=np.full(len(wall), summer), nonexistent="shift_forward")
        .tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ns]").view(np.int64)
        for summer in (True, False)
    )  # fmt: skip
    doubtful = np.flatnonzero(first != second)
    unresolved = 0
    for run in np.split(doubtful, np.flatnonzero(np.diff(doubtful) > 1) + 1):
        if len(back := np.flatnonzero(np.diff(wall[run]) < -LATE)):
            later = run[back[0] + 1 :]
            first[later] = second[later]
        else:
            unresolved += len(run)
    return first, unresolved


def check_order(date_order: str | None) -> None:
    """Raises InputError unless date_order is dmy, mdy, ymd or None."""
    if date_order is not None and date_order not in ORDERS:
        raise InputError(
            f"date_order is {date_order!r}, not an order of day, month and year",
            fix=f"Give one of {', '.join(ORDERS)}, or leave it out.",
        )


def each(values: Sequence[T], of: dict[T, int]) -> NDArray[np.int64]:
    """The number of each value."""
    return np.fromiter(map(of.__getitem__, values), dtype=np.int64, count=len(values))
