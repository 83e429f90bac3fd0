"""What messengers write in place of text, told apart by the phrases of words.yaml (data, one list a language)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).with_name("words.yaml")
ORDER = ("contact", "location", "poll", "call", "deleted", "media", "system")  # the narrower phrase first
MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"  # characters that only steer the direction of writing
_LEADING = re.compile(rf"^[{MARKS}]+")


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """words.yaml as it is."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8"))


@cache
def pattern(kind: str) -> re.Pattern[str]:
    """Matches a whole first line that is a phrase of this kind in any language."""
    phrases = [phrase for language in table()[kind].values() for phrase in language]
    return re.compile("|".join(_as_regex(phrase) for phrase in phrases))


def _as_regex(phrase: str) -> str:
    """A phrase with its stars; a character of direction may stand around any text a star stands for."""
    return rf"[{MARKS}]*" + ".*".join(re.escape(part) for part in phrase.split("*")) + rf"[{MARKS}]*"


@cache
def half_days() -> dict[str, int]:
    """Minutes to add for each way of writing the half of the day: 0 or 720."""
    return dict.fromkeys(table()["am"], 0) | dict.fromkeys(table()["pm"], 720)


def first_line(text: str) -> str:
    """The text's first line."""
    return text.partition("\n")[0]


def kind_of(text: str, *, system: bool = False) -> str:
    """The kind of a message that a person sent (system: of a line without a sender) by its first line's phrase."""
    line = first_line(text)
    for kind in ORDER[:-1]:
        if pattern(kind).fullmatch(line):
            return kind
    return "system" if system else "text"


def is_system(text: str) -> bool:
    """Whether the first line is a phrase the messenger itself writes."""
    return pattern("system").fullmatch(first_line(text)) is not None


@cache
def edited_mark() -> re.Pattern[str]:
    """Matches the mark at the end of an edited message, with the blank and direction marks before it."""
    phrases = [re.escape(p) for language in table()["edited"].values() for p in language]
    return re.compile(rf"[ \xa0\u202f]?[{MARKS}]*(?:{'|'.join(phrases)})[{MARKS}]*$")


def without_direction(text: str) -> str:
    """The text without direction marks at its start."""
    return _LEADING.sub("", text)
