"""Pseudonyms and scrubbing: what identifies a person is taken out of texts, and a typed mark left in its place.

Pseudonyms are keyed (HMAC-SHA-256, RFC 2104): the same person has the same one in every file and run, and nobody
can try names out without the key. Names are found by a dictionary over the words of a text, structured identifiers by
patterns and by the words around them (identifiers.learned). All look at a copy of the text folded to plain small
letters, of equal length, so that styled letters and full-width digits hide nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import chain, pairwise, product
from operator import itemgetter
from pathlib import Path

import pandas as pd
import yaml

from analysis.errors import InputError
from analysis.identifiers import learned, legible, lexicon, pasted, patterns, strangers

CLASSES = (
    "NAME", "EMAIL", "PHONE", "NIK", "NPWP", "ACCOUNT", "ADDRESS", "MAP", "COORDINATES", "PLATE", "HANDLE", "PROFILE",
    "BIRTHDATE", "BPJS", "SIM", "PASSPORT", "CARD", "PIN", "ORDER", "WITHHELD",
)  # fmt: skip
Mark = tuple[str, int]
Span = tuple[int, int, str, str]  # start, end, class, replacement

_TYPED = re.compile(rf"\[(?:{'|'.join(CLASSES)})\]", re.IGNORECASE)  # what scrubbing leaves, or somebody typed
# Scripts that put no blanks between words, or whose vowels are no letters to Python: of India, Thailand, Myanmar,
# Cambodia, China, Japan and Korea
_UNSPACED = re.compile("[\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
SHORTEST, LONGEST = 4, 8  # base-32 characters of a pseudonym
FEW = 1_000  # people for whom the shortest pseudonyms are enough: more than half of all keys give each their own
MOST = 1_000_000  # people whom the longest distinguish under most keys
WOMEN = frozenset(("bu", "mbak", "ning", "tante", "hajah", "cik", "bude", "teh", "uni", "jeng", "neng", "ummi", "mrs",
                   "dayu", "ceu"))  # fmt: skip
MEN = frozenset(("pak", "mas", "cak", "bang", "om", "gus", "koh", "pakde", "kang", "bli", "uda", "abah", "kyai", "mr",
                 "aa", "mang", "cong"))  # fmt: skip
AUNTS_AND_UNCLES = frozenset(("bude", "pakde", "bulek", "lik", "pakpuh"))
GRANDPARENTS = frozenset(("mbah", "wak"))
YOUNG = frozenset(("mbak", "mas", "dik", "ning", "kak", "cak", "jeng"))  # who are called so are no grandparents
LONG = 8  # letters of a name of several words that counts when written together
DOUBLED = 5  # letters of a name from which one doubled letter (`Haruun`) leaves no doubt

_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"_*[^\W_]+")
_FILE = re.compile(
    r"(?<![\w@/.])\w[\w-]{0,99}_[\w-]{0,99}\.(?:pdf|jpe?g|png|webp|heic|mp4|mov|opus|m4a|mp3|docx?|xlsx?|pptx?|vcf|zip|txt)(?!\w)",
    re.IGNORECASE,
)
_GAP = re.compile(r"[\s.\-_'’]{0,3}")
_NEXT = re.compile(r"[ ]{1,2}(?P<word>[^\W\d_a-z][^\W\d_A-Z]*(?:['’`](?!s\b)[^\W\d_A-Z]+|[^\W\d_A-Z]))(?![^\W_])")
_NEXT_LARGE = re.compile(r"[ ]{1,2}(?P<word>[^\W\d_a-z]{4,}(?:['’`][^\W\d_a-z]+)?)(?![^\W_])")
_SUFFIXES = ("nya", "ku", "mu", "lah", "kah", "pun", "ne", "e", "2")  # Indonesian, then Javanese; 2: said twice
_GLUED = re.compile(r"(?<![^\W_])[^\W\d_]{4,40}(?=[0-9+]{6})|(?<=\d{6})[^\W\d_]{4,40}(?![^\W_])")
_DRAWN_OUT = re.compile(r"([^\W\d])\1+")
_ALIKE = (("i", "y"), ("k", "q"), ("s", "z"), ("f", "v", "p"), ("u", "oe"), ("j", "dj"), ("ch", "kh"))  # in names
_SOUND = {sound: alike for alike in _ALIKE for sound in alike}
_SOUNDS = re.compile("|".join(sorted(_SOUND, key=len, reverse=True)))
_OWN_INITIAL = re.compile(r"[ ](?P<it>[a-z])(?:[.](?!\d)|(?![\w'’.-]))")


@cache
def data() -> dict:
    """privacy.yaml: titles, everyday and common words, banks, sites, plate codes."""
    text = Path(__file__).with_name("privacy.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=patterns.LOADER)


def normal(name: str) -> str:
    """A name in the one form that counts: compatibility characters folded, small letters, single blanks, no `~`."""
    return " ".join(unicodedata.normalize("NFKC", _MARKS.sub("", name)).casefold().replace("~", " ").split())


def phone(written: str) -> str | None:
    """A telephone number as digits with the country code, None when the text is none; 0 and 8 mean Indonesia."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", _MARKS.sub("", written)).strip())  # iPhones write U+2011
    if not re.fullmatch(r"~?\s*\+?[\d\s().\-]{7,24}", plain):
        return None
    digits = re.sub(r"\D", "", plain)
    if not 8 <= len(digits) <= 16:
        return None
    if digits.startswith("00"):  # as some networks want it dialled
        digits = digits.removeprefix("00")
    elif digits.startswith("0"):
        return "62" + digits[1:]
    if digits.startswith("620"):
        return "62" + digits[3:]
    return "62" + digits if digits.startswith("8") and "+" not in plain and len(digits) <= 12 else digits


def canonical(name: str) -> str:
    """What a pseudonym is made of: a number's digits, else the normal name."""
    digits = phone(name)
    return normal(name) if digits is None else f"+{digits}"


def pseudonym(name: str, key: bytes, letter: str = "M", length: int = 4) -> str:
    """Letter and the first `length` base-32 characters of the keyed hash of the canonical name."""
    digest = hmac.new(key, canonical(name).encode(), hashlib.sha256).digest()
    return letter + base64.b32encode(digest)[:length].decode("ascii")


def length_for(people: int) -> int:
    """How many base-32 characters the pseudonyms of so many people have, known before any is made.

    SHORTEST up to FEW people, and beyond as many as let two names collide under one key in a hundred (birthday
    problem), at most LONGEST. Raises InputError on more people than can be distinguished so.
    """
    if people > MOST:
        raise InputError(f"{people:,} people are more than the {MOST:,} whom pseudonyms can distinguish",
                         fix="Study fewer channels, or a shorter time, at once.")  # fmt: skip
    enough = (length for length in range(SHORTEST, LONGEST) if 50 * people**2 <= 32**length)
    return SHORTEST if people <= FEW else next(enough, LONGEST)


def listed(cell: object) -> list[str]:
    """A cell of members.csv that may hold several values, separated by `;`, as a list."""
    if isinstance(cell, str):
        return [part.strip() for part in cell.split(";") if part.strip()]
    if isinstance(cell, Iterable):
        return [str(part).strip() for part in cell if str(part).strip()]
    return []


@dataclass(frozen=True)
class _Entry:
    """One way of naming members. words: in small letters; literal: with its own punctuation, before: characters of it
    ahead of the first word; listed: whether the roster has it just so; guard: when it counts (see _counts)."""

    words: tuple[str, ...]
    literal: str
    before: int
    listed: bool
    guard: str


class Directory:
    """Who goes by which name, alias and number. People are distinguished by their canonical names.

    people: DataFrame with a column name, and where known aliases and phones (`;` between several).
    Raises InputError when a name is missing or repeated, or a number is none.
    """

    def __init__(self, people: pd.DataFrame) -> None:
        if "name" not in people.columns:
            raise InputError("the members have no column `name`", fix="The README shows what members.csv holds.")
        self.names: dict[str, str] = {}  # canonical name -> name as written
        self.forms: dict[str, set[str]] = {}  # name, alias or +digits in normal form -> canonical names
        self.spelled: dict[str, str] = {}  # a name or alias in normal form -> in small letters of the same length
        for row in people.to_dict("records"):
            name = row["name"]
            if not isinstance(name, str) or not normal(name):
                raise InputError("a member without a name", fix="Give every row of members.csv a name.")
            if (who := canonical(name)) in self.names:
                raise InputError(f"the member {name} has two rows", fix="Give each member one row of members.csv.")
            self.names[who] = name
            for written in (name, *listed(row.get("aliases"))):
                form = _spoken(canonical(written))
                self.forms.setdefault(form, set()).add(who)
                self.spelled[form] = _spoken(" ".join(fold(plain(written)).replace("~", " ").split()))
            for number in listed(row.get("phones")):
                if (digits := phone(number)) is None:
                    fix = "Write it as in +62 812-3456-7890."
                    raise InputError(f"{name}: {number!r} is no telephone number", fix=fix)
                self.forms.setdefault(f"+{digits}", set()).add(who)

    def who(self, name: str) -> frozenset[str]:
        """The canonical names of all who go by that name, alias or number."""
        return frozenset(self.forms.get(_spoken(canonical(name))) or self.forms.get(_without_title(normal(name))) or ())


