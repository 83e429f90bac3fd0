"""WhatsApp chat exports as a table: every line of the file is a header, part of a message, or skipped and counted.

One `re.split` with the file's own shape splits the text; whatever is rare (system lines, names with a colon, late and
pasted headers, a second shape since the phone's language changed) is looked at one by one afterwards, so that the
common case costs little more than the split.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import wording
from analysis.ingest import clock, frame, report, words
from analysis.ingest.files import TextFile, count_lines
from analysis.ingest.readers.export import Export
from analysis.ingest.readers.whatsapp import conservation, language, order, pieces, shapes
from analysis.ingest.readers.whatsapp.dates import Dates, dated, runs_back, turned
from analysis.ingest.readers.whatsapp.headers import Headers, gathered, padded_text, plain_breaks, split_headers
from analysis.ingest.readers.whatsapp.senders import Split, split_senders
from analysis.ingest.readers.whatsapp.shapes import Shape


def fits(export: Export) -> bool:
    """Whether a line of a text looks like a header."""
    return export.has_text and shapes.is_chat(export.source.text)


def read(export: Export) -> pd.DataFrame:
    """The messages of one chat. Raises InputError where day and month cannot be distinguished."""
    shape = shapes.find(export.source.text)
    assert shape is not None  # as fits has seen
    order, senders = export.date_order, export.senders
    table = messages_of(
        export.source, shape, channel=export.channel, tz=export.tz, date_order=order, senders=senders, path=export.path
    )
    table.attrs["report"]["warnings"] += export.text_warnings()
    return table


def messages_of(
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
    text = plain_breaks(source.take(), shape)
    headers, used, matches = split_headers(text, shape), [shape], None
    if also := pieces.others(text, headers.sender, headers.body, headers.skipped, shape, listed=senders):
        used, matches = [shape, *also.shapes], also.matches
        headers = gathered(text, matches, used)
    if len(used) == 1 and (turn := turned(headers, shape, tz)):
        used, headers.piece = [shape, shape], (np.arange(len(headers.date)) >= turn).astype(np.int64)
        matches = [
            (match, int(k)) for match, k in zip(shape.line.finditer(padded_text(text)), headers.piece, strict=True)
        ]
    dates = dated(headers, used, date_order, tz, path)
    times = _decided(headers, dates, senders)
    for written in (headers.date, headers.time, headers.half):
        written.clear()  # no longer needed, and a third of the headers' memory
    naive = conservation.naive(headers.sender, headers.line)
    if not times.opens.all():
        matches = matches or [(match, 0) for match in shape.line.finditer(padded_text(text))]
        headers = gathered(text, [match for match, o in zip(matches, times.opens.tolist(), strict=True) if o], used)
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
        shapes=[each.example for each in used], date_order=dates.orders[0], date_order_by=dates.settled_by,
        late_headers=len(late), late=report.listed(late.tolist()),
        pasted_headers=len(pasted), pasted=report.listed(pasted.tolist()),
        readings=conservation.readings(times, dates.time), doubtful_senders=split.doubtful,
        differences=conservation.compared(naive, times.opens, split.sender, no_time=dates.time == clock.INVALID),
        repeated_hour=dates.repeated,
        language=language.of(table),
        warnings=_warnings(table, late.tolist(), pasted.tolist(), used, dates.orders),
    )  # fmt: skip
    return table


def _decided(headers: Headers, dates: Dates, listed: Collection[str]) -> order.Order:
    """Which headers open a message."""
    halves = headers.half or [""] * len(headers.date)
    stamp = list(zip(headers.date, headers.time, halves, strict=True)) if runs_back(dates.time) else headers.date
    return order.decided(order.Written(dates.time, headers.sender, stamp, headers.body), listed)


def _warnings(
    table: pd.DataFrame, late: list[int], pasted: list[int], used: Sequence[Shape], orders: Sequence[str]
) -> list[str]:
    """What a reader should look at: a cut export, lines out of order, a phone with changed settings."""
    attached = any(map(words.is_attached, table.loc[table["kind"] == "media", "text"].unique()))
    warnings = [*report.cut_warning(len(table), attached), *language.warning(table)]
    if any(int(number) in clock.ISLAMIC for each in used for number in clock.numbers(each.example)):
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
    if len(used) > 1:
        ways = [f"{each.example} ({way})" for each, way in zip(used, orders, strict=True)]
        warnings.append(f"the headers change their shape: {wording.listed(ways)}; each part is read in its own")
    return warnings


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
