"""Copies of a text in which names and numbers look alike however they were typed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from analysis.identifiers import legible

WORD = re.compile(r"[^\W_]+")
_HIDDEN = re.compile("(?<=[0-9A-Za-z@.])[\u200b-\u200f\u202a-\u202e\u2060\u00ad\u034f\ufeff]+(?=[0-9A-Za-z@.])")
_BLANKS = re.compile("[\t\u00a0\u2000-\u200a\u202f\u3000]")
_DASH = re.compile("(?<=[0-9A-Za-z])\u2013(?=[0-9A-Za-z]*\\d)|(?<=\\d)\u2013(?=\\w)")  # 58.104.226.9–445.001
_ITALICS = re.compile(r"(?<![\w@/])_+(?=\w)|(?<=\w)_+(?!\w)")


def plain(text: str) -> str:
    """The text with composed letters, and without invisible characters inside words, that would hide a name."""
    if text.isascii():
        return text
    return _HIDDEN.sub("", text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text))


def fold(text: str) -> str:
    """The text in plain small letters, of the same length, accents left out: styled letters and full-width digits as
    plain ones."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


@lru_cache(maxsize=65_536)
def _fold(char: str) -> str:
    parts = unicodedata.normalize("NFKD", char)
    if len(parts) > 1 and all(map(unicodedata.combining, parts[1:])):
        return parts[0].lower()
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) == 1:
        return legible.look_alike(plain) if legible.look_alike(plain) != plain else legible.look_alike(plain.lower())
    return char.lower() if len(char.lower()) == 1 else char


def readable(text: str) -> str:
    """The text, of the same length, with plain blanks for others, hyphens for dashes between digits, asterisks for the
    underscores before and after words, which would hide what they set in italics, and digits for letters that look like
    them."""
    text = legible.with_digits(_DASH.sub("-", _BLANKS.sub(" ", text)))
    return _ITALICS.sub(lambda match: "*" * len(match[0]), text) if "_" in text else text
