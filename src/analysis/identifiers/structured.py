"""Numbers, addresses, links and handles by patterns (privacy.yaml, patterns.yaml), and vetoes of what is harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain

from analysis.identifiers import legible, lexicon, patterns
from analysis.identifiers.spans import Span

_GROUP = re.compile(r"\d+")
_LONG_NUMBER = re.compile(r"\d(?:\W{0,3}[\dlIoO]){6}")
_SIXTEEN = re.compile(r"(?<![\w.,/-])(?:4\d|5[1-5])\d{14}(?![\w/-]|[.,]\d)")  # of Visa and Mastercard
_OF_AMOUNTS = re.compile(
    r"(?<![^\W_])(?:rp|idr|harga|modal|omzet|total|biaya|stok|ukuran|diameter|het|size|isi|plafon|anggaran)"
    r"[ .:]{0,2}(?:[a-z]+[ ]){0,2}$"
)
_OF_CARD = re.compile(
    r"(?<![^\W_])(?:kartu|kertu|edc|kredit|debe?it|debet|credit|atm|card|cc)(?:nya|na|ku|mu|ne|e)?(?![^\W_])"
)
_OF_PAYING = re.compile(r"(?<![^\W_])(?:edc|kredit|debe?it|debet|credit|visa|mastercard)(?![^\W_])")
OF_ACCOUNT = re.compile(r"(?<![^\W_])(?:norek|rekening|va|virtual|briva|no[. ]{1,2}rek)\w{0,3}[^\n]{0,20}$")


@cache
def _patterns() -> dict[str, patterns.Patterns]:
    """The patterns of numbers, addresses and links, and those of handles and vetoes, the more specific first."""
    keys = ("banks", "sites", "hosts", "paths", "maps", "plates", "everyone")
    parts = patterns.data()["parts"] | {key: patterns.alternation(patterns.data()[key]) for key in keys}
    first, last, left, vetoes = (patterns.listed(name, parts) for name in ("first", "last", "left", "vetoes"))
    structured = (*first, *patterns.compiled(patterns.data()["patterns"], parts), *last)
    handles = patterns.compiled(patterns.data()["handles"], parts)
    return {"structured": patterns.Patterns(structured), "handles": patterns.Patterns(handles),
            "left": patterns.Patterns(left), "vetoes": patterns.Patterns(vetoes)}  # fmt: skip


def numbers(low: str, text: str) -> Iterator[Span]:
    """Numbers, addresses and links, also where they are spelled out, split or disguised (identifiers.legible)."""
    yield from _as_a_machine_writes("structured", low, text)
    yield from _by_patterns("structured", low, text)
    for start, end in legible.disguised_numbers(low):
        yield start, end, "PHONE", "[PHONE]"
    for match in _SIXTEEN.finditer(low):
        if _is_luhn(match.group()):  # no word says so: pakai 4365022177894305
            yield *match.span(), "CARD", "[CARD]"


def left(low: str, *without_found: str) -> Iterator[Span]:
    """Long numbers that nothing else found, by what the text talks of, but for sums and sizes. low: the text folded;
    without_found: its readable copies, folded and as written, with blanks in place of what was found."""
    yield from (span for span in _by_patterns("left", *without_found) if not _is_amounts(low, *span[:2]))
    yield from _as_a_machine_writes("left", *without_found)


def _as_a_machine_writes(name: str, low: str, text: str) -> Iterator[Span]:
    """What patterns find only where numbers stand as a machine would write them."""
    if plain := legible.rewritten(low, text):
        for start, end, kind, instead in _by_patterns(name, plain.low, plain.text):
            if any(plain.new[start:end]):
                yield plain.starts[start], plain.ends[end - 1], kind, instead


def holds_long_number(low: str) -> bool:
    """Whether a text has a number of seven digits or more, in figures or in words."""
    return _LONG_NUMBER.search(low) is not None or legible.tells_a_number(low)


def _by_patterns(name: str, low: str, text: str) -> Iterator[Span]:
    for start, end, kind in patterns.found(_patterns()[name], low, text):
        kind = "CARD" if kind in ("ACCOUNT", "NIK") and _is_card(kind, low, start, end) else kind
        yield start, end, kind, f"[{kind}]"


def _is_amounts(low: str, start: int, end: int) -> bool:
    """Whether a long number is sums or sizes in a row: round, or after a word for them."""
    groups = _GROUP.findall(low, start, end)
    even = all(int(group) % 5 == 0 for group in groups) if len(groups) > 1 else groups[0].endswith("0000")
    return even or _OF_AMOUNTS.search(low, max(0, start - 30), start) is not None


def _is_card(kind: str, low: str, start: int, end: int) -> bool:
    """Whether what looks like an account's number is a card's: sixteen digits whose check digit fits (ISO/IEC 7812-1,
    Luhn's), where a card is talked of and no account just before; what looks like a citizen's, where it is paid."""
    digits = re.sub(r"\D", "", low[start:end])
    if kind == "NIK" and not _OF_PAYING.search(low):
        return False
    if len(digits) != 16 or digits[0] not in "3456" or not _OF_CARD.search(low):
        return False
    return _is_luhn(digits) and not OF_ACCOUNT.search(low, max(0, start - 30), start)


def _is_luhn(digits: str) -> bool:
    """Whether a number ends with its check digit."""
    doubled = (sum(divmod(int(digit) * (1 + k % 2), 10)) for k, digit in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def handles(low: str, text: str) -> Iterator[Span]:
    """Names of accounts: `@kuecubit`, `ig: kuecubit`."""
    for start, end, kind in patterns.found(_patterns()["handles"], low, text):
        if not (low[start:end].isalpha() and low[start:end] in lexicon.words_of_books()):  # Tokopedia: kode verifikasi
            yield start, end, kind, f"[{kind}]"


def without_vetoed(low: str, text: str, spans: list[Span]) -> list[Span]:
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
