"""The second conservation check: senders and their message counts, against a naive reading of the same file.

The naive reading is a regular expression's: each header-shaped line is a message by whoever precedes its first colon.
Where the reader differs, the line is listed with the reason, so that nobody's message is lost or given to another
without a trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from analysis.ingest.clock import INVALID
from analysis.ingest.readers.whatsapp.order import Order

PASTED, NO_TIME = "text of the message above", "no such date or time"
OWN, LONGER, LATER = "the messenger's own line", "the name continues after its colon", "a name without text"
NOBODY = ""


@dataclass(frozen=True)
class Naive:
    """The header-shaped lines as read naively. sender: missing where no colon ends a name; line: 1-based."""

    sender: list[str | None]
    line: NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """A line that the reader takes differently: the sender by the naive reading, the sender as read, and why. NOBODY
    stands for no sender; read is None where the line opens no message."""

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
    """Every line that the reader takes differently. opens: whether a naive line opens a message; senders: of those
    that do; no_time: whether a naive line has no date.

    Raises AssertionError when the senders' message counts and the differences do not add up to the naive counts.
    """
    found = [
        Difference(int(naive.line[i]), _bare(naive.sender[i]), None, NO_TIME if no_time[i] else PASTED)
        for i in np.flatnonzero(~opens).tolist()
    ]
    messages = naive.sender if opens.all() else list(compress(naive.sender, opens.tolist()))
    pairs = set(zip(messages, senders, strict=True))
    if differing := {pair for pair in pairs if (pair[1] or NOBODY) != _bare(pair[0])}:
        for line, name, after in zip(naive.line[opens].tolist(), messages, senders, strict=True):
            if (name, after) in differing:
                why = OWN if after is None else LATER if not _bare(name) else LONGER
                found.append(Difference(line, _bare(name), after or NOBODY, why))
        found.sort(key=attrgetter("line"))
    reconcile(naive, senders, found)
    return found


def _bare(name: str | None) -> str:
    return (name or NOBODY).rstrip(" ")


def reconcile(naive: Naive, senders: Sequence[str | None], differences: Sequence[Difference]) -> None:
    """Raises AssertionError unless each sender's naive count, changed by the differences, is the count read."""
    counts = _counted(naive.sender, _bare)
    counts.subtract(difference.naive for difference in differences)
    counts.update(difference.read for difference in differences if difference.read is not None)
    read = _counted(senders, lambda name: name or NOBODY)
    if wrong := {name for name in counts.keys() | read.keys() if counts[name] != read[name]}:
        raise AssertionError(f"message counts of {len(wrong)} senders do not add up")


def _counted(names: Sequence[str | None], called: Callable[[str | None], str]) -> Counter[str]:
    counts = Counter[str]()
    for name, times in Counter(names).items():
        counts[called(name)] += times
    return counts


def readings(order: Order, time: NDArray[np.int64]) -> dict[str, int]:
    """The number of messages in the file if every header opens one, as read, and if only headers in order do."""
    return {
        "every header": int((time != INVALID).sum()), "as read": int(order.opens.sum()),
        "headers in order": int(order.in_order.sum()),
    }  # fmt: skip