class Pseudonymiser:
    """Replaces people by pseudonyms, and what leads to them by marks.

    members: DataFrame with a column name, and where known aliases and phones (`;` between several) and consent.
    key: the secret of the pseudonyms. participants: interviewed people who are no members, likewise (P pseudonyms).
    removed: names and numbers that a person decided to take out as well (`guyub review`).
    Raises InputError when the key is empty, a name is missing or repeated, or two names get one pseudonym.
    """

    def __init__(
        self,
        members: pd.DataFrame,
        *,
        key: bytes,
        participants: pd.DataFrame | None = None,
        removed: Iterable[str] = (),
    ) -> None:
        if not key:
            raise InputError("the key of the pseudonyms is empty", fix="Give a secret of 16 bytes or more.")
        everyone = members if participants is None else pd.concat([members, participants], ignore_index=True)
        self._key, self.length = key, length_for(len(everyone))
        self._made = re.compile(rf"(?<!\w)[MP][A-Z2-7]{{{self.length}}}")
        self._directory = Directory(everyone)
        self._holder: dict[str, str] = {}  # pseudonym -> canonical name
        letters = "M" * len(members) + "P" * (len(everyone) - len(members))
        names = zip(self._directory.names, letters, strict=True)
        self._pseudonyms = {who: self._claim(who, letter) for who, letter in names}
        consent = everyone["consent"].tolist() if "consent" in everyone.columns else [""] * len(everyone)
        answers = zip(self._pseudonyms.values(), consent, strict=True)
        self._withheld = {pseudonym for pseudonym, answer in answers if answer == "none"}
        agreed = zip(self._pseudonyms.values(), consent, strict=True)
        self.quotable = frozenset(pseudonym for pseudonym, answer in agreed if answer == "quotes")
        self._index = self._build_index()
        words = _alternation(fold(plain(each)) for each in removed if each.strip())
        self._removed = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])") if words else None

    def _claim(self, who: str, letter: str) -> str:
        """The pseudonym of a canonical name; raises InputError when another name has it."""
        made = pseudonym(who, self._key, letter, self.length)
        if self._holder.setdefault(made, who) != who:
            fix = ("Delete secrets/pseudonym.key to have a new key drawn, or where all data are simulated change "
                   "ingest.demo_key in params.yaml; every pseudonym changes with it.")  # fmt: skip
            raise InputError("two names get the same pseudonym under this key", fix=fix)
        return made

    def pseudonym(self, name: str) -> str:
        """The pseudonym of a member by name, alias or number, or of a name that is on no list.

        Raises InputError when several members go by that name.
        """
        owners = self.owners(name)
        if len(owners) > 1:
            fix = ("If they are one person, give that person one row of members.csv with all names as aliases; "
                   "else make the aliases distinguish them.")  # fmt: skip
            raise InputError(f"{len(owners)} people go by the name {name}", fix=fix)
        return next(iter(owners)) if owners else self._claim(canonical(name), "M")

    def code(self, name: str) -> str:
        """Letters and digits for the name of a file or chat, as many as pseudonyms have, which say nothing of it: a
        keyed hash."""
        return pseudonym(f"file {name}", self._key, "", self.length).lower()  # not that of a person called so

    def owners(self, name: str) -> frozenset[str]:
        """The pseudonyms of all who go by that name, alias or number; empty for a name on no list."""
        return frozenset(self._pseudonyms[who] for who in self._directory.who(name))

    def stand_in(self, name: str) -> str:
        """What replaces that name in a text: its owner's pseudonym, or a mark where it is not one person's."""
        return self._instead(self.owners(name))[1]

    def scrub(self, text: str, *, talk: bool = True) -> tuple[str, list[Mark]]:
        """The text without what identifies a person, and how many of each class were taken out, in CLASSES' order.

        A name of exactly one member becomes the pseudonym, of several [NAME], of one who withholds consent [WITHHELD].
        talk: as of spans.
        """
        text = plain(text)
        kept = self.spans(text, talk=talk)
        pieces: list[str] = []
        place = 0
        for start, end, _, instead in kept:
            pieces += (text[place:start], instead)
            place = end
        counts = Counter(kind for _, _, kind, _ in kept)
        return "".join(pieces) + text[place:], [(kind, counts[kind]) for kind in CLASSES if counts[kind]]

    def spans(self, text: str, *, talk: bool = True) -> list[Span]:
        """What scrub takes out of a text that is plain already: start, end, class, replacement.

        talk: whether the text is what somebody wrote or said, where numbers and codes count as well that are likely
        identifiers by the words around them (identifiers.learned), and not a page or the name of a file.

        A pseudonym is left as it is, so that what has been scrubbed once is not scrubbed again. In names of files an
        underscore separates words.
        """
        if "_" in text:
            text = _FILE.sub(lambda match: match.group().replace("_", " "), text)
        mentions = list(self._mentions(low := fold(text)))
        if legible.hides(text):
            bare, places = legible.without_width(text)
            found = self._found(fold(bare), bare, talk)
            spans = [
                (*legible.with_neighbours(text, places[start], places[end - 1] + 1), kind, instead)
                for start, end, kind, instead in found
            ]
        else:
            spans = self._found(low, text, talk)
        spans = [span for span in (*mentions, *spans) if not self._is_made(text[span[0] : span[1]])]
        return _without_overlap(text, spans)

    def holds_more_than_names(self, text: str) -> bool:
        """Whether spans may find anything but names in a text that nobody said: a look that takes half the time."""
        if legible.hides(text) or "@" in text:
            return True
        low = fold(text)
        if any(pasted.senders(text)) or (self._removed and self._removed.search(low)):
            return True
        by_pattern = _structured(_legible(low), _legible(text))
        return any(True for _ in by_pattern) or any(True for _ in _handles(low, text))

    def _found(self, low: str, text: str, talk: bool) -> list[Span]:
        """Everything but mentions, the first to count where spans overlap. low: the text folded; talk: as of spans."""
        senders = [(*place, *self._sender(text[slice(*place)])) for place in pasted.senders(text)]
        glued = list(self._glued(low))
        written = (low, learned.as_plain(low, text))  # В2917346 with a Cyrillic letter
        by_pattern = _structured(*(_legible(_blanked(copy, glued)) for copy in written))
        numbers = [self._of_member(low, span) if span[2] == "NAME" else span for span in by_pattern]
        handles = (span for span in _handles(low, text) if not self._is_person(text[span[0] : span[1]]))
        names = [*self._names(low, text), *self._spelled(low)]
        names += self._decided(low, text, names)
        members = [span for span in names if span[3] != "[NAME]"]
        numbers = [span for span in numbers if not (span[3] == "[NAME]" and _is_within(span, members))]
        found = [*senders, *glued, *numbers, *handles, *names]
        places = strangers.strangers(low, text, [s[:2] for s in names], [s[:2] for s in found if s[2] != "NAME"])
        meant = (place for place in places if not _is_in_company(low, *place))
        found += ((*place, *self._instead(self._owners.get(low[slice(*place)], frozenset()))) for place in meant)
        found = [*_sharing_a_word(text, [span for span in found if span[2] == "NAME"]), *found]
        if _LONG_NUMBER.search(low):
            left = _by_patterns("left", *(_legible(_blanked(copy, found)) for copy in written))
            found += [span for span in left if not _is_amounts(low, *span[:2])]
        if talk:  # marks that somebody typed, or that an earlier scrubbing left, are no words around a number
            bare_low, bare = (_TYPED.sub(lambda mark: " " * len(mark.group()), copy) for copy in (low, text))
            likely = learned.identifiers(bare_low, bare, [span[:2] for span in found])
            found += ((start, end, kind, f"[{kind}]") for start, end, kind in likely)
        kept = _without_vetoed(low, text, found)
        ends = frozenset(span[1] for span in kept)
        whole = [_widened(low, text, span, ends) for span in kept]
        return [*whole, *_past_landmarks(low, whole)]

    def _of_member(self, low: str, span: Span) -> Span:
        """A name that a pattern found, which may be a member's: warung Cak Toha."""
        start, end, *_ = span
        return start, end, *self._instead(self._owners.get(low[start:end], frozenset()))

    def _decided(self, low: str, text: str, names: Iterable[Span]) -> Iterator[Span]:
        """What a person decided to take out, except in the name of a member (names), which has a pseudonym: `senja`
        alone, and not in `Putri Senja`."""
        for match in self._removed.finditer(low) if self._removed else ():
            number = not any(map(str.isalpha, match.group()))
            kind = ("PHONE" if phone(match.group()) else "ACCOUNT") if number else "NAME"
            span = (*match.span(), kind, f"[{kind}]")
            others = (name for name in names if name[0] < span[1] and span[0] < name[1] and name[3] != span[3])
            yield from _left_over(text, span, _without_overlap(text, [*others]))

    def _sender(self, written: str) -> tuple[str, str]:
        """What replaces the sender in the header of a copied chat."""
        owners = self.owners(written)
        return ("PHONE", "[PHONE]") if not owners and phone(written) else self._instead(owners)

    def _spelled(self, low: str) -> Iterator[Span]:
        """Names written letter by letter."""
        for start, end, word in legible.spelled_names(
            low, lambda word: word in self._owners or word in lexicon.names()
        ):
            title = _SPELLED_TITLE.search(low, max(0, start - 12), start)
            yield title.start() if title else start, end, *self._instead(self._owners.get(word, frozenset()))

    def _is_made(self, content: str) -> bool:
        """Whether it holds a pseudonym made here."""
        return any(made in self._holder for made in self._made.findall(content))

    def _is_person(self, written: str) -> bool:
        """Whether a handle is a member's name, a title before one or a name with a capital letter, and no account."""
        word = fold(written.removeprefix("@"))
        return word in self._owners or word in _titles() or (written[1:2].isupper() and word in lexicon.names())

    # Names

    def _build_index(self) -> dict[str, list[_Entry]]:
        """Entries by their first word, the longest first."""
        whole: dict[str, set[str]] = {}
        parts: dict[str, set[str]] = {}
        of_names: set[str] = set()
        for form, people in self._directory.forms.items():
            owners = {self._pseudonyms[who] for who in people}
            own = frozenset(word for who in people for word in _WORD.findall(who))
            for spelling in {form, self._directory.spelled.get(form, form)}:  # Groß is `gross` and `groß`
                whole.setdefault(fold(spelling), set()).update(owners)
                for part in _parts(spelling, form in self._directory.names, own):
                    parts.setdefault(fold(part), set()).update(owners)
                    if form in self._directory.names or " " not in form:
                        of_names.add(fold(part))
        self._called: dict[str, set[str]] = {each: set() for each in self._pseudonyms.values()}  # by which titles
        for form, owners in whole.items():
            for owner in owners:
                self._called[owner].add(form.partition(" ")[0])
        self._owners = {form: frozenset(owners) for form, owners in (parts | whole).items()}
        self._unspaced = _anywhere(form for form in self._owners if _UNSPACED.search(form))
        index: dict[str, list[_Entry]] = {}
        for bare in {_without_title(form) for form in self._owners if not _UNSPACED.search(form)}:
            words = _WORD.findall(bare)
            if words and not bare.startswith("+"):
                guard = _guard(bare, bare in whole, bare in parts and bare not in whole and bare not in of_names)
                entry = _Entry(tuple(words), bare, bare.index(words[0]), bare in whole, guard)
                index.setdefault(words[0], []).append(entry)
        for entries in index.values():
            entries.sort(key=lambda e: (-len(e.words), -len(e.literal)))
        names = (e.literal for entries in index.values() for e in entries if len(e.words) == 1 and e.guard == "always")
        others = (other for name in names if len(name) >= DOUBLED for other in _respelt(name))
        self._respelt = frozenset(others) - index.keys()
        return index

    def _names(self, low: str, text: str) -> Iterator[Span]:
        """Names of members first, then names of people on no list."""
        index, given, end = self._index, _given(), 0
        others: list[Span] = []
        for match in self._unspaced.finditer(low) if self._unspaced else ():
            yield *match.span(), *self._instead(self._owners[" ".join(match.group().split())])
        for match in _WORD.finditer(low):
            word = match.group()
            entries = index.get(word)
            if entries is None and word.endswith(_SUFFIXES):
                stems = (word[: -len(suffix)] for suffix in _SUFFIXES if word.endswith(suffix))
                entries = next((index[stem] for stem in stems if stem in index), None)
            if entries is None and _DRAWN_OUT.search(word):
                yield from self._drawn_out(low, match)
            respelt = entries is None and word in self._respelt and _is_respelt(word, text[match.start()])
            if respelt and match.start() >= end:
                end = match.end()
                yield _title_before(low, match.start())[0], end, "NAME", "[NAME]"
                continue
            if (entries is None and word not in given) or match.start() < end:
                continue
            span = None if entries is None else self._name_at(low, text, match, entries)
            if span is not None:
                end = span[1]
                yield span
            elif word in given and (other := _given_at(low, text, match)):
                end = other[1]
                others.append(other)
        yield from _strangers(low, text)
        yield from others

    def _own_initials(self, low: str, text: str, end: int, entry: _Entry, owners: frozenset[str]) -> int:
        """Where a member's name ends that goes on with initials of other words of it: `dyah ayu k`, `Endang S R`. One
        letter behind one word is a size or an ordinary word as well."""
        words = {word for owner in owners for word in fold(self._holder[owner]).split()} - set(entry.words)
        found: list[int] = []
        while (letter := _OWN_INITIAL.match(low, found[-1] if found else end)) and any(
            word.startswith(letter["it"]) for word in words
        ):
            found.append(letter.end())
        enough = len(entry.words) > 1 or (len(found) > 1 and text[end : found[-1]].isupper())
        return found[-1] if found and enough else end

    def _glued(self, low: str) -> Iterator[Span]:
        """Names of one word written onto a number: `Harun081234567890`."""
        for match in _GLUED.finditer(low) if _DIGIT.search(low) else ():
            for entry in self._index.get(match.group(), ()):
                if len(entry.words) == 1 and entry.guard == "always":
                    yield *match.span(), *self._instead(self._owners[entry.literal])
                    break

    def _drawn_out(self, low: str, match: re.Match[str]) -> Iterator[Span]:
        """A name of one word whose letters are drawn out: `Sriii`, `Pak Haruuun`; doubled ones in longer names only,
        or where a vowel ends it."""
        word = _DRAWN_OUT.sub(r"\1", match.group())
        tripled = any(len(run.group()) > 2 for run in _DRAWN_OUT.finditer(match.group()))
        tripled |= match.group()[-1] == match.group()[-2] and match.group()[-1] in "aiueo"  # Rinaa
        for entry in self._index.get(word, ()):
            if len(entry.words) == 1 and entry.guard == "always" and (tripled or len(word) >= DOUBLED):
                start, title = _title_before(low, match.start())
                owners = self._owners.get(f"{title} {word}") or self._owners[entry.literal]
                yield start, match.end(), *self._instead(owners)

    def _name_at(self, low: str, text: str, match: re.Match[str], entries: list[_Entry]) -> Span | None:
        for entry in entries:
            if (place := _matches(low, match, entry)) is None:
                continue
            start, end = place
            begin, title = _title_before(low, start)
            owners = self._owners.get(f"{title} {entry.literal}") if title else None
            meant = replace(entry, listed=True) if owners and text[:begin].endswith("@") else entry
            mention = low[:start].endswith("@")
            if not (title or mention) and _is_in_company(low, start, end):
                continue
            if owners or _counts(entry.guard, low, text, start, end, title is not None, mention):
                owners = owners or self._owners.get(entry.literal, frozenset())
                if begin < start and not strangers.is_at(text[begin:start]) and self._is_another(title, owners):
                    return begin, end, "NAME", "[NAME]"
                further = _further(low, text, end, meant)
                if further > end:
                    return begin, further, "NAME", "[NAME]"
                if owners:
                    return begin, self._own_initials(low, text, end, entry, owners), *self._instead(owners)
        return None

    def _is_another(self, title: str | None, owners: frozenset[str]) -> bool:
        """Whether the title is a man's where the only owner of the name is called as a woman, or the other way: Bu
        Slamet is Pak Slamet's wife, or somebody else; so is Bude Sri where the owner is called Mbak Sri alone."""
        if title is None or len(owners) != 1:
            return False
        called = self._called[next(iter(owners))]
        known = called & {*WOMEN, *MEN}
        if not known or title in called:
            return False
        of_other_sex = any(title in kind and known.isdisjoint(kind) for kind in (WOMEN, MEN))
        return of_other_sex or title in AUNTS_AND_UNCLES or (title in GRANDPARENTS and known <= YOUNG)

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


