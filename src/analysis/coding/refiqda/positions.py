"""Positions of selections: the ways in which programs count characters, and how to recognise which one a file uses.

REFI-QDA 1.5 counts Unicode code points from 0 in the plain text, and says (10.2) that a selection is "defined by the
first and the last character"; yet QualCoder, ATLAS.ti, MAXQDA and NVivo write the position *after* the last character
as endPosition, and so do we: the span text[start:end]. Programs differ in four ways more, see `Convention`.
"""

from __future__ import annotations

import operator
import re
from dataclasses import astuple, dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from analysis.coding.refiqda.markup import tamed

MARK = "\ufeff"
UNITS = ("code points", "UTF-16", "UTF-8")
FAR = 2**40  # no text is longer
_LINE_END = re.compile(r"\r{1,2}\n|\r")  # two carriage returns: a Windows program wrote CR LF in text mode
_LONG_END = re.compile(r"\r{1,2}\n")
CLEAR = 10  # fewest characters for a quotation cut short without an ellipsis to count as one


@dataclass(frozen=True)
class Convention:
    """How a program counts. unit: what it counts. one_end: a CR LF counts as one, not as two. mark: a byte order mark
    before the text is counted. inclusive: the end is the last character, not the position after it."""

    unit: str = "code points"
    one_end: bool = False
    mark: bool = False
    inclusive: bool = False

    def __str__(self) -> str:
        last = "the end is the last character" if self.inclusive else "the end is after the last character"
        ends = "a CR LF is one" if self.one_end else "a CR LF is two"
        return f"{self.unit}, {last}, {ends}, a byte order mark {'counts' if self.mark else 'does not count'}"


STANDARD = Convention()
# What programs are known to write. NVivo is a .NET program; its strings, and so its positions, are UTF-16. ATLAS.ti and
# QualCoder count a line end as one, whatever the text file has. Taguette counts bytes. Potato does as 10.2 says.
ORIGINS = {
    "atlas": Convention(one_end=True),
    "qualcoder": Convention(one_end=True),
    "nvivo": Convention(unit="UTF-16"),
    "taguette": Convention(unit="UTF-8"),
    "potato": Convention(inclusive=True),
}


def expected(origin: str) -> Convention:
    """The convention of the program that a file names as its origin; the standard's if it is not known to differ."""
    return next((how for name, how in ORIGINS.items() if name in origin.casefold()), STANDARD)


@dataclass(frozen=True)
class Text:
    """A text as Guyub keeps it (line feeds only, no byte order mark), and what the file had instead.

    mark: a byte order mark preceded it. long_ends, extra: the line feeds that were more than one character, and how
    many more. lone: carriage returns without a line feed became line feeds.
    """

    text: str
    mark: bool = False
    long_ends: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()
    lone: bool = False

    @cached_property
    def points(self) -> np.ndarray:
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)

    def from_raw(self, start: int, end: int) -> tuple[int, int]:
        """A span of the text as received, in the text as kept. A span that cuts a line end is widened to all of it."""
        if not (self.mark or self.long_ends or self.lone):
            return start, end  # the file had just this text
        spans = locate(self, Convention(mark=True), np.array([start]), np.array([end]))
        return int(spans.start[0]), int(spans.end[0])

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """A span of the text as kept, in the text as received."""
        edges = self.edges(Convention(mark=True))
        return int(edges[start]), int(edges[end])

    def edges(self, how: Convention) -> np.ndarray:
        """The position, by this convention, before each character and after the last: length + 1, increasing."""
        width = np.ones(len(self.text), dtype=np.int64)
        if how.unit == "UTF-16":
            width += self.points > 0xFFFF
        elif how.unit == "UTF-8":
            width += (self.points > 0x7F).astype(np.int64) + (self.points > 0x7FF) + (self.points > 0xFFFF)
        if not how.one_end and self.long_ends:
            width[np.array(self.long_ends)] += np.array(self.extra)
        before = (3 if how.unit == "UTF-8" else 1) if how.mark and self.mark else 0
        return np.concatenate([[before], before + np.cumsum(width)])


def received(written: str) -> Text:
    """A text from another program, normalised to Guyub's form."""
    mark = written.startswith(MARK)
    body = written[1:] if mark else written
    if "\r" not in body:
        return Text(body, mark)
    ends, extra, saved = [], [], 0
    for line_end in _LONG_END.finditer(body):
        ends.append(line_end.start() - saved)
        extra.append(len(line_end[0]) - 1)
        saved += extra[-1]
    text = _LINE_END.sub("\n", body)
    return Text(text, mark, tuple(ends), tuple(extra), text.count("\n") > body.count("\n"))


@dataclass(frozen=True)
class Spans:
    """Spans in code points of the text, the end exclusive. inside: within the text. whole: they cut no character."""

    start: np.ndarray
    end: np.ndarray
    inside: np.ndarray
    whole: np.ndarray


