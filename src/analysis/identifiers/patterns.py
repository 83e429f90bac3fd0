"""Patterns of identifiers (privacy.yaml, patterns.yaml): regular expressions whose group `it` is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from analysis.identifiers import lexicon

# Every scalar a string, as `no` is a word here; libyaml's where PyYAML was built with it: ten times as fast
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_DIGIT = re.compile(r"\d")
LETTERS = 3  # with which the words that a pattern needs are looked up
BRANCHED = 3  # by which an expression for thousands of phrases branches
Found = tuple[int, int, str]  # start, end, class


@cache
def data() -> dict[str, Any]:
    """privacy.yaml: titles, everyday and common words, banks, sites, plate codes, patterns."""
    return yaml.load(Path(__file__).with_name("privacy.yaml").read_text(encoding="utf-8"), Loader=LOADER)


@cache
def words_in(name: str) -> frozenset[str]:
    """The words of a list in privacy.yaml."""
    return frozenset(data()[name])


def alternation(words: Iterable[str]) -> str:
    """An expression for any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


@dataclass(frozen=True)
class Pattern:
    """digits: how many the text must have. words: one of them has to be in it as well, unless there are none or a
    digit serves too (digit). find, unless, about: regular expressions, of what is found, of what may be nowhere in the
    text, and of what has to be somewhere in it, however far off. unknown: the letters of what is found are no ordinary
    word."""

    kind: str
    digit: bool
    words: tuple[str, ...]
    find: str
    cased: bool
    digits: int = 0
    unless: str | None = None
    about: str | None = None
    unknown: bool = False


class Patterns:
    """Patterns in the order in which they count, and an index of the words that they need: few texts hold any, and
    looking for each word of each pattern would take longer than all the rest of the scrubbing."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        always = (k for k, pattern in enumerate(self.patterns) if not (pattern.words or pattern.digit))
        self._always = frozenset(always)
        self._of_digits = frozenset(k for k, pattern in enumerate(self.patterns) if pattern.digit)
        self._small, self._large = (
            _Index((word, k) for k, each in enumerate(self.patterns) if each.cased == cased for word in each.words)
            for cased in (False, True)
        )

    def fitting(self, low: str, text: str) -> list[Pattern]:
        """The patterns whose words and digits a text holds, in order."""
        digits = len(_DIGIT.findall(low))
        fit = self._always.union(self._small.met(low), self._large.met(text), self._of_digits if digits else ())
        return [pattern for k in sorted(fit) if (pattern := self.patterns[k]).digits <= digits]


class _Index:
    """Which patterns need a word, by its first three letters; shorter ones are looked for one by one."""

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        patterns: dict[str, set[int]] = {}
        for word, k in words:
            patterns.setdefault(word, set()).add(k)
        self._short = [(word, patterns[word]) for word in patterns if len(word) < LETTERS]
        self._long: dict[tuple[str, ...], list[tuple[str, set[int]]]] = {}
        for word in patterns:
            if len(word) >= LETTERS:
                further = word if len(word) > LETTERS else ""  # which is in any text: its letters were met already
                self._long.setdefault(tuple(word[:LETTERS]), []).append((further, patterns[word]))
        self._begin = frozenset(self._long)

    def met(self, text: str) -> set[int]:
        """The patterns one of whose words is in a text."""
        met: set[int] = set()
        for letters in self._begin & _runs(text):
            for word, patterns in self._long[letters]:
                if word in text:
                    met |= patterns
        for word, patterns in self._short:
            if word in text:
                met |= patterns
        return met


@lru_cache(maxsize=8)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """All runs of three characters in a text."""
    return frozenset(zip(text, text[1:], text[2:], strict=False))


@cache
def _data() -> dict[str, Any]:
    return yaml.load(Path(__file__).with_name("patterns.yaml").read_text(encoding="utf-8"), Loader=LOADER)


def compiled(entries: Iterable[Mapping[str, Any]], parts: Mapping[str, str]) -> tuple[Pattern, ...]:
    """The patterns of entries as YAML has them, with {name} for parts; a part that holds others stands before them."""
    return tuple(_compiled(entry, parts) for entry in entries)


def _compiled(entry: Mapping[str, Any], parts: Mapping[str, str]) -> Pattern:
    cased = entry.get("cased") == "true"
    find, unless, about = (_filled(entry.get(key), parts, cased) for key in ("find", "unless", "about"))
    assert find is not None
    needs, digit = tuple(need for need in entry["needs"] if need != "0"), "0" in entry["needs"]
    digits = int(entry.get("digits", entry.get("numbers") == "true"))
    unknown = entry.get("unknown") == "true"
    return Pattern(entry["class"], digit, needs, find, cased, digits, unless, about, unknown)


def _filled(expression: str | None, parts: Mapping[str, str], cased: bool) -> str | None:
    """An expression with its parts, None for none."""
    if expression is None:
        return None
    for key, part in parts.items():
        expression = expression.replace(f"{{{key}}}", part.lower() if key == "plates" and not cased else part)
    return expression


@cache
def regex(expression: str) -> re.Pattern[str]:
    """A pattern's expression, compiled when a text first needs it: all 430 take a second, and most commands few."""
    return re.compile(expression, re.VERBOSE)


