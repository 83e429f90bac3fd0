"""Viber's message history as it is e-mailed: a table without a head (date, time, name, number, text), or lines
`[ 24 July 2024 at 09:43:10 ] Name: text`."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import clock, files
from analysis.ingest.readers.export import Chats, Export, iso, row

CELLS = re.compile(r'"?\d{1,4}[./-]\d{1,2}[./-]\d{2,4}"?[,;]"?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[AaPp][Mm])?"?[,;]')
LINE = re.compile(
    r"\[ ?(\d{1,2} [^\W\d_]+ \d{4})(?: at|,)? (\d{1,2}:\d\d:\d\d(?: ?[AaPp][Mm])?) ?\] ([^:\n]{1,80}): (.*)"
)
MONTHS = {name: k for k, names in enumerate((
    "january januari jan", "february februari feb", "march maret mar", "april apr", "may mei", "june juni jun",
    "july juli jul", "august agustus aug agu", "september sep", "october oktober oct okt", "november nov",
    "december desember dec des"), 1) for name in names.split()}  # fmt: skip
MEDIA = ("Photo message", "Video message", "Sticker", "Sticker message", "Voice message", "GIF", "File message")


def fits(export: Export) -> bool:
    """Whether the first line is either of the two."""
    return export.single and bool(CELLS.match(export.head) or LINE.match(export.head))


def read(export: Export) -> pd.DataFrame:
    """The messages of one chat. Raises InputError where day and month cannot be distinguished."""
    source, chats = files.read_text(export.path), Chats(export, "viber", "Viber history")
    channel = chats.channels.of(re.sub(r"^Messages with ", "", export.path.name))
    rows = _cells(source.text, export) if CELLS.match(source.text.lstrip("\ufeff")) else _lines(source.lines)
    order = _order([day for day, *_ in rows], export)
    for day, time, sender, text in rows:
        number, second = clock.day_number(day, order), _second(time)
        known = clock.INVALID not in (number, second)
        wall = str(pd.Timestamp(number * clock.DAY + second, unit="s")) if known else ""
        chats.add(row(channel, iso(wall, export.tz), sender, text, "media" if text in MEDIA else "text"))
    return chats.frame(date_order=order)


def _second(written: str) -> int:
    match = re.fullmatch(r"([\d:.]+) ?(\D*)", written.strip())
    return clock.second_of_day(match[1], match[2]) if match else clock.INVALID


def _order(written: list[str], export: Export) -> str:
    days = [day for day in written if len(clock.numbers(day)) == 3]
    supported = clock.orders_of(days)
    if supported == ["ymd"] or (supported and not export.date_order):
        return supported[0]
    if export.date_order or not days:
        return export.date_order or "dmy"
    raise clock.ambiguous(export.path, 1, days[0])


def _cells(text: str, export: Export) -> list[tuple[str, str, str, str]]:
    """The rows of a table; one of too few cells has no day. Raises InputError when it is no table."""
    separator = ";" if text.split("\n")[0].count(";") > text.split("\n")[0].count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator))
    except csv.Error as error:
        raise InputError(f"this is not a table: {error}", path=export.path, fix="Export the chat again.") from error
    cells = [[*row, "", "", "", ""] if len(row) < 4 else row for row in rows if row]
    return [(row[0], row[1], row[2] or row[3], separator.join(row[4:]) if len(row) > 4 else row[3]) for row in cells]


def _lines(lines: list[str]) -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    for line in lines:
        if match := LINE.fullmatch(line.lstrip("\ufeff")):
            day, month, year = match[1].split()
            rows.append((f"{year}-{MONTHS.get(month.lower(), 0)}-{day}", match[2], match[3], match[4]))
        elif rows:
            *stamp, text = rows[-1]
            rows[-1] = (stamp[0], stamp[1], stamp[2], f"{text}\n{line}")
    return rows
