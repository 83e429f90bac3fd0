"""Writes chat exports in every header shape, so that tests can read them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
NNBSP, NBSP, LRM, RLM, BOM = "\u202f", "\u00a0", "\u200e", "\u200f", "\ufeff"


def half(now: datetime, am: str, pm: str) -> str:
    return am if now.hour < 12 else pm


def hour12(now: datetime) -> int:
    return now.hour % 12 or 12


@dataclass(frozen=True)
class Shape:
    """header: what comes before the sender; step: seconds that the shape distinguishes; end: of each line."""

    header: Callable[[datetime], str]
    order: str = "dmy"
    step: int = 60
    end: str = "\n"


def german(now: datetime) -> str:
    names = ((5, "nachts"), (10, "morgens"), (12, "vorm."), (13, "mittags"), (18, "nachm."), (24, "abends"))
    return next(name for hour, name in names if now.hour < hour)


SHAPES = {
    "Indonesian Android": Shape(lambda t: f"{t:%d/%m/%y %H.%M} - "),
    "Indonesian Android, four-digit year": Shape(lambda t: f"{t:%d/%m/%Y %H.%M} - "),
    "Indonesian on an English 12 h phone": Shape(
        lambda t: f"{t:%d/%m/%y}, {hour12(t)}:{t:%M}{NNBSP}{half(t, 'am', 'pm')} - "
    ),
    "Indonesian iOS": Shape(lambda t: f"[{t:%d/%m/%y}, {t:%H.%M.%S}] ", step=1),
    "Indonesian iOS, US order, direction marks, CRLF": Shape(
        lambda t: f"{LRM}[{t.month}/{t.day}/{t:%y %H.%M.%S}] ", "mdy", 1, "\r\n"
    ),
    "Indonesian iOS, 12 h": Shape(
        lambda t: f"[{t.month}/{t.day}/{t:%y}, {hour12(t)}:{t:%M:%S} {half(t, 'AM', 'PM')}] ", "mdy", 1
    ),
    "English Android, narrow blank": Shape(
        lambda t: f"{t.month}/{t.day}/{t:%y}, {hour12(t)}:{t:%M}{NNBSP}{half(t, 'AM', 'PM')} - ", "mdy"
    ),
    "lower-case am, narrow blank": Shape(lambda t: f"{t:%d/%m/%Y}, {hour12(t)}:{t:%M}{NNBSP}{half(t, 'am', 'pm')} - "),
    "Spanish": Shape(lambda t: f"{t.day}/{t.month}/{t:%Y} {hour12(t)}:{t:%M} {half(t, 'a', 'p')}.{NBSP}m. - "),
    "iOS bracket with a.m.": Shape(
        lambda t: f"[{t:%d/%m/%y} {hour12(t)}:{t:%M:%S} {half(t, 'a.m.', 'p.m.')}] ", step=1
    ),
    "Dutch": Shape(lambda t: f"{t:%d-%m-%Y %H:%M} - "),
    "Finnish": Shape(lambda t: f"{t.day}.{t.month}.{t:%Y} klo {t:%H.%M} - "),
    "French": Shape(lambda t: f"{t:%d/%m/%Y} à {t:%H:%M} - "),
    "spaced dots": Shape(lambda t: f"{t.day}. {t.month}. {t:%Y}. {t:%H:%M:%S} ", step=1),
    "German 12 h": Shape(lambda t: f"{t:%d.%m.%y}, {hour12(t)}:{t:%M} {german(t)} - "),
    "en dash": Shape(lambda t: f"{t:%m/%d/%y}, {hour12(t)}:{t:%M:%S} {half(t, 'AM', 'PM')} – ", "mdy", 1),
    "database dump": Shape(lambda t: f"{t:%d.%m.%Y - %H:%M:%S}; ", step=1),
    "old iOS without bracket": Shape(lambda t: f"{t:%d.%m.%y, %H:%M:%S}: ", step=1),
    "year first": Shape(lambda t: f"{t:%Y}/{t.month}/{t.day}, {t:%H:%M} - ", "ymd"),
    "year first with hyphens": Shape(lambda t: f"{t:%Y-%m-%d, %H:%M} - ", "ymd"),
    "Arabic": Shape(
        lambda t: f"{RLM}{t.day}{RLM}/{t.month}{RLM}/{t:%Y}، {hour12(t)}:{t:%M} {half(t, 'ص', 'م')} - ".translate(
            ARABIC
        )
    ),
    "Korean": Shape(lambda t: f"{t:%Y}. {t.month}. {t.day}. {half(t, '오전', '오후')} {hour12(t)}:{t:%M} - ", "ymd"),
    "Chinese iOS": Shape(
        lambda t: f"[{t:%Y}/{t.month}/{t.day} {half(t, '上午', '下午')}{hour12(t)}:{t:%M:%S}] ", "ymd", 1
    ),
    "Buddhist years": Shape(lambda t: f"{t.day}/{t.month}/{t.year + 543} BE, {t:%H:%M} - "),
    "Bulgarian": Shape(lambda t: f"{t:%d.%m.%y} г., {t:%H:%M} ч. - "),
    "copied out of WhatsApp Web": Shape(lambda t: f"[{t:%H.%M}, {t.day}/{t.month}/{t:%Y}] "),
    "copied out of WhatsApp Web, 12 h": Shape(
        lambda t: f"[{hour12(t)}:{t:%M} {half(t, 'AM', 'PM')}, {t.month}/{t.day}/{t:%Y}] ", "mdy"
    ),
    "time first": Shape(lambda t: f"{t:%H:%M, %d/%m/%Y} - "),
    "byte order mark on each line": Shape(lambda t: f"{BOM}{t:%d/%m/%y %H.%M} - "),
}


@dataclass(frozen=True)
class Message:
    """A message to write; sender None: a line of the messenger itself."""

    time: datetime
    sender: str | None
    text: str


def export(messages: Sequence[Message], shape: Shape) -> str:
    """The messages as an export of that shape."""
    lines = [shape.header(m.time) + (m.text if m.sender is None else f"{m.sender}: {m.text}") for m in messages]
    return "".join(line + shape.end for line in lines)


def write(path: Path, text: str) -> Path:
    """Write a text as it is, line breaks untouched; returns the path."""
    path.write_bytes(text.encode("utf-8"))
    return path
