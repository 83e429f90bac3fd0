"""LINE's chat history (.txt): a title, the day saved, then days and below each `time TAB sender TAB text`.

A text of several lines is in quotation marks, doubled inside it. What the app wrote has no sender, and in some versions
no column for one.
"""

from __future__ import annotations

import re

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import clock, files, report, words
from analysis.ingest.readers import records
from analysis.ingest.readers.export import Export

DAY = re.compile(
    r"(?:[^\W\d_]+\.?,? )?(\d{1,4}[./-]\d{1,2}[./-]\d{1,4})[.,]?(?: ?\([^\W\d_]+\.?\)| [^\W\d_]+)?|"
    r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일].*"
)
TIME = re.compile(r"([^\W\d_]{2} ?)?(\d{1,2}[:.]\d\d)(?: ?([^\W\d_]{1,2}\.?[^\W\d_]?\.?))?")
TITLE = re.compile(
    r"\[LINE\] ?(?:Chat history (?:in|with) |(?:Riwayat )?[Oo]brolan (?:di|dengan) )?(.*)|Chat history (?:in|with) (.*)"
)
CALL = re.compile(r"☎ ?.*")


def fits(export: Export) -> bool:
    """Whether a text has LINE's title, or a day above lines of three columns."""
    if not export.single:
        return False
    lines = export.head.split("\n")[:40]
    has_day = any(DAY.fullmatch(line.rstrip("\r")) for line in lines)
    columns = sum(bool(TIME.fullmatch(line.split("\t")[0])) and line.count("\t") >= 2 for line in lines)
    return has_day and columns > 0 and not export.head.startswith(("{", "<"))


def read(export: Export) -> pd.DataFrame:
    """The messages of one chat. Raises InputError where day and month cannot be distinguished, or a message is of a day
    before 1970."""
    source = files.read_text(export.path)
    lines = source.lines  # split once: the property splits the text each time
    title = next((match for line in lines[:3] if (match := TITLE.fullmatch(line.lstrip("\ufeff").strip()))), None)
    name = next((each for each in title.groups() if each), "") if title else ""
    channel = files.slug(name or export.path.name)
    days = {n: match for n, line in enumerate(lines) if (match := DAY.fullmatch(line.strip()))}
    order, settled_by = _order(days, export)
    rows, continuation, skipped = _rows(lines, {n: _day(match, order) for n, match in days.items()}, channel, export)
    table = records.Table(export.path.name, export.tz)
    for each in rows:
        table.add(each)
    frame = table.frame()
    frame.attrs["report"] = report.account(
        source=export.path.name, platform="line", size=source.size, lines=len(lines), headers=len(frame),
        continuation=continuation, undecodable=0, skipped={"title, days, and lines of no text or time": skipped},
        shape="LINE text", encoding=source.encoding, date_order=order, date_order_by=settled_by,
        channels={channel: name or export.path.name},
    )  # fmt: skip
    return frame


def _rows(
    lines: list[str], days: dict[int, int | None], channel: str, export: Export
) -> tuple[list[records.MessageRow], int, int]:
    """The messages, how many lines go on with one above, and how many hold neither. days: days since 1970 by the places
    of their lines, None for what is not a day."""
    rows: list[records.MessageRow] = []
    day, k, continuation, skipped = None, 0, 0, 0
    while k < len(lines):
        line, columns = lines[k], lines[k].split("\t", 2)
        if k in days:
            day, skipped = days[k], skipped + 1
        elif day is not None and (stamp := TIME.fullmatch(columns[0])) and len(columns) > 1:
            sender = columns[1] if len(columns) == 3 else ""
            text, more = _text(columns[-1], lines, k)
            seconds = clock.second_of_day(stamp[2], (stamp[1] or stamp[3] or "").strip())
            if seconds == clock.INVALID:
                skipped += 1 + more
            else:
                rows.append(_row(channel, day * clock.DAY + seconds, sender, text, k + 1, export))
                continuation += more
            k += more
        elif day is not None and rows and line.strip():
            rows[-1].text += f"\n{line}"
            continuation += 1
        else:
            skipped += 1
        k += 1
    return rows, continuation, skipped


def _order(days: dict[int, re.Match[str]], export: Export) -> tuple[str, str]:
    dates = [match[1] for match in days.values() if match[1] and len(clock.numbers(match[1])) == 3]
    supported = clock.orders_of(dates) if dates else ["ymd"]
    if supported == ["ymd"] or (export.date_order is None and supported):
        return supported[0], "the dates"
    if export.date_order:
        return export.date_order, "date_order"
    raise clock.ambiguous(export.path, next(iter(days)) + 1, dates[0])


def _day(match: re.Match[str], order: str) -> int | None:
    written = match[1] or "-".join(match.groups()[1:])
    day = clock.day_number(written, order if match[1] else "ymd")
    return None if day == clock.INVALID else day


def _text(first: str, lines: list[str], k: int) -> tuple[str, int]:
    """A text, and how many lines it takes beyond the first: one in quotation marks goes on to where they close."""
    if not first.startswith('"') or re.fullmatch(r'"(?:[^"]|"")*"', first):
        whole = first[1:-1].replace('""', '"') if first.startswith('"') and len(first) > 1 else first
        return whole, 0
    for end in range(k + 1, min(len(lines), k + 500)):
        if re.search(r'(?<!")"(?:"")*$', lines[end]):
            return "\n".join([first[1:], *lines[k + 1 : end], lines[end][:-1]]).replace('""', '"'), end - k
        if TIME.fullmatch(lines[end].split("\t")[0]) and "\t" in lines[end]:
            break
    return first, 0


def _row(channel: str, wall: int, sender: str, text: str, line: int, export: Export) -> records.MessageRow:
    kind = next((kind for kind, texts in words.table()["line"].items() if text in texts), None)
    kind = kind or ("call" if CALL.fullmatch(text) else words.kind_of(text) if text.startswith("<") else "text")
    written = str(pd.Timestamp(wall, unit="s"))
    try:
        time = records.moment(written, export.tz)
    except ValueError as error:
        fix = "Correct the day above this line, or give the order of the dates (date_order)."
        raise InputError(f"{written} is not a valid message time", path=export.path, line=line, fix=fix) from error
    return records.MessageRow(
        channel=channel, id=None, line=line, time=time, sender=sender or None, text=text,
        kind=kind if sender else "system", edited=False, reply_to=None,
    )  # fmt: skip
