"""Find what in a scrubbed text may still lead to a person, for someone to decide on (`guyub review`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.identifiers import strangers
from analysis.identifiers.patterns import Found
from analysis.identifiers.spans import opens

_TAKEN_OUT = re.compile(r"@?(?<![^\W_])[MP][A-Z2-7]{4,8}(?:nya|ku|mu|lah|kah|pun|ne|e)?(?![^\W_])|\[[A-Z]+\]")
_NUMBER = re.compile(r"(?<![\w.,/-])\+?\d(?:[ .-]?\d){5,17}(?![\w/]|[.,]\d)")
_NO_IDENTIFIER = re.compile(  # sums of money, dates, and measures
    r"\d{1,3}(?:[.]\d{3})+|\d{1,2}[ .-]\d{1,2}[ .-](?:19|20)\d{2}|(?:19|20)\d{2}[ .-]\d{1,2}[ .-]\d{1,2}|\d0{4,}"
)


def doubts(low: str, text: str) -> Iterator[Found]:
    """Where a scrubbed text holds what may be a name (NAME) or a number that leads to a person (NUMBER). low: the text
    in small letters, of the same length."""
    taken = [match.span() for match in _TAKEN_OUT.finditer(text)]
    for start, end in strangers.unsure(low, text, taken):
        if not opens(text, start):
            yield start, end, "NAME"
    for match in _NUMBER.finditer(low):
        if not _NO_IDENTIFIER.fullmatch(match.group()):
            yield *match.span(), "NUMBER"
