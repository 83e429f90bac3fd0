"""Names of people on no list that a title, a word before them or a list of given names shows.

Names that nothing of that kind shows are found in identifiers.strangers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from analysis.identifiers import lexicon, patterns, strangers, titles
from analysis.identifiers.addresses import CAPITALISED_BEFORE
from analysis.identifiers.members import NameForm, is_in_company, may_begin, may_end
from analysis.identifiers.spans import Span

_NEXT = re.compile(r"[ ]{1,2}(?P<word>[^\W\d_a-z][^\W\d_A-Z]*(?:['’`](?!s\b)[^\W\d_A-Z]+|[^\W\d_A-Z]))(?![^\W_])")
_NEXT_LARGE = re.compile(r"[ ]{1,2}(?P<word>[^\W\d_a-z]{4,}(?:['’`][^\W\d_a-z]+)?)(?![^\W_])")


def _next(text: str, end: int) -> re.Match[str] | None:
    """The word behind a place that is written like a name."""
    match = _NEXT.match(text, end)
    return None if match and text[match.start("word")].islower() else match  # ή is no letter of a to z


def further(low: str, text: str, end: int, entry: NameForm) -> int:
    """Where a name ends that goes on, after a member's, as someone else's: with another given name, or, where the
    member's is no more than a part of a name, with another word written like one."""
    large = text[end - 3 : end].isupper()  # SITI KHOLIFAH
    match = _NEXT_LARGE.match(text, end) if large else _next(text, end)
    word = re.sub("['’`]", "", low[slice(*match.span("word"))]) if match else ""
    part = not entry.listed and len(entry.words) == 1 and word not in titles.no_names()
    part = part and not (large and lexicon.ordinary(word))
    other = word in given_names() or lexicon.name(word) or part or not (large or _is_known(word))
    return match.end("word") if match and other and word not in entry.words else end


def _is_known(word: str) -> bool:
    """Whether a word in small letters, as it stands, is a title, an ordinary word or a place."""
    place = word in patterns.towns() or word in lexicon.villages() or word in lexicon.places()
    return place or word in titles.no_names() or word in lexicon.words()


def name_before(low: str, text: str, start: int) -> int | None:
    """Where a name begins whose last word begins at a place, and whose first has a capital letter and is no word of the
    language nor a place: `Marojahan Hutagalung`; None for no such word."""
    before = CAPITALISED_BEFORE.search(text, max(0, start - 20), start)
    if before is None:
        return None
    return None if _is_known(low[slice(*before.span("word"))]) else before.start()


def sharing_a_word(text: str, names: list[Span]) -> Iterator[Span]:
    """Strangers who share a word with a member, and whose other name is in small letters: `pak ruslan hadi`. In a row
    of more names each is somebody's own (`joko dwi rina`)."""
    ends = {span[1] for span in names}
    others = {span[0]: span for span in names if span[3] == "[NAME]"}
    for start, end, kind, instead in names:
        other = others.get(end + 1)
        if instead == "[NAME]" or other is None or text[end] != " " or not text[other[0] : other[1]].islower():
            continue
        alone = start - 1 not in ends and start - 2 not in ends and not any(other[1] + n in others for n in (1, 2))
        words = (titles.without(text[start:end].lower()), text[other[0] : other[1]])
        if alone and not any(" " in word for word in words):
            yield start, other[1], kind, "[NAME]"


def given_at(low: str, text: str, match: re.Match[str]) -> Span | None:
    """A common given name as a name: after a title, or with a capital letter and no word of everyday language, unless
    another given name follows."""
    start, end = match.span()
    begin, title = titles.before(low, start)
    following = _next(text, end)
    added = match.group() not in patterns.words_in("given") and match.group() in lexicon.words()
    doubtful = added or match.group() in patterns.words_in("everyday") or match.group() in patterns.words_in("common")
    named = not doubtful or (following and low[slice(*following.span("word"))] in given_names())
    capital = text[start].isupper() and named
    one_case = (written := text[start:end]) in (written.lower(), written.upper())
    small = text[start].islower() and strangers.is_at(text[begin:start])
    titled = title and not (small or (added and one_case))  # bu sabar
    if not titled and is_in_company(low, start, end):
        return None
    if not (titled or capital) or not may_begin(low, start) or not may_end(low, end, match.group()):
        return None
    return begin, _capitals(low, text, end), "NAME", "[NAME]"


def introduced(low: str, text: str) -> Iterator[Span]:
    """Names of people on no list: capitalised words after titles, or after words such as `a.n.`."""
    if text.isupper():  # nothing distinguishes a name from another word
        return
    for match in _introductions().finditer(low):
        start, end = match.span("word")
        before = low[match.start() - 1 : match.start()]
        written = text[start:end]
        as_name = written[0].isupper() and (written[1:].islower() or (written.isupper() and len(written) > 4))  # no CV
        preposition = match["word"] in patterns.towns() or strangers.is_at(text[match.start() : start])
        word_too = strangers.is_word_too(text[match.start() : start])
        at = preposition and (word_too or strangers.is_at(low[match.start() : start]))
        at = at and match["word"] not in given_names()
        if as_name and not at and not _is_word(match["word"], low[match.start() : start]) and not before.isalnum():
            yield match.start(), _capitals(low, text, end), "NAME", "[NAME]"
    for match in _with_large_title().finditer(text):
        word = low[slice(*match.span("word"))]
        if word not in titles.no_names() and word not in patterns.towns() and word not in lexicon.places():
            yield match.start(), _capitals(low, text, match.end()), "NAME", "[NAME]"


@cache
def _with_large_title() -> re.Pattern[str]:
    """A title and a word, both with a capital letter: `Kang Topik`."""
    large = patterns.alternation(map(str.capitalize, patterns.data()["large_titles"]))
    return re.compile(rf"(?<![^\W_])(?:{large})[ ](?!Dhe|Nyus|Erot|Comblang)(?P<word>[A-Z][a-z'’]{{2,}})(?![\w'’])")


def _is_word(word: str, introduced: str) -> bool:
    """Whether a word is no name after what introduces it: any word after an office (`ketua umum`)."""
    office = any(introduced.endswith((f"{each} ", f"{each}: ")) for each in patterns.words_before()["offices"])
    return word in titles.no_names() or (office and word in lexicon.words() and word not in lexicon.names())


@cache
def _introductions() -> re.Pattern[str]:
    """Sure titles and words such as `a.n.`, and the word that they introduce."""
    sure, before = (patterns.alternation(patterns.data()[key]) for key in ("sure_titles", "before_names"))
    word = r"(?P<word>[^\W\d_]{2,}(?:['’`][^\W\d_]+)?)(?![^\W_])"
    return re.compile(rf"(?:(?:{before}):?|(?:{sure}))[ ]{{1,2}}(?:(?:{sure}|{before})[ ]{{1,2}}){{0,2}}{word}")


def _capitals(low: str, text: str, end: int) -> int:
    """Where a name ends that goes on with up to two more capitalised words."""
    for _ in range(2):
        match = _next(text, end)
        if match is None or low[match.start("word") : match.end("word")] in titles.no_names():
            break
        end = match.end("word")
    return end


@cache
def given_names() -> frozenset[str]:
    """Given names that are common, or on a list of names."""
    return patterns.words_in("given") | lexicon.names()
