"""WhatsApp chat exports as a table: every line of the file is a header, part of a message, or skipped and counted.

One `re.split` with the file's own shape splits the text; whatever is rare (system lines, names with a colon, pasted
headers) is looked at one by one afterwards, so that the common case costs little more than the split.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.ingest import clock, frame, report, words
from analysis.ingest.files import TextFile, count_lines
from analysis.ingest.senders import Split, split_senders
from analysis.ingest.shapes import Shape

STRAY = 20  # so many later headers that all contradict one header show that this one is the stray
JITTER = 60_000_000_000  # nanoseconds that a header may run back without being pasted, unless it is a copy
COPIED = 200  # headers above among which a copied one is looked for


@dataclass
class Headers:
    """The lines that open a message. date, time, half: as written; sender: as far as the first colon, missing where
    there is none; body: what follows; line: 1-based; skipped: lines before the first header."""

    date: list[str]
    time: list[str]
    half: list[str]
    sender: list[str | None]
    body: list[str]
    line: NDArray[np.int64]
    skipped: int


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
    headers = _split(text, shape)
    order, settled_by, times = _ordered(headers, date_order, shape, tz, path)
    for written in (headers.date, headers.time, headers.half):
        written.clear()  # read, and a third of what the headers hold
    pasted = headers.line[~times.keep]
    if len(pasted):
        headers = _glued(text, shape, times.keep)
    del text
    split = split_senders(headers.sender, headers.body, listed=senders, bracket=shape.bracket)
    kinds, texts, edited = _kinds(split)
    rows = frame.Rows(
        time=times.time[times.keep], sender=split.sender, text=texts, kind=kinds, edited=edited, line=headers.line
    )
    table = frame.build(rows, channel=channel, source=source.name, tz=tz)
    undecodable = sum(line > headers.skipped for line in source.undecodable - set(headers.line.tolist()))
    table.attrs["report"] = report.account(
        source=source.name, platform="whatsapp", size=source.size, lines=lines, headers=len(headers.line),
        continuation=lines - len(headers.line) - headers.skipped - undecodable, undecodable=undecodable,
        skipped={"before the first message": headers.skipped}, encoding=source.encoding, shape=shape.example,
        date_order=order, date_order_by=settled_by, pasted_headers=len(pasted), pasted=report.listed(pasted.tolist()),
        doubtful_senders=split.doubtful, repeated_hour=times.repeated, warnings=_warnings(table, pasted.tolist()),
    )  # fmt: skip
    return table


def _warnings(table: pd.DataFrame, pasted: list[int]) -> list[str]:
    """What a reader should look at: a cut export, lines that look like headers and were taken for text."""
    attached = any(map(words.is_attached, table.loc[table["kind"] == "media", "text"]))
    warnings = report.cut_warning(len(table), attached)
    if pasted:
        lines = ", ".join(map(str, pasted[:3])) + (", ..." if len(pasted) > 3 else "")
        warnings.append(f"{len(pasted):,} lines look like headers but run back in time or hold no date; "
                     f"they stay in the message above: line {lines}")  # fmt: skip
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
    breaks = np.fromiter((text.count("\n") for text in body), dtype=np.int64, count=len(body))
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


def _glued(text: str, shape: Shape, keep: NDArray[np.bool_]) -> Headers:
    """The headers that are kept, with all other header-shaped lines back in the bodies."""
    padded = "\n" + text.removesuffix("\n")
    kept = [match for match, k in zip(shape.line.finditer(padded), keep.tolist(), strict=True) if k]
    starts = [match.start() for match in kept] + [len(padded)]
    breaks = [padded.count("\n", *ends) for ends in pairwise([0, *starts])]
    stamp = [[match[i] for match in kept] for i in range(1, shape.line.groups)]
    return Headers(
        *_stamp(stamp, shape),
        sender=[match[shape.line.groups] for match in kept],
        body=[padded[match.end() : end] for match, end in zip(kept, starts[1:], strict=True)],
        line=np.cumsum(breaks[:-1], dtype=np.int64) + 1,
        skipped=breaks[0],
    )


# Times


@dataclass(frozen=True)
class Times:
    """time: nanoseconds since 1970 in UTC a header, clock.INVALID for none; keep: which headers open a message;
    repeated: how many fall into an hour that a clock change repeats, without a sign in which."""

    time: NDArray[np.int64]
    keep: NDArray[np.bool_]
    repeated: int


def _times(headers: Headers, order: str, shape: Shape, tz: str) -> Times:
    """The headers' instants, their dates read in that order."""
    day = clock.each(headers.date, {d: clock.day_number(d, order, shape.era) for d in set(headers.date)})
    if shape.twelve_hours:
        written = list(zip(headers.time, headers.half, strict=True))
        second = clock.each(written, {w: clock.second_of_day(*w) for w in set(written)})
    else:
        second = clock.each(headers.time, {t: clock.second_of_day(t) for t in set(headers.time)})
    valid = (day != clock.INVALID) & (second != clock.INVALID)
    time = np.full(len(day), clock.INVALID)
    time[valid], repeated = clock.instants(day[valid] * clock.DAY + second[valid], tz)

    def is_copy(place: int) -> bool:
        above = range(max(0, place - COPIED), place)
        return any(_first_line(headers, i) == _first_line(headers, place) for i in above)

    return Times(time, in_order(time, is_copy), repeated)


