"""Identifiers that no pattern finds: numbers and codes that a classifier knows by what is written around them.

Patterns know how an identifier looks and which word goes before it. People write both in ever new ways (`Eny (031)
99714 203`, `Tunjukin kode di hp: KUKU-77X2`), so what is left of digits and codes is looked at once more: a logistic
regression per class (Lasso; Tibshirani 1996) of the form of the candidate and the words around it, fitted to the
labelled rounds of benchmarks/scrubbing/ (benchmarks/train_identifiers.py). learned.json holds its weights, by class and
feature; the feature "" is the intercept.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from analysis.identifiers.patterns import Found

WEIGHTS = Path(__file__).with_name("learned.json")
LEAST = 0.2  # probability from which a candidate counts
DIGITS = {"ORDER": 3, "PIN": 3, "HANDLE": 0, "PHONE": 9, "ACCOUNT": 8, "BPJS": 8, "PASSPORT": 6, "SIM": 10, "NPWP": 12,
          "CARD": 12}  # the classes that are learned, and how many digits each has at least  # fmt: skip

NUMBERS = frozenset(("PHONE", "ACCOUNT", "BPJS", "SIM", "NPWP", "CARD"))  # which have no letters

# Digits with what is held to them by a sign or a single blank, or letters held together by dots or underscores
_CANDIDATE = re.compile(
    r"(?<!\w)(?<!\d[.,])(?!0[.,]\d)(?:\([0-9]{2,5}\)[ ]?|[+#@])?(?:[A-Za-z]{1,8}[-./#_]){0,3}[A-Za-z0-9]*\d[A-Za-z0-9]*"
    r"(?:[-./_#][A-Za-z0-9]+|[ ](?=\d)[0-9]++(?![^\W\d_]))*"
    r"|(?<![\w.])[A-Za-z][A-Za-z0-9]*(?:[._][A-Za-z0-9]+)+(?:/[\w.-]+)*"
)
# Names of files, sums, years, and letters that a licence or a ware's number begins with
_NOBODYS = re.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|mp[34]|3gp|mov|opus|ogg|m4a|pdf|docx?|xlsx?|pptx?|zip|vcf|txt|apk)$"
    r"|^(?:rp[ .]{0,2})?\d{1,3}(?:[.]\d{3})+$|^(?!(?:\D*\d){14})[\d .]*\d[ .]?000$|^(?:(?:19|20)\d\d[ -]?)+$"
    r"|^(?:p-?irt|halal|bpom|sni|sku|isbn)",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r" ?(?:kg|gr|gram|ons|kwintal|kuintal|ton|liter|ltr|ml|cm|mm|meter|mtr|m2|pcs|biji|lembar|lbr|dus|box|sak|karung"
    r"|ekor|orang|org|menit|watt|volt|gb|mb|mbps|persen|%)(?!\w)",
    re.IGNORECASE,
)
_OF_WARES = re.compile(
    r"(?<![^\W_])(?:barang|produk|produksi|motif|model|tipe|type|seri|batch|lot|artikel|warna|stok|bahan|promo|sku"
    r"|sim card|edar|bpom|md|na|pirt|halal|isbn|rp|total|harga|jumlah|saldo|omzet)[ :.]{1,2}(?:[a-z]+\d+[ ])?$",
    re.IGNORECASE,
)
_OF_DIGITS = re.compile(r"[+(\d][\d .()-]*")
_TELEPHONE = re.compile(r"[+(]|0|62|8")
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_AGAIN = re.compile(r"(.)\1+")
_FORM = str.maketrans({**dict.fromkeys("0123456789", "0"), **dict.fromkeys("abcdefghijklmnopqrstuvwxyz", "a"),
                       **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "A")})  # fmt: skip


def identifiers(low: str, text: str, taken: Sequence[tuple[int, int]]) -> Iterator[Found]:
    """Start, end and class of the candidates outside the places taken that are likely an identifier. low: the text in
    small letters, of the same length.
    """
    text = as_plain(low, text)
    anywhere: frozenset[str] | None = None
    for start, end in candidates(text):
        if any(s < end and start < e for s, e in taken):
            continue
        anywhere = words(low) if anywhere is None else anywhere
        kind, p = likeliest(features(low, text, start, end) | anywhere, text[start:end], _weights())
        if p > LEAST:
            yield start, end, kind


def as_plain(low: str, text: str) -> str:
    """The text in plain letters and digits, large where they are large."""
    if text.isascii():
        return text
    large = (unicodedata.normalize("NFKC", char).isupper() for char in text)
    return "".join(
        char.upper() if upper and len(char.upper()) == 1 else char for char, upper in zip(low, large, strict=True)
    )


def candidates(text: str) -> list[tuple[int, int]]:
    """Where something stands that may be a number or code of a person: no name of a file, no sum, year or measure, no
    number of a ware, and not all of the text, as then nothing is around it."""
    return [
        match.span()
        for match in _CANDIDATE.finditer(text)
        if match.group() != text.strip()
        and not _NOBODYS.search(match.group())
        and not _OF_WARES.search(text, max(0, match.start() - 20), match.start())
        and not _MEASURED.match(text, match.end())
    ]


def words(low: str) -> frozenset[str]:
    """The features of a candidate that say what is talked of: each word of the text."""
    return frozenset(f"text {word}" for word in _WORD.findall(low) if word.isalpha() and len(word) > 2)


def features(low: str, text: str, start: int, end: int) -> frozenset[str]:
    """The other features of a candidate: its form, and the words before and behind it."""
    own = text[start:end]
    form = own.translate(_FORM)
    digits = "".join(filter(str.isdigit, own))
    result = {
        f"form {form[:24]}", "form of runs " + _AGAIN.sub(r"\1+", form), f"digits {min(len(digits), 20)}",
        f"letters {min(sum(map(str.isalpha, own)), 12)}", f"length {min(len(own), 24)}", f"begins {digits[:2]}",
    }  # fmt: skip
    if letters := "".join(filter(str.isalpha, low[start:end])):
        result.add(f"spells {letters[:8]}")
    if " " in own:
        result.add(f"groups {' '.join(str(len(group)) for group in own.split())}")
    before, behind = _around(low, start, end)
    result.update(f"before {word}" for word in before[:-2])
    result.update(f"{place} before {word}" for place, word in enumerate(reversed(before[-2:]), 1))
    result.update(f"stem before {word[:5]}" for word in before[-4:] if word.isalpha() and len(word) > 5)
    result.update(f"{place} behind {word}" for place, word in enumerate(behind, 1))
    if len(before) > 1:
        result.add(f"two before {' '.join(before[-2:])}")
    result.add("opens" if not before else "goes on")
    result.add("held" if text[end : end + 1].isalpha() or text[max(0, start - 1) : start].isalnum() else "free")
    return frozenset(result)


def _around(low: str, start: int, end: int) -> tuple[list[str], list[str]]:
    """The six words and signs before a place and the three behind it, a 0 for each number."""
    before, behind = _WORD.findall(low, max(0, start - 80), start)[-6:], _WORD.findall(low, end, end + 50)[:3]
    return _without_values(before), _without_values(behind)


def _without_values(words: list[str]) -> list[str]:
    return ["0" if word.isdigit() else word for word in words]


def likeliest(seen: frozenset[str], own: str, weights: Mapping[str, Mapping[str, float]]) -> tuple[str, float]:
    """The likeliest class of a candidate with these features that looks as `own`, and its probability. weights: by
    class, of each feature."""
    scores = {
        kind: of[""] + sum(of[feature] for feature in seen & of.keys())
        for kind, of in weights.items()
        if _may_be(kind, own)
    }
    kind = max(scores, key=lambda each: scores[each])
    return kind, 1 / (1 + math.exp(-scores[kind]))


def _may_be(kind: str, own: str) -> bool:
    """Whether what is written so can be of a class."""
    if sum(map(str.isdigit, own)) < DIGITS[kind] or (kind in NUMBERS and not _OF_DIGITS.fullmatch(own)):
        return False
    return kind != "PHONE" or _TELEPHONE.match(own) is not None


@cache
def _weights() -> dict[str, dict[str, float]]:
    """By class, the weight of each feature."""
    return json.loads(WEIGHTS.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
