"""WhatsApp chat exports: the header's shape is found once, locked, and every line of the file accounted for.

The shapes known here were collected from public exports, parsers and their issue trackers: dots, commas, brackets,
12 and 24 hours, years first, Arabic-Indic digits, `klo`, `à`, direction marks, byte order marks on each line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.ingest import clock, frame, report, words
from analysis.ingest.files import Source, count_lines
from analysis.ingest.words import MARKS

SAMPLE = 4_000  # header-like lines looked at to find the shape
RIVAL = 10  # a shape that much more common than the first line's replaces it
STRAY = 20  # so many later headers that all contradict one header show that this one is the stray
BLANK = " \u00a0\u202f"
_HALF = r"[^\W\d_][^\d\]\n,;:–-]{0,11}?"
GENERAL = re.compile(
    rf"""^[{MARKS}]*
    (?P<open>\[?)
    (?P<date>\d{{1,4}}[{MARKS}]*(?P<sep>[./-][ ]?)[{MARKS}]*\d{{1,2}}[{MARKS}]*(?P=sep)[{MARKS}]*\d{{2,4}})
    (?P<end>\.?)(?P<era>[{BLANK}](?:BE|B\.E\.|พ\.ศ\.))?
    (?P<join>[,،]?(?:[{BLANK}](?:klo|à|um|at|kl\.|-|–))?[{BLANK}])
    (?P<before>(?:上午|下午|午前|午後|오전|오후)[{BLANK}]?)?
    (?P<time>\d{{1,2}}[:.]\d\d(?P<seconds>[:.]\d\d)?)
    (?P<half>[{BLANK}]?{_HALF})??
    (?P<close>\][ ]?|[{BLANK}][-–][{BLANK}]|[:;][ ]|[ ](?=[^:\n]+:[ ]))
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Shape:
    """One way of writing a header. example: as first met; line: matches `\\n` and a header of this shape, with the
    groups date, time, half."""

    example: str
    line: re.Pattern[str]
    twelve_hours: bool
    buddhist: bool


@dataclass
class Headers:
    """The lines that open a message. date, time, half: as written; body: what follows, without the last line break."""

    date: list[str]
    time: list[str]
    half: list[str]
    body: list[str]
    lead: str  # the text before the first header


def find_shape(text: str) -> Shape | None:
    """The header shape of a text, None when no line looks like a header.

    The first header-like line gives it, unless another shape is RIVAL times as common in the sample.
    """
    found: dict[tuple[object, ...], tuple[int, re.Match[str]]] = {}
    for match in _candidates(text):
        key = _signature(match)
        count, example = found.get(key, (0, match))
        found[key] = (count + 1, example)
    if not found:
        return None
    first = next(iter(found.values()))
    best = max(found.values(), key=lambda entry: entry[0])
    return _lock((best if best[0] > RIVAL * first[0] else first)[1])


def _candidates(text: str) -> list[re.Match[str]]:
    found = []
    for start in re.finditer(rf"^[{MARKS}]*\[?\d{{1,4}}[{MARKS}]*[./-]", text, re.MULTILINE):
        end = text.find("\n", start.start())
        line = text[start.start() : min(end if end >= 0 else len(text), start.start() + 300)]
        match = GENERAL.match(line)
        if match and _half_known(match):
            found.append(match)
            if len(found) >= SAMPLE:
                break
    return found


def _half_known(match: re.Match[str]) -> bool:
    half = (match["before"] or "") + (match["half"] or "")
    return not half or clock.second_of_day(match["time"], half) != clock.INVALID


def _signature(match: re.Match[str]) -> tuple[object, ...]:
    """What two headers of one shape have in common."""
    groups = match.groupdict()
    years = clock.numbers(match["date"])
    return (
        groups["open"],
        groups["sep"],
        "ymd" if years[0] > 31 else len(re.findall(r"\d+", match["date"])[2]),
        groups["end"],
        groups["era"],
        groups["join"],
        bool(groups["before"]),
        bool(groups["seconds"]),
        bool(groups["half"]),
        groups["close"].strip(),
    )