def listed(name: str, shared: Mapping[str, str]) -> tuple[Pattern, ...]:
    """The patterns of a list in patterns.yaml. shared: the parts of privacy.yaml, used where it has none of a name."""
    phrases = {key: _data()[key] for key in ("brands", "goods", "towns")} | {
        "public": lexicon.figures(),
        "named": lexicon.named(),
    }
    own = _data()["parts"] | {key: any_of(each) for key, each in phrases.items()}
    return compiled(_data()[name], own | {key: part for key, part in shared.items() if key not in own})


def any_of(phrases: Iterable[str], letters: int = BRANCHED) -> str:
    """An expression for any of the phrases, the longest first, that tries only those whose first letters it meets."""
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    if not letters or len(longest_first) == 1:
        return "|".join(map(re.escape, longest_first))
    groups: dict[str, list[str]] = {}
    for phrase in longest_first:
        groups.setdefault(phrase[:1], []).append(phrase[1:])
    ended = "|" if groups.pop("", None) else ""
    branches = (f"{re.escape(letter)}(?:{any_of(rest, letters - 1)})" for letter, rest in groups.items())
    return "|".join(branches) + ended


def words_before() -> dict[str, list[str]]:
    """The words that make a name of what follows, by kind."""
    return _data()["before"]


@cache
def towns() -> frozenset[str]:
    """Towns, regencies, districts and villages with which an address may end, in small letters."""
    return frozenset(_data()["towns"] + _data()["places"]) | lexicon.places()


def towns_in_small_letters() -> frozenset[str]:
    """The towns that are no words as well."""
    return frozenset(_data()["towns"]) - frozenset(_data()["towns_and_words"])


def company() -> dict[str, dict[str, list[str]]]:
    """The words that are names as well, and what stands before and after them where they are none."""
    return _data()["company"]


def titles() -> dict[str, list[str]]:
    """Titles before a name that privacy.yaml does not have, each with its other spellings."""
    return _data()["titles"]


def found(patterns: Patterns, low: str, text: str) -> Iterator[Found]:
    """Where the patterns are in a text; low: the same in small letters. The more specific come first."""
    for pattern in patterns.fitting(low, text):
        if not _applies(pattern, low):
            continue
        for match in regex(pattern.find).finditer(text if pattern.cased else low):
            start, end = match.span("it")
            if not (pattern.unknown and _is_ordinary(low[start:end])):
                yield start, end, pattern.kind


def _applies(pattern: Pattern, low: str) -> bool:
    """Whether a text speaks of what a pattern is about, and of nothing that speaks against it."""
    if pattern.unless is not None and regex(pattern.unless).search(low):
        return False
    return pattern.about is None or regex(pattern.about).search(low) is not None


def _is_ordinary(written: str) -> bool:
    """Whether the letters of something written are an ordinary word or a place."""
    letters = "".join(filter(str.isalpha, written))
    return lexicon.ordinary(letters) or letters in towns()
