"""WhatsApp chat exports as a table: every line of the file is a header, part of a message, or skipped and counted.

One `re.split` with the file's own shape splits the text; whatever is rare (system lines, names with a colon, late and
pasted headers, a second shape since the phone's language changed) is looked at one by one afterwards, so that the
common case costs little more than the split.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, repeat
from pathlib import Path
from re import Match

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import wording
from analysis.errors import InputError
from analysis.ingest import clock, conservation, frame, language, order, pieces, report, words
from analysis.ingest.files import TextFile, count_lines
from analysis.ingest.senders import Split, split_senders
from analysis.ingest.shapes import Shape

TURNED = 3  # headers whose dates support either order, for a region to be taken as changed
MOSTLY = 0.9  # of the dates that support an order, in agreement with such a change
AMBIGUOUS = 60  # days between that are tried


@dataclass
class Headers:
    """The lines that open a message. date, time, half: as written; sender: as far as the first colon, missing where
    there is none; body: what follows; line: 1-based; skipped: lines before the first header; piece: which of the
    file's shapes each has, empty where there is one."""

    date: list[str]
    time: list[str]
    half: list[str]
    sender: list[str | None]
    body: list[str]
    line: NDArray[np.int64]
    skipped: int
    piece: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def of(self, piece: int) -> NDArray[np.intp]:
        """The places of the headers of one shape."""
        return np.flatnonzero(self.piece == piece) if len(self.piece) else np.arange(len(self.date))


def read(
    source: TextFile,
    shape: Shape,
    *,
    channel: str,
    tz: str,
    date_order: str | None,
    senders: Collection[str],
    path: Path,
) -> pd.DataFrame:
    """The messages of an export whose shape is known. Raises InputError where day and month cannot be distinguished."""
    lines = count_lines(source.text)
    text = _line_breaks(source.take(), shape)
    headers, shapes, matches = _split(text, shape), [shape], None
    if also := pieces.others(text, headers.sender, headers.body, headers.skipped, shape, listed=senders):
        shapes, matches = [shape, *also.shapes], also.matches
        headers = _gathered(text, matches, shapes)
    if len(shapes) == 1 and (turn := _turned(headers, shape, tz)):
        shapes, headers.piece = [shape, shape], (np.arange(len(headers.date)) >= turn).astype(np.int64)
        matches = [(match, int(k)) for match, k in zip(shape.line.finditer(_padded(text)), headers.piece, strict=True)]
    dates = _dated(headers, shapes, date_order, tz, path)
    times = _decided(headers, dates, senders)
    for written in (headers.date, headers.time, headers.half):
        written.clear()  # no longer needed, and a third of the headers' memory
    naive = conservation.naive(headers.sender, headers.line)
    if not times.opens.all():
        matches = matches or [(match, 0) for match in shape.line.finditer(_padded(text))]
        headers = _gathered(text, [match for match, o in zip(matches, times.opens.tolist(), strict=True) if o], shapes)
    del text, matches
    split = split_senders(headers.sender, headers.body, listed=senders, bracket=shape.bracket)
    kinds, texts, edited = _kinds(split)
    rows = frame.Rows(
        time=dates.time[times.opens], sender=split.sender, text=texts, kind=kinds, edited=edited, line=headers.line
    )
    table = frame.build(rows, channel=channel, source=source.name, tz=tz)
    undecodable = sum(n > headers.skipped for n in source.undecodable and source.undecodable - {*headers.line.tolist()})
    late = naive.line[~times.in_order & times.opens]
    pasted = naive.line[~times.opens]
    table.attrs["report"] = report.account(
        source=source.name, platform="whatsapp", size=source.size, lines=lines, headers=len(headers.line),
        continuation=lines - len(headers.line) - headers.skipped - undecodable, undecodable=undecodable,
        skipped={"before the first message": headers.skipped}, encoding=source.encoding, shape=shape.example,
        shapes=[each.example for each in shapes], date_order=dates.orders[0], date_order_by=dates.settled_by,
        late_headers=len(late), late=report.listed(late.tolist()),
        pasted_headers=len(pasted), pasted=report.listed(pasted.tolist()),
        readings=conservation.readings(times, dates.time), doubtful_senders=split.doubtful,
        differences=conservation.compared(naive, times.opens, split.sender, no_time=dates.time == clock.INVALID),
        repeated_hour=dates.repeated,
        language=language.of(table),
        warnings=_warnings(table, late.tolist(), pasted.tolist(), shapes, dates.orders),
    )  # fmt: skip
    return table


