"""First pass over a large WhatsApp text, for what only the whole file settles: the shape of its headers, its line
breaks, the order of day and month, who writes in it, and which of its lines may be repeats of earlier ones.

In memory is a block, and what grows with the days, the people and the lines out of order, not with the messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat

import numpy as np

from analysis.errors import InputError
from analysis.ingest import clock, files
from analysis.ingest.readers import irc
from analysis.ingest.readers.whatsapp import senders, shapes, textstream
from analysis.ingest.readers.whatsapp.dates import MOSTLY, TURNED, instants_of, possible_orders
from analysis.ingest.readers.whatsapp.headers import Headers, plain_breaks, split_headers
from analysis.ingest.readers.whatsapp.order import INTRODUCES, LONG
from analysis.ingest.readers.whatsapp.shapes import Shape
from analysis.ingest.readers.whatsapp.textstream import LargeText, TextBlock

HEAD = 1 << 24  # characters in which the shape of the headers is looked for
NAMED = 3  # messages of people at the beginning, by which a group that signs the messenger's lines is known
FEW = 20  # line breaks of a block up to which it does not show how all lines end
MOST = 1_000_000  # lines out of order that are kept in mind
SPLIT = "Split the file there, between two messages, and give each part by itself."
UNKNOWN = "no message found: a text of this size is read as a WhatsApp chat only"


@dataclass
class ChatSurvey:
    """What was learned of a stream. crlf: whether its lines end so; skipped, lines: before the first message, in all;
    heads: header-shaped lines by what comes before the first colon; names: senders as listed, and those whose name goes
    on after its first colon; doubtful: those of them that no list settles; opening: the first messages, as lines;
    repeatable: keys (of keys()) of lines out of order, which may stand further up."""

    stream: LargeText
    shape: Shape
    order: str
    settled_by: str
    crlf: bool
    skipped: int
    lines: int
    heads: Counter[str | None]
    names: frozenset[str]
    doubtful: list[str]
    opening: list[str]
    repeatable: set[int]


def survey(stream: LargeText, *, tz: str, date_order: str | None, listed: Collection[str]) -> ChatSurvey:
    """The first pass. Raises InputError as read_chat does on what is no chat and on dates that fit both orders; where
    headers or line breaks are written in two ways, so that no one reading fits the file; and where lines by the
    hundred thousand are in no order."""
    shape = _shape(stream)
    breaks, dates = LineBreaks(stream, shape), WrittenDates(stream, shape, tz, date_order)
    repeats, names, heads = Repeats(stream), Names(), Counter[str | None]()
    opening: list[str] = []
    lines = skipped = 0
    for block in textstream.at_headers(textstream.blocks(stream), shape, stream.path):
        text = breaks.plain(block)
        headers = split_headers(text, shape)
        if not heads:
            skipped, opening = headers.skipped, _opening(text, headers)
            _no_other_shape(text, skipped, stream)
        dates.add(headers, block.line)
        repeats.add(headers, block.line)
        names.add(headers)
        heads.update(headers.sender)
        lines = block.line + files.count_lines(text) - 1
    order, settled_by = dates.order()
    doubtful = names.doubtful(listed)
    return ChatSurvey(
        stream, shape, order, settled_by, bool(breaks.crlf), skipped, lines, heads, frozenset((*listed, *doubtful)),
        doubtful, opening, repeats.keys,
    )  # fmt: skip


def _shape(stream: LargeText) -> Shape:
    """The shape of the headers, by the beginning of the text."""
    text = ""
    for block in textstream.blocks(stream):
        text += block.text
        if len(text) >= HEAD:
            break
    shape = None if irc.is_irc(text) else shapes.find(text)
    if shape is None:
        raise InputError(UNKNOWN, path=stream.path, fix="Export a shorter period, or split the file.")
    return shape


def _no_other_shape(text: str, skipped: int, stream: LargeText) -> None:
    lead = "\n".join(text.split("\n", skipped)[:skipped])
    if shapes.others("\n" + lead):
        raise InputError("the headers change their shape", path=stream.path, line=skipped + 1, fix=SPLIT)


def _opening(text: str, headers: Headers) -> list[str]:
    """The lines of a text from its first message to the end of the NAMED-th that somebody signs."""
    signed = [k for k, sender in enumerate(headers.sender) if sender is not None][:NAMED]
    end = headers.line[signed[-1] + 1] if signed and signed[-1] + 1 < len(headers.line) else None
    rows = text.removesuffix("\n").split("\n")
    return rows[headers.skipped : None if end is None else int(end) - 1]


def keys(headers: Headers) -> list[int]:
    """A number for the first line of each message, equal for equal lines."""
    halves = headers.half or repeat("")
    rows = zip(headers.date, headers.time, halves, headers.sender, headers.body, strict=False)
    return [hash((*row, body.partition("\n")[0])) for *row, body in rows]


# What is learned, block by block


class LineBreaks:
    """Whether lines end in CRLF, as headers.plain_breaks finds it for a whole text: everywhere or nowhere."""

    def __init__(self, stream: LargeText, shape: Shape) -> None:
        self.stream, self.shape = stream, shape
        self.crlf: bool | None = None

    def plain(self, block: TextBlock) -> str:
        """The text with LF for line breaks. Raises InputError where they were written otherwise before."""
        if self.crlf is None or block.text.count("\n") >= FEW:  # the last block is one message
            crlf = plain_breaks(block.text, self.shape) != block.text
            if self.crlf not in (None, crlf):
                raise InputError("the line breaks change from about here on", path=self.stream.path, line=block.line,
                                 fix="Save the file with one kind of line breaks.")  # fmt: skip
            self.crlf = crlf
        return with_line_breaks(block.text, bool(self.crlf))


def with_line_breaks(text: str, crlf: bool) -> str:
    """The text with LF for the breaks of lines that end in CRLF."""
    return text.replace("\r\n", "\n") if crlf else text


class WrittenDates:
    """The dates as written, and how many headers agree in time with those above, by order of day, month and year."""

    def __init__(self, stream: LargeText, shape: Shape, tz: str, given: str | None) -> None:
        self.stream, self.shape, self.tz, self.given = stream, shape, tz, given
        self.counts: dict[str, int] = {}
        self.first: tuple[int, str] | None = None
        self.votes: dict[str, int] = {}  # 1 of a date that only fits dmy, -1 mdy
        self.runs: list[tuple[int, int, int]] = []  # vote, headers, first line
        self.ways = (given,) if given else clock.ORDERS
        self.latest = dict.fromkeys(self.ways, clock.INVALID)
        self.agreeing: Counter[str] = Counter()
        self.impossible = 0  # headers of dates that only fit another order than the given one

    def add(self, headers: Headers, line: int) -> None:
        """Headers of a block that begins with that line of the file."""
        self.first = self.first or (int(headers.line[0]) + line - 1, f"{headers.date[0]} {headers.time[0]}")
        for date, n in Counter(headers.date).items():
            self.counts[date] = self.counts.get(date, 0) + n
            self.votes.setdefault(date, {"dmy": 1, "mdy": -1}.get(next(iter(clock.orders_of([date])), ""), 0))
        votes = clock.each(headers.date, self.votes)
        for start, end in pairwise([0, *(np.flatnonzero(np.diff(votes)) + 1), len(votes)]):
            self.runs.append((int(votes[start]), end - start, int(headers.line[start]) + line - 1))
        for way in self.ways:
            time, _ = instants_of(headers, [way], [self.shape], self.tz)
            before = np.maximum.accumulate(np.maximum(time, self.latest[way]))
            self.agreeing[way] += int(((time != clock.INVALID) & (time >= before)).sum())
            self.latest[way] = int(before[-1])
            self.impossible += int(((time == clock.INVALID) & (votes != 0)).sum()) if self.given else 0

    def order(self) -> tuple[str, str]:
        """The order in which the dates are read, and what settled it. Raises InputError where nothing does, where they
        turn round within the file, and where the given order is another than theirs."""
        ways, settled_by = possible_orders(list(self.counts), self.shape, self.given, False)
        if self.first is None or not ways:
            line, written = self.first or (1, "")
            raise clock.ambiguous(self.stream.path, line, written)
        if turn := _turn(self.runs):
            raise InputError("day and month are swapped from here on", path=self.stream.path, line=turn,
                             fix=SPLIT)  # fmt: skip
        if self.given in ways and self.impossible > sum(self.counts.values()) / 10:
            raise InputError(f"date_order is {self.given}, but the dates are in another order", path=self.stream.path,
                             fix="Give the order of the file, or leave it out.")  # fmt: skip
        return max(ways, key=lambda way: self.agreeing[way]), settled_by


def _turn(runs: Sequence[tuple[int, int, int]]) -> int | None:
    """The line from which on dates clearly support the other order, as dates.turned finds it; None in most files.
    runs: vote of each date for an order, how many headers in a row, and the first one's line."""
    vote, n, line = np.array(runs).T
    gain = np.cumsum(vote * n) * 2 - vote @ n
    last = int(np.abs(gain).argmax())
    for side in (slice(None, last + 1), slice(last + 1, None)):
        own = vote[last] if side.start is None else -vote[last]
        if n[side][vote[side] * own > 0].sum() < TURNED:
            return None
    if abs(gain[last]) < MOSTLY * (np.abs(vote) @ n):
        return None
    return int(line[last + 1 :][vote[last + 1 :] != 0][0])


