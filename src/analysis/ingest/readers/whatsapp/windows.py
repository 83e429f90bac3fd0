"""A WhatsApp text too large to be held, read in windows by the reader of whole texts: the same messages, flat memory.

Two passes. The first (survey) settles what the whole file settles. The second reads window after window with
messages_of, each with what a message may be judged by: the messages above and below, the first ones of the file, and
lines out of order that are repeated from further up. A window ends before a message in order, and what
follows is read again by the next: where the two do not agree, the file is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.ingest import files, frame, report
from analysis.ingest.files import TextFile
from analysis.ingest.readers.whatsapp import senders, textstream
from analysis.ingest.readers.whatsapp.conservation import NOBODY, Difference
from analysis.ingest.readers.whatsapp.dates import instants_of
from analysis.ingest.readers.whatsapp.headers import split_headers
from analysis.ingest.readers.whatsapp.messages import messages_of
from analysis.ingest.readers.whatsapp.order import WINDOW, Written, excursions
from analysis.ingest.readers.whatsapp.survey import SPLIT, ChatSurvey, keys, survey, with_line_breaks
from analysis.ingest.readers.whatsapp.textstream import LargeText, TextBlock

CONTEXT = 5 * WINDOW  # messages above that are read again with a window
AHEAD = 3 * WINDOW  # messages below, at least
AGREEING = ["line", "time", "sender", "text", "kind", "edited"]  # columns in which two windows must agree
LARGEST = 1 << 27  # characters of a window that is not in order anywhere
CHANGED = "the file was changed while it was read"


@dataclass
class LargeChat:
    """A chat that is read in windows. senders: one row a person, in the order of their first messages, as read_chat
    has them; report: as read_chat's, without what each message was decided by."""

    survey: ChatSurvey
    tz: str
    senders: pd.DataFrame = field(default_factory=pd.DataFrame)
    report: report.Report = field(default_factory=dict)

    @property
    def channel(self) -> str:
        """As read_chat calls it."""
        return files.slug(self.survey.stream.path.name)

    def tables(self) -> Iterator[pd.DataFrame]:
        """The messages, in tables that together are what read_chat would return; every line and sender accounted for.

        Raises InputError where the file changed since the survey, and as _table and _border do.
        """
        account, minutes = Account(self.survey), Minutes()
        for table, differences, undecodable in _windows(self.survey, self.tz):
            ids = minutes.numbered(frame.minute_ids(self.channel, frame.nanoseconds(table["time"])), table["time"])
            table = table.assign(message_id=pd.array(ids, dtype="str"), channel=self.channel)
            account.add(table, differences, undecodable)
            yield table
        account.close()
        self.report = self.report or account.report_of(self.channel)


def read(stream: LargeText, *, tz: str, date_order: str | None, listed: Collection[str]) -> LargeChat:
    """A large text after its first pass, and one through its messages for their senders and the report.

    Raises InputError as survey and LargeChat.tables do.
    """
    chat = LargeChat(survey(stream, tz=tz, date_order=date_order, listed=listed), tz)
    first: dict[str, int] = {}
    for table in chat.tables():
        people = table.dropna(subset="sender").drop_duplicates("sender")
        first = dict(zip(people["sender"], people["line"], strict=True)) | first
    rows = sorted(first.items(), key=lambda row: row[1])
    chat.senders = pd.DataFrame(rows, columns=["sender", "line"]).astype({"sender": "str"}).assign(channel=chat.channel)
    chat.senders.attrs["report"] = chat.report
    return chat