def _warnings(
    table: pd.DataFrame, late: list[int], pasted: list[int], shapes: Sequence[Shape], orders: Sequence[str]
) -> list[str]:
    """What a reader should look at: a cut export, lines out of order, a phone with changed settings."""
    attached = any(map(words.is_attached, table.loc[table["kind"] == "media", "text"].unique()))
    warnings = [*report.cut_warning(len(table), attached), *language.warning(table)]
    if any(int(number) in clock.ISLAMIC for each in shapes for number in clock.numbers(each.example)):
        warnings.append("dates of the Islamic calendar are read by its arithmetical form and may be a day off")
    if late:
        warnings.append(f"{wording.count(len(late), 'message')} late or early by the times around, kept where the file "
                        f"has them: {report.places(late)}")  # fmt: skip
    first = int(table["line"].min()) if len(table) else 0
    ahead, inside = ([line for line in pasted if (line < first) == before] for before in (True, False))
    if ahead:
        warnings.append(f"{wording.count(len(ahead), 'line')} before the first message with the form of one but no "
                        f"day that exists, left out: {report.places(ahead)}")  # fmt: skip
    if inside:
        warnings.append(f"{wording.count(len(inside), 'line')} with the form of one, kept in the message above for "
                        f"running back in time or holding no date: {report.places(inside)}")  # fmt: skip
    if len(shapes) > 1:
        ways = [f"{each.example} ({way})" for each, way in zip(shapes, orders, strict=True)]
        warnings.append(f"the headers change their shape: {wording.listed(ways)}; each part is read in its own")
    return warnings


def _line_breaks(text: str, shape: Shape) -> str:
    """Where the lines before headers end in CRLF, every CRLF is a line break; elsewhere a CR is a character."""
    if "\r" not in text:
        return text
    ends = [match.start() for match in shape.line.finditer(text)]
    ends += [len(text) - 1] if text.endswith("\n") else []
    crlf = sum(text[end - 1 : end] == "\r" for end in ends)
    return text.replace("\r\n", "\n") if crlf > len(ends) / 2 else text


def _split(text: str, shape: Shape) -> Headers:
    parts = shape.line.split(text)
    lead, columns = parts[0], [parts[i :: shape.line.groups + 1] for i in range(1, shape.line.groups + 2)]
    del parts
    lines = lead.count("\n") + 1
    if first := shape.line.match("\n" + lead):  # a header in the first line has no line break before it
        for column, group in zip(columns, (*first.groups(), lead[first.end() - 1 :]), strict=True):
            column.insert(0, group)
        lines = 0
    *stamp, sender, body = columns
    body[-1] = body[-1].removesuffix("\n")
    breaks = np.fromiter(map(str.count, body, repeat("\n")), dtype=np.int64, count=len(body))
    line = lines + np.cumsum(breaks + 1) - breaks
    return Headers(*_stamp(stamp, shape), sender, body, line, lines)


def _stamp(columns: Sequence[list[str]], shape: Shape) -> tuple[list[str], list[str], list[str]]:
    """The columns of a header's groups before the sender as date, time, half of the day."""
    if shape.time_first:
        return columns[-1], columns[0], columns[1] if shape.twelve_hours else []
    if not shape.twelve_hours:
        return columns[0], columns[1], []
    date, first, second = columns
    return (date, first, second) if words.half_day(next(iter(first), "")) is None else (date, second, first)


def _padded(text: str) -> str:
    return "\n" + text.removesuffix("\n")


def _gathered(text: str, matches: Sequence[tuple[Match[str], int]], shapes: Sequence[Shape]) -> Headers:
    """The headers at these matches (in the padded text, each with its shape), all else in the bodies."""
    padded = _padded(text)
    starts = [match.start() for match, _ in matches] + [len(padded)]
    breaks = [padded.count("\n", *ends) for ends in pairwise([0, *starts])]
    stamps = [_stamp([[match[i]] for i in range(1, shapes[k].line.groups)], shapes[k]) for match, k in matches]
    return Headers(
        date=[date for (date,), _, _ in stamps], time=[time for _, (time,), _ in stamps],
        half=[next(iter(half), "") for _, _, half in stamps],
        sender=[match[shapes[k].line.groups] for match, k in matches],
        body=[padded[match.end() : end] for (match, _), end in zip(matches, starts[1:], strict=True)],
        line=np.cumsum(breaks[:-1], dtype=np.int64) + 1, skipped=breaks[0],
        piece=np.array([k for _, k in matches], dtype=np.int64),
    )  # fmt: skip