def _lock(match: re.Match[str]) -> Shape:
    """The shape of one header, as a pattern for all of its file."""
    written = re.findall(r"\d+", match["date"])
    year = int(written[2])
    pattern = "".join(
        (
            rf"\n[{MARKS}]*{re.escape(match['open'])}",
            f"({_dates(match, written)})",
            re.escape(match["end"] + (match["era"] or "")),
            re.escape(match["join"]).replace(r"\ ", f"[{BLANK}]"),
            rf"((?:上午|下午|午前|午後|오전|오후)[{BLANK}]?)" if match["before"] else "()",
            f"({_times(match)})",
            rf"([{BLANK}]?{_HALF})" if match["half"] else "()",
            _close(match["close"]),
        )
    )
    return Shape(
        example=match[0].strip(),
        line=re.compile(pattern),
        twelve_hours=bool(match["half"] or match["before"]),
        buddhist=bool(match["era"]) or 2400 <= year < 2700,
    )


def _digit(match: re.Match[str]) -> str:
    return "[0-9]" if (match["date"] + match["time"]).isascii() else rf"[{MARKS}]*\d"


def _dates(match: re.Match[str], written: list[str]) -> str:
    digit = _digit(match)
    parts = [f"(?:{digit}){{4}}" if len(part) == 4 else f"(?:{digit}){{1,2}}" for part in written]
    if len(written[2]) == 2 and len(written[0]) < 4:
        parts[2] = f"(?:{digit}){{2}}"
    sep = re.escape(match["sep"])
    return (sep if match["date"].isascii() else f"[{MARKS}]*{sep}").join(parts)


def _times(match: re.Match[str]) -> str:
    digit = _digit(match)
    separators = re.findall(r"[:.]", match["time"])
    return f"(?:{digit}){{1,2}}" + "".join(f"{re.escape(s)}(?:{digit}){{2}}" for s in separators)


def _close(close: str) -> str:
    mark = close.strip(BLANK)
    if mark == "]":
        return "\\][ ]?"
    if mark in ("-", "–"):
        return f"[{BLANK}]{mark}[{BLANK}]"
    return re.escape(mark) + "[ ]"


# Reading


def read(
    source: Source,
    shape: Shape,
    *,
    channel: str,
    tz: str,
    date_order: str | None,
    senders: Collection[str] | None,
    path: object,
) -> pd.DataFrame:
    """The messages of an export whose shape is known. Raises InputError where day and month cannot be told apart."""
    text = source.text.removesuffix("\n")
    headers = _split(text, shape)
    order, settled_by = _order(headers, shape, date_order, path)
    wall = _wall_times(headers, order, shape)
    keep = in_order(wall, [d + t for d, t in zip(headers.date, headers.time, strict=True)])
    pasted = np.flatnonzero(~keep)
    if len(pasted):
        headers, line, stray = _glued(text, shape, keep)
    else:
        line, stray = _lines(headers), np.empty(0, dtype=np.int64)
    time, unresolved = clock.instants(wall[keep], tz)
    parsed = _parse(headers.body, shape, senders)
    rows = frame.Rows(
        time=time, sender=parsed.sender, text=parsed.text, kind=parsed.kind, edited=parsed.edited, line=line
    )
    table = frame.build(rows, channel=channel, source=source.name, tz=tz)
    table.attrs["report"] = _account(source, headers, line, shape) | {
        "date_order": order,
        "date_order_by": settled_by,
        "pasted_headers": len(stray),
        "pasted": report.listed(stray.tolist()),
        "doubtful_senders": parsed.doubtful,
        "repeated_hour": unresolved,
        "warnings": report.cut_warning(len(table), bool((table["kind"] == "media").any())),
    }
    return table


def _split(text: str, shape: Shape) -> Headers:
    lead, *parts = shape.line.split("\n" + text)
    before, half = parts[1::5], parts[3::5]
    halves = [a or b for a, b in zip(before, half, strict=True)] if shape.twelve_hours else []
    return Headers(date=parts[0::5], time=parts[2::5], half=halves, body=parts[4::5], lead=lead)


