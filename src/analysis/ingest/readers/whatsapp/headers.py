"""The headers of a WhatsApp export, and the bodies below them: one split of the text with the file's own shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from re import Match

import numpy as np
from numpy.typing import NDArray

from analysis.ingest import words
from analysis.ingest.readers.whatsapp.shapes import Shape


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


def plain_breaks(text: str, shape: Shape) -> str:
    """Where the lines before headers end in CRLF, every CRLF is a line break; elsewhere a CR is a character."""
    if "\r" not in text:
        return text
    ends = [match.start() for match in shape.line.finditer(text)]
    ends += [len(text) - 1] if text.endswith("\n") else []
    crlf = sum(text[end - 1 : end] == "\r" for end in ends)
    return text.replace("\r\n", "\n") if crlf > len(ends) / 2 else text


def split_headers(text: str, shape: Shape) -> Headers:
    """The headers of a shape in a text that has at least one."""
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


def padded_text(text: str) -> str:
    """The text with a line break before the first line too, in which a shape matches every header."""
    return "\n" + text.removesuffix("\n")


def gathered(text: str, matches: Sequence[tuple[Match[str], int]], shapes: Sequence[Shape]) -> Headers:
    """The headers at these matches (in the padded text, each with its shape), all else in the bodies."""
    padded = padded_text(text)
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
