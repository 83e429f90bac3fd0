"""Plain IRC logs: one line a message or event, the day in the file's name, times in UTC.

Times stand in brackets (`[12:18] <nick> text`) or without (irssi: `12:18 <@nick> text`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.ingest import frame, report
from analysis.ingest.files import Source, count_lines

LINE = re.compile(
    r"""(?P<open>\[)?(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?(open)\])
    (?:\ <[ @+%&~!]?(?P<who>[^>\s]+)>\ ?(?P<said>.*)|\s+\*\ (?P<actor>\S+)\ ?(?P<did>.*)
    |\ (?:-!-|\*\*\*)\ (?P<event>.*))""",
    re.DOTALL | re.VERBOSE,
)
EVENT = ("===", "---")  # how events without a time begin
NAMED = re.compile(r"^[^\s-]\S*|(?<=now known as )\S+")  # nicknames in an event's text
DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
HOUR = 3600  # seconds
JITTER = HOUR  # a step back of up to that much is a server's clock, not midnight


def is_irc(text: str) -> bool:
    """Whether most of the first lines that are no event look like an IRC log's."""
    lines = [line for line in text[:20_000].splitlines()[:50] if line and not line.startswith(EVENT)]
    return bool(lines) and sum(LINE.fullmatch(line) is not None for line in lines) > len(lines) / 2


def read(source: Source, *, channel: str, path: Path) -> pd.DataFrame:
    """The messages and events of a log. Raises InputError when the file's name holds no day."""
    midnight = _midnight(source.name, path)
    clock, sender, text, kind, line, blank = [], [], [], [], [], 0
    last: int | None = None
    for number, row in enumerate(source.lines, 1):
        if not row:
            blank += 1
            continue
        match = LINE.fullmatch(row)
        if match:
            last = int(match["hour"]) * HOUR + int(match["minute"]) * 60 + int(match["second"] or 0)
        who, what = _said(match) if match else (None, row.removeprefix("=== "))
        clock.append(last)
        sender.append(who)
        text.append(what)
        kind.append("text" if who else "system")
        line.append(number)
    seconds, how = continuous(_filled(clock))
    rows = frame.Rows(
        time=(seconds + midnight) * 1_000_000_000,
        sender=sender,
        text=text,
        kind=kind,
        edited=np.zeros(len(line), dtype=bool),
        line=np.array(line, dtype=np.int64),
    )
    table = frame.build(rows, channel=channel, source=source.name, tz="UTC")
    table.attrs["report"] = _account(source, line, blank, kind, how)
    return table


def _said(match: re.Match[str]) -> tuple[str | None, str]:
    """Who said or did it, nobody in an event, and what."""
    if match["who"]:
        return match["who"], match["said"]
    return (match["actor"], match["did"]) if match["actor"] else (None, match["event"])


def concealed(event: str, stand_in: Callable[[str], str]) -> str:
    """An event's text with what stands in for each nickname, of people who never write too."""
    return NAMED.sub(lambda match: stand_in(match.group()), event)


def _midnight(name: str, path: Path) -> int:
    """Seconds since 1970 at which the day in the file's name begins."""
    match = DAY.search(name)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise InputError("an IRC log, but its name holds no day", path=path,
                         mend="Name the file after its first day, as in 2004-11-15.txt.")  # fmt: skip
    return (day.toordinal() - 719_163) * 86_400


def _filled(clock: list[int | None]) -> NDArray[np.int64]:
    """Times of day; a line without one takes the last one, at the start of the file the first one."""
    filled = pd.Series(clock, dtype="float64").ffill().bfill().fillna(0)
    return filled.to_numpy().astype(np.int64)


def continuous(clock: NDArray[np.int64]) -> tuple[NDArray[np.int64], str]:
    """Times of day (seconds) as seconds since the first day began, and the clock they were read by.

    A step back of more than JITTER is a new day. Some logs of 2004 to 2007 have a 12-hour clock without am and pm: told
    by steps from 12 to 1 (or 11 to 0) that take under an hour on such a clock, in a log without an hour above 12.
    """
    step = np.diff(clock, prepend=clock[:1])
    back = step < -JITTER
    half = 12 * HOUR
    twelve = bool(back.any()) and bool((clock < 13 * HOUR).all()) and bool((step[back] + half).max() < HOUR)
    twelve = twelve and bool((step[back] + half >= 0).all())
    turn = half if twelve else 2 * half
    return clock + np.cumsum(back) * turn, "12 hours without am and pm" if twelve else "24 hours"


def _account(source: Source, line: list[int], blank: int, kind: list[str], how: str) -> report.Report:
    return report.account(
        source=source.name,
        platform="irc",
        size=source.size,
        lines=count_lines(source.text),
        headers=len(line),
        continuation=0,
        undecodable=0,
        skipped={"empty line": blank},
        shape="[12:18] <nick> text",
        encoding=source.encoding,
        clock=how,
        events=kind.count("system"),
    )
