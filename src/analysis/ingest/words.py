"""What messengers write in place of text, recognised by the phrases of languages.yaml and, where no phrase is known, by
its form. How phones write times is in words.yaml."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from analysis.study import LOADER

TABLE, LANGUAGES = Path(__file__).with_name("words.yaml"), Path(__file__).with_name("languages.yaml")
ORDER = ("contact", "location", "poll", "call", "deleted", "media")  # the narrower phrase first
MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"  # characters that only steer the direction of writing
_MARK = re.compile(f"[{MARKS}]")
_DIRECTIONS = ("\u200e", "\u200f")  # which messengers put before words of their own
_BLANK = r"(\*|\{[a-z]+\})"  # of a phrase, to be filled
_ENDINGS = "jpe?g|png|gif|webp|mp4|3gp|mov|opus|ogg|m4a|mp3|aac|amr|pdf|docx?|xlsx?|pptx?|zip|vcf|txt"
_FILE = re.compile(rf"[^<>\n]*\.({_ENDINGS}) \(([^()\d\n]+)\)")
_ANGLE = re.compile(r"<[^<>\n]{3,60}>")
_NAMED_FILE = re.compile(
    r"(?:.*\s)?<[^<>:\n]{2,30}[:：] ?\d{5,}-[^<>\n]*?\.(\w{2,5})>"
)  # as iOS names what it attached
_MAP = re.compile(
    r"[^\s:：]+(?: [^\s:：]+){0,3} ?[:：] ?https://(?:maps\.google\.com|maps\.apple\.com|foursquare\.com)/\S*"
)
_LINKED_FILE = re.compile(r"!\[[^\]\n]*\]\([^()\n]+\)")  # as signal-export writes an attachment
NOTHING = "null"  # what Android writes for what it does not export, such as a message to be seen once
_OPTION = re.compile(r"([^\W\d_]+) ?[:：] ?.* [(（]\d+ ?[^()\d]+[)）]")  # of a poll, with its number of votes
LANGUAGE_LINES = 200  # of the messenger's own, that show its language
REPEATED = 3  # files' names before the same words in brackets
BLANKS = " \xa0\u202f\u2009"
LONGEST_MARK = 80  # characters of an edit's mark
LOOKED_UP = 6  # characters at the start of a text
LONGEST_LINE = 1_000  # characters of a line that are looked at
FIXED = 20  # characters at the start of a phrase that no person's text begins with by chance


@dataclass(frozen=True)
class Phrase:
    """A phrase of a language's. text: as in languages.yaml."""

    language: str
    text: str

    @cached_property
    def literal(self) -> str:
        """Its longest piece without a blank, which every line that is this phrase holds."""
        return max(re.split(_BLANK, self.text)[::2], key=len).removesuffix(".").removesuffix("。")

    @cached_property
    def plain(self) -> re.Pattern[str]:
        """Matches a whole line that is this phrase."""
        return re.compile(_expression(self.text, own=False))

    @cached_property
    def marked(self) -> re.Pattern[str]:
        """Matches a whole line that begins with the messenger's mark and is this phrase."""
        return re.compile(_expression(self.text, own=True), re.IGNORECASE)

    @cached_property
    def lower(self) -> str:
        """The literal in small letters."""
        return self.literal.lower()


@cache
def table() -> dict:
    """words.yaml as it is."""
    return yaml.load(TABLE.read_text(encoding="utf-8"), Loader=LOADER)


@cache
def languages() -> dict[str, dict]:
    """languages.yaml as it is."""
    return yaml.load(LANGUAGES.read_text(encoding="utf-8"), Loader=LOADER)


@cache
def phrases(kind: str) -> tuple[Phrase, ...]:
    """The phrases of a kind in all languages."""
    return tuple(
        Phrase(code, text)
        for code, language in languages().items()
        for text in (*language.get(kind, ()), *language.get("unsure", {}).get(kind, ()))
    )


def _fitting(kind: str, line: str, own: bool) -> Iterator[Phrase]:
    """The phrases of a kind that a line without direction marks is. own: it began with the messenger's mark."""
    if own:
        low = line.lower()
        return (p for p in phrases(kind) if p.lower in low and p.marked.fullmatch(line))
    return (p for p in phrases(kind) if p.literal in line and p.plain.fullmatch(line))


def _expression(phrase: str, own: bool) -> str:
    blanks = _blanks()
    pieces = filter(None, re.split(_BLANK, phrase.removesuffix(".").removesuffix("。")))
    return "".join(blanks[piece][own] if piece in blanks else re.escape(piece) for piece in pieces) + "[.。]?"


@cache
def _blanks() -> dict[str, tuple[str, str]]:
    """What fills a phrase's blanks, on other lines and on a messenger's own."""
    units = "|".join(map(re.escape, table()["units"]))
    return {
        "*": (".*", ".*"),
        "{file}": (r"(?:(?:.*\S)?\.(?=\w*[^\W\d_])\w{1,8}|\S+\.)", ".*"),
        "{duration}": (rf"(?:\d+ ?(?:{units})\.?)(?:,? \d+ ?(?:{units})\.?)*", ".*"),
        "{time}": (r"\d{1,2}[:.]\d\d.{0,12}", ".*"),
        "{own}": ("", ".*"),
        "{more}": ("(?!)", ".*"),
    }