def locate(text: Text, how: Convention, starts: np.ndarray, ends: np.ndarray) -> Spans:
    """Spans counted by a convention, in code points. A span that cuts a character is widened to all of it."""
    edges = text.edges(how)
    start = np.searchsorted(edges, starts, side="right") - 1
    end = np.searchsorted(edges, ends, side="right" if how.inclusive else "left")
    last = ends + 1 if how.inclusive else ends
    inside = (starts >= edges[0]) & (starts <= last) & (last <= edges[-1])
    start, end = np.clip(start, 0, len(text.text)), np.clip(end, 0, len(text.text))
    whole = (edges[start] == starts) & (how.inclusive | (edges[end] == ends))
    return Spans(start, np.maximum(start, end), inside, whole)


@dataclass(frozen=True)
class Claims:
    """The selections of one source: positions as the file gives them, and the words it quotes for them (or empty)."""

    text: Text
    start: np.ndarray
    end: np.ndarray
    quote: tuple[str, ...]

    def words(self, start: int, end: int, quote: str) -> str:
        """The words of a span, as far as a quotation of this length can agree with them."""
        return self.text.text[start : min(end, start + 4 * len(quote) + 100)]


class ConventionFit(NamedTuple):
    """How well a convention fits: characters of full quotations, and of those cut short, found where the file says;
    quotations found there to the last line end; and (negative) spans outside the text or cutting a character."""

    full: int
    short: int
    exact: int
    missed: int


@dataclass(frozen=True)
class Reading:
    """The convention by which a file was read. rivals: conventions that fit as well but give other spans."""

    how: Convention
    assumed: Convention
    fit: ConventionFit
    assumed_fit: ConventionFit
    rivals: tuple[Convention, ...]

    @property
    def checked(self) -> bool:
        """Whether any quotation was found where the file says."""
        return self.fit.full + self.fit.short > 0


def recognise(claims: list[Claims], assumed: Convention) -> Reading:
    """The convention under which most characters of the quotations match the text; the assumed one unless another
    fits better. Without quotations it is the assumed one, and rivals are those with fewer spans outside the text."""
    fits = {how: _fit(claims, how) for how in _candidates(claims, assumed)}
    best = max(fits.values())
    quoted = best.full + best.short > 0
    how = next(how for how, fit in fits.items() if fit == best) if quoted else assumed
    others = [other for other, fit in fits.items() if fit == best and (quoted or fit > fits[assumed])]
    rivals = tuple(other for other in others if not quoted or differ(claims, how, other))
    return Reading(how, assumed, fits[how], fits[assumed], rivals)


def _candidates(claims: list[Claims], assumed: Convention) -> list[Convention]:
    """The conventions that can differ in these texts, the assumed one first, then those closest to it."""
    units = [assumed.unit, UNITS[0]]
    units += ["UTF-16"] if any((claim.text.points > 0xFFFF).any() for claim in claims) else []
    units += ["UTF-8"] if any(claim.text.mark or not claim.text.text.isascii() for claim in claims) else []
    ends = [False, True] if any(claim.text.long_ends for claim in claims) else [assumed.one_end]
    marks = [False, True] if any(claim.text.mark for claim in claims) else [assumed.mark]
    every = [Convention(*axes) for axes in product(dict.fromkeys(units), ends, marks, [False, True])]
    return sorted(every, key=lambda how: sum(map(operator.ne, astuple(how), astuple(assumed))))


def _fit(claims: list[Claims], how: Convention) -> ConventionFit:
    full = short = exact = missed = 0
    for claim in claims:
        spans = locate(claim.text, how, claim.start, claim.end)
        missed -= int((~(spans.inside & spans.whole)).sum())
        for start, end, inside, quote in zip(spans.start, spans.end, spans.inside, claim.quote, strict=True):
            if quote and inside:
                words = claim.words(start, end, quote)
                kind = agrees(quote, words)
                full, short = full + len(quote) * (kind == "full"), short + len(quote) * (kind == "short")
                exact += quote == words
    return ConventionFit(full, short, exact, missed)


def agrees(quote: str, words: str) -> str:
    """How a quotation agrees with the words: `full`, `short` (cut short, or spaced otherwise), or not (empty)."""
    if _folded(quote) == _folded(words):
        return "full"
    core, words = " ".join(quote.split()), " ".join(words.split())
    cut = core.endswith(("...", "…"))
    core = core.rstrip(".… ") if cut else core
    enough = cut or len(core) >= CLEAR
    return "short" if core and (core == words or (enough and words.startswith(core))) else ""


def _folded(text: str) -> str:
    """Line ends and tabs as spaces, as XML gives attributes back; characters that XML cannot hold as U+FFFD."""
    return re.sub(r"\r\n?|[\n\t]", " ", tamed(text))


def differ(claims: list[Claims], one: Convention, other: Convention) -> bool:
    """Whether two conventions give a selection different spans."""
    located = ([locate(claim.text, how, claim.start, claim.end) for claim in claims] for how in (one, other))
    return any((a.start != b.start).any() or (a.end != b.end).any() for a, b in zip(*located, strict=True))