# Times


@dataclass(frozen=True)
class Dates:
    """time: nanoseconds since 1970 in UTC a header, clock.INVALID for none; orders: of day, month and year, by shape;
    settled_by: what settled the first; repeated: how many fall into an hour that a clock change repeats."""

    time: NDArray[np.int64]
    orders: list[str]
    settled_by: str
    repeated: int


def _decided(headers: Headers, dates: Dates, listed: Collection[str]) -> order.Order:
    """Which headers open a message."""
    halves = headers.half or [""] * len(headers.date)
    stamp = list(zip(headers.date, headers.time, halves, strict=True)) if _runs_back(dates.time) else headers.date
    return order.decided(order.Written(dates.time, headers.sender, stamp, headers.body), listed)


def _runs_back(time: NDArray[np.int64]) -> bool:
    return bool((np.diff(time) < 0).any())


def _times(headers: Headers, orders: Sequence[str], shapes: Sequence[Shape], tz: str) -> tuple[NDArray[np.int64], int]:
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


def _dated(headers: Headers, shapes: Sequence[Shape], given: str | None, tz: str, path: Path) -> Dates:
    """The order of day, month and year of each shape, what settled it, and the times.

    A date with a part above 12 supports an order unless, read the other way, more headers would agree with those
    around: one pasted date does not turn a file around. Raises InputError where nothing settles the order.
    """
    written = (
        [headers.date] if len(shapes) == 1 else [[headers.date[i] for i in headers.of(k)] for k in range(len(shapes))]
    )
    found = [_orders(dates, shape, given, k > 0) for k, (dates, shape) in enumerate(zip(written, shapes, strict=True))]
    settled = next((ways[0] for ways, _ in found if ways and ways[0] != "ymd"), None)
    if not any(ways for ways, _ in found):
        raise clock.ambiguous(path, int(headers.line[0]), f"{headers.date[0]} {headers.time[0]}")
    choices = [ways or ([settled] if settled else ["dmy", "mdy"]) for ways, _ in found]
    orders = [ways[0] for ways in choices]
    time, repeated = _times(headers, orders, shapes, tz)
    for k, ways in enumerate(choices):
        for other in ways[1:] if _runs_back(time) or bool((time == clock.INVALID).any()) else ():
            tried = [*orders[:k], other, *orders[k + 1 :]]
            instants, again = _times(headers, tried, shapes, tz)
            if _agreement(instants, headers) > _agreement(time, headers):
                orders, time, repeated = tried, instants, again
    if given is not None and given in orders:
        _fits(headers, given, time, path)
    return Dates(time, orders, found[0][1] or "the dates", repeated)


def _turned(headers: Headers, shape: Shape, tz: str) -> int | None:
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
        return _agreement(_times(halves, ways, [shape, shape], tz)[0], headers)

    return max(turns, key=agreement, default=None)


def _agreement(time: NDArray[np.int64], headers: Headers) -> tuple[int, int]:
    """How many headers agree in time with those above, and with those around."""
    running = (time != clock.INVALID) & (time >= np.maximum.accumulate(time))
    return int(running.sum()), int(
        order.excursions(order.Written(time, headers.sender, headers.date, headers.body)).in_order.sum()
    )


def _orders(written: Sequence[str], shape: Shape, given: str | None, further: bool) -> tuple[list[str], str]:
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


def _fits(headers: Headers, given: str, time: NDArray[np.int64], path: Path) -> None:
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


# Kinds


def _kinds(split: Split) -> tuple[list[str], list[str], NDArray[np.bool_]]:
    """The kind of each message, its text without the mark of an edit, and whether it was edited."""
    texts = split.text
    kinds = ["text"] * len(texts)
    edited = np.zeros(len(texts), dtype=bool)
    special = words.special(texts)
    attached = words.attachments([texts[i] for i in special])
    distinct = {texts[i] for i in special}  # a messenger repeats itself
    read = {text: (words.kind_of(text, attached), words.without_edit_mark(text)) for text in distinct}
    for i in special:
        kinds[i], shorter = read[texts[i]]
        if shorter != texts[i]:
            edited[i], texts[i] = True, shorter
    for i in split.placeholders:
        kinds[i] = "media"
    for i in split.system:
        kinds[i] = "call" if kinds[i] == "call" else "system"
    return kinds, texts, edited