def in_order(time: NDArray[np.int64], is_copy: Callable[[int], bool]) -> NDArray[np.bool_]:
    """Which headers open a message: those of a real time that do not run back behind an earlier one.

    Less than JITTER back, which only headers with seconds can show, is a message that arrived late: an export is in
    the order in which its phone received, under the times at which others sent. It would be lost if it were taken for
    pasted text. A copy of a header just above is pasted all the same. A header that STRAY later ones in a row
    contradict, though they run on from the one before it, is itself the stray.

    is_copy: whether the line of the header at a place is among those above it already.
    """
    keep = time != clock.INVALID
    if bool(keep.all() and (np.diff(time) >= 0).all()):
        return keep
    places = np.flatnonzero(keep)
    times = time[places].tolist()
    latest = clock.INVALID
    for i, (place, moment) in enumerate(zip(places.tolist(), times, strict=True)):
        following = times[i + 1 : i + 1 + STRAY]
        stray = len(following) == STRAY and i > 0 and max(following) < moment - JITTER and min(following) >= latest
        late = latest - JITTER < moment < latest and not is_copy(place)
        keep[place] = (moment >= latest or late) and not stray
        latest = max(moment, latest) if keep[place] else latest
    return keep


def _first_line(headers: Headers, place: int) -> tuple[str, str, str | None, str]:
    return headers.date[place], headers.time[place], headers.sender[place], headers.body[place].partition("\n")[0]


def _ordered(headers: Headers, given: str | None, shape: Shape, tz: str, path: Path) -> tuple[str, str, Times]:
    """The order of day, month and year, what settled it, and the times. Raises InputError where nothing settles it.

    A date with a part above 12 supports an order unless, read that way, more headers would be impossible or run back in
    time than read the other way: one pasted date does not turn a file around.
    """
    dates = list(dict.fromkeys(headers.date))
    supported = ["ymd"] if shape.era in clock.JAPANESE else clock.orders_of(dates)
    if given is not None and supported != ["ymd"]:
        times = _times(headers, given, shape, tz)
        _fits(headers, given, times, path)
        return given, "date_order", times
    if not supported:
        if shape.dotted:
            settled_by = "the dots: dates written with dots have the day first"
        elif all(first == second for first, second, *_ in map(clock.numbers, dates)):
            settled_by = "no need: day and month are equal"
        else:
            raise clock.ambiguous(path, int(headers.line[0]), f"{headers.date[0]} {headers.time[0]}")
        return "dmy", settled_by, _times(headers, "dmy", shape, tz)
    order, times = supported[0], _times(headers, supported[0], shape, tz)
    if order != "ymd" and not times.keep.all():
        other = "mdy" if order == "dmy" else "dmy"
        others = _times(headers, other, shape, tz)
        if others.keep.sum() > times.keep.sum():
            order, times = other, others
    return order, "the dates", times


def _fits(headers: Headers, given: str, times: Times, path: Path) -> None:
    """Raises InputError when the first date, or one in ten, is impossible in the given order."""
    impossible = np.flatnonzero(times.time == clock.INVALID)
    if len(impossible) and (impossible[0] == 0 or len(impossible) > len(times.time) / 10):
        fix = "Set `ingest.date_order` to the file's own order in params.yaml, or leave it out."
        line, written = int(headers.line[impossible[0]]), headers.date[impossible[0]]
        raise InputError(f"date_order is {given}, but {written} is no such date", path=path, line=line, fix=fix)


# Kinds


def _kinds(split: Split) -> tuple[list[str], list[str], NDArray[np.bool_]]:
    """The kind of each message, its text without the mark of an edit, and whether it was edited."""
    texts = split.text
    kinds = ["text"] * len(texts)
    edited = np.zeros(len(texts), dtype=bool)
    special = words.special(pa.array(texts, pa.large_string()))
    attached = words.attachments([texts[i] for i in special])
    for i in special:
        kinds[i] = words.kind_of(texts[i], attached)
        shorter = words.without_edit_mark(texts[i])
        edited[i], texts[i] = shorter != texts[i], shorter
    for i in split.system:
        kinds[i] = "call" if kinds[i] == "call" else "system"
    return kinds, texts, edited
