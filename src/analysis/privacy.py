"""Pseudonyms and scrubbing: what identifies a person is taken out of texts, and a typed mark left in its place.

Pseudonyms are keyed (HMAC-SHA-256, RFC 2104): the same person has the same one in every file and run, and whoever lacks
the key cannot try names out. Names are found by a dictionary over the words of a text, structured identifiers by
patterns; all look at a copy of the text folded to plain small letters, of equal length, so that styled letters and
full-width digits hide nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd
import yaml

from analysis.errors import InputError

CLASSES = (
    "NAME", "EMAIL", "PHONE", "NIK", "NPWP", "ACCOUNT", "ADDRESS", "MAP", "COORDINATES", "PLATE", "HANDLE", "PROFILE", "WITHHELD",
)  # fmt: skip
Mark = tuple[str, int]
Span = tuple[int, int, str, str]  # start, end, class, what stands there instead

_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_WORD = re.compile(r"\w+")
_GAP = re.compile(r"[\s.\-_'’]{0,3}")
_SUFFIXES = ("nya", "ku", "mu", "lah", "kah", "pun")


@cache
def data() -> dict:
    """privacy.yaml: titles, everyday and common words, banks, sites, plate codes."""
    return yaml.safe_load(Path(__file__).with_name("privacy.yaml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    """A name in the one form that counts: compatibility characters folded, small letters, single blanks, no `~`."""
    folded = unicodedata.normalize("NFKC", _MARKS.sub("", name)).casefold()
    return " ".join(folded.replace("~", " ").split())


def phone(written: str) -> str | None:
    """A telephone number as its digits with the country code, None when the text is no number; 0 and 8 mean Indonesia."""
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", written)).strip()
    if not re.fullmatch(r"~?\s*\+?[\d\s().\-]{7,24}", plain):
        return None
    digits = re.sub(r"\D", "", plain)
    if not 8 <= len(digits) <= 16:
        return None
    if digits.startswith("0"):
        return "62" + digits[1:]
    if digits.startswith("620"):
        return "62" + digits[3:]
    return "62" + digits if digits.startswith("8") and "+" not in plain and len(digits) <= 12 else digits


def canonical(name: str) -> str:
    """What a pseudonym is made of: a number's digits, else the normal name."""
    digits = phone(name)
    return normal(name) if digits is None else f"+{digits}"


def pseudonym(name: str, key: bytes, letter: str = "M") -> str:
    """Letter and four base-32 characters of the keyed hash of the canonical name."""
    digest = hmac.new(key, canonical(name).encode(), hashlib.sha256).digest()
    return letter + base64.b32encode(digest)[:4].decode("ascii")


def listed(cell: object) -> list[str]:
    """A cell of members.csv that may hold several values parted by `;`, as a list."""
    if isinstance(cell, str):
        return [part.strip() for part in cell.split(";") if part.strip()]
    if isinstance(cell, Iterable):
        return [str(part).strip() for part in cell if str(part).strip()]
    return []


@dataclass(frozen=True)
class _Entry:
    """One way of naming members. words: in small letters; literal: with its own punctuation, before: characters of it
    ahead of the first word; owners: pseudonyms; guard: when it counts (always, capital: capital letter or title,
    address: only where addressed)."""

    words: tuple[str, ...]
    literal: str
    before: int
    owners: frozenset[str]
    guard: str


class Directory:
    """Who goes by which name, alias and number. People are told apart by their canonical names.

    people: DataFrame with a column name, and where known aliases and phones (`;` between several).
    Raises InputError when a name is missing or stands twice, or a number is none.
    """

    def __init__(self, people: pd.DataFrame) -> None:
        if "name" not in people.columns:
            raise InputError("the members have no column `name`", mend="The README shows what members.csv holds.")
        self.names: dict[str, str] = {}  # canonical name -> name as written
        self.forms: dict[str, set[str]] = {}  # name, alias or +digits in normal form -> canonical names
        for row in people.to_dict("records"):
            self._add(row)

    def _add(self, row: dict) -> None:
        name = row["name"]
        if not isinstance(name, str) or not normal(name):
            raise InputError("a member without a name", mend="Give every row of members.csv a name.")
        who = canonical(name)
        if who in self.names:
            raise InputError(f"the member {name} stands twice", mend="Give each member one row of members.csv.")
        self.names[who] = name
        for written in (name, *listed(row.get("aliases"))):
            self.forms.setdefault(_spoken(canonical(written)), set()).add(who)
        for number in listed(row.get("phones")):
            digits = phone(number)
            if digits is None:
                raise InputError(f"{name}: {number!r} is no telephone number", mend="Write it as in +62 812-3456-7890.")
            self.forms.setdefault(f"+{digits}", set()).add(who)

    def who(self, name: str) -> frozenset[str]:
        """The canonical names of all who go by that name, alias or number."""
        found = self.forms.get(_spoken(canonical(name))) or self.forms.get(_without_title(normal(name)))
        return frozenset(found or ())


