"""Pseudonyms and scrubbing: whatever identifies a person in a text is replaced by a typed mark.

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
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from analysis.errors import InputError
from analysis.identifiers import (
    addresses,
    extent,
    learned,
    legible,
    lexicon,
    pasted,
    patterns,
    strangers,
    structured,
    titled,
    titles,
)  # fmt: skip
from analysis.identifiers.folded import WORD, fold, plain, readable
from analysis.identifiers.members import (
    DOUBLED,
    DRAWN_OUT,
    SUFFIXES,
    UNSPACED,
    NameForm,
    anywhere,
    guard_of,
    is_in_company,
    is_meant,
    is_respelt,
    matched,
    other_spellings,
    shorter_forms,
)  # fmt: skip
from analysis.identifiers.spans import Span, blanked, is_within, left_over, without_overlap

CLASSES = (
    "NAME", "EMAIL", "PHONE", "NIK", "NPWP", "ACCOUNT", "ADDRESS", "MAP", "COORDINATES", "PLATE", "HANDLE", "PROFILE",
    "BIRTHDATE", "BPJS", "SIM", "PASSPORT", "CARD", "PIN", "ORDER", "WITHHELD",
)  # fmt: skip
Mark = tuple[str, int]
_TYPED = re.compile(rf"\[(?:{'|'.join(CLASSES)})\]", re.IGNORECASE)  # what scrubbing leaves, or somebody typed
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
SHORTEST, LONGEST = 4, 8  # base-32 characters of a pseudonym
FEW = 1_000  # people for whom the shortest pseudonyms are enough: more than half of all keys give each their own
MOST = 1_000_000  # people whom the longest distinguish under most keys
_FILE = re.compile(
    r"(?<![\w@/.])\w[\w-]{0,99}_[\w-]{0,99}\.(?:pdf|jpe?g|png|webp|heic|mp4|mov|opus|m4a|mp3|docx?|xlsx?|pptx?|vcf|zip|txt)(?!\w)",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?<![^\W_])[^\W\d_]{4,40}(?=[0-9+]{6})|(?<=\d{6})[^\W\d_]{4,40}(?![^\W_])")
_TITLED = re.compile(r"(?<![^\W_])(?P<title>[A-Z][a-z]{1,4})(?P<it>[A-Z][a-z]+)(?![^\W_])")
ROW = 3  # members' names next to one another, from which they are no words; one more where each may be one
SIZES = ("S", "M", "L", "X")
_FOLLOWING = re.compile(r"[ ](?P<last>[^\W\d_]{3,})(?:[ ](?P<more>[^\W\d_]{3,}))?(?![^\W_])")
_OWN_INITIAL = re.compile(r"(?:[ ]|(?<=[.]))(?P<it>[a-z])(?:[.](?!\d)|(?![\w'’.-]))")


def normal(name: str) -> str:
    """A name in the one form that counts: compatibility characters folded, small letters, single blanks, no `~`."""
    return " ".join(unicodedata.normalize("NFKC", _MARKS.sub("", name)).casefold().replace("~", " ").split())


def phone(written: str) -> str | None:
    """A telephone number as digits with the country code, None when the text is not one; 0 and 8 mean Indonesia."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", _MARKS.sub("", written)).strip())  # iPhones write U+2011
    if not re.fullmatch(r"~?\s*\+?[\d\s().\-]{7,24}", plain):
        return None
    digits = re.sub(r"\D", "", plain)
    if not 8 <= len(digits) <= 16:
        return None
    abroad = "+" in plain or digits.startswith("00")  # the prefix that some networks dial
    digits = digits.removeprefix("00")
    if digits.startswith("0"):
        return "62" + digits[1:]
    if digits.startswith("620"):
        return "62" + digits[3:]
    return "62" + digits if digits.startswith("8") and not abroad and len(digits) <= 12 else digits


def canonical(name: str) -> str:
    """The text that a pseudonym is made from: + and a telephone number's digits, else the normal name."""
    digits = phone(name)
    return normal(name) if digits is None else f"+{digits}"


def pseudonym(name: str, key: bytes, letter: str = "M", length: int = 4) -> str:
    """Letter and the first `length` base-32 characters of the keyed hash of the canonical name."""
    digest = hmac.new(key, canonical(name).encode(), hashlib.sha256).digest()
    return letter + base64.b32encode(digest)[:length].decode("ascii")


