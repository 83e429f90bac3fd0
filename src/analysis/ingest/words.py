"""What messengers write in place of text, recognised by the phrases of words.yaml (data, one list a language)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml

TABLE = Path(__file__).with_name("words.yaml")
ORDER = ("contact", "location", "poll", "call", "deleted", "media")  # the narrower phrase first
MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"  # characters that only steer the direction of writing
_MARK = re.compile(f"[{MARKS}]")
_DIRECTIONS = ("\u200e", "\u200f")  # which messengers put before words of their own
_BLANK = r"(\*|\{[a-z]+\})"  # of a phrase, to be filled
_ENDINGS = "jpe?g|png|gif|webp|mp4|3gp|mov|opus|ogg|m4a|mp3|aac|amr|pdf|docx?|xlsx?|pptx?|zip|vcf|txt"
_FILE = re.compile(rf"[^<>\n]*\.({_ENDINGS}) \(([^()\d\n]+)\)")
LANGUAGE_LINES = 200  # of the messenger's own, that show its language
REPEATED = 3  # files' names before the same words in brackets
BLANKS = " \xa0\u202f\u2009"
LONGEST_MARK = 80  # characters of an edit's mark
LONGEST_LINE = 1_000  # characters of a line that are looked at


@cache
def table() -> dict:
    """words.yaml as it is."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def phrases(kind: str) -> list[str]:
    """The phrases of a kind in all languages."""
    return [phrase for language in table()[kind].values() for phrase in language]


@cache
def pattern(kind: str, own: bool = False) -> re.Pattern[str]:
    """Matches a whole line, direction marks left out, that is a phrase of this kind. own: the line begins with one."""
    return re.compile("|".join(_expression(phrase, own) for phrase in phrases(kind)))


def _expression(phrase: str, own: bool) -> str:
    blanks = _blanks()
    pieces = filter(None, re.split(_BLANK, phrase))
    return "".join(blanks[piece][own] if piece in blanks else re.escape(piece) for piece in pieces)


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
    }


@cache
def special_pattern() -> str:
    """A pattern (RE2) that every text holds whose kind is not text or that is marked as edited; some others too."""
    longest = {max(re.split(_BLANK, phrase), key=len) for kind in ORDER for phrase in phrases(kind)}
    edited = map(re.escape, phrases("edited"))
    attached = rf"^[^\n]*\.(?:{_ENDINGS}) \([^()\d\n]+\)(?:\n|$)"
    return "|".join([*sorted(map(re.escape, longest)), r"^\s?<", f"^[{MARKS}]", attached, *edited])


def plain_line(text: str) -> str:
    """The text's first line without direction marks."""
    line = text.partition("\n")[0][:LONGEST_LINE]
    return line if line.isascii() else _MARK.sub("", line)


def kind_of(text: str, attached: frozenset[str] = frozenset()) -> str:
    """The kind of what a person sent, by its first line: a phrase of words.yaml, else the structure.

    In a language without phrases, `<...>` alone on the line is media, and a file's name before a bracket, where the
    messenger's own mark comes before it or the words in the bracket are among those attached (attachments()).
    """
    return _kind_of_line(plain_line(text), text.startswith(_DIRECTIONS), attached)


@lru_cache(maxsize=10_000)
def _kind_of_line(line: str, own: bool, attached: frozenset[str]) -> str:
    for kind in ORDER:
        if pattern(kind, own).fullmatch(line):
            return kind
    if (match := _FILE.fullmatch(line)) and (own or match[2] in attached):
        return "contact" if match[1].lower() == "vcf" else "media"
    return "media" if _ANGLE.fullmatch(line) else "text"


def attachments(texts: Iterable[str]) -> frozenset[str]:
    """The words in brackets behind files' names often enough to be the messenger's: REPEATED times."""
    counts: Counter[str] = Counter()
    for text, times in Counter(texts).items():
        if match := _FILE.fullmatch(plain_line(text)):
            counts[match[2]] += times
    return frozenset(words for words, n in counts.items() if n >= REPEATED)


_ANGLE = re.compile(r"<[^<>\n]{3,60}>")


def is_attached(text: str) -> bool:
    """Whether a message of media names the file that was exported with it."""
    line = plain_line(text)
    return any(word in line for word in table()["attached"]) or _FILE.fullmatch(line) is not None