class Pseudonymiser:
    """Replaces people by pseudonyms, and what leads to them by marks.

    members: DataFrame with a column name, and where known aliases and phones (`;` between several) and consent.
    key: the secret of the pseudonyms. participants: interviewed people who are no members, likewise (P pseudonyms).
    Raises InputError when the key is empty, a name is missing or stands twice, or two names get one pseudonym.
    """

    def __init__(self, members: pd.DataFrame, *, key: bytes, participants: pd.DataFrame | None = None) -> None:
        if not key:
            raise InputError("the key of the pseudonyms is empty", mend="Give a secret of 16 bytes or more.")
        everyone = members if participants is None else pd.concat([members, participants], ignore_index=True)
        self._key = key
        self._directory = Directory(everyone)
        self._holder: dict[str, str] = {}  # pseudonym -> canonical name
        letters = "M" * len(members) + "P" * (len(everyone) - len(members))
        self._pseudonyms = {
            who: self._claim(who, letter) for who, letter in zip(self._directory.names, letters, strict=True)
        }
        consent = everyone["consent"] if "consent" in everyone.columns else pd.Series([""] * len(everyone))
        self._withheld = {
            pseudonym
            for pseudonym, answer in zip(self._pseudonyms.values(), consent.tolist(), strict=True)
            if answer == "none"
        }
        self._index = self._build_index()

    def _claim(self, who: str, letter: str) -> str:
        """The pseudonym of a canonical name; raises InputError when another name has it."""
        made = pseudonym(who, self._key, letter)
        if self._holder.setdefault(made, who) != who:
            raise InputError(
                "two names get the same pseudonym under this key",
                mend="Delete secrets/pseudonym.key to have a new key drawn; every pseudonym changes with it.",
            )
        return made

    def pseudonym(self, name: str) -> str:
        """The pseudonym of a member by name, alias or number, or of a name that is on no list.

        Raises InputError when several members go by that name.
        """
        owners = self.owners(name)
        if len(owners) > 1:
            raise InputError(
                f"{len(owners)} members go by the name {name}", mend="Make the aliases in members.csv tell them apart."
            )
        return next(iter(owners)) if owners else self._claim(canonical(name), "M")

    def owners(self, name: str) -> frozenset[str]:
        """The pseudonyms of all who go by that name, alias or number; empty for a name on no list."""
        return frozenset(self._pseudonyms[who] for who in self._directory.who(name))

    def scrub(self, text: str) -> tuple[str, list[Mark]]:
        """The text without what identifies a person, and how many of each class were taken out, in CLASSES' order.

        A name of exactly one member becomes the pseudonym, of several [NAME], of one who withholds consent [WITHHELD].
        """
        low = fold(text)
        spans = [
            *self._mentions(low),
            *_found(_patterns(), low, text),
            *self._names(low, text),
            *_found(_handles(), low, text),
        ]
        if not spans:
            return text, []
        kept = _without_overlap(spans)
        pieces, place = [], 0
        for start, end, _, instead in kept:
            pieces += (text[place:start], instead)
            place = end
        counts = Counter(kind for _, _, kind, _ in kept)
        return "".join(pieces) + text[place:], [(kind, counts[kind]) for kind in CLASSES if counts[kind]]

    # Names

    def _build_index(self) -> dict[str, list[_Entry]]:
        index: dict[str, list[_Entry]] = {}
        forms = self._directory.forms
        for written, people in forms.items():
            for spelling in _spellings(written):
                _enter(index, spelling, {self._pseudonyms[who] for who in people})
        derived: dict[str, set[str]] = {}
        for written, people in forms.items():
            for part in _parts(written) - set(forms):
                derived.setdefault(part, set()).update(self._pseudonyms[who] for who in people)
        for written, owners in derived.items():
            _enter(index, written, owners)
        for entries in index.values():
            entries.sort(key=lambda e: (-len(e.words), -len(e.literal)))
        return index

    def _names(self, low: str, text: str) -> Iterator[Span]:
        index, end = self._index, 0
        for match in _WORD.finditer(low):
            word = match.group()
            entries = index.get(word)
            if entries is None and word.endswith(_SUFFIXES):
                entries = index.get(_stem(word))
            if entries is None or match.start() < end:
                continue
            span = self._name_at(low, text, match, entries)
            if span is not None:
                end = span[1]
                yield span

    def _name_at(self, low: str, text: str, match: re.Match[str], entries: list[_Entry]) -> Span | None:
        for entry in entries:
            place = _matches(low, match, entry)
            if place is None:
                continue
            start, end = place
            title = _title_before(low, start)
            mention = low[:start].rstrip("\u2068").endswith("@")
            if _counts(entry.guard, low, text, start, end, title is not None, mention):
                start = title if title is not None else start
                return start, end, *self._instead(entry.owners)
        return None

    def _instead(self, owners: frozenset[str]) -> tuple[str, str]:
        if owners & self._withheld:
            return "WITHHELD", "[WITHHELD]"
        return "NAME", next(iter(owners)) if len(owners) == 1 else "[NAME]"

    def _mentions(self, low: str) -> Iterator[Span]:
        if "@" not in low:
            return
        for match in _MENTION.finditer(low):
            owners = self.owners(match["number"])
            kind, instead = self._instead(owners) if owners else ("PHONE", "[PHONE]")
            yield *match.span(), kind, f"@{instead}" if owners else instead
        for match in _ISOLATED.finditer(low):
            kind, instead = self._instead(self.owners(match["name"]))
            yield *match.span(), kind, f"@{instead}"