def length_for(people: int) -> int:
    """The number of base-32 characters in the pseudonyms of so many people, known before any is made.

    SHORTEST up to FEW people, and beyond as many as let two names collide under one key in a hundred (birthday
    problem), at most LONGEST. Raises InputError on more people than can be distinguished so.
    """
    if people > MOST:
        raise InputError(f"{people:,} people are more than the {MOST:,} that pseudonyms can distinguish",
                         fix="Study fewer channels or a shorter period at a time.")  # fmt: skip
    enough = (length for length in range(SHORTEST, LONGEST) if 50 * people**2 <= 32**length)
    return SHORTEST if people <= FEW else next(enough, LONGEST)


def listed(cell: object) -> list[str]:
    """A cell of members.csv that may hold several values, separated by `;`, as a list."""
    if isinstance(cell, str):
        return [part.strip() for part in cell.split(";") if part.strip()]
    if isinstance(cell, Iterable):
        return [str(part).strip() for part in cell if str(part).strip()]
    return []


class Directory:
    """Who goes by which name, alias and number. People are distinguished by their canonical names.

    people: DataFrame with a column name, and where known aliases and phones (`;` between several).
    Raises InputError when a name is missing or repeated, or a number is not a telephone number.
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
                raise InputError("a member has no name", fix="Give every row of members.csv a name.")
            if (who := canonical(name)) in self.names:
                raise InputError(f"the member {name} has two rows", fix="Give each member one row of members.csv.")
            self.names[who] = name
            for written in (name, *listed(row.get("aliases"))):
                form = titles.spoken(canonical(written))
                self.forms.setdefault(form, set()).add(who)
                self.spelled[form] = titles.spoken(" ".join(fold(plain(written)).replace("~", " ").split()))
            for number in listed(row.get("phones")):
                if (digits := phone(number)) is None:
                    fix = "Write it as in +62 812-3456-7890."
                    raise InputError(f"{name}: {number!r} is not a telephone number", fix=fix)
                self.forms.setdefault(f"+{digits}", set()).add(who)

    def who(self, name: str) -> frozenset[str]:
        """The canonical names of all who go by that name, alias or number."""
        return frozenset(
            self.forms.get(titles.spoken(canonical(name))) or self.forms.get(titles.without(normal(name))) or ()
        )


class _Forms(NamedTuple):
    """How members are called in texts, folded, and who is called so (pseudonyms). whole: as the roster has it; parts:
    shorter."""

    whole: dict[str, set[str]]
    parts: dict[str, set[str]]


class Pseudonymiser:
    """Replaces people by pseudonyms, and what leads to them by marks.

    members: DataFrame with a column name, and where known aliases and phones (`;` between several) and consent.
    key: the secret of the pseudonyms. participants: the same of people who were only interviewed (P pseudonyms).
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
        answers = dict(zip(self._pseudonyms.values(), consent, strict=True))
        self._withheld = {pseudonym for pseudonym, answer in answers.items() if answer == "none"}
        self.quotable = frozenset(pseudonym for pseudonym, answer in answers.items() if answer == "quotes")
        forms = self._forms()
        self._owners = {form: frozenset(owners) for form, owners in (forms.parts | forms.whole).items()}
        self._called: dict[str, set[str]] = {each: set() for each in self._pseudonyms.values()}  # by which titles
        for form, owners in forms.whole.items():
            for owner in owners:
                self._called[owner].add(form.partition(" ")[0])
        self._unspaced = anywhere(form for form in self._owners if UNSPACED.search(form))
        self._index = self._by_first_word(forms)
        self._respelt = self._spelled_otherwise()
        words = patterns.alternation(fold(plain(each)) for each in removed if each.strip())
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
        """The replacement of that name in a text: its owner's pseudonym, or a mark where it is not one person's."""
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
        return without_overlap(text, spans)

    def holds_more_than_names(self, text: str) -> bool:
        """Whether spans may find anything but names in a text that nobody said: a look that takes half the time."""
        if legible.hides(text) or "@" in text:
            return True
        low = fold(text)
        if any(pasted.senders(text)) or (self._removed and self._removed.search(low)):
            return True
        by_pattern = structured.numbers(readable(low), readable(text))
        return any(True for _ in by_pattern) or any(True for _ in structured.handles(low, text))

    def _found(self, low: str, text: str, talk: bool) -> list[Span]:
        """Everything but mentions, the first to count where spans overlap. low: the text folded; talk: as of spans."""
        senders = [(*place, *self._sender(text[slice(*place)])) for place in pasted.senders(text)]
        glued = [*self._glued(low), *self._titled_at_once(low, text)]
        written = (low, learned.as_plain(low, text))  # В2917346 with a Cyrillic letter
        by_pattern = structured.numbers(*(readable(blanked(copy, glued)) for copy in written))
        numbers = [self._of_member(low, span) if span[2] == "NAME" else span for span in by_pattern]
        handles = (span for span in structured.handles(low, text) if not self._is_person(text[span[0] : span[1]]))
        names = [*self._in_a_row(low), *self._names(low, text), *self._spelled(low)]
        names += self._decided(low, text, names)
        members = [span for span in names if span[3] != "[NAME]"]
        numbers = [span for span in numbers if not (span[3] == "[NAME]" and is_within(span, members))]
        found = [*senders, *glued, *numbers, *handles, *names]
        numbered = [span[:2] for span in found if span[2] not in ("NAME", "WITHHELD")]
        places = strangers.strangers(low, text, [span[:2] for span in names], numbered)
        meant = (place for place in places if not is_in_company(low, *place))
        found += ((*place, *self._instead(self._owners.get(low[slice(*place)], frozenset()))) for place in meant)
        found = [*titled.sharing_a_word(text, [span for span in found if span[2] == "NAME"]), *found]
        if structured.holds_long_number(low):
            found += [*structured.left(low, *(readable(blanked(copy, found)) for copy in written))]
        if talk:  # marks that somebody typed, or that an earlier scrubbing left, are no words around a number
            bare_low, bare = (_TYPED.sub(lambda mark: " " * len(mark.group()), copy) for copy in (low, text))
            likely = learned.identifiers(bare_low, bare, [span[:2] for span in found])
            found += ((start, end, kind, f"[{kind}]") for start, end, kind in likely)
        kept = structured.without_vetoed(low, text, found)
        ends = frozenset(span[1] for span in kept)
        whole = [extent.widened(low, text, span, ends) for span in kept]
        return [*whole, *addresses.past_landmarks(low, whole)]

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
            yield from left_over(text, span, without_overlap(text, [*others]))

    def _sender(self, written: str) -> tuple[str, str]:
        """What replaces the sender in the header of a copied chat."""
        owners = self.owners(written)
        return ("PHONE", "[PHONE]") if not owners and phone(written) else self._instead(owners)

    def _spelled(self, low: str) -> Iterator[Span]:
        """Names written letter by letter, or with digits for letters, with their titles."""
        apart = legible.spelled_names(low, lambda word: word in self._owners or word in lexicon.names())
        shaped = legible.names_with_digits(low, lambda word: word in self._owners or lexicon.name(word))
        for start, end, word in (*apart, *shaped):
            title = titles.spelled_before(low, start)
            yield title, end, *self._instead(self._owners.get(word, frozenset()))

    def _is_made(self, content: str) -> bool:
        """Whether it holds a pseudonym made here."""
        return any(made in self._holder for made in self._made.findall(content))

    def _is_person(self, written: str) -> bool:
        """Whether a handle is a member's name, a title before one or a name with a capital letter, and no account."""
        word = fold(written.removeprefix("@"))
        return (
            word in self._owners or word in titles.spellings() or (written[1:2].isupper() and word in lexicon.names())
        )

    # Names

    def _forms(self) -> _Forms:
        forms = _Forms({}, {})
        for form, people in self._directory.forms.items():
            owners = {self._pseudonyms[who] for who in people}
            own = frozenset(word for who in people for word in WORD.findall(who))
            for spelling in {form, self._directory.spelled.get(form, form)}:  # Groß is `gross` and `groß`
                forms.whole.setdefault(fold(spelling), set()).update(owners)
                for part in shorter_forms(spelling, form in self._directory.names, own):
                    forms.parts.setdefault(fold(part), set()).update(owners)
        return forms

    def _by_first_word(self, forms: _Forms) -> dict[str, list[NameForm]]:
        """Entries by their first word, the longest first."""
        index: dict[str, list[NameForm]] = {}
        for bare in {titles.without(form) for form in self._owners if not UNSPACED.search(form)}:
            words = WORD.findall(bare)
            if words and not bare.startswith("+"):
                listed = bare in forms.whole
                guard = guard_of(bare, listed, part=bare in forms.parts and not listed)
                entry = NameForm(tuple(words), bare, bare.index(words[0]), listed, guard)
                index.setdefault(words[0], []).append(entry)
        for entries in index.values():
            entries.sort(key=lambda e: (-len(e.words), -len(e.literal)))
        return index

    def _spelled_otherwise(self) -> frozenset[str]:
        """Other spellings of members' names of one word, which are no member's themselves."""
        names = (
            entry.literal
            for entries in self._index.values()
            for entry in entries
            if len(entry.words) == 1 and entry.guard == "always" and len(entry.literal) >= DOUBLED
        )
        return frozenset(other for name in names for other in other_spellings(name)) - self._index.keys()

    def _names(self, low: str, text: str) -> Iterator[Span]:
        """Names of members first, then names of people on no list."""
        index, given, end = self._index, titled.given_names(), 0
        others: list[Span] = []
        for match in self._unspaced.finditer(low) if self._unspaced else ():
            yield *match.span(), *self._instead(self._owners[" ".join(match.group().split())])
        for match in WORD.finditer(low):
            word = match.group()
            entries = index.get(word)
            if entries is None and word.endswith(SUFFIXES):
                stems = (word[: -len(suffix)] for suffix in SUFFIXES if word.endswith(suffix))
                entries = next((index[stem] for stem in stems if stem in index), None)
            if entries is None and DRAWN_OUT.search(word):
                yield from self._drawn_out(low, match)
            respelt = entries is None and word in self._respelt and is_respelt(word, text[match.start()])
            if respelt and match.start() >= end:
                end = match.end()
                yield titles.before(low, match.start())[0], end, "NAME", "[NAME]"
                continue
            if (entries is None and word not in given) or match.start() < end:
                continue
            span = None if entries is None else self._name_at(low, text, match, entries)
            if span is not None:
                end = span[1]
                yield span
            elif word in given and (other := titled.given_at(low, text, match)):
                end = self._with_last_name(low, other[1])
                others.append((other[0], end, *other[2:]))
        yield from titled.introduced(low, text)
        yield from others

    def _with_last_name(self, low: str, end: int) -> int:
        """Where a stranger's name ends if it continues, in small letters, with a word that ends a member's: `pak agus
        susilo`. In a row of more names each is a separate person's."""
        words = _FOLLOWING.match(low, end)
        if words is None or not self._is_last_name(words["last"]):
            return end
        more = words["more"] is not None and (words["more"] in self._index or words["more"] in titled.given_names())
        return end if more else words.end("last")

    def _first_name(self, low: str, text: str, start: int, end: int) -> int | None:
        """Where the name of a stranger begins whose last name is a member's too, and stands at a place."""
        first = titled.name_before(low, text, start) if self._is_last_name(low[start:end]) else None
        return None if first is None or low[first : start - 1] in self._index else first

    def _is_last_name(self, word: str) -> bool:
        """Whether a word is in members' full names but begins none, and no member is called by it alone."""
        entries = [entry for entry in self._index.get(word, ()) if len(entry.words) == 1]
        names = [fold(self._holder[owner]).split() for owner in self._owners.get(word, ())]
        listed = any(entry.listed for entry in entries)
        return (
            bool(entries)
            and not listed
            and any(word in name[1:] for name in names)
            and word not in {n[0] for n in names}
        )

    def _own_initials(self, low: str, text: str, end: int, entry: NameForm, owners: frozenset[str]) -> int:
        """Where a member's name ends if it continues with initials of its other words: `dyah ayu k`, `Endang S.R.`. One
        small letter after one word may be an ordinary word, and some capital ones are sizes."""
        words = {word for owner in owners for word in fold(self._holder[owner]).split()} - set(entry.words)
        found: list[int] = []
        while (letter := _OWN_INITIAL.match(low, found[-1] if found else end)) and any(
            word.startswith(letter["it"]) for word in words
        ):
            found.append(letter.end())
        initials = text[end : found[-1]] if found else ""
        enough = len(entry.words) > 1 or (len(found) > 1 and initials.isupper())
        enough |= (
            initials.isupper() and initials.strip(" .") not in SIZES and text[found[-1] : found[-1] + 1] in " ,\n)"
        )
        return found[-1] if found and enough else end

    def _glued(self, low: str) -> Iterator[Span]:
        """Names of one word written onto a number: `Harun081234567890`."""
        for match in _GLUED.finditer(low) if _DIGIT.search(low) else ():
            for entry in self._index.get(match.group(), ()):
                if len(entry.words) == 1 and entry.guard == "always":
                    yield *match.span(), *self._instead(self._owners[entry.literal])
                    break

    def _titled_at_once(self, low: str, text: str) -> Iterator[Span]:
        """Members with a title written onto their name: `MbakRini`."""
        for match in _TITLED.finditer(text):
            owners = self._owners.get(low[slice(*match.span("it"))])
            if owners and match["title"].lower() in titles.spellings():
                yield *match.span(), *self._instead(owners)

    def _in_a_row(self, low: str) -> Iterator[Span]:
        """Members in a row, even if their names are also words: `lestari rahayu slamet untung`."""
        row: list[re.Match[str]] = []
        for match in [*WORD.finditer(low), None]:
            beside = match and (not row or low[row[-1].end() : match.start()] in (" ", ", "))
            if match and beside and match.group() in self._index and match.group() in self._owners:
                row.append(match)
                continue
            if len({self._owners[each.group()] for each in row}) >= (ROW + all(map(_is_a_word, row))):
                yield from ((*each.span(), *self._instead(self._owners[each.group()])) for each in row)
            row = []

    def _drawn_out(self, low: str, match: re.Match[str]) -> Iterator[Span]:
        """A name of one word whose letters are drawn out: `Sriii`, `Pak Haruuun`; doubled ones in longer names only,
        or where a vowel ends it."""
        word = DRAWN_OUT.sub(r"\1", match.group())
        tripled = any(len(run.group()) > 2 for run in DRAWN_OUT.finditer(match.group()))
        tripled |= match.group()[-1] == match.group()[-2] and match.group()[-1] in "aiueo"  # Rinaa
        for entry in self._index.get(word, ()):
            if len(entry.words) == 1 and entry.guard == "always" and (tripled or len(word) >= DOUBLED):
                start, title = titles.before(low, match.start())
                owners = self._owners.get(f"{title} {word}") or self._owners[entry.literal]
                yield start, match.end(), *self._instead(owners)

    def _name_at(self, low: str, text: str, match: re.Match[str], entries: list[NameForm]) -> Span | None:
        for entry in entries:
            if (place := matched(low, match, entry)) is None:
                continue
            start, end = place
            begin, title = titles.before(low, start)
            owners = self._owners.get(f"{title} {entry.literal}") if title else None
            meant = replace(entry, listed=True) if owners and text[:begin].endswith("@") else entry
            mention = low[:start].endswith("@")
            if not (title or mention) and is_in_company(low, start, end):
                continue
            if owners or is_meant(entry.guard, low, text, start, end, title is not None, mention):
                owners = owners or self._owners.get(entry.literal, frozenset())
                called = self._called[next(iter(owners))] if len(owners) == 1 else frozenset(())
                if begin < start and not strangers.is_at(text[begin:start]) and titles.is_another(title, called):
                    return begin, end, "NAME", "[NAME]"
                further = titled.further(low, text, end, meant)
                if further > end:
                    return begin, further, "NAME", "[NAME]"
                if not title and (first := self._first_name(low, text, start, end)) is not None:
                    return first, end, "NAME", "[NAME]"
                if owners:
                    return begin, self._own_initials(low, text, end, entry, owners), *self._instead(owners)
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


def _is_a_word(match: re.Match[str]) -> bool:
    return match.group() in lexicon.words() or match.group() in patterns.words_in("everyday")


_MENTION = re.compile(r"@\u2068?(?P<number>\+?\d{7,16})\u2069?(?!\w)")
_ISOLATED = re.compile(r"@\u2068~?(?P<name>[^\u2068\u2069\n]{1,60})\u2069")
_DIGIT = re.compile(r"\d")