class Account:
    """Both conservation checks over all windows: every line, and every sender's messages against a naive reading."""

    def __init__(self, survey: ChatSurvey) -> None:
        self.survey = survey
        self.headers = self.undecodable = self.pasted = 0
        self.balance: Counter[str] = Counter()
        for head, n in survey.heads.items():
            self.balance[(head or NOBODY).rstrip(" ")] += n

    def add(self, table: pd.DataFrame, differences: list[Difference], undecodable: int) -> None:
        """The messages of a window, where they differ from a naive reading, and lines that are no text."""
        self.headers += len(table)
        self.undecodable += undecodable
        self.pasted += sum(difference.read is None for difference in differences)
        self.balance.subtract(difference.naive for difference in differences)
        self.balance.update(difference.read for difference in differences if difference.read is not None)
        self.balance.subtract(table["sender"].fillna(NOBODY).tolist())

    def close(self) -> None:
        """Raises InputError unless all adds up."""
        if any(self.balance.values()) or self.headers + self.pasted != self.survey.heads.total():
            raise InputError(CHANGED, path=self.survey.stream.path, fix="Give it again when it is complete.")

    def report_of(self, channel: str) -> report.Report:
        """The report, as read_chat's."""
        known = self.survey
        return report.account(
            source=known.stream.path.name, platform="whatsapp", size=known.stream.size, lines=known.lines,
            headers=self.headers, continuation=known.lines - self.headers - known.skipped - self.undecodable,
            undecodable=self.undecodable, skipped={"before the first message": known.skipped}, encoding="utf-8",
            shape=known.shape.example, shapes=[known.shape.example], date_order=known.order,
            date_order_by=known.settled_by, pasted_headers=self.pasted, doubtful_senders=known.doubtful,
            channels={channel: known.stream.path.name},
        )  # fmt: skip