def _parts(form: str, full: bool, own: frozenset[str]) -> set[str]:
    """What else a person of that name is called: without the title, written together, by one or two of its words.

    full: a full name, all of whose words are names; of an alias (`Bu Tini Keripik`) only the first is, and not where it
    is what somebody sells (`Keripik Bu Tini`) or is (`Bos Tini`). own: the words of the full name.
    """
    bare = _without_title(form)
    words = bare.split() if _UNSPACED.search(bare) else _WORD.findall(bare)
    if len(words) < 2:
        return {bare} - {form}
    names = words if full else [] if words[1] in _titles() or _leads(words, own) else words[:1]
    least = 2 if _UNSPACED.search(bare) else 3
    single = {w for w in names if len(w) >= least and not w.isdigit() and w not in _titles() and w not in _SHORT_OF}
    pairs = {f"{one} {other}" for one, other in pairwise(words) if {one, other} <= single} if len(words) > 2 else set()
    joined = {"".join(words)} if sum(map(len, words)) >= LONG or least == 2 else set()
    return single | pairs | joined | ({bare} - {form})


def _anywhere(forms: Iterable[str]) -> re.Pattern[str] | None:
    """An expression for names in scripts that put no blanks between words, wherever they stand; None for no names."""
    longest_first = sorted({form for form in forms if len(form) > 1}, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _leads(words: list[str], own: frozenset[str]) -> bool:
    """Whether the first word of an alias is an ordinary one before a name. own: the words of the full name."""
    ordinary = lexicon.ordinary(words[0]) and words[0] not in lexicon.names() and words[0] not in own
    return ordinary and any(name.startswith(words[1]) for name in own)


def _guard(bare: str, listed: bool, alias: bool) -> str:
    """When a name counts as one (see _counts). listed: whether it is on the roster just so; alias: it only begins one,
    and where it is a word as well (`Dapur Maju`, `Mulia Laundry`) it counts with a capital letter."""
    words = _WORD.findall(bare)
    if len(words) != 1:
        return "always"
    if words[0] in _no_names() or len(words[0]) == 1:
        return "capital" if words[0] in _company() else "address"
    if len(words[0]) == 2 and not listed:
        return "never"
    doubtful = alias and words[0] in lexicon.words() and words[0] not in lexicon.names()
    return "capital" if doubtful or words[0] in _lexicon("everyday") else "always"


def _matches(low: str, match: re.Match[str], entry: _Entry) -> tuple[int, int] | None:
    """Where an entry is in the text that has its first word at match, None where it is not."""
    start = match.start() - entry.before
    literal_end = start + len(entry.literal)
    if start >= 0 and low.startswith(entry.literal, start) and _ends(low, literal_end, entry.literal):
        return start, literal_end
    several = len(entry.words) > 1
    if not several and not _begins(low, match.start()):
        return None
    place = match.start() + len(entry.words[0])
    for word in entry.words[1:]:
        place = _GAP.match(low, place).end()  # type: ignore[union-attr]
        if not low.startswith(word, place):
            return None
        place += len(word)
    ends = (several and re.match(r"_|\d{1,4}\b", low[place : place + 5])) or _ends(low, place, entry.words[-1])
    return (match.start(), place) if ends else None


def _begins(low: str, place: int) -> bool:
    """Whether a name may begin here: not inside a word that underscores hold together."""
    return not re.search(r"[^\W_]_+$", low[max(0, place - 4) : place])


def _ends(low: str, place: int, name: str) -> bool:
    """Whether a name may end here: no letter follows, or one of the suffixes and then none."""
    if not name[-1:].isalnum() and name[-1:] != "_":
        return True
    if (rest := _REST.match(low, place)) and f"{name}{rest.group()[1:]}" in lexicon.words():  # jum'at
        return False
    ending = _ENDING.match(low, place)
    return ending is None or (ending.group() in _SUFFIXES and len(name) + len(ending.group()) > 4)


def _counts(guard: str, low: str, text: str, start: int, end: int, titled: bool, mention: bool) -> bool:
    """Whether a word that could be a member's name is meant as one.

    always: yes; capital (a word of everyday language): with a title, addressed, or with a capital letter inside a
    sentence; address (a common word): addressed only, as in `word: ` at the start or behind a colon, or with a capital
    letter behind a title or as the signature of a message; never: only with its listed title.
    """
    if guard == "always" or mention:
        return True
    addressed = low[end : end + 1] != "" and low[end] in ":," and low[:start].rstrip()[-1:] in ("", ":")
    if guard == "address":
        called = titled and low[start:end] in _lexicon("common")  # Mbak There
        return addressed or (text[start].isupper() and (called or _is_signed(low, start, end)))
    before = low[max(0, start - 40) : start].rstrip(" \"'“(*_")
    opens_sentence = not before or (before[-1] in ".!?\n:" and not _label().search(before))
    said = _DOES.match(low, end) or _SAID_BY.search(low, max(0, start - 24), start)
    if guard == "capital" and not titled and said and low[start:end] not in lexicon.words_of_books():
        return True
    return guard == "capital" and (titled or addressed or (text[start].isupper() and not opens_sentence))


def _is_signed(low: str, start: int, end: int) -> bool:
    """Whether a word ends a message as the name of who wrote it: `makasih - There`."""
    return bool(_DASH_BEFORE.search(low, max(0, start - 4), start)) and not any(map(str.isalnum, low[end:]))


_DASH_BEFORE = re.compile(r"(?:^|[\s.!])[-–—~] ?$")
_SAID_BY = re.compile(
    r"(?<![^\W_])(?:(?<!kata[ -])(?:kata|jare|jarene|kt|ujar)"
    r"|(?:di|ni)?(?:titip|setor|tf|bayar)(?:kan|in|no|ne)?[ ](?:ke|nang|ning|karo|ambek))[ ]$"
)
_DOES = re.compile(  # what a person does or is said of one: `wulan yang motret`
    r"[ ](?:yang|sing|sudah|udah|sdh|wes|wis|belum|blm|durung|minta|titip|nitip|tanya|bilang|izin|ijin|absen|pamit|tadi"
    r"|mau|arep|gak|ga|ora|nggak|tolong|tulung|oleh(?!-)|gurung|dereng|kate|njaluk|nyuwun|takok|takon|ngomong|melu)\b"
)


@cache
def _label() -> re.Pattern[str]:
    """What comes before a name in a list or a form: the number of a line, or a word such as `penerima:`."""
    return re.compile(rf"(?:^|\n)[ \t]*\d{{1,3}}[.]$|(?<![^\W_])(?:{_alternation(data()['labels'])})[ *_]{{0,3}}:$")


@cache
def _company() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """What stands just before and just after a word that is a name as well, where it is meant as the word."""
    return {
        word: (
            re.compile(rf"(?<![^\W_])(?:{'|'.join(beside['before'])})[ -]?$"),
            re.compile(rf"[ -](?:{'|'.join(beside['after'])})(?![^\W_])"),
        )
        for word, beside in patterns.company().items()
    }


def _is_in_company(low: str, start: int, end: int) -> bool:
    """Whether a word that is a name as well stands where the word does, not where somebody says it: `hari Rabu`,
    `titik kumpul`, but `kata Titik kumpul jam tujuh`."""
    if (beside := _company().get(low[start:end])) is None or _SAID_BY.search(low, max(0, start - 24), start):
        return False
    before, after = beside
    return bool(before.search(low, max(0, start - 16), start) or after.match(low, end))


def _title_before(low: str, start: int) -> tuple[int, str | None]:
    """Where a title just before a name begins, and the title in the one spelling that counts; else start and None."""
    match = _title().search(low, max(0, start - 16), start)
    if match is None:
        return start, None
    return start if match["gap"].strip(" ._-") else match.start("title"), _titles()[match["title"]]


def _is_respelt(word: str, first: str) -> bool:
    """Whether another spelling of a name is one in a text too: no ordinary word, or a name with a capital letter."""
    return (first.isupper() and word in lexicon.names()) or not lexicon.ordinary(word)


def _respelt(word: str) -> Iterator[str]:
    """How else a name may be written: Rizky is Rizki and Rizqi, Novi is Nofi, Choirul is Khoirul."""
    places = [(match.start(), match.group()) for match in _SOUNDS.finditer(word)][:4]
    for chosen in product(*(_SOUND[sound] for _, sound in places)):
        pieces, end = [], 0
        for (start, sound), other in zip(places, chosen, strict=True):
            pieces += [word[end:start], other]
            end = start + len(sound)
        yield "".join([*pieces, word[end:]])


# People on no list


def _next(text: str, end: int) -> re.Match[str] | None:
    """The word behind a place that is written like a name."""
    match = _NEXT.match(text, end)
    return None if match and text[match.start("word")].islower() else match  # ή is no letter of a to z


def _further(low: str, text: str, end: int, entry: _Entry) -> int:
    """Where a name ends that goes on, after a member's, as someone else's: with another given name, or, where the
    member's is no more than a part of a name, with another word written like one."""
    large = text[end - 3 : end].isupper()  # SITI KHOLIFAH
    match = _NEXT_LARGE.match(text, end) if large else _next(text, end)
    word = re.sub("['’`]", "", low[slice(*match.span("word"))]) if match else ""
    part = not entry.listed and len(entry.words) == 1 and word not in _no_names()
    part = part and not (large and lexicon.ordinary(word))
    other = word in _given() or lexicon.name(word) or part
    return match.end("word") if match and other and word not in entry.words else end


def _is_within(span: Span, members: Iterable[Span]) -> bool:
    """Whether a member's name ends where a name that a pattern found does, or goes on: what is before is a title."""
    return any(start < span[1] <= end for start, end, *_ in members)


def _sharing_a_word(text: str, names: list[Span]) -> Iterator[Span]:
    """Strangers who share a word with a member, and whose other name is in small letters: `pak ruslan hadi`. In a row
    of more names each is somebody's own (`joko dwi rina`)."""
    ends = {span[1] for span in names}
    others = {span[0]: span for span in names if span[3] == "[NAME]"}
    for start, end, kind, instead in names:
        other = others.get(end + 1)
        if instead == "[NAME]" or other is None or text[end] != " " or not text[other[0] : other[1]].islower():
            continue
        alone = start - 1 not in ends and start - 2 not in ends and not any(other[1] + n in others for n in (1, 2))
        words = (_without_title(text[start:end].lower()), text[other[0] : other[1]])
        if alone and not any(" " in word for word in words):
            yield start, other[1], kind, "[NAME]"


def _given_at(low: str, text: str, match: re.Match[str]) -> Span | None:
    """A common given name as a name: after a title, or with a capital letter and no word of everyday language, unless
    another given name follows."""
    start, end = match.span()
    begin, title = _title_before(low, start)
    following = _next(text, end)
    added = match.group() not in _lexicon("given") and match.group() in lexicon.words()
    doubtful = added or match.group() in _lexicon("everyday") or match.group() in _lexicon("common")
    named = not doubtful or (following and low[slice(*following.span("word"))] in _given())
    capital = text[start].isupper() and named
    small = (
        (added and (written := text[start:end]) in (written.lower(), written.upper()))
        or (  # bu sabar
            text[start].islower() and strangers.is_at(text[begin:start])
        )
    )
    titled = title and not small
    if not titled and _is_in_company(low, start, end):
        return None
    if not (titled or capital) or not _begins(low, start) or not _ends(low, end, match.group()):
        return None
    return begin, _capitals(low, text, end), "NAME", "[NAME]"


def _strangers(low: str, text: str) -> Iterator[Span]:
    """Names of people on no list: capitalised words after titles, or after words such as `a.n.`."""
    if text.isupper():  # nothing distinguishes a name from another word
        return
    for match in _introduced().finditer(low):
        start, end = match.span("word")
        before = low[match.start() - 1 : match.start()]
        written = text[start:end]
        as_name = written[0].isupper() and (written[1:].islower() or (written.isupper() and len(written) > 4))  # no CV
        preposition = match["word"] in patterns.towns() or strangers.is_at(text[match.start() : start])
        word_too = strangers.is_word_too(text[match.start() : start])
        at = preposition and (word_too or strangers.is_at(low[match.start() : start])) and match["word"] not in _given()
        if as_name and not at and not _is_word(match["word"], low[match.start() : start]) and not before.isalnum():
            yield match.start(), _capitals(low, text, end), "NAME", "[NAME]"
    for match in _with_large_title().finditer(text):
        word = low[slice(*match.span("word"))]
        if word not in _no_names() and word not in patterns.towns() and word not in lexicon.places():
            yield match.start(), _capitals(low, text, match.end()), "NAME", "[NAME]"


@cache
def _with_large_title() -> re.Pattern[str]:
    """A title and a word, both with a capital letter: `Kang Topik`."""
    titles = _alternation(map(str.capitalize, data()["large_titles"]))
    return re.compile(rf"(?<![^\W_])(?:{titles})[ ](?!Dhe|Nyus|Erot|Comblang)(?P<word>[A-Z][a-z'’]{{2,}})(?![\w'’])")


def _is_word(word: str, introduced: str) -> bool:
    """Whether a word is no name after what introduces it: any word after an office (`ketua umum`)."""
    office = any(introduced.endswith((f"{each} ", f"{each}: ")) for each in patterns.words_before()["offices"])
    return word in _no_names() or (office and word in lexicon.words() and word not in lexicon.names())


@cache
def _introduced() -> re.Pattern[str]:
    titles, before = (_alternation(data()[key]) for key in ("sure_titles", "before_names"))
    word = r"(?P<word>[^\W\d_]{2,}(?:['’`][^\W\d_]+)?)(?![^\W_])"
    return re.compile(rf"(?:(?:{before}):?|(?:{titles}))[ ]{{1,2}}(?:(?:{titles}|{before})[ ]{{1,2}}){{0,2}}{word}")


def _capitals(low: str, text: str, end: int) -> int:
    """Where a name ends that goes on with up to two more capitalised words."""
    for _ in range(2):
        match = _next(text, end)
        if match is None or low[match.start("word") : match.end("word")] in _no_names():
            break
        end = match.end("word")
    return end


@cache
def _no_names() -> frozenset[str]:
    return _lexicon("offices") | _lexicon("common") | frozenset(_titles())


@cache
def _titles() -> dict[str, str]:
    listed = (*data()["titles"].items(), *patterns.titles().items())
    return {spelling: title for title, spellings in listed for spelling in spellings}


@cache
def _given() -> frozenset[str]:
    return _lexicon("given") | lexicon.names()


@cache
def _lexicon(name: str) -> frozenset[str]:
    return frozenset(data()[name])


@cache
def _title() -> re.Pattern[str]:
    """Matches a title and what stands between it and the name behind it, at the end of a text."""
    return re.compile(
        rf"(?<![^\W_])(?P<title>{_alternation(_titles())})"
        r"(?P<gap>[ ._-]{1,2}|[^\S\n]{1,4}|[.]?[^\S\n]{0,2}[_*~`\"“(\u200b-\u200f\u2060-\u2069-]{1,2}|(?<=\.))$"
    )


def _without_title(written: str) -> str:
    first, _, name = written.partition(" ")
    return name if name and first in _titles() else written


def _spoken(name: str) -> str:
    """A normal name with its title, if it has one, in the one spelling that counts: `ibu sri` as `bu sri`."""
    first, _, bare = name.partition(" ")
    return f"{_titles()[first]} {bare}" if bare and first in _titles() else name


# Folding and overlaps

_HIDDEN = re.compile("(?<=[0-9A-Za-z@.])[\u200b-\u200f\u202a-\u202e\u2060\u00ad\u034f\ufeff]+(?=[0-9A-Za-z@.])")
_BLANKS = re.compile("[\t\u00a0\u2000-\u200a\u202f\u3000]")
_DASH = re.compile("(?<=\\d)\u2013(?=\\d)")  # 58.104.226.9–445.001
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
    plain = unicodedata.normalize("NFKC", char).lower()
    plain = legible.LOOK_ALIKES.get(plain, plain)
    return plain if len(plain) == 1 else char.lower() if len(char.lower()) == 1 else char


def _legible(text: str) -> str:
    """The text, of the same length, with plain blanks for others, hyphens for dashes between digits, asterisks for the
    underscores before and after words, which would hide what they set in italics, and digits for letters that look like
    them."""
    text = legible.with_digits(_DASH.sub("-", _BLANKS.sub(" ", text)))
    return _ITALICS.sub(lambda match: "*" * len(match[0]), text) if "_" in text else text


def _blanked(text: str, spans: list[Span]) -> str:
    for start, end, *_ in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _without_overlap(text: str, spans: list[Span]) -> list[Span]:
    """Of overlapping spans the first given, in order of place; spans that leave the same mark are joined. What earlier
    spans leave of a later one is taken out as well, but for what a name leaves of another name."""
    names = ("NAME", "WITHHELD")
    kept: list[Span] = []
    for span in spans:
        first = bisect_right(kept, span[0], key=itemgetter(1))
        last = bisect_left(kept, span[1], key=itemgetter(0))
        met = kept[first:last]
        if all(other[2:] == span[2:] for other in met):
            joined = [span, *met]
            kept[first:last] = [(min(s for s, *_ in joined), max(e for _, e, *_ in joined), *span[2:])]
        elif span[2] not in names or any(other[2] not in names for other in met):
            kept[first:last] = sorted([*met, *_left_over(text, span, met)])
    return kept


def _left_over(text: str, span: Span, met: list[Span]) -> Iterator[Span]:
    """The pieces of a span that those in it, in order of place, leave; each from a letter or digit to another. A single
    digit behind a number is none: the 1 of `004519283706 1,2 kg`."""
    starts = [span[0], *(end for _, end, *_ in met)]
    ends = [*(start for start, *_ in met), span[1]]
    for start, end in zip(starts, ends, strict=True):
        inside = [place for place in range(start, end) if text[place].isalnum()]
        if inside and not (len(inside) == 1 and start > span[0] and text[inside[0]].isdigit()):
            yield inside[0], inside[-1] + 1, *span[2:]


# Patterns of structured identifiers (privacy.yaml); the group `it` is taken out

_MENTION = re.compile(r"@\u2068?(?P<number>\+?\d{7,16})\u2069?(?!\w)")
_ISOLATED = re.compile(r"@\u2068~?(?P<name>[^\u2068\u2069\n]{1,60})\u2069")
_DIGIT = re.compile(r"\d")


@cache
def _patterns() -> dict[str, patterns.Patterns]:
    """The patterns of numbers, addresses and links, and those of handles and vetoes, the more specific first."""
    keys = ("banks", "sites", "hosts", "paths", "maps", "plates", "everyone")
    parts = data()["parts"] | {key: _alternation(data()[key]) for key in keys}
    first, last, left, vetoes = (patterns.listed(name, parts) for name in ("first", "last", "left", "vetoes"))
    structured = (*first, *patterns.compiled(data()["patterns"], parts), *last)
    handles = patterns.compiled(data()["handles"], parts)
    return {"structured": patterns.Patterns(structured), "handles": patterns.Patterns(handles),
            "left": patterns.Patterns(left), "vetoes": patterns.Patterns(vetoes)}  # fmt: skip


def _alternation(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _structured(low: str, text: str) -> Iterator[Span]:
    if plain := legible.rewritten(low, text):
        for start, end, kind, instead in _by_patterns("structured", plain.low, plain.text):
            if any(plain.new[start:end]):
                yield plain.starts[start], plain.ends[end - 1], kind, instead
    yield from _by_patterns("structured", low, text)
    for start, end in legible.disguised_numbers(low):
        yield start, end, "PHONE", "[PHONE]"
    for match in _SIXTEEN.finditer(low):
        if _is_luhn(match.group()):  # no word says so: pakai 4365022177894305
            yield *match.span(), "CARD", "[CARD]"


def _by_patterns(name: str, low: str, text: str) -> Iterator[Span]:
    for start, end, kind in patterns.found(_patterns()[name], low, text):
        kind = "CARD" if kind == "ACCOUNT" and _is_card(low, start, end) else kind
        yield start, end, kind, f"[{kind}]"


_GROUP = re.compile(r"\d+")
_LONG_NUMBER = re.compile(r"\d(?:\W{0,3}[\dlIoO]){6}")
_SIXTEEN = re.compile(r"(?<![\w.,/-])(?:4\d|5[1-5])\d{14}(?![\w/-]|[.,]\d)")  # of Visa and Mastercard
_OF_AMOUNTS = re.compile(
    r"(?<![^\W_])(?:rp|idr|harga|modal|omzet|total|biaya|stok|ukuran|diameter|het|size|isi|plafon|anggaran)"
    r"[ .:]{0,2}(?:[a-z]+[ ]){0,2}$"
)
_OF_CARD = re.compile(
    r"(?<![^\W_])(?:kartu|kertu|kredit|debe?it|debet|credit|atm|card|cc)(?:nya|na|ku|mu|ne|e)?(?![^\W_])"
)
_OF_ACCOUNT = re.compile(r"(?<![^\W_])(?:norek|rekening|va|virtual|briva|no[. ]{1,2}rek)\w{0,3}[^\n]{0,20}$")


def _is_amounts(low: str, start: int, end: int) -> bool:
    """Whether a long number is sums or sizes in a row: round, or after a word for them."""
    groups = _GROUP.findall(low, start, end)
    even = all(int(group) % 5 == 0 for group in groups) if len(groups) > 1 else groups[0].endswith("0000")
    return even or _OF_AMOUNTS.search(low, max(0, start - 30), start) is not None


def _is_card(low: str, start: int, end: int) -> bool:
    """Whether what looks like an account's number is a card's: sixteen digits whose check digit fits (ISO/IEC 7812-1,
    Luhn's), where a card is talked of and no account just before."""
    digits = re.sub(r"\D", "", low[start:end])
    if len(digits) != 16 or digits[0] not in "3456" or not _OF_CARD.search(low):
        return False
    return _is_luhn(digits) and not _OF_ACCOUNT.search(low, max(0, start - 30), start)


def _is_luhn(digits: str) -> bool:
    """Whether a number ends with its check digit."""
    doubled = (sum(divmod(int(digit) * (1 + k % 2), 10)) for k, digit in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _handles(low: str, text: str) -> Iterator[Span]:
    for start, end, kind in patterns.found(_patterns()["handles"], low, text):
        if not (low[start:end].isalpha() and low[start:end] in lexicon.words_of_books()):  # Tokopedia: kode verifikasi
            yield start, end, kind, f"[{kind}]"


def _without_vetoed(low: str, text: str, spans: list[Span]) -> list[Span]:
    """The spans but for those of which patterns.yaml says that they lead to nobody: a street that is only talked of, a
    feast with a name in it."""
    vetoes: dict[str, list[tuple[int, int]]] = {}
    for start, end, kind in patterns.found(_vetoes(frozenset(chain.from_iterable(map(_kinds, spans)))), low, text):
        vetoes.setdefault(kind, []).append((start, end))
    return [span for span in spans if not _is_vetoed(span, vetoes)] if vetoes else spans


def _kinds(span: Span) -> tuple[str, ...]:
    """The classes of the vetoes that a span has to pass: a name on no list also that of strangers."""
    return (span[2], "STRANGER") if span[3] == "[NAME]" else (span[2],)


@lru_cache(maxsize=1_000)
def _vetoes(kinds: frozenset[str]) -> patterns.Patterns:
    return patterns.Patterns(pattern for pattern in _patterns()["vetoes"].patterns if pattern.kind in kinds)


def _is_vetoed(span: Span, vetoes: dict[str, list[tuple[int, int]]]) -> bool:
    return any(start <= span[0] and span[1] <= end for kind in _kinds(span) for start, end in vetoes.get(kind, ()))


_SHORTENED = re.compile(
    r"(?<![^\W_])(?:m|moh|moch|muh|mohd|ach|abd|ab|a|h|hj|st|fx|fr|ign|yoh|rr|r|rd|ahm|nr|kh|drs|dra|ir|dr)[.][ ]?$"
)
_SHORT_OF = frozenset(("moh", "moch", "mohd", "muh", "ach", "ahm", "abd"))  # no name without another behind it
_GOES_ON = re.compile(r"[.]?(?: (?P<word>[A-Z][a-z'’]+)(?![\w'’]))")
_OWNED = re.compile(r"(?<![^\W_])(?:an|a[./]n[.]?|atas nama|keluarga|kel[.])[ :]{1,2}$")
_REST = re.compile(r"['’`](?!s\b)[^\W\d_]{1,4}(?![^\W_])")
_HAMZA = re.compile(r"(?<=[aiu])['’`](?![^\W_])")  # with which a name may end: Choirun Nisa'
_QUOTES = ("'", "’", "`", "‘")
_HARI = re.compile(r"(?<![^\W_])(?:Hari|Mat)[ ]$")  # words too: Hari Cahyono, Mat Hosen
_ARTICLE = re.compile(r"(?:(?<= [A-Z][a-z])| [A-Z][a-z])-[A-Z][a-z'’]+")  # Salsabila Az-Zahra
_STOP = re.compile(r"(?<= [A-Z])[.](?![^\W\d_])")
_INITIAL = re.compile(r" [A-Z](?:[.](?!\d)|(?![\w'’.])(?! ?\d(?!\d{0,2}[.]\d{3}|\d{6})))")  # Tutik S 150.000
_INITIAL_OF_MEMBER = re.compile(  # S, M, L and X before a word are sizes
    r" [A-Z](?:[.](?!\d)(?=[ ,)\n]|$)|(?=[ ]*(?:[,)\n]|$)))|(?<=[a-z]) [A-KN-RT-WY](?= (?:[a-z]|\d{2,3}[.]\d{3}))"
)
_INITIAL_IN_SMALL_LETTERS = re.compile(r" [a-z](?:[.](?!\d)|(?![\w'’.])(?! ?\d))")  # an neneng r
_NO_INITIALS = frozenset("yYng")  # short for ya, dan, gak
_HELD = re.compile(r"(?<![^\W_])(?:an|a[./]n[.]?|atas nama)[ :]{1,2}$")
_CAPITALISED_BEFORE = re.compile(r"(?<![\w'’])(?P<word>[A-Z][a-z]{2,}) $")
_CAPITAL_WORD = re.compile(r" (?P<word>[A-Z]{3,})(?![\w'’])")
_CAPITAL_WORD_BEFORE = re.compile(r"(?<![\w'’])(?P<word>[A-Z]{3,}) $")
_DEGREE = (
    r"(?:(?:S|M|A|Ph|Sp|Ns)(?:[.] ?[A-Z][A-Za-z]{0,3}){1,3}[.]?"
    r"|(?:SE|SH|ST|MM|MT|MH|MBA|MSi|MPd|SPd|SPdI|SKom|SSos|A[Mm]d|Lc|Ns|Apt)\b[.]?)"
)
_SPELLED_TITLE = re.compile(r"(?<![^\W_])(?:b[ .]u|p[ .]a[ .]k|m[ .]a[ .]s|m[ .]b[ .]a[ .]k|c[ .]a[ .]k)[ .]{1,3}$")
_DEGREES = re.compile(rf"(?:, ?| ){_DEGREE}(?:, ?{_DEGREE})*")


_HOUSE = re.compile(
    r"(?:(?<=\d)[.]\d{1,2}(?= no))?(?:(?<=\d)-[a-z]\b)?(?: \d{1,3}(?=[ ,]{1,2}no\b))?"
    r"(?:[ ,]{1,3}(?:(?:lantai|lt)\b[. ]{0,2}\d{1,2}\b"
    r"|unit\b[. ]{0,2}(?=[a-z]*\d)[a-z0-9]{1,5}\b"
    r"|(?:no|nomor|nomer)\b[. ]{0,2}\d{1,4}[a-z]?\b(?:/\d{1,4}[a-z]?\b)?"
    r"|(?:(?:omah|rumah) )?(?:nomor|nomer) (?:siji|satu|loro|dua|telu|tiga|p?apat|empat|lim[ao]|enem|enam|pitu|tujuh"
    r"|wolu|delapan|songo|sembilan|se(?:puluh|[wb]elas)|\w{2,8}(?: belas|las|welas)|\w{3,8} puluh(?: \w{3,8})?)\b"
    r"|r[tw][ .:]{0,2}\d{1,3}\b(?:[ ]?/[ ]?(?:rw[ .]?)?\d{1,3}\b)?)){1,3}|(?<=\d) [a-d]\b(?! ?\d)|/\d{1,4}[a-z]?(?!\w)"
    r"|(?<=\d)-[a-h](?![\w-])|(?<=\d) \((?:lantai|lt)\b[. ]{0,2}(?:dasar|\d{1,2})\)"
)


_VILLAGE = re.compile(r"(?<!\w)(?:ds|desa|kel|kelurahan)\b\.? \w+$")
_VILLAGE_GOES_ON = re.compile(r" [A-Z][a-z]+(?=[ ]*(?:,|\n|$))")  # Ds Kepuh Kemiri
# What a written address goes on with: `Porong`; `, Tenggilis Mejoyo, Kec. Waru, Surabaya 60292`; all words or one
_OF = (
    r"(?:(?P<of>(?:[Kk]el|[Kk]ec|[Kk]ab|[Dd]s|[Dd]esa|[Kk]ota|[Kk]ecamatan|[Kk]abupaten|[Kk]elurahan"
    r"|[Kk]alurahan|[Kk]apanewon|[Kk]emantren)\b)\.?[ ]?)?"
)
_PLACES = tuple(
    re.compile(
        rf"(?:[ ]{{0,2}},[ ]?(?P<line>\n)?|[ ](?P<dash>-[ ])?){_OF}(?P<name>[A-Z][a-z]{{2,}}{further})(?![\w'’])"
    )
    for further in ("(?:[ ][A-Z][a-z]{2,}){0,2}", "")
)
_TOWN_LINE = re.compile(r"[ ]?\n(?P<name>[A-Z][a-z]{2,}(?:[ ][A-Z][a-z]{2,}){0,2})(?=(?:[ ,]{1,2}\d{5})?[ ]?(?:\n|$))")
_CAPITALS = re.compile(r"(?:[ ]{0,2}[, ][ ]?[A-Z]{3,}(?![\w'’])){1,5}")  # LORAM KULON, JATI, KUDUS
_LANE = re.compile(r"(?:gang|gg)\b[^\n]*\d|(?:gang|gg)\b[. ]{1,2}[ivx]+\b|rt[ ./:]{0,2}\d{1,3}[ ,/.-]{1,3}(?:rw)?")
_QUARTER = re.compile(r"(?<![\w'’-])(?:[A-Z][a-z]{2,}[ ]){1,3}(?:\d{1,2}[ ])?,?[ ]?$")  # Bulak Lor 1 Gang Kenari 8
# An address goes on to a house: `Jl. Granit Kumala 4 No. 31`; before a house stands an estate: `Perum Bumi Citra, `
_TO_A_HOUSE = re.compile(
    r"[ ,]{0,3}(?:(?:[A-Z][\w'’.]+|\d{1,3})[ ,]{1,3}){0,4}"
    r"(?:[Nn][Oo](?:m[oe]r)?\b[. ]{0,2}|[Bb]lok |[Kk]av\b[. ]{0,2})(?:[A-Z]{1,2}[ /-]?)?"
    r"\d{1,4}[A-Za-z]?(?:[/-]\d{1,4}[A-Za-z]?)?(?![\w/]|[.,]\d)"
)
_ESTATE = re.compile(
    r"(?<![\w-])(?:Perum|Perumahan|Perumnas|Komplek|Kompleks|Kompl|Ruko|Cluster|Griya|Puri|Graha|Villa|Rusun|Apartemen)"
    r"\b\.?(?:[ ][A-Z][\w'’-]+){1,5}[ ,]{1,3}$"
)
_OPENS = re.compile(r"(?:^|[.!?:\n])[\s\W]*$")
_TAIL = re.compile(r"[ ]?,?[ ](?P<name>[^\W\d_]+(?:[ ][^\W\d_]+){0,3})(?![\w'’])")
_VILLAGE_BEFORE = re.compile(r"(?<![\w'’-])(?P<name>[a-z]{5,}),? $")
_SIDES = frozenset(("kulon", "wetan", "lor", "kidul", "utara", "selatan", "barat", "timur", "tengah", "kota", "baru"))
_NEAR = (
    r"[ ,(]{1,3}(?:belakang|mburi|seb[e]?lah|samping|depan|ngarep|seberang|sebrang|masuk|mlebu|dekat|deket|c[eé]dh?ak"
    r"|sanding|jejer|utara|selatan|lor|kidul|wetan|kulon)(?:e|nya|ne|an)?(?![^\W_])"
    r"(?:[^\n.!?;:\d]|(?<=[a-z] )\d{1,2}(?! ?\d)){0,40}"
)
_LANDMARK = re.compile(rf"{_NEAR}[ ,)]{{1,2}}")  # between two parts of an address
_BESIDE = re.compile(rf"{_NEAR}?(?=, )")  # before a town that ends it
_POSTCODE = re.compile(r"[ ,]{1,3}(?!\d\d000)\d{5}(?![\d.,]?\d)")
_DISTRICT = re.compile(r"(?<![a-z])(?:kec|kab|kota|kecamatan|kabupaten)(?![a-z])")
_CLOSED = re.compile(rf"$|[\n,.)]|{_POSTCODE.pattern}")
_LETTERS = {  # with which a number begins: IDC0093817265, KSM-00417; BCA before an account is none of it
    "ORDER": re.compile(
        r"(?<![\w-])(?:[A-Za-z]{1,5}-?|(?!(?:AWB|BCA|BNI|BRI|BSI|BON|DHL|DO|EMS|FK|FKT|ID|INV|JNE|JNT|JTR|KAI|LP|NO|NOTA|PO|POS|RESI|SO|SPX|TIKI|UPS)\b)"
        r"[A-Z]{2,5}(?:[/-][A-Z]{2,5})? )$"  # SRV 00912-26; a carrier and a word for the paper are none of it
    ),
    "ACCOUNT": re.compile(r"(?<![\w-])[A-Za-z]{2,5}-$"),
    "PASSPORT": re.compile(r"(?<![\w-])[A-Z] $"),  # C 8836041
}
_OF_BANK = re.compile(r"(?<![\w.,/-])\d{4,6}[ -]$")  # of a virtual account, before a telephone number
_LETTER_DIGITS = re.compile(r"[oilsb]\d{0,3}(?![^\W_])")
_GROUPS = re.compile(  # with which an order's number goes on behind a blank: 8841 02277
    r"(?<=\d)(?: (?!0?8[1-9]|62)\d{4,8}){1,3}"
    r"(?![\w/]|[.,:-]\d| ?(?:rb|ribu|pcs|kg|gr|ml|biji|lembar|box|jt|juta|meter|orang)\b)"
)
_INITIALS = re.compile(r"(?<![\w.'’])(?!A[.][ ]?N[.]|[CU][.][ ]?P[.])(?:[A-Z][.][ ]?){1,3}$")  # A.N.: in the name of
_BALINESE = re.compile(
    r"(?<![^\W_])(?:i|ni) (?=(?:gusti|dewa|gde|gede|made|wayan|nyoman|nengah|ketut|kadek|komang|putu|luh)\b)"
)
_ACADEMIC = re.compile(r"(?<![^\W_])(?:Prof|Drs?|Dra|Ir|Mrs?|Ms|Ns|[Dd]r[hg]|[Dd]okter)[. ]{1,2}$")
_FAMILY = re.compile(  # of Chinese, words or titles elsewhere: Kristina Tan
    r"(?<=[a-z]) (?:Tan|Lim|Liem|Oei|Oey|Kwee|Tjan|Ong|Wong|Tio|Tjoa|Njoo|Sie|Khoe|Thio|Ang|Lie)(?![\w'’])(?! [A-Z])"
)
_LINKED = re.compile(r" (?:bin|binti|alias|van(?: de[nr]?)?|von|boru|br[.])(?: [A-Z][\w'’]*[.]?){1,4}")


def _with_neighbours(low: str, text: str, start: int, end: int, ends: frozenset[int]) -> tuple[int, int]:
    """Where a name begins and ends with the words with a capital letter next to it that are no words of the language:
    `Tsania Maharani`; with the next of a name cut short (`Moch. Sokhib`), and of one to whom an account or a card
    belongs (`an Fajri Ramadhan`). ends: as of _widened."""
    while more := _CAPITALISED_BEFORE.search(text, max(0, start - 20), start):
        if more.end("word") in ends or not _is_unknown(low[slice(*more.span("word"))]):
            break
        start = more.start()
    owned = _OWNED.search(low, max(0, start - 12), start) is not None
    while more := _GOES_ON.match(text, end):
        word = low[slice(*more.span("word"))]
        if not (low[start:end] in _SHORT_OF or (owned and more.group()[0] != "." and word in lexicon.names())):
            break
        end = more.end()
    return start, end


def _is_unknown(word: str) -> bool:
    """Whether a word with a capital letter is neither of the language nor a place."""
    if word in lexicon.villages() or word in patterns.towns() or word in _no_names():
        return False
    return not lexicon.ordinary(word, prefixes=False)


@cache
def _office_before() -> re.Pattern[str]:
    """A title and an office just before a name: `Ibu Lurah`."""
    titles, offices = (_alternation(patterns.words_before()[key]) for key in ("title", "offices"))
    return re.compile(rf"(?<![^\W_])(?:{titles}) (?:{offices}) $")


@cache
def _regional_title() -> re.Pattern[str]:
    """A title of a region just before a name with a capital letter: in any letters, or, where it is a word as well,
    with a capital one."""
    before = patterns.words_before()
    doubtful = _alternation([*map(str.capitalize, (*before["doubtful"], *before["titles_with_a_capital"])), "Ki", "A"])
    titles = rf"(?i:{_alternation(before['regional'])})|(?:{doubtful})"
    return re.compile(rf"(?<![^\W_])(?:{titles})(?: (?:Haji|Hajah|haji|hajah|Hj?[.]))? $")


def _between(low: str, text: str, start: int) -> int:
    """Where a name begins whose first word, no name elsewhere, is between a title and the rest: `Ny. Cucu Cahyati`."""
    before = _CAPITALISED_BEFORE.search(text, max(0, start - 20), start)
    if before is None or low[slice(*before.span("word"))] in _no_names():
        return start
    return before.start() if _title_before(low, before.start())[1] else start


def _in_capitals(low: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Where a name in capital letters begins and ends with the other names of the run: `DEWI ANGGRAENI KUSUMA`."""
    if not text[start:end].isupper() or end - start < 3:
        return start, end
    for _ in range(3):
        match = _CAPITAL_WORD.match(text, end)
        if match is None or not _may_be_family_name(low[slice(*match.span("word"))], text.isupper()):
            break
        end = match.end()
    while match := _CAPITAL_WORD_BEFORE.search(text, max(0, start - 20), start):
        word = low[slice(*match.span("word"))]
        if word not in patterns.words_before()["begins"] and not lexicon.name(word):
            break
        start = match.start()
    return start, end


def _may_be_family_name(word: str, shouted: bool) -> bool:
    """Whether a word in capital letters behind a name goes on with it; shouted: everything is in capital letters."""
    if word in _no_names():
        return False
    return lexicon.name(word) or not lexicon.ordinary(word, prefixes=shouted)


def _with_initial(low: str, text: str, start: int, end: int, instead: str) -> tuple[int, int]:
    """Where a name ends with an initial: a member's where it ends a phrase or has its full stop, any in small letters
    behind `an`."""
    initial = _INITIAL_OF_MEMBER.match(text, end) if instead != "[NAME]" or text[start:end].isupper() else None
    if initial is None and _HELD.search(low, max(0, start - 12), start):
        initial = _INITIAL_IN_SMALL_LETTERS.match(low, end)
    if initial is None and text[start:end].isupper():
        initial = _INITIAL.match(text, end)
    return start, initial.end() if initial and initial.group().strip() not in _NO_INITIALS else end


def _after_towns(low: str, text: str, start: int, end: int) -> int:
    """Where an address ends that goes on with up to five places, and a postcode."""
    begins = end
    if (line := _TOWN_LINE.match(text, end)) and not patterns.towns().isdisjoint(line["name"].lower().split()):
        end = line.end("name")
    for _ in range(5):
        matches = (pattern.match(text, end) for pattern in _PLACES)
        ends = (match.end() for match in matches if match and _is_place(low, text, match, goes_on=end > begins))
        end = max(next(ends, end), _after_village(low, text, end))
    if (town := _small_town().match(low, end)) and _are_quarters(town["quarters"].replace(",", " ").split()):
        end = town.end()
    code = _POSTCODE.match(text, end) if end > begins or _DISTRICT.search(low, start, end) else None
    return code.end() if code else end


def _after_village(low: str, text: str, end: int) -> int:
    """Where a village or district ends with which an address goes on, and the side of it that is meant: `no 17
    Larangan`, `gg 2/36 jeruk gamping`, `no 2 Kutuk Barat`. A word of the language in small letters is none, except
    between commas."""
    tail = _TAIL.match(low, end)
    words = list(_WORD.finditer(low, *tail.span("name"))) if tail else []
    for n in range(len(words), 0, -1):
        name = [word.group() for word in words[:n]]
        written = all(text[word.start()].isupper() for word in words[:n])
        listed = low[end] == "," and low[words[n - 1].end() :].lstrip().startswith(",")  # `, larangan, candi`
        if "".join(name) in lexicon.villages() and (written or listed or _is_no_talk(name)):
            side = words[n : n + 1] if words[n:] and words[n].group() in _SIDES else []
            return [*words[:n], *side][-1].end()
    return end


def _is_no_talk(words: list[str]) -> bool:
    """Whether words in small letters are hardly said of anything but a place."""
    if not _no_names().isdisjoint(words):
        return False
    if len(words) > 1 or (words[0] in patterns.towns() and words[0] not in lexicon.words_of_books()):
        return True
    return not (lexicon.ordinary(words[0]) or words[0] in lexicon.names())


def _after_capitals(low: str, text: str, start: int, end: int) -> int:
    """Where an address in capital letters ends whose next words, in capitals too, lead to a town: `NO 9 BAE KUDUS`."""
    if not text[start:end].isupper():
        return end
    tail, last = _CAPITALS.match(text, end), end
    for word in _WORD.finditer(low, *tail.span()) if tail else ():
        if word.group() in _no_names():
            break
        if word.group() in patterns.towns():
            last = word.end()
    return last


def _before_lane(low: str, text: str, start: int, end: int) -> int:
    """Where an address begins that has a lane and a number, with the quarter before them: `Gayamsari Gang XI no 3`."""
    if not _LANE.match(low, start, end):
        return start
    quarter = _QUARTER.search(text, max(0, start - 40), start)
    begins = start
    for word in reversed(list(_WORD.finditer(low, *quarter.span())) if quarter else []):
        if not _is_quarter(word.group()):
            break
        if word.group() not in _SIDES:
            begins = word.start()
    if begins == start:
        village = _VILLAGE_BEFORE.search(low, max(0, start - 40), start)
        return village.start("name") if village and _is_village(village["name"]) else start
    more = _CAPITALISED_BEFORE.search(text, max(0, begins - 20), begins)
    return more.start() if more and not _OPENS.search(text[: more.start()]) else begins


def _is_village(word: str) -> bool:
    """Whether a word in any letters is a village's and none of the language."""
    return word in lexicon.villages() and word not in lexicon.words_of_books() and word not in lexicon.names()


def _is_quarter(word: str) -> bool:
    """Whether a word before a lane is a place's or none of the language."""
    if word in patterns.towns() or word in _SIDES:
        return True
    return word not in lexicon.words_of_books() and word not in lexicon.names() and word not in _no_names()


def _is_place(low: str, text: str, match: re.Match[str], *, goes_on: bool) -> bool:
    """Whether words behind an address belong to it: called a place (`Kec. Waru`), a town, the side of one that went
    before (goes_on), or no titles and, unless the line or sentence ends with them, no ordinary words or names."""
    words = low[slice(*match.span("name"))].split()
    if match["of"] or not patterns.towns().isdisjoint(words) or (goes_on and _SIDES.issuperset(words)):
        return True
    closed = match["line"] is None and match["dash"] is None and _CLOSED.match(text, match.end())
    if not closed and any(word in lexicon.words() or word in lexicon.names() for word in words):
        return False
    return _no_names().isdisjoint(words)


@cache
def _small_town() -> re.Pattern[str]:
    """A town behind an address in small letters, with the quarters before it: ` wage taman sidoarjo`."""
    towns = _alternation(patterns.towns_in_small_letters())
    return re.compile(rf"(?P<quarters>(?:[ ,]{{1,2}}[a-z]{{4,}}){{0,2}})[ ,]{{1,2}}(?:{towns})(?![\w'’])")


def _are_quarters(words: list[str]) -> bool:
    """Whether words between an address and a town are places, or no words of books."""
    return all(word in patterns.towns() or word not in lexicon.words_of_books() for word in words)


def _widened(low: str, text: str, span: Span, ends: frozenset[int]) -> Span:
    """An address with house, RT, RW and places behind it, a number with the letters that it begins with, a name with
    its title, what is shortened before it (`Abd. Ghofur`, `E. Sulastri`, `I Wayan`) and what goes on after it: the rest
    behind an apostrophe, an initial of a name on no list, a degree. ends: where spans end, into which it does not go.
    """
    start, end, kind, instead = span
    if kind == "ADDRESS":
        house = _HOUSE.match(low, end) or _TO_A_HOUSE.match(text, end)
        rest = house or (_VILLAGE.search(low, start, end) and _VILLAGE_GOES_ON.match(text, end))
        end = _after_towns(low, text, start, rest.end() if rest else end)
        estate = _ESTATE.search(text, max(0, start - 60), start)
        start = estate.start() if estate else _before_lane(low, text, start, end)
        if landmark := _BESIDE.match(low, end):
            town = _after_towns(low, text, start, landmark.end())
            end = town if town > landmark.end() else end
        return start, _after_capitals(low, text, start, end), kind, instead
    if kind == "PIN" and (text[end : end + 1] == "#" or (text[end : end + 1] == "*" and "*" not in text[:start])):
        return start - (text[start - 1 : start] == "*"), end + 1, kind, instead
    if kind == "PHONE":
        return _whole_number(low, span)
    if kind in _LETTERS:
        letters = _LETTERS[kind].search(text, max(0, start - 12), start)
        groups = _GROUPS.match(low, end) if kind == "ORDER" else None
        start = letters.start() if letters else start
        return start - text[:start].endswith("#"), groups.end() if groups else end, kind, instead
    if kind != "NAME":
        return span
    start, end = _with_initial(low, text, *_whole_name(low, text, span, ends), instead)
    return (start - 1, end, kind, f"@{instead}") if text[start - 1 : start] == "@" else (start, end, kind, instead)


def _past_landmarks(low: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Addresses of two parts with a landmark between them: `Jl. Melati belakang gereja RT 15 RW 04`."""
    for one, other in pairwise(sorted(span for span in spans if span[2] == "ADDRESS")):
        if _LANDMARK.fullmatch(low, one[1], other[0]):
            yield one[0], other[1], *one[2:]


def _whole_number(low: str, span: Span) -> Span:
    """A telephone number with the letters at its end that stand for digits (`0819 1367 244o`), or the number of an
    account that holds it: `39358 0877 0041 2296`."""
    start, end, kind, instead = span
    if letters := _LETTER_DIGITS.match(low, end):
        end = letters.end()
    bank = _OF_BANK.search(low, max(0, start - 8), start)
    if bank and low[start].isdigit() and (bank.group()[-1] == "-" or _OF_ACCOUNT.search(low[:start])):
        return bank.start(), end, "ACCOUNT", "[ACCOUNT]"
    return start, end, kind, instead


def _whole_name(low: str, text: str, span: Span, ends: frozenset[int]) -> tuple[int, int]:
    """Where a name begins and ends with its title and what belongs to it. ends: as of _widened."""
    start, end, _, instead = span
    while (short := _SHORTENED.search(low, max(0, start - 8), start)) is not None:
        start = short.start()
    if initials := _INITIALS.search(text, max(0, start - 9), start):
        start = initials.start()
    if text[start].isupper() and (regional := _regional_title().search(text, max(0, start - 24), start)):
        start = regional.start()
    if instead != "[NAME]":
        return start, degrees.end() if (degrees := _DEGREES.match(text, end)) else end
    if (particle := _BALINESE.search(low, max(0, start - 3), start + 8)) and particle.end() == start:
        start = particle.start()
    start, end = _in_capitals(low, text, start, end)
    start = _title_before(low, _between(low, text, start))[0]
    if office := _office_before().search(low, max(0, start - 24), start):
        start = office.start()
    if academic := _ACADEMIC.search(text, max(0, start - 8), start):
        start = academic.start()
    if (day := _HARI.search(text, max(0, start - 6), start)) and not low.startswith("kartini", start):
        start = _title_before(low, day.start())[0]
    start, end = _with_neighbours(low, text, start, end, ends)
    for pattern in (_ARTICLE, _FAMILY, _REST, _STOP, _INITIAL, _DEGREES, _LINKED):
        end = rest.end() if (rest := pattern.match(text, end)) else end
    end += text[start - 1 : start] not in _QUOTES and _HAMZA.match(text, end) is not None
    return start, end