def _glued(text: str, shape: Shape, keep: NDArray[np.bool_]) -> tuple[Headers, NDArray[np.int64], NDArray[np.int64]]:
    """The headers that are kept, all other header-shaped lines back in the bodies; their lines, the others' lines."""
    padded = "\n" + text
    matches = list(shape.line.finditer(padded))
    starts = [m.start() for m in matches]
    breaks = np.fromiter((i for i, c in enumerate(padded) if c == "\n"), dtype=np.int64)
    lines = np.searchsorted(breaks, starts, side="right")
    kept = [m for m, k in zip(matches, keep.tolist(), strict=True) if k]
    ends = [m.start() for m in kept[1:]] + [len(padded)]
    headers = Headers(
        date=[m[1] for m in kept],
        time=[m[3] for m in kept],
        half=[m[2] or m[4] for m in kept] if shape.twelve_hours else [],
        body=[padded[m.end() : end] for m, end in zip(kept, ends, strict=True)],
        lead=padded[: kept[0].start()] if kept else padded,
    )
    return headers, lines[keep], lines[~keep]


def _lines(headers: Headers) -> NDArray[np.int64]:
    """The 1-based line of each header."""
    breaks = np.fromiter((body.count("\n") for body in headers.body), dtype=np.int64, count=len(headers.body))
    return headers.lead.count("\n") + 1 + np.r_[0, np.cumsum(breaks[:-1] + 1)] if len(breaks) else breaks


def _wall_times(headers: Headers, order: str, shape: Shape) -> NDArray[np.int64]:
    """Local seconds since 1970 a header, INVALID where there is no such date or time."""
    days = {d: clock.day_number(d, order, shape.buddhist) for d in set(headers.date)}
    if shape.twelve_hours:
        written = list(zip(headers.time, headers.half, strict=True))
        seconds = clock.each(written, {w: clock.second_of_day(*w) for w in set(written)})
    else:
        seconds = clock.each(headers.time, {t: clock.second_of_day(t) for t in set(headers.time)})
    day = clock.each(headers.date, days)
    valid = (day != clock.INVALID) & (seconds != clock.INVALID)
    return np.where(valid, np.where(valid, day, 0) * clock.DAY + seconds, clock.INVALID)


def in_order(wall: NDArray[np.int64], written: Sequence[str] = ()) -> NDArray[np.bool_]:
    """Which headers open a message: those of a real time that do not run back behind an earlier one.

    A header that STRAY later ones in a row contradict, though they run on from the one before it, is itself the stray.
    """
    keep = wall != clock.INVALID
    times = np.where(keep, wall, 0)
    if not len(wall) or bool(keep.all() and (np.diff(times) >= 0).all()):
        return keep
    positions = np.flatnonzero(keep)
    latest = clock.INVALID
    for place, i in enumerate(positions.tolist()):
        if times[i] < latest:
            keep[i] = False
            continue
        following = times[positions[place + 1 : place + 1 + STRAY]]
        if (
            len(following) == STRAY
            and latest != clock.INVALID
            and ((following < times[i]) & (following >= latest)).all()
        ):
            keep[i] = False
            continue
        latest = times[i]
    return keep


def _order(headers: Headers, shape: Shape, given: str | None, path: object) -> tuple[str, str]:
    """The order of day, month and year, and what settled it. Raises InputError where nothing does."""
    dates = list(dict.fromkeys(headers.date))
    seen = clock.order_of(dates)
    if seen == "ymd" or (given is None and seen is not None):
        return seen, "the dates"
    if given is not None:
        if seen is not None and seen != given:
            wrong = next(d for d in dates if clock.day_number(d, given, shape.buddhist) == clock.INVALID)
            raise InputError(f"date_order is {given}, but the dates show {seen}: {wrong}", path=str(path),
                             mend=f"Set `ingest.date_order: {seen}` in params.yaml, or leave it out.")  # fmt: skip
        return given, "date_order"
    if "." in dates[0]:
        return "dmy", "the dots: dates written with dots have the day first"
    if all(clock.numbers(d)[0] == clock.numbers(d)[1] for d in dates):
        return "dmy", "no need: day and month are equal"
    raise InputError(
        "no date in this file has a part above 12, so day and month cannot be told apart (ambiguous).",
        path=str(path),
        mend="Set `ingest.date_order: dmy` (or mdy) in params.yaml, or look at line "
        f"{headers.lead.count(chr(10)) + 1}: {headers.date[0]} {headers.time[0]}",
    ) from None


# What a header's line holds