class Minutes:
    """Numbers the messages of a minute on from window to window, as late ones may be of any earlier minute."""

    def __init__(self) -> None:
        self.days: dict[int, NDArray[np.int32]] = {}

    def numbered(self, ids: pd.Series, time: pd.Series) -> list[str]:
        """Ids of a window's messages, whose last part counts the messages of their minute in this window, in all."""
        minutes, place, n = np.unique(frame.nanoseconds(time) // frame.MINUTE, return_inverse=True, return_counts=True)
        before = np.empty_like(minutes)
        for k, (day, minute) in enumerate(zip(*np.divmod(minutes, 1440), strict=True)):
            counts = self.days.setdefault(int(day), np.zeros(1440, dtype=np.int32))
            before[k] = counts[minute]
            counts[minute] += n[k]
        return [_later(one, more) for one, more in zip(ids.to_pylist(), before[place].tolist(), strict=True)]


def _later(name: str, more: int) -> str:
    """A message's id, whose last part is greater by so many."""
    start, _, number = name.rpartition("-")
    return f"{start}-{int(number) + more}"


# Windows


@dataclass
class LineWindow:
    """Lines of the file. first: number of the first; start: of the first whose message is not given out yet, those
    above are context; undecodable: numbers of lines."""

    rows: list[str]
    first: int
    start: int
    undecodable: list[int] = field(default_factory=list)


def _windows(known: ChatSurvey, tz: str) -> Iterator[tuple[pd.DataFrame, list[Difference], int]]:
    """Tables of messages, the differences from a naive reading in them, and how many lines of theirs are no text."""
    window, repeats = LineWindow([], known.skipped + 1, known.skipped + 1), dict[int, tuple[int, str]]()
    expected: pd.DataFrame | None = None
    for block, below in _blocks(known):
        window.rows += block.text.removesuffix("\n").split("\n")
        window.undecodable += block.undecodable
        lines = _repeatable(window, known)
        table, differences = _table(window, known, _prelude(window, known, lines, repeats), below, tz)
        fresh = table[table["line"] >= window.start]
        _agree(fresh, expected, known)
        end = len(fresh) if below is None else _border(fresh, window, known)
        if end is None:
            continue
        stop = window.first + len(window.rows) if below is None else int(fresh["line"].iloc[end])
        own = [difference for difference in differences if window.start <= difference.line < stop]
        bad = {line for line in window.undecodable if window.start <= line < stop} - set(fresh["line"])
        yield fresh.iloc[:end].reset_index(drop=True), own, len(bad)
        expected = fresh.iloc[end : end + WINDOW]
        for key, line in lines:
            if window.start <= line < stop:
                repeats.setdefault(key, (line, window.rows[line - window.first]))
        above = table.loc[table["line"] < stop, "line"][-CONTEXT:]
        window = _moved(window, int(above.min()) if len(above) else stop, stop)


def _blocks(known: ChatSurvey) -> Iterator[tuple[TextBlock, str | None]]:
    """The blocks of messages, without the lines before the first, each with the line below, missing below the last."""
    stream, held = known.stream, TextBlock("", 1)
    for block in textstream.at_headers(textstream.blocks(stream), known.shape, stream.path):
        text = with_line_breaks(block.text, known.crlf)
        if held.text:
            yield held, text.partition("\n")[0]
        else:
            text = text.split("\n", known.skipped)[-1]
        held = TextBlock(text, block.line, block.undecodable)
    yield held, None


def _moved(window: LineWindow, first: int, start: int) -> LineWindow:
    """A window's lines from first on, those from start on not given out."""
    bad = [line for line in window.undecodable if line >= first]
    return LineWindow(window.rows[first - window.first :], first, start, bad)


def _repeatable(window: LineWindow, known: ChatSurvey) -> list[tuple[int, int]]:
    """Keys and lines of the headers that may stand twice in the file."""
    if not known.repeatable:
        return []
    headers = split_headers("\n".join(window.rows) + "\n", known.shape)
    lines = (headers.line + window.first - 1).tolist()
    return [(key, line) for key, line in zip(keys(headers), lines, strict=True) if key in known.repeatable]


def _prelude(
    window: LineWindow, known: ChatSurvey, lines: list[tuple[int, int]], repeats: dict[int, tuple[int, str]]
) -> list[str]:
    """Lines to read before a window that does not begin the file: its opening, and what the window repeats."""
    if window.first == known.skipped + 1:
        return []
    above = {repeats[key] for key, _ in lines if key in repeats and repeats[key][0] < window.first}
    return [*known.opening, *(text for _, text in sorted(above))]


def _table(
    window: LineWindow, known: ChatSurvey, prelude: list[str], below: str | None, tz: str
) -> tuple[pd.DataFrame, list[Difference]]:
    """The messages of a window, context included, and their differences from a naive reading, with the file's lines.

    below: the header below the window, so that its last message is not taken for the file's. Raises InputError where
    headers change their shape, or the order of their dates.
    """
    text = "\n".join([*prelude, *window.rows, *([] if below is None else [below])]) + "\n"
    headers = split_headers(text, known.shape)
    local = Counter(headers.sender)
    outside = (head for head, n in known.heads.items() if head and n > local[head])
    elsewhere = {head for head in outside if senders.name_of(head, frozenset())}
    path = known.stream.path
    source = TextFile(path.name, text, len(text), "utf-8", frozenset())
    table = messages_of(
        source, known.shape, channel="", tz=tz, date_order=known.order, senders=known.names | elsewhere, path=path
    )
    account, shift = table.attrs.pop("report"), window.first - 1 - len(prelude)  # pandas copies it with every step
    time, _ = instants_of(headers, [known.order], [known.shape], tz)
    read = np.searchsorted(headers.line, table["line"])
    if set(account["shapes"]) != {known.shape.example} or (time[read] != frame.nanoseconds(table["time"])).any():
        what = f"the headers change their shape within {len(window.rows):,} lines from here on"
        raise InputError(what, path=path, line=window.first, fix=SPLIT)
    table = table.assign(line=table["line"] + shift)
    differences = [replace(difference, line=difference.line + shift) for difference in account["differences"]]
    return table[table["line"] >= window.first], differences


def _agree(fresh: pd.DataFrame, expected: pd.DataFrame | None, known: ChatSurvey) -> None:
    """Raises InputError unless a window begins as the one before saw it."""
    if expected is None:
        return
    pairs = [each[AGREEING].reset_index(drop=True) for each in (fresh.iloc[: len(expected)], expected)]
    if not pairs[0].equals(pairs[1]):
        what = "so many messages are out of order here that they can be read as a whole only"
        raise InputError(what, path=known.stream.path, line=int(expected["line"].iloc[0]), fix=SPLIT)


def _border(fresh: pd.DataFrame, window: LineWindow, known: ChatSurvey) -> int | None:
    """The place of the last message in order that AHEAD others follow; None where there is none yet.

    Raises InputError where there is none in LARGEST characters.
    """
    time = frame.nanoseconds(fresh["time"])
    sender = fresh["sender"].astype(object).where(fresh["sender"].notna(), None).tolist()
    written = Written(time, sender, time.tolist(), fresh["text"].tolist())
    places = np.flatnonzero(excursions(written, set(filter(None, known.heads))).in_order[: max(0, len(time) - AHEAD)])
    if len(places) and places[-1] > 0:
        return int(places[-1])
    if sum(map(len, window.rows)) > LARGEST:
        raise InputError("the messages are out of order from here on", path=known.stream.path,
                         line=window.start, fix=SPLIT)  # fmt: skip
    return None
