"""Names of people who are on no list: names of the lexicon, and words that are none of the language after a title, a
relation (`suaminya Wiwin`), a label, beside another name in a series, or before a telephone number."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter

from analysis.identifiers import lexicon
from analysis.identifiers.patterns import words_before

Place = tuple[int, int]
_WORD = re.compile(r"[^\W_]+")
_BESIDE = re.compile(r"[ ]{1,2}|[.][ ]?|[ ]?[*_~\"“'(]{1,2}")
_LABELLED = re.compile(r"[ ]{0,3}[*_]{0,2}[ ]{0,3}[:=][ ]{0,3}[*_\"“]{0,2}\n?[ ]{0,2}")
_COMMA = re.compile(r"[ ]?[,/&+][ ]?|[ ]?,[ ]?\n|\n[-•*·][ ]?")
_BOUND = re.compile(
    r"[ ]?(?:[,/&+)\n-]|$|(?:dan|sama|karo|lan|mbek|ambek|kalih|belum|sudah|udah|wes|sampun|hadir|lunas)\b)"
)
_NUMBERED = re.compile(r"^[ \t]*\W{0,3}\d{1,3}[.)][ \t]*\W{0,2}", re.MULTILINE)
_MORE = 3  # further words of a name


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    word: str
    capital: bool  # and it says something: not all the line is in capitals
    free: bool  # nothing else was found here

    @property
    def letters(self) -> bool:
        return self.word.isalpha()


def strangers(low: str, text: str, names: Iterable[Place], others: Iterable[Place]) -> Iterator[Place]:
    """Where names on no list are. low: the text in small letters, of the same length; names, others: where members'
    names and identifiers were found already."""
    names = list(names)
    if not names and not any(map(_of_interest, _WORD.findall(low))):
        return
    taken = bytearray(len(text))
    for start, end in (*names, *others):
        taken[start:end] = b"\1" * (end - start)
    tokens = list(_tokens(low, text, taken))
    starts = {t.start: k for k, t in enumerate(tokens)}
    begun = {k for k, token in enumerate(tokens) if _bare(token, low)}
    begun |= set(_after_words(tokens, low))
    begun |= set(_before_numbers(tokens, low, [start for start, _ in others], [end for _, end in others]))
    spans = {k: _whole(tokens, k, low) for k in begun}
    known = [*names, *((tokens[a].start, tokens[b].end) for a, b in spans.values())]
    if known:
        known += [(tokens[a].start, tokens[b].end) for a, b in _in_series(tokens, low, known)]
        known += [(tokens[a].start, tokens[b].end) for a, b in _in_lists(tokens, low, known, starts)]
    yield from known[len(names) :]


@lru_cache(maxsize=65_536)
def _of_interest(word: str) -> bool:
    """Whether a word may be a name at all."""
    return (
        len(word) > 2
        and word.isalpha()
        and (word in lexicon.names() or not lexicon.ordinary(word) or lexicon.name(word))
    )


def _tokens(low: str, text: str, taken: bytearray) -> Iterator[_Token]:
    for match in _WORD.finditer(low):
        start, end = match.span()
        written = text[start:end]
        capital = written[0].isupper() and (
            len(written) == 1 or not written.isupper() or not _shouted(text, start, end)
        )
        yield _Token(start, end, match.group(), capital, not taken[start])


def _shouted(text: str, start: int, end: int) -> bool:
    """Whether the words around one are in capitals too."""
    around = text[max(0, start - 12) : start] + text[end : end + 12]
    return not any(char.islower() for char in around)


@cache
def _before() -> dict[str, frozenset[str]]:
    listed = {key: frozenset(value) for key, value in words_before().items()}
    related = {f"{word}{ending}" for word in listed["relations"] for ending in listed["endings"]}
    return listed | {"related": frozenset(related)}


def _is_name(token: _Token) -> bool:
    return token.free and token.letters and len(token.word) > 2 and lexicon.name(token.word)


def _unknown(token: _Token) -> bool:
    """Whether a token is a word of no language that is spoken here, nor of the names."""
    long = token.free and token.letters and len(token.word) > 2
    return (
        long and not lexicon.ordinary(token.word, prefixes=not token.capital) and token.word not in _before()["never"]
    )


def _maybe(token: _Token) -> bool:
    """Whether a token is a name and an ordinary word too."""
    return token.free and token.word in lexicon.names() and token.word not in _before()["never"]


def _office(token: _Token) -> bool:
    return token.word in _before()["capital"] or token.word in (
        "rt",
        "rw",
        "kaji",
        "haji",
        "hajah",
        "carik",
        "kasun",
        "kadus",
    )


def _bare(token: _Token, low: str) -> bool:
    """Whether a name counts wherever it stands."""
    before, after = low[token.start - 1 : token.start], low[token.end : token.end + 2]
    if before == "@" and token.capital and (_is_name(token) or _maybe(token)):
        return True
    if not _is_name(token) or not (token.capital or len(token.word) > 3):
        return False
    return before not in ("@", "#", "/", "_", ".", "-", "&") and not re.match(r"[@_/&]|[.][a-z]|-\w", after)


def _after_words(tokens: list[_Token], low: str) -> Iterator[int]:
    """Tokens that a word before them makes names."""
    before = _before()
    for k, token in enumerate(tokens[:-1]):
        word = token.word
        holder = word == "an" and k > 0 and not (tokens[k - 1].free and tokens[k - 1].letters)  # 0912 an rara
        related, always = word in before["related"], holder or word in before["always"]
        title, capital, named = word in before["titles"], word in before["capital"], word in before["named"]
        label = word in before["labels"] and _LABELLED.fullmatch(low, token.end, tokens[k + 1].start)
        if not (related or always or title or capital or named or label):
            continue
        place = k + 1
        gap = _LABELLED if label or always else _BESIDE
        if not gap.fullmatch(low, token.end, tokens[place].start) and not _BESIDE.fullmatch(
            low, token.end, tokens[place].start
        ):
            continue
        while (related or always or label) and place + 1 < len(tokens) and tokens[place].word in before["fillers"]:
            if not _BESIDE.fullmatch(low, tokens[place].end, tokens[place + 1].start):
                break
            place += 1
        following = tokens[place]
        if (
            title
            and place + 1 < len(tokens)
            and _office(following)
            and low[following.end : tokens[place + 1].start] == " "
        ):
            following = tokens[place := place + 1]  # Pak Modin Syaroni
            if following.capital and (_is_name(following) or _unknown(following)):
                yield place
            continue
        if _is_name(following) or (following.capital and (_maybe(following) or (not named and _unknown(following)))):
            if not (title and following.word in before["titles"]):
                yield place
        elif ((title or always or label) and (_unknown(following) or (holder and _maybe(following)))) or (
            related and _unknown(following) and len(following.word) > 3
        ):
            yield place


def _before_numbers(tokens: list[_Token], low: str, starts: list[int], ends: list[int]) -> Iterator[int]:
    """Names just before a number (`Anggi 0851...`), or after one (`BCA 4640718253 Suparmi`)."""
    for k, token in enumerate(tokens):
        if not (_is_name(token) or (token.capital and (_maybe(token) or (_unknown(token) and len(token.word) > 3)))):
            continue
        if any(
            re.fullmatch(r"[ ]{0,2}[(:=–-]?[ ]{0,2}", low[token.end : start])
            for start in starts
            if 0 <= start - token.end <= 5
        ):
            yield k
        if any(
            re.fullmatch(r"[ ]{0,2}[(:=–-]?[ ]{0,2}", low[end : token.start])
            for end in ends
            if 0 <= token.start - end <= 5
        ):
            yield k


def _whole(tokens: list[_Token], k: int, low: str) -> tuple[int, int]:
    """The first and last token of the name that has this one."""
    first = last = k
    while last + 1 < len(tokens) and last - k < _MORE:
        following = tokens[last + 1]
        gap = low[tokens[last].end : following.start]
        initial = len(following.word) == 1 and following.letters and following.capital and following.free
        goes_on = _is_name(following) or (following.capital and (_unknown(following) or _maybe(following))) or initial
        if not following.free or gap not in (" ", ". ", "  ", "-", "'", "’") or not (goes_on or gap in ("'", "’")):
            break
        last += 1
    while first > 0 and k - first < _MORE:
        previous = tokens[first - 1]
        gap = low[previous.end : tokens[first].start]
        short = (
            previous.word in _before()["shortened"] and gap in (". ", ".", " ") and (previous.capital or gap[0] == ".")
        )
        named = gap == " " and previous.capital and (_is_name(previous) or _unknown(previous) or _maybe(previous))
        if not previous.free or not (short or named) or previous.word in _before()["titles"] - _before()["shortened"]:
            break
        first -= 1
    return first, last


def _in_series(tokens: list[_Token], low: str, known: list[Place]) -> Iterator[tuple[int, int]]:
    """Names beside other names in a series: `joko sama dian`, `Sumarsono, Kasiyati`."""
    waiting, seen = list(known), set()
    while waiting:
        start, end = waiting.pop()
        for k, sure in (*_to_the_right(tokens, low, end), *_to_the_left(tokens, low, start)):
            token = tokens[k]
            bounded = sure and _BOUND.match(low, token.end) is not None
            fits = _is_name(token) or ((_maybe(token) or _unknown(token)) and (token.capital or bounded))
            if k in seen or not fits:
                continue
            seen.add(k)
            a, b = _whole(tokens, k, low)
            yield a, b
            waiting.append((tokens[a].start, tokens[b].end))


def _to_the_right(tokens: list[_Token], low: str, end: int) -> Iterator[tuple[int, bool]]:
    """The token after a separator after a name, and whether that is one of a list."""
    k = bisect_left(tokens, end, key=attrgetter("start"))
    if k == len(tokens):
        return
    if _COMMA.fullmatch(low, end, tokens[k].start):
        yield from _past_titles(tokens, k, sure=True)
    elif tokens[k].word in _before()["between"] and k + 1 < len(tokens) and low[end : tokens[k].start] == " ":
        yield from _past_titles(tokens, k + 1, sure=False)


def _past_titles(tokens: list[_Token], k: int, *, sure: bool) -> Iterator[tuple[int, bool]]:
    if (k + 1 < len(tokens) and tokens[k].word in _before()["titles"]) or (
        k < len(tokens) and tokens[k].word in _before()["between"] and k + 1 < len(tokens)
    ):
        k += 1
    yield k, sure


def _to_the_left(tokens: list[_Token], low: str, start: int) -> Iterator[tuple[int, bool]]:
    k = bisect_right(tokens, start, key=attrgetter("end")) - 1
    if k < 0:
        return
    if tokens[k].word in _before()["titles"] and k > 0:
        start, k = tokens[k].start, k - 1
    if _COMMA.fullmatch(low, tokens[k].end, start):
        yield k, True
    elif tokens[k].word in _before()["between"] and k > 0 and low[tokens[k].end : start] == " ":
        yield k - 1, False


def _in_lists(tokens: list[_Token], low: str, known: list[Place], starts: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Names at the start of a numbered line, where other lines of the list start with one."""
    lines = [match.end() for match in _NUMBERED.finditer(low)]
    if len(lines) < 2:
        return
    named = {start for start, _ in known}
    titled = {t.start: tokens[k + 1].start for k, t in enumerate(tokens[:-1]) if t.word in _before()["titles"]}
    heads = [titled.get(line, line) for line in lines]
    if not any(head in named or line in named for head, line in zip(heads, lines, strict=True)):
        return
    for head in heads:
        k = starts.get(head)
        if k is not None and head not in named and (_unknown(tokens[k]) or _maybe(tokens[k])):
            yield _whole(tokens, k, low)
