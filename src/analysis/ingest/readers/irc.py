"""Plain IRC logs: one line per message or event.

Times are in brackets (`[12:18] <nick> text`) or without (irssi: `12:18 <@nick> text`), the day in the file's name,
all in UTC. Or each line has its day (`2024-07-24 09:43:10 <nick> text`, `[2024-07-24T09:43:10+0700] <nick> text`;
WeeChat: day and time, nickname, text, separated by tabs): then times without an offset are those of the zone tz.
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
from analysis.ingest.files import count_lines
from analysis.ingest.readers import records
from analysis.ingest.readers.export import Export

STAMP = r"""(?P<open>\[)?(?:(?P<day>\d{4}-\d\d-\d\d)[T ])?(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?
    (?P<zone>Z|[+-]\d\d:?\d\d)?(?(open)\])"""
LINE = re.compile(
    rf"""{STAMP}(?:\ <[ @+%&~!]?(?P<who>[^>\s]+)>\ ?(?P<said>.*)|\s+\*\ (?P<actor>\S+)\ ?(?P<did>.*)
    |\ (?:-!-|\*\*\*)\ (?P<event>.*))""",
    re.DOTALL | re.VERBOSE,
)
WEECHAT = re.compile(
    rf"""{STAMP}\t(?:(?:--|-->|<--|=!=|)\t(?P<event>.*)|\ ?\*\t(?P<actor>\S+)\ ?(?P<did>.*)
    |[ @+%&~!]?(?P<who>[^\s>]+)\t(?P<said>.*))""",
    re.DOTALL | re.VERBOSE,
)
EVENT = ("===", "---")  # how events without a time begin
# nicknames in an event's text, and the addresses of their machines
NAMED = re.compile(r"^[^\s-]\S*|(?<=now known as )\S+|(?<=[(\[])[^\s()\[\]]+@[^\s()\[\]]+(?=[)\]])")
DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
HOUR = 3600  # seconds
JITTER = HOUR  # a step back of up to that much is a server's clock, not midnight


def fits(export: Export) -> bool:
    """Whether it is a text that looks like a log."""
    return export.has_text and is_irc(export.source.text)


def is_irc(text: str) -> bool:
    """Whether most of the first lines that are not events look like an IRC log's."""
    lines = [line for line in text[:20_000].splitlines()[:50] if line and not line.startswith(EVENT)]
    return bool(lines) and sum(_parsed(line) is not None for line in lines) > len(lines) / 2


def _parsed(row: str) -> re.Match[str] | None:
    return LINE.fullmatch(row) or WEECHAT.fullmatch(row)


def read(export: Export) -> pd.DataFrame:
    """The messages and events of a log. The zone tz is that of the times where the lines hold their day.

    Raises InputError when neither the lines nor the file's name hold a day.
    """
    source, tz = export.source, export.tz
    lines = [(number, row) for number, row in enumerate(source.lines, 1) if row]
    stamps = [_parsed(row) for _, row in lines]
    said = [_said(match) if match else (None, row.removeprefix("=== "))
            for match, (_, row) in zip(stamps, lines, strict=True)]  # fmt: skip
    if any(match and match["day"] for match in stamps):
        time, how, zone = _filled([_moment(match, tz) for match in stamps]), "day and time on each line", tz
    else:
        seconds, how = continuous(_filled([None if m is None else _second_of_day(m) for m in stamps]))
        time, zone = (seconds + _midnight(source.name, export.path)) * records.SECOND, "UTC"
    kind = ["text" if who else "system" for who, _ in said]
    rows = frame.Rows(
        time=time, sender=[who for who, _ in said], text=[what for _, what in said], kind=kind,
        edited=np.zeros(len(lines), dtype=bool), line=np.array([number for number, _ in lines], dtype=np.int64),
    )  # fmt: skip
    table = frame.build(rows, channel=export.channel, source=source.name, tz=zone)
    total = count_lines(source.text)
    table.attrs["report"] = report.account(
        source=source.name, platform="irc", size=source.size, lines=total, headers=len(lines), continuation=0,
        undecodable=0, skipped={"empty line": source.lines.count("")}, shape="[12:18] <nick> text",
        encoding=source.encoding, clock=how, events=kind.count("system"), warnings=export.text_warnings(),
    )  # fmt: skip
    return table


def _second_of_day(match: re.Match[str]) -> int:
    return int(match["hour"]) * HOUR + int(match["minute"]) * 60 + int(match["second"] or 0)


def _moment(match: re.Match[str] | None, tz: str) -> int | None:
    """The instant of a line; None where there is no such day or time."""
    if not match or not match["day"]:
        return None
    written = f"{match['day']}T{match['hour']}:{match['minute']}:{match['second'] or '00'}{match['zone'] or ''}"
    try:
        return records.moment(written, tz)
    except ValueError:
        return None


def _said(match: re.Match[str]) -> tuple[str | None, str]:
    """The sender of a line, None for an event, and its text."""
    if match["who"]:
        return match["who"], match["said"]
    return (match["actor"], match["did"]) if match["actor"] else (None, match["event"])


def concealed(event: str, stand_in: Callable[[str], str]) -> str:
    """An event's text with a stand-in for each nickname, also of people who never write."""
    return NAMED.sub(lambda match: stand_in(match.group()), event)


def _midnight(name: str, path: Path) -> int:
    """Seconds since 1970 at which the day in the file's name begins."""
    match = DAY.search(name)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise InputError("this IRC log has no date, neither in its lines nor in its name", path=path,
                         fix="Name the file after its first day, as in 2004-11-15.txt.")  # fmt: skip
    return (day.toordinal() - 719_163) * 86_400


def _filled(clock: list[int | None]) -> NDArray[np.int64]:
    """Times; a line without one takes the last one, at the start of the file the first one."""
    return pd.Series(clock, dtype="Int64").ffill().bfill().fillna(0).to_numpy(dtype=np.int64)


def continuous(clock: NDArray[np.int64]) -> tuple[NDArray[np.int64], str]:
    """Times of day (seconds) as seconds since the first day began, and the clock they were read by.

    A step back of more than JITTER is a new day. Some logs of 2004 to 2007 have a 12-hour clock without am and pm: in
    a log without an hour above 12, steps from 12 to 1 (or 11 to 0) that take under an hour on such a clock show it.
    """
    step, half = np.diff(clock, prepend=clock[:1]), 12 * HOUR
    back = step < -JITTER
    after = step[back] + half  # what a step back would be on a clock of 12 hours
    twelve = bool(back.any() and (clock < 13 * HOUR).all() and after.max() < HOUR and after.min() >= 0)
    turn = half if twelve else 2 * half
    return clock + np.cumsum(back) * turn, "12 hours without am and pm" if twelve else "24 hours"
