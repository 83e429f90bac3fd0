"""Anything else, as a table with named columns: CSV (comma, semicolon or tab) or one JSON object a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import files, records, report
from analysis.ingest.files import Source, slug
from analysis.tables import KINDS

NAMES = {
    "time": ("time", "timestamp", "date", "datetime", "waktu", "tanggal"),
    "sender": ("sender", "from", "author", "user", "name", "pengirim", "nama"),
    "text": ("text", "message", "content", "body", "pesan", "isi"),
    "id": ("id", "message_id"),
    "reply_to": ("reply_to", "reply_to_id", "in_reply_to"),
    "channel": ("channel", "chat", "group", "grup"),
    "kind": ("kind",),
    "edited": ("edited",),
}
NEEDED = ("time", "text")
YES = ("1", "true", "yes", "ya")
OBJECTS = (".jsonl", ".ndjson")
CELLS = (".csv", ".tsv")

Cells = dict[str, str]


def is_table(path: Path) -> bool:
    """Whether the file's name says that it is a table."""
    return path.suffix.lower() in (*CELLS, *OBJECTS)


def read(path: Path, *, tz: str) -> pd.DataFrame:
    """The messages of a table with the columns time (ISO 8601), sender and text, and where there are any id, reply_to,
    channel, kind and edited; a row without a sender is a system line. Raises InputError with the line of what is wrong.
    """
    source = files.read_text(path)
    table = records.Table(path.name, tz)
    channels: dict[str, str] = {}
    spans = 0
    for line, span, cells in (_objects if path.suffix.lower() in OBJECTS else _cells)(source, path):
        spans += span
        name = cells.get("channel") or path.name
        channels[slug(name)] = name
        table.add(_row(cells, line, slug(name), tz, path))
    frame = table.frame()
    lines = len(source.lines)
    frame.attrs["report"] = report.account(
        source=path.name,
        platform="table",
        size=source.size,
        lines=lines,
        headers=len(frame),
        continuation=spans - len(frame),
        undecodable=0,
        skipped={"column names and empty lines": lines - spans},
        shape=path.suffix.lower().removeprefix("."),
        encoding=source.encoding,
        channels=channels,
    )
    return frame


def _row(cells: Cells, line: int, channel: str, tz: str, path: Path) -> records.Row:
    try:
        time = records.moment(cells.get("time", ""), tz)
    except ValueError as error:
        mend = "Write times as 2024-07-24T09:43, or with a zone as 2024-07-24T09:43+07:00."
        raise InputError(f"{cells.get('time', '')!r} is no time", path=path, line=line, mend=mend) from error
    sender, kind = cells.get("sender") or None, cells.get("kind", "").lower()
    return records.Row(
        channel=channel,
        id=cells.get("id") or None,
        line=line,
        time=time,
        sender=sender,
        text=cells.get("text", ""),
        kind=kind if kind in KINDS else "text" if sender else "system",
        edited=cells.get("edited", "").lower() in YES,
        reply_to=cells.get("reply_to") or None,
    )


def _cells(source: Source, path: Path) -> Iterator[tuple[int, int, Cells]]:
    """Each row of a CSV file: its first line, how many lines it takes, its cells by their known name."""
    lines = source.lines
    first = lines[0] if lines else ""
    reader = csv.reader((line + "\n" for line in lines), delimiter=max("\t;,", key=first.count), strict=True)
    csv.field_size_limit(files.LONGEST_LINE)
    columns: list[str | None] | None = None
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cells):
                continue
            if columns is None:
                columns = _columns(cells, path)
            elif len(cells) != len(columns):
                raise InputError(f"{len(cells)} cells under {len(columns)} columns", path=path, line=line,
                                 mend="Put a text that holds the separator into double quotes.")  # fmt: skip
            else:
                named = {name: cell for name, cell in zip(columns, cells, strict=True) if name}
                yield line, start - line, named
    except csv.Error as error:
        raise InputError(f"this is no table: {error}", path=path, line=start, mend="Write it as CSV again.") from error


def _columns(cells: list[str], path: Path) -> list[str | None]:
    """The known name of each column, None for a column of no use here."""
    known = {spelling: name for name, spellings in NAMES.items() for spelling in spellings}
    columns = [known.get(cell.strip().lower()) for cell in cells]
    _complete([name for name in columns if name], path, 1)
    return columns


def _complete(names: list[str], path: Path, line: int) -> None:
    missing = [name for name in NEEDED if name not in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if missing or twice:
        what = f"no column {' and no column '.join(missing)}" if missing else f"several columns for {', '.join(twice)}"
        raise InputError(what, path=path, line=line, mend="Name the columns time, sender, text.")


def _objects(source: Source, path: Path) -> Iterator[tuple[int, int, Cells]]:
    known = {spelling: name for name, spellings in NAMES.items() for spelling in spellings}
    for line, text in enumerate(source.lines, 1):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"broken JSON: {error}", path=path, line=line, mend="Write one object a line.") from error
        if not isinstance(record, dict):
            raise InputError("no JSON object", path=path, line=line, mend="Write one object a line.")
        cells = {known[k.lower()]: "" if v is None else str(v) for k, v in record.items() if k.lower() in known}
        _complete(list(cells), path, line)
        yield line, 1, cells