@cache
def _beginnings() -> tuple[frozenset[str], tuple[str, ...]]:
    """How phrases begin that begin with words: in as many characters as are looked up at once, and the shorter ones."""
    whole = {p.text for kind in ORDER for p in phrases(kind) if not p.text.startswith(("*", "{"))}
    fixed = {re.split(_BLANK, text)[0].removesuffix(".").removesuffix("。") for text in whole}
    return frozenset(text[:LOOKED_UP] for text in fixed if len(text) >= LOOKED_UP), tuple(
        sorted(text for text in fixed if len(text) < LOOKED_UP)
    )


@cache
def special_pattern() -> str:
    """A pattern (RE2) that every text holds whose kind is not text or that is marked as edited, unless a phrase begins
    it; some others too."""
    later = (phrase for kind in ORDER for phrase in phrases(kind) if phrase.text.startswith(("*", "{")))
    inside = {phrase.literal for phrase in later if "(" not in phrase.text}
    attached = r"^[^\n]*\.\w{0,8} \([^()\d\n]+\)(?:\n|$)"
    unsaid = r"^(?:null|!\[[^\n]*\))(?:\n|$)"
    rest = [r"^\s?<", unsaid, f"[{MARKS}]", r"[:：] ?https://(?:maps\.|foursquare)", attached, r"[<>]\W{0,5}$",
            r"[)）]\s*\n\p{L}+ ?[:：] ?[^\n]* [(（]\d"]  # fmt: skip
    return "|".join([*sorted(map(re.escape, inside)), *rest])


def plain_line(text: str) -> str:
    """The text's first line without direction marks."""
    line = text.partition("\n")[0][:LONGEST_LINE]
    return line if line.isascii() else _MARK.sub("", line)


def is_marked(text: str) -> bool:
    """Whether a text begins with the direction mark that a messenger puts before words of its own."""
    return text.startswith(_DIRECTIONS)


def kind_of(text: str, attached: frozenset[str] = frozenset()) -> str:
    """The kind of what a person sent, by its first line: a phrase of languages.yaml, else the form.

    In a language without phrases, `<...>` alone on the line is media, as is a file's name before a bracket, where the
    messenger's own mark comes before it or the words in the bracket are among those attached (attachments()); a map's
    address after a word and a colon is a location; lines that end in numbers of votes are a poll. `null` and a link to
    a file in Markdown are media.
    """
    kind = _kind_of_line(plain_line(text), is_marked(text), attached)
    return "poll" if kind == "text" and "\n" in text and _is_poll(text) else kind


@lru_cache(maxsize=10_000)
def _kind_of_line(line: str, own: bool, attached: frozenset[str]) -> str:
    for kind in ORDER:
        if any(_fitting(kind, line, own)):
            return kind
    if (match := _FILE.fullmatch(line) if own or attached else None) and (own or match[2] in attached):
        return "contact" if match[1].lower() == "vcf" else "media"
    if match := _NAMED_FILE.fullmatch(line):
        return "contact" if match[1].lower() == "vcf" else "media"
    if line == NOTHING or _LINKED_FILE.fullmatch(line):
        return "media"
    return "media" if _ANGLE.fullmatch(line) else "location" if _MAP.fullmatch(line) else "text"


def _is_poll(text: str) -> bool:
    """Whether all lines from the third on are a poll's options, two or more that begin with the same word."""
    options = [_OPTION.fullmatch(_MARK.sub("", line)) for line in text.rstrip("\n").split("\n")[2:]]
    return len(options) > 1 and all(options) and len({option[1] for option in options if option}) == 1


def attachments(texts: Iterable[str]) -> frozenset[str]:
    """The words in brackets behind files' names often enough to be the messenger's: REPEATED times."""
    counts: Counter[str] = Counter()
    for text, times in Counter(texts).items():
        if match := _FILE.fullmatch(plain_line(text)):
            counts[match[2]] += times
    return frozenset(words for words, n in counts.items() if n >= REPEATED)


@lru_cache(maxsize=10_000)
def is_attached(text: str) -> bool:
    """Whether a message of media names the file that was exported with it."""
    line = plain_line(text)
    return _FILE.fullmatch(line) is not None or any(word in line for word in _attached())


@cache
def _attached() -> tuple[str, ...]:
    """What the name of a file stands in when it was exported with the chat."""
    return tuple(
        phrase.literal for phrase in phrases("media") if phrase.text.startswith(("{file} (", "<attached", "<terlampir"))
    )


@lru_cache(maxsize=10_000)
def is_system(text: str) -> bool:
    """Whether the first line is a phrase the messenger itself writes."""
    line, own = plain_line(text), is_marked(text)
    return any(_fitting("system", line, own))


def is_notice(text: str) -> bool:
    """Whether the first line is a phrase of the messenger whose beginning alone shows that: no person's text."""
    found = _fitting("system", plain_line(text), True)
    return any(phrase.text.startswith(phrase.literal) and len(phrase.literal) >= FIXED for phrase in found)


