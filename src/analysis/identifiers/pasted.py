"""Chats copied into a message: the senders in their headers, as phones and desktops copy them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DATE = r"\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4})?|\d{1,2}[ ][^\W\d_]{3,9}\.?(?:[ ,]{1,2}\d{4})?"
_TIME = r"\d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?:[ \u202f\u00a0]?[ap]\.?m\.?)?"
_STAMP = rf"(?:(?:{_DATE})[ ,]{{1,3}}(?:(?:jam|pukul|at)[ ])?(?:{_TIME})|(?:{_TIME})[ ,]{{1,3}}(?:{_DATE}))"
_SENDER = r"(?P<it>[^\W\d_+~@(][^:\n\[\]]{0,60}|~[ \u202f]?[^:\n\[\]]{1,60}|\+[\d ()\u2010-\u2015-]{8,24})"
_HEADERS = (
    re.compile(rf"^\W{{0,4}}(?:\[{_STAMP}\]|\({_STAMP}\))[ ]?(?:-[ ])?{_SENDER}:(?=\s)", re.MULTILINE | re.IGNORECASE),
    re.compile(rf"^\W{{0,4}}{_STAMP}[ ]?[-–—|][ ]?{_SENDER}:(?=\s)", re.MULTILINE | re.IGNORECASE),
    re.compile(rf"^\W{{0,2}}{_SENDER}[ ,]{{1,2}}\[{_STAMP}\]:?", re.MULTILINE | re.IGNORECASE),
)
_CLOCK = re.compile(r"\d[.:]\d\d")


def senders(text: str) -> Iterator[tuple[int, int]]:
    """Where the senders of a chat copied into the text stand: `[12/03/25 19.04] Bu Kartini: stok habis`."""
    if not _CLOCK.search(text):
        return
    for header in _HEADERS:
        for match in header.finditer(text):
            start, end = match.span("it")
            yield start, start + len(text[start:end].rstrip(" ,"))
