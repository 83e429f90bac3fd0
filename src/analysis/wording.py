"""Numbers as words: how computed sentences write a count, a share, an interval or a list; and texts without names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable


def count(n: float, one: str, many: str = "") -> str:
    """count(1, "member") is "1 member"; count(12000, "message") is "12,000 messages"."""
    return f"{n:,.0f} {one if n == 1 else many or one + 's'}"


def singular(plural: str) -> str:
    """A phrase with its first plural as a singular: "street address" for "street addresses"."""
    return re.sub(r"\b(\w+?)(?:(?<=ss)es|s)\b", r"\1", plural, count=1)


def agreeing(text: str) -> str:
    """A text with each plural noun after a 1 replaced by its singular: "1 pair where 100 pairs are needed"."""
    return re.sub(r"(?<![\d.,])1 ((?:coded )?\w+s)\b", lambda found: f"1 {singular(found[1])}", text)


def percent(share: float) -> str:
    """A share (0 to 1) in percent, below 10 % with a decimal, or up to three so that it does not look like 0: "4.2 %",
    "38 %", "0.03 %", "0 %"."""
    small = 0 < abs(share) < 0.1
    places = next((n for n in (1, 2) if round(100 * share, n)), 3) if small else 0
    return f"{100 * share:.{places}f} %"


def number(value: float, decimals: int = 2) -> str:
    """A number with a true minus sign: "−0.31"; no sign if it rounds to 0."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def digits(values: Iterable[float | None]) -> int:
    """Decimals at which no number is written as 0 unless it is 0: none for whole numbers, otherwise two to four."""
    sizes = [abs(value) for value in values if value]
    if all(float(value).is_integer() for value in sizes):
        return 0
    return next((places for places in (2, 3) if round(min(sizes), places)), 4)


def between(low: float, high: float, decimals: int = 2) -> str:
    """An interval: "0.41 to 0.55"."""
    return f"{number(low, decimals)} to {number(high, decimals)}"


def estimate(value: float, low: float, high: float, decimals: int = 2) -> str:
    """A number with its interval: "0.48 (0.41 to 0.55)"."""
    return f"{number(value, decimals)} ({between(low, high, decimals)})"


def estimated_share(value: float, low: float, high: float) -> str:
    """A share in percent with its interval: "55 % (52 % to 59 %)"."""
    return f"{percent(value)} ({percent(low)} to {percent(high)})"


def indonesian(text: str) -> str:
    """A number as Indonesian writes it: "4.2 %" is "4,2%", "1,234.5" is "1.234,5"."""
    return re.sub(r"\s%", "%", text.translate(str.maketrans(",.", ".,")))


def lebih(share: float) -> str:
    """A relative difference of a ratio for an Indonesian page: "43 % lebih besar", "12 % lebih kecil"."""
    return f"{percent(abs(share))} lebih {'besar' if share >= 0 else 'kecil'}"


def p_value(p: float) -> str:
    """A p-value in the usual form: "p < .001", "p = .031"; near .05 with as many decimals as show its side."""
    return "p < .001" if p < 0.001 else f"p = {p:.{sided(p, 0.05, 3)}f}".replace("0.", ".")


def sided(value: float, threshold: float, decimals: int) -> int:
    """Decimals, these or a few more, at which the number is not written as the threshold unless equal to it: 0.0152 and
    0.02 need three."""
    near = value != threshold
    return next((n for n in range(decimals, 7) if not near or round(value, n) != round(threshold, n)), decimals)


def listed(items: Iterable[str]) -> str:
    """Items in one phrase: "a", "a and b", "a, b and c"."""
    *head, last = list(items) or [""]
    return f"{', '.join(head)} and {last}" if head else last


def unnamed(text: str, people: Collection[str]) -> str:
    """A text with [NAME] for the pseudonyms of people who may not be named; suffixes after it stay (`[NAME]nya`)."""
    if not people:
        return text
    return re.sub(rf"(?<![^\W_])(?:{'|'.join(sorted(people))})", "[NAME]", text)
