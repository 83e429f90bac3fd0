"""Spans found in a text, with class and replacement, and the choice between spans that overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter

SENTENCE, CLAUSE = ".!?:\n", ".!?:,;\n"  # signs behind which one opens
NUMBERS = ("ORDER", "ACCOUNT", "CARD", "NIK", "SIM")
Span = tuple[int, int, str, str]  # start, end, class, replacement


def opens(text: str, place: int, marks: str = SENTENCE) -> bool:
    """Whether a sentence opens at a place: nothing but signs since one of the marks, or since the beginning."""
    while place and not (text[place - 1].isalnum() or text[place - 1] == "_"):
        place -= 1
        if text[place] in marks:
            return True
    return place == 0


def is_within(span: Span, members: Iterable[Span]) -> bool:
    """Whether a member's name ends where a name that a pattern found does, or goes on: what is before is a title."""
    return any(start < span[1] <= end for start, end, *_ in members)


def blanked(text: str, spans: list[Span]) -> str:
    """The text, of the same length, with blanks in place of what was found."""
    for start, end, *_ in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def without_overlap(text: str, spans: list[Span]) -> list[Span]:
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
            kept[first:last] = sorted([*met, *left_over(text, span, met)])
    return kept


def left_over(text: str, span: Span, met: list[Span]) -> Iterator[Span]:
    """The pieces of a span that those in it, in order of place, leave; each from a letter or digit to another. A single
    digit behind a number is none: the 1 of `004519283706 1,2 kg`."""
    starts = [span[0], *(end for _, end, *_ in met)]
    ends = [*(start for start, *_ in met), span[1]]
    for start, end in zip(starts, ends, strict=True):
        inside = [place for place in range(start, end) if text[place].isalnum()]
        digit = len(inside) == 1 and start > span[0] and text[inside[0]].isdigit()
        letters = span[2] in NUMBERS and not any(text[place].isdigit() for place in inside)  # KK before a NIK
        if inside and not digit and not letters:
            yield inside[0], inside[-1] + 1, *span[2:]