def _parts(written: str) -> set[str]:
    """What else a person of that name is called: the name without its title, and each of its words of three letters."""
    bare = _without_title(written)
    words = _WORD.findall(bare)
    single = {w for w in words if len(w) > 2 and not w.isdigit() and w not in _titles()} if len(words) > 1 else set()
    return single | ({bare} - {written})


def _enter(index: dict[str, list[_Entry]], written: str, owners: Iterable[str]) -> None:
    words = _WORD.findall(written)
    if not words or written.startswith("+"):
        return
    entry = _Entry(tuple(words), written, written.index(words[0]), frozenset(owners), _guard(written))
    index.setdefault(words[0], []).append(entry)


def _guard(written: str) -> str:
    """When a listed name counts as one: everyday words need a capital letter or title, common ones an address."""
    words = _WORD.findall(written)
    if len(words) != 1 or words[0] in _titles():
        return "always" if len(words) > 1 else "address"
    if words[0] in _lexicon("common") or len(words[0]) == 1:
        return "address"
    return "capital" if words[0] in _lexicon("everyday") else "always"


def _matches(low: str, match: re.Match[str], entry: _Entry) -> tuple[int, int] | None:
    """Where an entry stands in the text that has its first word at match, None if it does not."""
    start = match.start() - entry.before
    if start >= 0 and low.startswith(entry.literal, start) and _ends(low, start + len(entry.literal), entry.literal):
        return start, start + len(entry.literal)
    place = match.start() + len(entry.words[0])
    if len(entry.words) == 1:
        return (match.start(), place) if _ends(low, place, entry.words[0]) else None
    for word in entry.words[1:]:
        place = _GAP.match(low, place).end()  # type: ignore[union-attr]
        if not low.startswith(word, place):
            return None
        place += len(word)
    return (match.start(), place) if _ends(low, place, entry.words[-1]) else None


def _ends(low: str, place: int, name: str) -> bool:
    """Whether a name may end here: no letter follows, or one of the suffixes and then none."""
    if not name[-1:].isalnum() and name[-1:] != "_":
        return True
    rest = _WORD.match(low, place)
    return rest is None or (rest.group() in _SUFFIXES and len(name) > 3)


def _counts(guard: str, low: str, text: str, start: int, end: int, titled: bool, mention: bool) -> bool:
    if guard == "always" or mention:
        return True
    addressed = low[end : end + 1] in (":", ",") and low[end : end + 1] != "" and not low[:start].strip()
    if guard == "address":
        return addressed
    return titled or addressed or (text[start : start + 1].isupper() and not _opens_sentence(low, start))


def _opens_sentence(low: str, start: int) -> bool:
    before = low[:start].rstrip(" \"'“(")
    return not before or before[-1] in ".!?\n:"


def _title_before(low: str, start: int) -> int | None:
    """Where a title just before a name begins, None if there is none."""
    match = _TITLE.search(low, max(0, start - 12), start)
    return match.start("title") if match else None


@cache
def _titles() -> dict[str, str]:
    return {spelling: title for title, all_spellings in data()["titles"].items() for spelling in all_spellings}


@cache
def _lexicon(name: str) -> frozenset[str]:
    return frozenset(str(word) for word in data()[name])


