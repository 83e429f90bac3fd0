"""A file in two shapes: a phone whose language was changed, or a stray first line. Each part is read in its own shape.

A few lines in another shape inside a message are text: another phone's chat, pasted. They are a part of the export
where they take over: their times run on from the message above to the one below, and they are many, or by people who
write in the file's own shape too, or the last or first of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from re import Match

from analysis.ingest import clock
from analysis.ingest.readers.whatsapp import shapes as known
from analysis.ingest.readers.whatsapp.shapes import Shape

MANY = 20  # headers of another shape that are no pasted text, wherever they stand
SEVERAL = 5  # ... at the end of the file
FEW = 3  # ... when half of them are by people who write in the file's own shape too
SLACK = 1  # days that a part may begin before the message above


@dataclass(frozen=True)
class MixedShapes:
    """shapes: those besides the file's own; matches: all headers, in the text with a line break before it, each with
    the place of its shape (0: the file's own)."""

    shapes: list[Shape]
    matches: list[tuple[Match[str], int]]


def others(
    text: str,
    senders: Sequence[str | None],
    bodies: Sequence[str],
    skipped: int,
    own: Shape,
    *,
    listed: Collection[str],
) -> MixedShapes | None:
    """The parts in other shapes, None in most files. senders, bodies: of the headers of the file's own shape; skipped:
    lines before the first of them."""
    inside = [k for k, body in enumerate(bodies) if "\n" in body and known.others(body)]
    lead = skipped > 0 and bool(known.others("\n" + "\n".join(text.split("\n", skipped)[:skipped])))
    if not inside and not lead:
        return None
    padded = "\n" + text.removesuffix("\n")
    matches = list(own.line.finditer(padded))
    names = {name for name in senders if name} | set(listed)
    found: list[Shape] = []
    taken: list[tuple[Match[str], int]] = []
    for k in [*([-1] if lead else []), *inside]:
        start = matches[k].end() if k >= 0 else 0
        end = matches[k + 1].start() if k + 1 < len(matches) else len(padded)
        above, below = (matches[k] if k >= 0 else None), (matches[k + 1] if k + 1 < len(matches) else None)
        for shape in known.others("\n" + padded[start:end]):
            run = list(shape.line.finditer(padded, start, end))
            if run and _takes_over(run, shape, above, below, own, names):
                place = next((i for i, other in enumerate(found) if other.line == shape.line), len(found))
                found += [shape] * (place == len(found))
                taken += [(match, place + 1) for match in run]
    if not taken:
        return None
    whole = sorted([*((match, 0) for match in matches), *taken], key=lambda pair: pair[0].start())
    return MixedShapes(
        found, [pair for i, pair in enumerate(whole) if not i or pair[0].start() != whole[i - 1][0].start()]
    )


def _takes_over(
    run: Sequence[Match[str]],
    shape: Shape,
    above: Match[str] | None,
    below: Match[str] | None,
    own: Shape,
    names: Collection[str],
) -> bool:
    """Whether lines in another shape are a part of the export and no text of the message above."""
    if not _runs_on(run, shape, above, below, own):
        return False
    if above is None or (above[own.line.groups] is None and len(run) > 1):
        return True  # no message is above that they could be text of, or one of the messenger's
    senders = [match[shape.line.groups] for match in run]
    familiar = sum(name in names for name in senders) * 2 >= len(run)
    last = below is None
    return len(run) >= (2 if last and familiar else FEW if familiar else SEVERAL if last else MANY)


def _runs_on(
    run: Sequence[Match[str]], shape: Shape, above: Match[str] | None, below: Match[str] | None, own: Shape
) -> bool:
    """Whether the days of the first and last line lie between those of the messages around, in any order of dates."""
    for way in _ways(shape):
        first, last = (clock.day_number(date_of(match, shape), way, shape.era) for match in (run[0], run[-1]))
        if clock.INVALID in (first, last) or first > last + SLACK:
            continue
        for base in _ways(own):
            before, after = (None if match is None else clock.day_number(date_of(match, own), base, own.era)
                             for match in (above, below))  # fmt: skip
            if (before is None or before <= first + SLACK) and (after is None or last <= after + SLACK):
                return True
    return False


def _ways(shape: Shape) -> tuple[str, ...]:
    return ("ymd",) if shape.era in clock.ERA_STARTS else ("dmy", "mdy", "ymd")


def date_of(match: Match[str], shape: Shape) -> str:
    """The date of a header, as written."""
    return match[shape.line.groups - 1] if shape.time_first else match[1]
