"""Titles before names: `pak`, `bu`, `Haji`, in every spelling, and words that are no names."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import cache

from analysis.identifiers import patterns

WOMEN = frozenset(("bu", "mbak", "ning", "tante", "hajah", "cik", "bude", "teh", "uni", "jeng", "neng", "ummi", "mrs",
                   "dayu", "ceu"))  # fmt: skip
MEN = frozenset(("pak", "mas", "cak", "bang", "om", "gus", "koh", "pakde", "kang", "bli", "uda", "abah", "kyai", "mr",
                 "aa", "mang", "cong"))  # fmt: skip
AUNTS_AND_UNCLES = frozenset(("bude", "pakde", "bulek", "lik", "pakpuh"))
GRANDPARENTS = frozenset(("mbah", "wak"))
YOUNG = frozenset(("mbak", "mas", "dik", "ning", "kak", "cak", "jeng"))  # who are called so are no grandparents
_AS_DIGITS = str.maketrans("aeio", "4310")
SHORT_OF = frozenset(("moh", "moch", "mohd", "muh", "ach", "ahm", "abd"))  # no name without another behind it


def before(low: str, start: int) -> tuple[int, str | None]:
    """Where a title just before a name begins, and the title in the one spelling that counts; else start and None."""
    match = _title().search(low, max(0, start - 16), start)
    if match is None:
        return start, None
    return start if match["gap"].strip(" ._-") else match.start("title"), spellings()[match["title"]]


def spelled_before(low: str, start: int) -> int:
    """Where a title just before a name begins, also one written letter by letter (`p a k`) or with digits (`p4k`)."""
    match = _spelled_title().search(low, max(0, start - 16), start)
    return match.start() if match else before(low, start)[0]


@cache
def _spelled_title() -> re.Pattern[str]:
    """Matches a title letter by letter or with digits for letters, at the end of a text."""
    words = [word for word in spellings() if word.isalpha() and 1 < len(word) < 6]
    apart = [f"(?:{'[ .*_-]'.join(word)})" for word in words]
    digits = [shaped for word in words if (shaped := word.translate(_AS_DIGITS)) != word]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join([*apart, *digits])})[ .]{{1,3}}$")


@cache
def no_names() -> frozenset[str]:
    """Words that are no names, whatever stands before them: titles, offices, common words."""
    return patterns.words_in("offices") | patterns.words_in("common") | frozenset(spellings())


@cache
def spellings() -> dict[str, str]:
    """Each spelling of a title, and the one that counts."""
    listed = (*patterns.data()["titles"].items(), *patterns.titles().items())
    return {spelling: title for title, spellings in listed for spelling in spellings}


@cache
def _title() -> re.Pattern[str]:
    """Matches a title and what stands between it and the name behind it, at the end of a text."""
    return re.compile(
        rf"(?<![^\W_])(?P<title>{patterns.alternation(spellings())})"
        r"(?P<gap>[ ._-]{1,2}|[^\S\n]{1,4}|[.]?[^\S\n]{0,2}[_*~`\"“(\u200b-\u200f\u2060-\u2069-]{1,2}|(?<=\.))$"
    )


def without(written: str) -> str:
    """A name without the title before it."""
    first, _, name = written.partition(" ")
    return name if name and first in spellings() else written


def spoken(name: str) -> str:
    """A normal name with its title, if it has one, in the one spelling that counts: `ibu sri` as `bu sri`."""
    first, _, bare = name.partition(" ")
    return f"{spellings()[first]} {bare}" if bare and first in spellings() else name


def is_another(title: str | None, called: AbstractSet[str]) -> bool:
    """Whether the title is a man's where the only owner of the name is called as a woman, or the other way: Bu Slamet
    is Pak Slamet's wife, or somebody else; so is Bude Sri where the owner is called Mbak Sri alone. called: the titles
    by which the owner is called."""
    known = called & {*WOMEN, *MEN}
    if title is None or not known or title in called:
        return False
    of_other_sex = any(title in kind and known.isdisjoint(kind) for kind in (WOMEN, MEN))
    return of_other_sex or title in AUNTS_AND_UNCLES or (title in GRANDPARENTS and known <= YOUNG)