_TITLE = re.compile(
    rf"(?<!\w)(?P<title>{'|'.join(sorted(map(re.escape, _titles()), key=len, reverse=True))})[ .]{{1,2}}$"
)


def _without_title(written: str) -> str:
    first, _, rest = written.partition(" ")
    return rest if rest and first in _titles() else written


def _spoken(name: str) -> str:
    """A normal name with its title, if it has one, in the one spelling that counts: `ibu sri` as `bu sri`."""
    first, _, rest = name.partition(" ")
    return f"{_titles()[first]} {rest}" if rest and first in _titles() else name


def _spellings(name: str) -> list[str]:
    """A name with its title in all spellings."""
    first, _, rest = name.partition(" ")
    return [f"{title} {rest}" for title in data()["titles"][first]] if rest and first in data()["titles"] else [name]


def _stem(word: str) -> str:
    return next(word[: -len(s)] for s in _SUFFIXES if word.endswith(s))


# Folding and overlaps


def fold(text: str) -> str:
    """The text in plain small letters, of the same length: styled letters and full-width digits as plain ones."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


@lru_cache(maxsize=65_536)
def _fold(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char).lower()
    return plain if len(plain) == 1 else char.lower() if len(char.lower()) == 1 else char


def _without_overlap(spans: list[Span]) -> list[Span]:
    """Of overlapping spans the first given, in order of place."""
    kept: list[Span] = []
    for span in spans:
        if all(span[1] <= other[0] or span[0] >= other[1] for other in kept):
            kept.append(span)
    return sorted(kept)


# Patterns of structured identifiers; the group `it` is what is taken out

_MENTION = re.compile(r"@\u2068?(?P<number>\+?\d[\d\s\-]{6,18}\d)\u2069?(?!\w)")
_ISOLATED = re.compile(r"@\u2068~?(?P<name>[^\u2068\u2069\n]{1,60})\u2069")
_DIGIT = re.compile(r"\d")


def _alternation(name: str) -> str:
    return "|".join(sorted((re.escape(str(word)) for word in data()[name]), key=len, reverse=True))


@cache
def _patterns() -> tuple:
    """What a text must hold for a pattern to be tried, the class, the pattern; the more telling first."""
    street = r"(?:jl|jln|gg)\b\.?|(?:jalan|gang|perumahan|perum|komplek|dusun|dsn)\b\.?"
    part = r"[ ,.]{1,2}(?!(?:ya|yg|yang|dan|di|ke|dari|itu|ini|sudah|udah|aja|saja|dulu|depan|samping)\b)[\w/'-]+"
    number = r"[ ,]{0,2}(?:no\b\.?|nomor|nmr|blok)[ .]{0,2}\w{1,5}(?:[/-]\w{1,4})?"
    block = r"[ ,(]{0,3}rt\b[ ./]{0,2}\d{1,3}[ ,/.]{0,3}(?:rw\b[ ./]{0,2})?\d{0,3}\)?"
    return (
        (_holds("."), "MAP", re.compile(rf"(?P<it>(?:https?://)?(?:www\.)?(?:{_alternation('maps')})[^\s<>\"]*)")),
        (_holds("."), "PROFILE", re.compile(rf"(?P<it>(?:https?://|(?<![\w.@]))(?:www\.|m\.)?(?:{_alternation('sites')})/?[^\s<>\"]*)")),
        (_holds("@"), "EMAIL", re.compile(r"(?P<it>[\w.+%-]+@(?:[\w-]+\.)+[a-z]{2,})")),
        (_holds("."), "COORDINATES", re.compile(r"(?<![\d.])(?P<it>-?\d{1,2}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,})(?![\d.])")),
        (_holds("°"), "COORDINATES", re.compile(r"(?P<it>\d{1,3}°\s*\d{1,2}['’′]\s*[\d.]+[\"”″]?\s*[nsewlub][\w]*[\s,]*\d{1,3}°\s*\d{1,2}['’′]\s*[\d.]+[\"”″]?\s*[nsewtb][\w]*)")),
        (_DIGIT.search, "NPWP", re.compile(r"(?<!\d)(?P<it>\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3})(?!\d)")),
        (_holds("npwp"), "NPWP", re.compile(r"npwp[^\d\n]{0,20}(?P<it>\d[\d.\s-]{13,22}\d)(?!\d)")),
        (_holds_any("nik", "ktp", "kk"), "NIK", re.compile(r"\b(?:nik|ktp|kk)\b[^\d\n]{0,20}(?P<it>\d(?:[ .-]?\d){15})(?!\d)")),
        (_DIGIT.search, "NIK", re.compile(r"(?<![\d.,-])(?P<it>[1-9]\d{5}(?:[04][1-9]|[1256]\d|[37][01])(?:0[1-9]|1[0-2])\d{2}\d{4})(?![\d])")),
        (_DIGIT.search, "ACCOUNT", re.compile(rf"\b(?:no\.? ?)?(?:rekening|rek|norek|va|virtual account)\b[^\d\n]{{0,30}}(?P<it>\d(?:[ -]?\d){{7,17}})(?!\d)")),
        (_DIGIT.search, "ACCOUNT", re.compile(rf"\b(?:{_alternation('banks')})\b(?:(?!\brp\b)[^\d\n]){{0,25}}(?P<it>(?!0?8[1-9])\d(?:[ -]?\d){{9,17}})(?![\d])")),
        (_DIGIT.search, "ACCOUNT", re.compile(rf"(?<![\d+])(?P<it>(?!0?8[1-9])\d(?:[ -]?\d){{9,17}})(?=[^\w\n]{{1,4}}(?:{_alternation('banks')})\b)")),
        (_DIGIT.search, "PHONE", re.compile(r"(?<![\w.])(?P<it>(?:\+ ?62|62|0)[ .-]{0,2}\(?8\d{1,3}\)?(?:[ .-]{0,2}\d){5,10})(?!\d)")),
        (_DIGIT.search, "PHONE", re.compile(r"(?<![\w.,])(?P<it>8[1-9]\d{1}[ -]?\d{3,4}[ -]?\d{3,5})(?![\d.,]\d|\d)")),
        (_holds("+"), "PHONE", re.compile(r"(?<![\w+])(?P<it>\+[1-9](?:[ .()-]{0,2}\d){7,14})(?!\d)")),
        (_DIGIT.search, "PHONE", re.compile(r"(?<![\w.,/-])(?P<it>(?:\(0[2-79]\d{1,2}\)|0[2-79]\d{1,2})[ -]{0,2}\d{3,4}[ -]?\d{3,4})(?![\d/-])")),
        (_holds_any("jl", "jalan", "gg", "gang", "perum", "komplek", "dusun", "dsn"), "ADDRESS", re.compile(rf"(?<!\w)(?P<it>(?:{street})(?:{part}){{1,4}}?{number}(?:{block})?|(?:{street})(?:{part}){{1,4}}?{block}|(?:jl|jln|gg)\b\.?(?:{part}){{1,3}})")),
        (_holds("rt"), "ADDRESS", re.compile(rf"(?<!\w)(?P<it>rt\b[ ./]{{0,2}}\d{{1,3}}[ ,/.]{{0,3}}(?:rw\b[ ./]{{0,2}}\d{{1,3}})?)")),
        (_DIGIT.search, "PLATE", re.compile(rf"(?<![\w-])(?P<it>(?:{_alternation('plates')})[ -]?\d{{3,4}}[ -]?[A-Z]{{1,3}})(?![\w])")),
        (_holds_any("nopol", "plat"), "PLATE", re.compile(rf"(?:nopol|plat)\w*\W{{0,4}}(?:no\w*\W{{0,3}})?(?P<it>[a-z]{{1,2}}[ -]?\d{{1,4}}[ -]?[a-z]{{1,3}})(?!\w)", re.IGNORECASE)),
    )  # fmt: skip


@cache
def _handles() -> tuple:
    """Names on social media: looked for after the names of members, whom an `@` may address too."""
    return (
        (_holds("@"), "HANDLE", re.compile(r"(?<![\w.@])(?P<it>@[a-z0-9_][a-z0-9_.]{1,28}[a-z0-9_])(?![\w@])")),
        (_holds_any("ig", "insta", "tiktok", "twitter", "telegram", "fb", "facebook"), "HANDLE", re.compile(r"\b(?:ig|insta|instagram|tiktok|tik tok|twitter|telegram|fb|facebook)\b\s*(?:[:=]|\bkami\b|\bsaya\b|\bku\b)\s*(?P<it>[a-z0-9_][a-z0-9_.]{2,28}[a-z0-9_])")),
    )  # fmt: skip


def _found(patterns: tuple, low: str, text: str) -> Iterator[Span]:
    for needed, kind, pattern in patterns:
        if needed(low):
            for match in pattern.finditer(text if kind == "PLATE" else low):
                yield *match.span("it"), kind, f"[{kind}]"


def _holds(needle: str):  # type: ignore[no-untyped-def]
    return lambda low: needle in low


def _holds_any(*needles: str):  # type: ignore[no-untyped-def]
    return lambda low: any(needle in low for needle in needles)
