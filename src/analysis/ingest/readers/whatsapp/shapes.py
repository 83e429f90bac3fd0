"""The shape of a WhatsApp export's headers: recognised in a file once, then locked for all of it.

Known shapes were collected from public exports, parsers and their issue trackers: dots, commas, brackets, 12 and 24
hours, years first, digits of other scripts, `klo`, `à`, direction marks, byte order marks on each line. Brought down to
one grammar: an opening, a date, what joins it to the time, the time, a half of the day, what closes the header.
Messages copied out of WhatsApp Web have the time first: `[09.43, 24/7/2024] Bu Sri: hai`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice
from operator import itemgetter

from analysis.ingest import clock, words
from analysis.ingest.words import MARKS

SAMPLE = 4_000  # header-like lines looked at to find the shape
RIVAL = 10  # a shape that much more common than the first line's replaces it
WIDEST = 120  # characters of a header
BLANK = " \u00a0\u202f\u2009"
_PLAIN_BLANKS = dict.fromkeys(map(ord, BLANK), " ")
_LIKE = rf"([{MARKS}]*+\[?[{MARKS}]*+[RHS令平昭民]?[和成國国]?\d{{1,4}}[{MARKS}]*+[./:年년-])"
_START, _LATER = re.compile(rf"(?:^|\n){_LIKE}"), re.compile(rf"\n{_LIKE}")


@dataclass(frozen=True)
class Shape:
    """One way of writing a header.

    example: as first met. line: matches a line break and a header of this shape, with the groups date, half of the day
    (only where twelve_hours), time, sender (missing where no colon ends a name); time_first: time, half, date, sender.
    era: of its years, one of clock.ERAS. dotted: whether dots part the date.
    """

    example: str
    line: re.Pattern[str]
    twelve_hours: bool
    era: str
    dotted: bool
    bracket: bool
    time_first: bool


def find(text: str) -> Shape | None:
    """The header shape of a text, None when no line looks like a header.

    The first header-like line gives it, unless another shape is RIVAL times as common in the sample.
    """
    matches: dict[tuple[object, ...], list[re.Match[str]]] = {}
    for match in islice(_candidates(text), SAMPLE):
        matches.setdefault(_signature(match), []).append(match)
    if not matches:
        return None
    first = next(iter(matches.values()))
    best = max(matches.values(), key=len)
    likely = [best if len(best) > RIVAL * len(first) else first, *matches.values()]
    return next(filter(None, (_locked(found[0]) for found in likely)), None)


def is_chat(text: str) -> bool:
    """Whether `find` finds a shape, answered at the first line that gives one: much sooner."""
    return any(map(_locked, _first_of_each(text)))


def _first_of_each(text: str) -> Iterator[re.Match[str]]:
    """The first header-like line of each shape in the sample."""
    seen: set[tuple[object, ...]] = set()
    for match in islice(_candidates(text), SAMPLE):
        if (signature := _signature(match)) not in seen:
            seen.add(signature)
            yield match


def _locked(match: re.Match[str]) -> Shape | None:
    """The shape of a header-like line, None where the line is not of that shape itself."""
    shape = lock(match)
    return shape if shape.line.match("\n" + match.string) else None


def _candidates(text: str) -> Iterator[re.Match[str]]:
    """Lines that some shape fits."""
    for start in _START.finditer(text):
        line = text[start.start(1) : start.start(1) + WIDEST].partition("\n")[0]
        match = general().match(line) or copied().match(line)
        if match and clock.second_of_day(match["time"], match["before"] or match["half"] or "") != clock.INVALID:
            yield match


def others(text: str) -> list[Shape]:
    """The shapes of the lines after the first of a message's text that look like headers, in order, each run once.

    Empty for most: what is no header of the file's own shape is looked at only where a line begins like a date.
    """
    if not _LATER.search(text):
        return []
    found = [(_signature(match), match) for match in _candidates(text.partition("\n")[2])]
    return [lock(next(run)[1]) for _, run in groupby(found, key=itemgetter(0))]


@cache
def general() -> re.Pattern[str]:
    """Every known shape in one pattern: looser than any, for finding the shape only."""
    half, after = words.half_day_pattern(), "|".join(map(re.escape, words.table()["after_time"]))
    return re.compile(
        rf"""[{MARKS}]*(?P<open>\[?)[{MARKS}]*(?P<era>{"|".join(clock.ERA_STARTS)})?
        (?P<date>\d{{1,4}}[{MARKS}]*(?P<sep>[./-][ ]?)[{MARKS}]*\d{{1,2}}[{MARKS}]*(?P=sep)
            [{MARKS}]*(?:\d{{4}}|\d{{1,2}})|\d{{1,4}}[年년][ ]?\d{{1,2}}[月월][ ]?\d{{1,2}}[日일])
        (?P<join>[^\d\n\[\]]{{1,16}}?)
        (?P<before>(?<![^\W\d_])(?:{half})[{BLANK}]?)?
        (?P<time>\d{{1,2}}[{MARKS}]*(?:[:.]|[ ]?h[ ]?)[{MARKS}]*\d\d(?:[:.]\d\d)?)
        (?P<half>[{BLANK}]?(?:{half}))?
        (?P<suffix>[{BLANK}](?:{after}))?
        (?P<close>\]|[{BLANK}][-–—][{BLANK}]|[:;][ ]|[ ](?=[^:\n]+:[ ]))
        """,
        re.VERBOSE | re.IGNORECASE,
    )


@cache
def copied() -> re.Pattern[str]:
    """Headers with the time first, loosely as in general()."""
    return re.compile(
        rf"""[{MARKS}]*(?P<open>\[?)[{MARKS}]*(?P<time>\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?)
        (?P<half>[{BLANK}]?(?:{words.half_day_pattern()}))?(?P<join>,[{BLANK}])
        (?P<date>\d{{1,4}}(?P<sep>[./-])\d{{1,2}}(?P=sep)(?:\d{{4}}|\d{{2}}))
        (?P<era>)(?P<before>)(?P<suffix>)(?P<close>\]|[{BLANK}][-–—][{BLANK}])
        """,
        re.VERBOSE | re.IGNORECASE,
    )


def _time_first(match: re.Match[str]) -> bool:
    return match.start("time") < match.start("date")


def _signature(match: re.Match[str]) -> tuple[object, ...]:
    """What two headers of one shape have in common."""
    parts = re.findall(r"\d+", match["date"])
    return (
        match["open"], match["era"], match["sep"], len(parts[0]) > 2, len(parts[2]) > 2,
        match["join"].translate(_PLAIN_BLANKS), bool(match["before"]), len(re.findall(r"\d+", match["time"])),
        bool(match["half"]), match["suffix"], match["close"].strip(BLANK), _time_first(match),
    )  # fmt: skip


def lock(match: re.Match[str]) -> Shape:
    """The shape of one header, as a pattern for all of its file."""
    half = words.half_day_pattern()
    before = rf"((?:{half})[{BLANK}]?)" if match["before"] else ""
    after = rf"([{BLANK}]?(?:{half}))" if match["half"] else ""
    stamp = (f"({_dates(match)})", _literal(match["join"]), f"{before}({_times(match)}){after}")
    pattern = "".join((
        rf"\n[{MARKS}]*+{re.escape(match['open'])}" + ("" if match[0].isascii() else f"[{MARKS}]*+"),
        re.escape(match["era"] or ""), *(reversed(stamp) if _time_first(match) else stamp),
        _literal(match["suffix"] or ""), _close(match["close"]), r"(?:([^:\n]++):[ ])?",
    ))  # fmt: skip
    halved = bool(match["half"] or match["before"])
    return Shape(
        example=match[0].strip(), line=re.compile(pattern, re.IGNORECASE if halved else 0), twelve_hours=halved,
        era=match["era"] or ("BE" if "BE" in match["join"] or "พ.ศ" in match["join"] else ""),
        dotted="." in (match["sep"] or ""), bracket=bool(match["open"]), time_first=_time_first(match),
    )  # fmt: skip


def _literal(written: str) -> str:
    """Exactly what is written, any blank for a blank."""
    return "".join(f"[{BLANK}]" if char in BLANK else re.escape(char) for char in written)


def _dates(match: re.Match[str]) -> str:
    """The date's numbers, each as long as it may be, and what stands between them."""
    ascii_only = match["date"].isascii()
    digit, mark = ("[0-9]", "") if ascii_only else (r"\d", f"[{MARKS}]*+")
    pieces = re.findall(r"\d+|[^\d]+", re.sub(f"[{MARKS}]", "", match["date"]))
    first, _, third = (len(piece) for piece in pieces if piece.isdigit())
    ends = f"{digit}{{4}}" if third > 2 else f"{digit}{{1,2}}"  # a day of one digit where the year comes first
    numbers = iter((f"{digit}{{1,2}}" if first <= 2 else f"{digit}{{{first}}}", f"{digit}{{1,2}}", ends))
    return "".join(next(numbers) if piece.isdigit() else f"{mark}{re.escape(piece)}{mark}" for piece in pieces)


def _times(match: re.Match[str]) -> str:
    digit, mark = ("[0-9]", "") if match["time"].isascii() else (r"\d", f"[{MARKS}]*+")
    separators = [s for s in re.split(rf"[\d{MARKS}]+", match["time"]) if s]
    return f"{digit}{{1,2}}" + "".join(f"{mark}{re.escape(s)}{mark}{digit}{{2}}" for s in separators)


def _close(close: str) -> str:
    mark = close.strip(BLANK)
    if mark == "]":
        return r"\][ ]?"
    return f"[{BLANK}]{mark}[{BLANK}]" if mark in ("-", "–", "—") else re.escape(mark) + "[ ]"
