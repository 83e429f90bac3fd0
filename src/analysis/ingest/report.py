"""The account of a file: every line is a header, a continuation, undecodable or skipped with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis import wording

LISTED = 100  # line numbers listed in a report; further ones are only counted
CUT_AT = 40_000  # messages at which a phone is known to cut an export without media
CUT_AT_MEDIA = 10_000  # ... and with media

Report = dict[str, Any]


def account(
    *, source: str, platform: str, size: int, lines: int, headers: int, continuation: int, undecodable: int,
    skipped: Mapping[str, int], **details: Any,
) -> Report:  # fmt: skip
    """A report whose classes of lines add up: lines = headers + continuation + undecodable + skipped.

    headers: lines (records, in JSON and CSV) that open a message; a header line with undecodable bytes counts here.
    undecodable: other lines with bytes that are not text (their text is kept, the bytes as U+FFFD).
    skipped: lines of no message, by reason. details: anything else learned about the file.
    Raises AssertionError where they do not add up.
    """
    report: Report = {
        "source": source, "format": platform, "bytes": size, "lines": lines, "headers": headers,
        "continuation": continuation, "undecodable": undecodable, "skipped": sum(skipped.values()),
        "skipped_because": {reason: n for reason, n in skipped.items() if n}, "messages": headers, "pasted": [],
        "warnings": [], **details,
    }  # fmt: skip
    if difference := lines - headers - continuation - undecodable - report["skipped"]:
        raise AssertionError(f"{source}: {difference} of {lines} lines are not accounted for")
    return report


def listed(lines: Sequence[int]) -> list[int]:
    """The first line numbers of a longer list, as plain integers."""
    return [int(line) for line in lines[:LISTED]]


def places(lines: Sequence[int]) -> str:
    """The first three of some lines, in words."""
    return f"line {', '.join(map(str, lines[:3]))}{', ...' if len(lines) > 3 else ''}"


def unreadable_warning(lines: Sequence[int]) -> list[str]:
    """A warning where lines hold bytes of no character: the file may be in another encoding, and names with it."""
    if not lines:
        return []
    return [
        f"{wording.count(len(lines), 'line')} with bytes that are no text in UTF-8, shown as \ufffd: {places(lines)}"
    ]


def cut_warning(messages: int, attached: bool) -> list[str]:
    """A warning where an export is about as long as phones cut it: the oldest messages may be missing.

    attached: whether it was exported with its media.
    """
    limit = CUT_AT_MEDIA if attached else CUT_AT
    if not 0.97 * limit <= messages <= 1.03 * limit:
        return []
    return [f"{messages:,} messages: phones cut an export at about {limit:,}, the oldest messages may be missing"]
