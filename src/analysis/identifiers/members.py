"""When words of a text name somebody on the roster: forms and spellings of a name, and where it is only a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product

from analysis.identifiers import lexicon, patterns, titles
from analysis.identifiers.folded import WORD

# Scripts that put no blanks between words, or whose vowels are no letters to Python: of India, Thailand, Myanmar,
# Cambodia, China, Japan and Korea
UNSPACED = re.compile("[\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
LONG = 8  # letters of a name of several words that counts when written together
DOUBLED = 5  # letters of a name from which one doubled letter (`Haruun`) leaves no doubt
_ENDING = re.compile(r"_*[^\W_]+")
_GAP = re.compile(r"[\s.\-_'’]{0,3}")
SUFFIXES = ("nya", "ku", "mu", "lah", "kah", "pun", "ne", "e", "2")  # Indonesian, then Javanese; 2: said twice
DRAWN_OUT = re.compile(r"([^\W\d])\1+")
_ALIKE = (("i", "y"), ("k", "q"), ("s", "z"), ("f", "v", "p"), ("u", "oe"), ("j", "dj"), ("ch", "kh"))  # in names
_SOUND = {sound: alike for alike in _ALIKE for sound in alike}
_SOUNDS = re.compile("|".join(sorted(_SOUND, key=len, reverse=True)))


@dataclass(frozen=True)
class NameForm:
    """One way of naming members. words: in small letters; literal: with its own punctuation, before: characters of it
    ahead of the first word; listed: whether the roster has it just so; guard: when it counts (see is_meant)."""

    words: tuple[str, ...]
    literal: str
    before: int
    listed: bool
    guard: str


def shorter_forms(form: str, full: bool, own: frozenset[str]) -> set[str]:
    """What else a person of that name is called: without the title, written together, by one or two of its words.

    full: a full name, all of whose words are names; of an alias (`Bu Tini Keripik`) only the first is, and not where it
    is what somebody sells (`Keripik Bu Tini`) or is (`Bos Tini`). own: the words of the full name.
    """
    bare = titles.without(form)
    words = bare.split() if UNSPACED.search(bare) else WORD.findall(bare)
    if len(words) < 2:
        return {bare} - {form}
    names = words if full else [] if words[1] in titles.spellings() or _leads(words, own) else words[:1]
    least = 2 if UNSPACED.search(bare) else 3
    alone = (word for word in names if len(word) >= least and not word.isdigit())
    single = {word for word in alone if word not in titles.spellings() and word not in titles.SHORT_OF}
    pairs = {f"{one} {other}" for one, other in pairwise(words) if {one, other} <= single} if len(words) > 2 else set()
    joined = {"".join(words)} if sum(map(len, words)) >= LONG or least == 2 else set()
    return single | pairs | joined | ({bare} - {form})


def anywhere(forms: Iterable[str]) -> re.Pattern[str] | None:
    """An expression for names in scripts that put no blanks between words, wherever they stand; None for no names."""
    longest_first = sorted({form for form in forms if len(form) > 1}, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _leads(words: list[str], own: frozenset[str]) -> bool:
    """Whether the first word of an alias is an ordinary one before a name. own: the words of the full name."""
    ordinary = lexicon.ordinary(words[0]) and words[0] not in lexicon.names() and words[0] not in own
    return ordinary and any(name.startswith(words[1]) for name in own)


def guard_of(bare: str, listed: bool, part: bool) -> str:
    """When a name counts as one (see is_meant). listed: whether it is on the roster just so; part: it is one word of a
    longer name; where it is a word and no name (`Agus Kopi`, `Dapur Maju`) it counts with a capital letter."""
    words = WORD.findall(bare)
    if len(words) != 1:
        return "always"
    if words[0] in titles.no_names() or len(words[0]) == 1:
        return "capital" if words[0] in _company() else "address"
    if len(words[0]) == 2 and not listed:
        return "never"
    doubtful = part and words[0] in lexicon.words() and words[0] not in lexicon.names()
    return "capital" if doubtful or words[0] in patterns.words_in("everyday") else "always"


def matched(low: str, match: re.Match[str], entry: NameForm) -> tuple[int, int] | None:
    """Where an entry is in the text that has its first word at match, None where it is not."""
    start = match.start() - entry.before
    literal_end = start + len(entry.literal)
    if start >= 0 and low.startswith(entry.literal, start) and may_end(low, literal_end, entry.literal):
        return start, literal_end
    several = len(entry.words) > 1
    if not several and not may_begin(low, match.start()):
        return None
    place = match.start() + len(entry.words[0])
    for word in entry.words[1:]:
        place = _GAP.match(low, place).end()  # type: ignore[union-attr]
        if not low.startswith(word, place):
            return None
        place += len(word)
    ends = (several and re.match(r"_|\d{1,4}\b", low[place : place + 5])) or may_end(low, place, entry.words[-1])
    return (match.start(), place) if ends else None


def may_begin(low: str, place: int) -> bool:
    """Whether a name may begin here: not inside a word that underscores hold together."""
    return not re.search(r"[^\W_]_+$", low[max(0, place - 4) : place])


def may_end(low: str, place: int, name: str) -> bool:
    """Whether a name may end here: no letter follows, or one of the suffixes and then none."""
    if not name[-1:].isalnum() and name[-1:] != "_":
        return True
    if (rest := REST.match(low, place)) and f"{name}{rest.group()[1:]}" in lexicon.words():  # jum'at
        return False
    ending = _ENDING.match(low, place)
    return ending is None or (ending.group() in SUFFIXES and len(name) + len(ending.group()) > 4)


def is_meant(guard: str, low: str, text: str, start: int, end: int, titled: bool, mention: bool) -> bool:
    """Whether a word that could be a member's name is meant as one.

    always: yes; capital (a word of everyday language): with a title, addressed, or with a capital letter inside a
    sentence; address (a common word): addressed only, as in `word: ` at the start or behind a colon, or with a capital
    letter behind a title or as the signature of a message; never: only with its listed title.
    """
    if guard == "always" or mention:
        return True
    addressed = low[end : end + 1] != "" and low[end] in ":," and low[:start].rstrip()[-1:] in ("", ":")
    if guard == "address":
        called = titled and low[start:end] in patterns.words_in("common")  # Mbak There
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
    labels = patterns.alternation(patterns.data()["labels"])
    return re.compile(rf"(?:^|\n)[ \t]*\d{{1,3}}[.]$|(?<![^\W_])(?:{labels})[ *_]{{0,3}}:$")


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


def is_in_company(low: str, start: int, end: int) -> bool:
    """Whether a word that is a name as well stands where the word does, not where somebody says it: `hari Rabu`,
    `titik kumpul`, but `kata Titik kumpul jam tujuh`."""
    if (beside := _company().get(low[start:end])) is None or _SAID_BY.search(low, max(0, start - 24), start):
        return False
    before, after = beside
    return bool(before.search(low, max(0, start - 16), start) or after.match(low, end))


def is_respelt(word: str, first: str) -> bool:
    """Whether another spelling of a name is one in a text too: no ordinary word, or a name with a capital letter."""
    return (first.isupper() and word in lexicon.names()) or not lexicon.ordinary(word)


def other_spellings(word: str) -> Iterator[str]:
    """How else a name may be written: Rizky is Rizki and Rizqi, Novi is Nofi, Choirul is Khoirul."""
    places = [(match.start(), match.group()) for match in _SOUNDS.finditer(word)][:4]
    for chosen in product(*(_SOUND[sound] for _, sound in places)):
        pieces, end = [], 0
        for (start, sound), other in zip(places, chosen, strict=True):
            pieces += [word[end:start], other]
            end = start + len(sound)
        yield "".join([*pieces, word[end:]])


REST = re.compile(r"['’`](?!s\b)[^\W\d_]{1,4}(?![^\W_])")
