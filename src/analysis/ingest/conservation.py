"""The second conservation: senders and their message counts, against a naive reading of the same file.

Naive is what a regular expression gives: each header-shaped line is a message, by what comes before its first colon.
Where the reader differs, the line is listed with the reason, so that nobody's message is lost or given to another
without a trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.ingest.clock import INVALID
from analysis.ingest.order import Order

PASTED, NO_TIME = "text of the message above", "no such date or time"
OWN, LONGER, LATER = "the messenger's own line", "the name goes on after its colon", "a name without text"
NOBODY = ""


@dataclass(frozen=True)
class Naive:
    """Each header-shaped line as read naively. sender: missing where no colon ends a name; line: 1-based."""

    sender: list[str | None]
    line: NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """A line that the reader takes otherwise: by whom the message naively is, by whom it is, and why. No message is
    NOBODY's that has no sender; read is None where the line opens no message."""

    line: int
    naive: str
    read: str | None
    why: str


def naive(senders: Sequence[str | None], lines: NDArray[np.int64]) -> Naive:
    """The naive reading."""
    return Naive(list(senders), lines)


def compared(
    naive: Naive, opens: NDArray[np.bool_], senders: Sequence[str | None], *, no_time: NDArray[np.bool_]
) -> list[Difference]:
    """Every line that the reader takes otherwise. opens: whether a naive line opens a message; senders: of those that
    do; no_time: whether a naive line has no date.

    Raises AssertionError when the senders' message counts and the differences do not add up to the naive counts.
    """
    found = []
    read = iter(senders)
    for place, (name, is_message) in enumerate(zip(naive.sender, opens.tolist(), strict=True)):
        after, before = next(read) if is_message else None, (name or NOBODY).rstrip(" ")
        if not is_message:
            found.append(Difference(int(naive.line[place]), before, None, NO_TIME if no_time[place] else PASTED))
        elif (after or NOBODY) != before:
            why = OWN if after is None else LATER if not before else LONGER
            found.append(Difference(int(naive.line[place]), before, after or NOBODY, why))
    reconcile(naive, senders, found)
    return found


def reconcile(naive: Naive, senders: Sequence[str | None], differences: Sequence[Difference]) -> None:
    """Raises AssertionError unless each sender's naive count, changed by the differences, is the count read."""
    counts = Counter((name or NOBODY).rstrip(" ") for name in naive.sender)
    counts.subtract(difference.naive for difference in differences)
    counts.update(difference.read for difference in differences if difference.read is not None)
    read = Counter(name or NOBODY for name in senders)
    if wrong := {name for name in counts.keys() | read.keys() if counts[name] != read[name]}:
        raise AssertionError(f"message counts of {len(wrong)} senders do not add up")


def readings(order: Order, time: NDArray[np.int64]) -> dict[str, int]:
    """How many messages the file has when every header opens one, as read, and when only those in order do."""
    return {
        "every header": int((time != INVALID).sum()), "as read": int(order.opens.sum()),
        "headers in order": int(order.in_order.sum()),
    }  # fmt: skip