SELVES = ("Anda", "You")  # the phone's owner, in what the messenger writes
_BETWEEN = re.compile(r",\s*|\s+(?:dan|and|&)\s+")
_NO_NAME = re.compile(r"\s*(?:[^\w+~(]|\d)|.*(?:[\"“”„«»]|\.\s)")
_CARD = re.compile(r"(?:<[^:<>\n]*: ?)?(?:\d{6,}-)?(?P<who>[^<>\n]+?)\.vcf")


def named_on(card: str) -> list[str]:
    """The person on a contact card, from the name of its file."""
    match = _CARD.match(plain_line(card))
    return [match["who"]] if match else []


def named_in(event: str) -> list[str]:
    """The names in a system line of WhatsApp: what is at a `*` of its phrase, lists of people as they are.

    At the start of the line that is always somebody, further on where it holds a capital letter or a digit and is no
    sentence, number or quotation.
    """
    line = plain_line(event)
    starred = (phrase for phrase in phrases("system") if "*" in phrase.text and phrase.literal in line)
    match = next((match for phrase in starred if (match := _groups(phrase.text).fullmatch(line))), None)
    if match is None:
        return []
    parts = [(match.start(k) == 0, match[k].strip()) for k in range(1, match.re.groups + 1)]
    return [part for first, part in parts if part and part not in SELVES and (
        first or (any(char.isupper() or char.isdigit() for char in part) and not _NO_NAME.match(part)))]  # fmt: skip


def one_by_one(people: str) -> list[str]:
    """The names in a list of people as the messenger writes it; a number of further people is no name."""
    return [name for name in _BETWEEN.split(people) if name and name not in SELVES and not name[0].isdigit()]


@cache
def _groups(phrase: str) -> re.Pattern[str]:
    """Matches a phrase, a group for each `*`."""
    return re.compile("(.*?)".join(map(re.escape, phrase.split("*"))))


# Languages


def system_language(lines: Iterable[str]) -> str | None:
    """The language of most of the messenger's own lines, by the first of them, None when no phrase is known.

    The first in languages.yaml, if several tie.
    """
    counts = Counter(code for line in islice(lines, LANGUAGE_LINES) for code in languages_of(line, ("system",)))
    return max((code for code in languages() if counts[code]), key=lambda code: counts[code], default=None)


@lru_cache(maxsize=10_000)
def languages_of(text: str, kinds: tuple[str, ...] = ("system", *ORDER)) -> tuple[str, ...]:
    """The languages in which a line is a phrase of the messenger, each once."""
    line, own = plain_line(text), is_marked(text)
    return tuple({phrase.language: None for kind in kinds for phrase in _fitting(kind, line, own)})


def special(texts: Sequence[str]) -> list[int]:
    """The places of texts that may be of another kind than text, or edited: all that are, and some that are not."""
    column = pa.array(texts, pa.large_string())
    beginnings, short = _beginnings()
    begun = pc.is_in(pc.utf8_slice_codeunits(column, 0, LOOKED_UP), pa.array(beginnings, pa.large_string()))
    inside = pc.match_substring_regex(column, f"{special_pattern()}|^(?:{'|'.join(map(re.escape, short))})")
    found: list[int] = pc.indices_nonzero(pc.or_(begun, inside)).to_pylist()
    return found


def without_edit_mark(text: str) -> str:
    """The text without the mark of an edit at its end, and the blank and direction marks before that.

    In a language without a phrase, that is `<...>` behind the messenger's mark at the end of a text.
    """
    end = text[-LONGEST_MARK:]
    match = _edit_mark().search(end)
    return text if match is None else text[: len(text) - len(end) + match.start()]


@cache
def _edit_mark() -> re.Pattern[str]:
    marks = "|".join(re.escape(phrase.text) for phrase in phrases("edited"))
    form = rf"(?<=\S)[{BLANKS}][{''.join(_DIRECTIONS)}]<[^<>:：\n]{{8,60}}>"
    return re.compile(rf"(?:[{BLANKS}]?[{MARKS}]{{0,4}}(?:{marks})|{form})[{MARKS}]{{0,4}}\Z")


# The half of the day


@cache
def half_days() -> dict[str, int]:
    """Minutes to add for each way of writing the half of the day: 0 or 720."""
    return {re.sub("[ .]", "", word): shift for half, shift in (("am", 0), ("pm", 720)) for word in table()[half]}


def half_day(written: str) -> int | None:
    """Minutes to add, None when the word is not a half of the day; blanks, dots and direction marks do not count."""
    return half_days().get(re.sub(rf"[\s.{MARKS}]", "", written.lower()))


@cache
def half_day_pattern() -> str:
    """Matches each way of writing the half of the day, with dots and blanks between letters where there are two."""
    return "|".join(_spaced(word) for word in sorted([*table()["am"], *table()["pm"]], key=len, reverse=True))


def _spaced(word: str) -> str:
    gap = rf"\.?[{BLANKS}]?" if len(word) == 2 else ""
    return gap.join(f"[{BLANKS}]" if char == " " else re.escape(char) for char in word) + r"\.?"
