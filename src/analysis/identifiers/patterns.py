"""Patterns of identifiers (privacy.yaml, patterns.yaml): regular expressions whose group `it` is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_DIGIT = re.compile(r"\d")
Found = tuple[int, int, str]  # start, end, class


@dataclass(frozen=True)
class Pattern:
    """digit, words: a digit, or one of the words, has to be in the text for the pattern to be tried. numbers: and a
    digit in any case."""

    kind: str
    digit: bool
    words: tuple[str, ...]
    find: re.Pattern[str]
    cased: bool
    numbers: bool = False


@cache
def _data() -> dict[str, Any]:
    return yaml.load(Path(__file__).with_name("patterns.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def compiled(entries: Iterable[Mapping[str, Any]], parts: Mapping[str, str]) -> tuple[Pattern, ...]:
    """The patterns of entries as YAML has them, with {name} for parts; a part that holds others stands before them."""
    made = []
    for entry in entries:
        cased, find = entry.get("cased") == "true", entry["find"]
        for key, part in parts.items():
            find = find.replace(f"{{{key}}}", part.lower() if key == "plates" and not cased else part)
        needs = tuple(need for need in entry["needs"] if need != "0")
        finder, numbers = re.compile(find, re.VERBOSE), entry.get("numbers") == "true"
        made.append(Pattern(entry["class"], "0" in entry["needs"], needs, finder, cased, numbers))
    return tuple(made)


def listed(name: str, shared: Mapping[str, str]) -> tuple[Pattern, ...]:
    """The patterns of a list in patterns.yaml. shared: the parts of privacy.yaml, used where it has none of a name."""
    own = _data()["parts"] | {key: by_first_letter(_data()[key]) for key in ("public", "brands")}
    return compiled(_data()[name], own | {key: part for key, part in shared.items() if key not in own})


def by_first_letter(phrases: Iterable[str]) -> str:
    """An expression for any of the phrases that tries only those that begin with the letter it meets."""
    groups: dict[str, list[str]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        groups.setdefault(phrase[0], []).append(re.escape(phrase[1:]))
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in groups.items())


def words_before() -> dict[str, list[str]]:
    """The words that make a name of what follows, by kind."""
    return _data()["before"]


@cache
def towns() -> frozenset[str]:
    """Towns, regencies, districts and villages with which an address may end, in small letters."""
    return frozenset(_data()["towns"] + _data()["places"])


def towns_in_small_letters() -> frozenset[str]:
    """The towns that are no words as well."""
    return frozenset(_data()["towns"]) - frozenset(_data()["towns_and_words"])


def titles() -> dict[str, list[str]]:
    """Titles before a name that privacy.yaml does not have, each with its other spellings."""
    return _data()["titles"]


def found(patterns: Iterable[Pattern], low: str, text: str) -> Iterator[Found]:
    """Where the patterns are in a text; low: the same in small letters. The more specific come first."""
    digit = _DIGIT.search(low) is not None
    for pattern in patterns:
        if pattern.numbers and not digit:
            continue
        looked_at = text if pattern.cased else low
        if not (digit and pattern.digit):
            for word in pattern.words:  # this loop decides how long the scrubbing takes
                if word in looked_at:
                    break
            else:
                continue
        for match in pattern.find.finditer(looked_at):
            yield *match.span("it"), pattern.kind
