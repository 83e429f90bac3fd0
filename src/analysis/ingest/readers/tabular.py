"""Anything else, as a table with named columns: CSV (comma, semicolon or tab) or one JSON object per line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import pandas as pd

from analysis import disk
from analysis.errors import InputError, noting, refuse
from analysis.ingest import clock, files, report, words
from analysis.ingest.files import TextFile
from analysis.ingest.readers import records
from analysis.ingest.readers.export import Export
from analysis.ingest.readers.jsonstream import BrokenJSON, too_deep

NAMES = {
    "day": ("date", "day", "tanggal", "tgl"), "time": ("time", "timestamp", "datetime", "waktu", "jam"),
    "sender": ("sender", "from", "author", "user", "name", "pengirim", "nama"),
    "text": ("text", "message", "content", "body", "pesan", "isi"),
    "id": ("id", "message_id"), "reply_to": ("reply_to", "reply_to_id", "in_reply_to"),
    "channel": ("channel", "chat", "group", "grup"), "kind": ("kind",), "edited": ("edited",),
}  # fmt: skip
SPELLINGS = {spelling: name for name, spellings in NAMES.items() for spelling in spellings}
WRITTEN = re.compile(r"(\d{1,4}[./-]\d{1,2}[./-]\d{2,4})[,\sT]+(\d{1,2}[.:]\d\d(?:[.:]\d\d)?)\s*(\D{0,8})")
YES = ("1", "true", "yes", "ya")
OBJECTS = (".jsonl", ".ndjson")
CELLS = (".csv", ".tsv")
KINDS = ("text", "system", *words.ORDER)  # of a message, as tables.Messages has them

Cells = dict[str, str]


def fits(export: Export) -> bool:
    """Whether the file's name says that it is a table."""
    return export.single and export.path.suffix.lower() in (*CELLS, *OBJECTS)


def read(export: Export) -> pd.DataFrame:
    """The messages of a table with the columns time, sender and text, and where there are any date, id, reply_to,
    channel, kind and edited; a row without a sender is a system line. Day and time may have a column each. Dates
    that are not written year first are read in the export's date_order, or in the order that those of the whole
    file settle.

    Raises InputError with the line of what is wrong.
    """
    path, tz = export.path, export.tz
    source = files.read_text(path)
    table = records.Table(path.name, tz)
    channels = records.Channels()
    rows = list((_objects if path.suffix.lower() in OBJECTS else _cells)(source, path))
    order, settled_by = _order(rows, export.date_order, path)
    errors: list[InputError] = []
    for line, _, cells in rows:
        name = cells.get("channel", "").strip() or path.name
        channel = channels.of(name, key=" ".join(name.casefold().split()))  # written by hand
        with noting(errors):
            table.add(_row(cells, line, channel, order, tz, path))
    refuse(errors)
    frame = table.frame()
    lines, spans = len(source.lines), sum(span for _, span, _ in rows)
    frame.attrs["report"] = report.account(
        source=path.name, platform="table", size=source.size, lines=lines, headers=len(frame),
        continuation=spans - len(frame), undecodable=0, skipped={"column names and empty lines": lines - spans},
        shape=path.suffix.lower().removeprefix("."), encoding=source.encoding, channels=channels.names,
        date_order=order, date_order_by=settled_by,
    )  # fmt: skip
    return frame


def _when(cells: Cells) -> str:
    """Day and time as written, from one column or two."""
    day, time = cells.get("day", "").strip(), cells.get("time", "").strip()
    return f"{day} {time}".strip() if len(clock.numbers(time)) < 5 else time


def _order(rows: Iterable[tuple[int, int, Cells]], given: str | None, path: Path) -> tuple[str, str]:
    """The order of day, month and year, and what settled it. Raises InputError where nothing does."""
    dates = {match[1]: line for line, _, cells in rows if (match := WRITTEN.match(_when(cells)))}
    supported = clock.orders_of(dates)
    if supported == ["ymd"] or not dates:
        return "ymd", "the dates"
    if given or supported:
        return (given, "date_order") if given else (supported[0], "the dates")
    date, line = next(iter(dates.items()))
    raise clock.ambiguous(path, line, date)


def _moment(written: str, order: str, tz: str) -> int:
    """The instant of a written day and time. Raises ValueError when it is not one."""
    try:
        return records.moment(written, tz)
    except ValueError:
        match = WRITTEN.fullmatch(written)
        if match is None:
            raise
    day, second = clock.day_number(match[1], order), clock.second_of_day(match[2], match[3].strip())
    if clock.INVALID in (day, second):
        raise ValueError(f"not a day and time: {written}")
    return records.moment((datetime(1970, 1, 1) + timedelta(days=day, seconds=second)).isoformat(), tz)


def _row(cells: Cells, line: int, channel: str, order: str, tz: str, path: Path) -> records.MessageRow:
    written = _when(cells)
    try:
        time = _moment(written, order, tz)
    except ValueError as error:
        fix = "Write times as 2024-07-24T09:43, or with a zone as 2024-07-24T09:43+07:00."
        raise InputError(f"{written!r} is not a time", path=path, line=line, fix=fix) from error
    sender, kind = cells.get("sender") or None, cells.get("kind", "").lower()
    return records.MessageRow(
        channel=channel, id=cells.get("id") or None, line=line, time=time, sender=sender, text=cells.get("text", ""),
        kind=kind if kind in KINDS else "text" if sender else "system",
        edited=cells.get("edited", "").lower() in YES, reply_to=cells.get("reply_to") or None,
    )  # fmt: skip


def _cells(source: TextFile, path: Path) -> Iterator[tuple[int, int, Cells]]:
    """Each row of a CSV file: its first line, how many lines it takes, its cells by their known name."""
    rows = disk.cell_rows(source.lines, path)
    for _, _, header in islice(rows, 1):
        columns = [SPELLINGS.get(cell.strip().lower()) for cell in header]  # None for a column of no use here
        _complete([name for name in columns if name], path, 1)
        for line, span, cells in rows:
            yield line, span, {name: cell for name, cell in zip(columns, cells, strict=True) if name}


def _complete(names: list[str], path: Path, line: int) -> None:
    missing = [] if {"day", "time"} & set(names) else ["time"]
    missing += [] if "text" in names else ["text"]
    twice = sorted({name for name in names if names.count(name) > 1})
    if missing or twice:
        what = f"no column {' and no column '.join(missing)}" if missing else f"several columns for {', '.join(twice)}"
        raise InputError(what, path=path, line=line, fix="Name the columns time, sender, text.")


def _objects(source: TextFile, path: Path) -> Iterator[tuple[int, int, Cells]]:
    for line, text in enumerate(source.lines, 1):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BrokenJSON(f"broken JSON: {error}", path=path, line=line, fix="Write one object per line.") from error
        if not isinstance(record, dict) or too_deep(record):
            raise InputError(
                "this line is not a JSON object of plain values", path=path, line=line, fix="Write one object per line."
            )
        cells = {SPELLINGS[k.lower()]: "" if v is None else str(v) for k, v in record.items() if k.lower() in SPELLINGS}
        _complete(list(cells), path, line)
        yield line, 1, cells