class Repeats:
    """Keys of the lines that may be judged by whether they stand further up: of those that run back in time, after a
    newer day has begun or within a day, and of those that the text above announces."""

    def __init__(self, stream: LargeText) -> None:
        self.stream = stream
        self.keys: set[int] = set()
        self.days: dict[str, int] = {}  # dates as written, in the order of their first lines
        self.newest, self.latest, self.announced = -1, clock.INVALID, False

    def add(self, headers: Headers, line: int) -> None:
        """As WrittenDates.add. Raises InputError when there are more than MOST."""
        halves = headers.half or [""] * len(headers.date)
        times = list(zip(headers.time, halves, strict=True))
        seconds = {written: clock.second_of_day(*written) for written in set(times)}
        rows = zip(keys(headers), headers.date, times, headers.sender, headers.body, strict=True)
        for key, date, time, sender, body in rows:
            back = self._runs_back(self.days.setdefault(date, len(self.days)), seconds[time])
            if back or (self.announced and len(body.partition("\n")[0]) >= LONG):
                self.keys.add(key)
            self.announced = sender is not None and body.rstrip().endswith(INTRODUCES)
        if len(self.keys) > MOST:
            what = f"more than {MOST:,} lines run back in time: this is no chat in the order in which a phone has it"
            raise InputError(what, path=self.stream.path, line=line, fix="Give the exports one by one.")

    def _runs_back(self, day: int, second: int) -> bool:
        if day == self.newest and second < self.latest:
            return True
        if day < self.newest:
            return True
        self.newest, self.latest = day, second
        return False


class Names:
    """Who may go on after the first colon: all messages under a name hold the same words before the next colon."""

    def __init__(self) -> None:
        self.second: dict[str, str] = {}
        self.texts: dict[str, set[str]] = {}
        self.closed: set[str] = set()

    def add(self, headers: Headers) -> None:
        """Headers of a block."""
        for head, body in zip(headers.sender, headers.body, strict=True):
            if head is None or head in self.closed:
                continue
            second, colon, text = body.partition(": ")
            texts = self.texts.setdefault(head, set())
            if not colon or self.second.setdefault(head, second) != second:
                self.closed.add(head)
                self.texts.pop(head)
            elif len(texts) < senders.REPEATED:
                texts.add(text)

    def doubtful(self, listed: Collection[str]) -> list[str]:
        """The whole names, of which the list of senders has none, as senders.split_senders finds them."""
        rows = [(head, f"{self.second[head]}: {text}") for head, texts in self.texts.items() for text in texts]
        known = frozenset(listed)
        verdicts: dict[str | None, str | None] = {head: senders.name_of(head, known) for head, _ in rows}
        return senders.longer_names([head for head, _ in rows], [body for _, body in rows], verdicts, known)[1]