@dataclass
class Parsed:
    """Bodies taken apart; doubtful: senders whose name could end at another colon."""

    sender: list[str | None]
    text: list[str]
    kind: list[str]
    edited: NDArray[np.bool_]
    doubtful: list[str]


def _parse(bodies: list[str], shape: Shape, senders: Collection[str] | None) -> Parsed:
    who, texts, doubtful = split_senders(bodies, senders)
    labels = _group_labels(who, texts) if "[" in shape.example else set()
    kinds, edits = [], np.zeros(len(bodies), dtype=bool)
    for i, (sender, text) in enumerate(zip(who, texts, strict=True)):
        system = (
            sender is None or sender in labels or (text[:1] in "\u200e\u200f" and text != "" and words.is_system(text))
        )
        if system:
            who[i] = None
        kinds.append(words.kind_of(text, system=system))
        if text.endswith(">") and (mark := words.edited_mark().search(text)):
            texts[i], edits[i] = text[: mark.start()], True
    return Parsed(who, texts, kinds, edits, doubtful)


def split_senders(bodies: list[str], senders: Collection[str] | None) -> tuple[list[str | None], list[str], list[str]]:
    """Sender and text of each body, and the senders whose name holds a colon as far as the file tells."""
    known = sorted(senders or (), key=len, reverse=True)
    heads = [body.partition(": ")[0] for body in bodies]
    judged = {head: _is_sender(head, known) for head in set(heads)}
    longer = _with_colon(bodies, heads, judged, known)
    who: list[str | None] = []
    texts: list[str] = []
    for body, head in zip(bodies, heads, strict=True):
        name = next((n for n in known if body.startswith(f"{n}:")), None) or longer.get(head)
        if name is None or not body.startswith(f"{name}: "):
            name = (
                name
                if name and body.startswith(f"{name}:")
                else head
                if judged[head] and len(head) < len(body)
                else None
            )
        if name is None:
            name = _empty(body)
        who.append(name)
        texts.append(body if name is None else body[len(name) + 1 :].removeprefix(" "))
    return who, texts, sorted(longer.values())


def _empty(body: str) -> str | None:
    """The sender of a message whose first line is empty: `Name:`."""
    line = words.first_line(body)
    return line[:-1] if line.endswith(":") and len(line) > 1 and not words.is_system(line) else None


def _is_sender(head: str, known: Sequence[str]) -> bool:
    return head in known or not ("\n" in head or not head or words.is_system(head) or '"' in head or "“" in head)


def _with_colon(bodies: list[str], heads: list[str], judged: dict[str, bool], known: Sequence[str]) -> dict[str, str]:
    """Names that go on after their first colon: in three messages or more, the same words stand before a second one."""
    seconds: dict[str, Counter[str]] = {}
    for body, head in zip(bodies, heads, strict=True):
        if judged[head] and head not in known:
            second, colon, _ = words.first_line(body[len(head) + 2 :]).partition(": ")
            seconds.setdefault(head, Counter())[second if colon else ""] += 1
    return {
        head: f"{head}: {second}"
        for head, counts in seconds.items()
        for second, n in counts.items()
        if len(counts) == 1 and second and n >= 3
    }


def _group_labels(who: Sequence[str | None], texts: Sequence[str]) -> set[str]:
    """On iOS the group itself signs the messenger's own lines: a sender all of whose texts the messenger writes."""
    first = next((w for w, text in zip(who, texts, strict=True) if w and words.is_system(text)), None)
    if first is None:
        return set()
    own = [text for w, text in zip(who, texts, strict=True) if w == first]
    return {first} if all(words.is_system(text) for text in own) else set()


def _account(source: Source, headers: Headers, line: NDArray[np.int64], shape: Shape) -> dict[str, Any]:
    lines = count_lines(source.text)
    elsewhere = sorted(source.undecodable - set(line.tolist()))
    lead = headers.lead.count("\n")
    bad_lead = sum(number <= lead for number in elsewhere)
    return report.account(
        source=source.name,
        platform="whatsapp",
        size=source.size,
        lines=lines,
        headers=len(line),
        continuation=lines - len(line) - lead - (len(elsewhere) - bad_lead),
        undecodable=len(elsewhere),
        skipped={"before the first message": lead - bad_lead},
        shape=shape.example,
        encoding=source.encoding,
    )