def is_system(text: str) -> bool:
    """Whether the first line is a phrase the messenger itself writes."""
    return pattern("system").fullmatch(plain_line(text)) is not None


SELVES = ("Anda", "You")  # the phone's owner, in what the messenger writes
_BETWEEN = re.compile(r",\s*|\s+(?:dan|and|&)\s+")
_NO_NAME = re.compile(r"\s*(?:[^\w+~(]|\d)|.*(?:[\"“”„«»]|\.\s)")
_CARD = re.compile(r"(?:<[^:<>\n]*: ?)?(?:\d{6,}-)?(?P<who>[^<>\n]+?)\.vcf")


def named_on(card: str) -> list[str]:
    """Whose contact card it is, by the name of its file."""
    match = _CARD.match(plain_line(card))
    return [match["who"]] if match else []


def named_in(event: str) -> list[str]:
    """Who a system line of WhatsApp names: what is at a `*` of its phrase, lists of people as they are.

    At the start of the line that is always somebody, further on where it holds a capital letter or a digit and is no
    sentence, number or quotation.
    """
    line = plain_line(event)
    match = next((match for phrase in _starred() if (match := phrase.fullmatch(line))), None)
    if match is None:
        return []
    parts = [(match.start(k) == 0, match[k].strip()) for k in range(1, match.re.groups + 1)]
    return [part for first, part in parts if part and part not in SELVES and (
        first or (any(char.isupper() or char.isdigit() for char in part) and not _NO_NAME.match(part)))]  # fmt: skip


def one_by_one(people: str) -> list[str]:
    """The names in a list of people as the messenger writes it; a number of further people is no name."""
    return [name for name in _BETWEEN.split(people) if name and name not in SELVES and not name[0].isdigit()]


@cache
def _starred() -> list[re.Pattern[str]]:
    """The phrases of system lines that hold a `*`, a group for each."""
    starred = [phrase for phrase in phrases("system") if "*" in phrase]
    return [re.compile("(.*?)".join(map(re.escape, phrase.split("*")))) for phrase in starred]


def system_language(lines: Iterable[str]) -> str | None:
    """The language of most of the messenger's own lines, by the first of them, None when no phrase is known."""
    counts: Counter[str] = Counter()
    for text in islice(lines, LANGUAGE_LINES):
        line = plain_line(text)
        counts.update(language for language in table()["system"] if _system_pattern(language).fullmatch(line))
    return max(counts, key=lambda language: counts[language], default=None)


@cache
def _system_pattern(language: str) -> re.Pattern[str]:
    return re.compile("|".join(_expression(phrase, False) for phrase in table()["system"][language]))


def special(texts: pa.Array) -> list[int]:
    """The places of texts that may be of another kind than text, or edited: all that are, and some that are not."""
    return pc.indices_nonzero(pc.match_substring_regex(texts, special_pattern())).to_pylist()


def without_edit_mark(text: str) -> str:
    """The text without the mark of an edit at its end, and the blank and direction marks before that."""
    end = text[-LONGEST_MARK:]
    match = _edit_mark().search(end)
    return text if match is None else text[: len(text) - len(end) + match.start()]


@cache
def _edit_mark() -> re.Pattern[str]:
    marks = "|".join(map(re.escape, phrases("edited")))
    return re.compile(rf"[{BLANKS}]?[{MARKS}]{{0,4}}(?:{marks})[{MARKS}]{{0,4}}\Z")


# The half of the day


@cache
def half_days() -> dict[str, int]:
    """Minutes to add for each way of writing the half of the day: 0 or 720."""
    return {word.replace(" ", ""): shift for half, shift in (("am", 0), ("pm", 720)) for word in table()[half]}


def half_day(written: str) -> int | None:
    """Minutes to add, None when the word is no half of the day; blanks, dots and direction marks do not count."""
    return half_days().get(re.sub(rf"[\s.{MARKS}]", "", written.lower()))


@cache
def half_day_pattern() -> str:
    """Matches each way of writing the half of the day, with dots and blanks between letters where there are two."""
    return "|".join(_spaced(word) for word in sorted([*table()["am"], *table()["pm"]], key=len, reverse=True))


def _spaced(word: str) -> str:
    gap = rf"\.?[{BLANKS}]?" if len(word) == 2 else ""
    return gap.join(f"[{BLANKS}]" if char == " " else re.escape(char) for char in word) + r"\.?"
