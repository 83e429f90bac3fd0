"""Chats copied into a message: the senders in their headers, as phones and desktops copy them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DATE = r"\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4})?|\d{1,2}[ ][^\W\d_]{3,9}\.?(?:[ ,]{1,2}\d{4})?"
_TIME = r"\d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?:[ \u202f\u00a0]?[ap]\.?m\.?)?"
_STAMP = rf"(?:(?:{_DATE})[ ,]{{1,3}}(?:(?:jam|pukul|at)[ ])?(?:{_TIME})|(?:{_TIME})[ ,]{{1,3}}(?:{_DATE}))"
_SENDER = r"[^\W\d_+~@(][^:\n\[\]]{0,60}|~[ \u202f]?[^:\n\[\]]{1,60}|\+[\d ()\u2010-\u2015-]{8,24}"
_MARK = r"\[[A-Z]+\]"  # in a sender's place once names are taken out


def _headers(sender: str) -> list[re.Pattern[str]]:
    """The forms of a header, of a sender who is written so."""
    forms = (
        rf"^\W{{0,4}}(?:\[{_STAMP}\]|\({_STAMP}\))[ ]?(?:-[ ])?(?P<it>{sender}):(?=\s)",
        rf"^\W{{0,4}}{_STAMP}[ ]?[-–—|][ ]?(?P<it>{sender}):(?=\s)",
        rf"^\W{{0,2}}(?P<it>{sender})[ ,]{{1,2}}\[{_STAMP}\]:?",
    )
    return [re.compile(form, re.MULTILINE | re.IGNORECASE) for form in forms]


_HEADERS, _SCRUBBED = _headers(_SENDER), _headers(rf"{_SENDER}|{_MARK}")
_MARKED = re.compile(  # a mark in a sender's place says that a line is a header, whatever else is in it
    rf"^\W{{0,4}}\d{{1,4}}[./:-]\d{{1,2}}[^\n\[\]]{{0,40}}?\]?[^\n\[\]]{{0,10}}?(?P<it>{_MARK}):", re.MULTILINE
)
_DATED = re.compile(rf"^\W{{0,4}}(?:{_STAMP}|\d{{1,4}}[./:-]\d)", re.MULTILINE | re.IGNORECASE)
_CLOCK = re.compile(r"\d[.:]\d\d")


def senders(text: str) -> Iterator[tuple[int, int]]:
    """Where the senders of a chat copied into the text stand: `[12/03/25 19.04] Bu Kartini: stok habis`."""
    if not _CLOCK.search(text):
        return
    for header in _HEADERS:
        for match in header.finditer(text):
            start, end = match.span("it")
            yield start, start + len(text[start:end].rstrip(" ,"))


def said_by(text: str, sender: str) -> Iterator[tuple[int, int]]:
    """Where the words of one sender stand in a text whose names were taken out, of the chats copied into it: from
    behind each header up to the next one, or the next line with a date. sender: as the headers have it, `[NAME]`."""
    matches = {match.end(): match for header in (_MARKED, *_SCRUBBED) for match in header.finditer(text)}.values()
    others = sorted({*(match.start() for match in matches), *(match.start() for match in _DATED.finditer(text))})
    for match in matches:
        if match["it"] == sender:
            following = next((start for start in others if start >= match.end()), len(text))
            yield match.end(), len(text[:following].rstrip("\n"))
