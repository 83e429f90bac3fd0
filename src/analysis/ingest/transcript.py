"""Interview transcripts: turns of interviewer and participant, every line accounted for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import files, report

INTERVIEWERS = ("pewawancara", "interviewer", "peneliti", "p", "i", "q", "researcher")
LABEL = re.compile(
    r"^(?:[\[(]?(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)[\])]?\s+)?"
    r"(?:\*\*)?(?P<name>[^\W\d_][^:\n*\[\]]{0,39}?)(?:\*\*)?\s*:(?:\*\*)?(?:\s+|$)(?P<text>.*)$"
)
META = re.compile(r"^#+\s*(?P<key>[^:]{1,40}?)\s*:\s*(?P<value>.*)$")
TRANSCRIPTS = (".txt", ".md")


@dataclass
class Turn:
    """One turn as it is read. words: its lines."""

    speaker: str
    line: int
    start: float | None
    words: list[str] = field(default_factory=list)


def read_transcript(path: str | Path) -> pd.DataFrame:
    """The turns of one interview.

    A turn begins with `Name: `, a time such as [00:12:30] before it if there is one, and goes on to the next; a name
    that stands only once and inside a paragraph is text. Lines are joined by a blank. Lines beginning with # at the top
    are metadata (`# peserta: Sri Wahyuni`).

    Returns a DataFrame: utterance_id, transcript, turn (1-based), speaker (as written), role (interviewer,
    participant), start_s, end_s (seconds, missing where not given), text, source, line (1-based).
    df.attrs["report"] accounts for every line, df.attrs["metadata"] holds the metadata.
    Raises InputError when no turn is found.
    """
    path = Path(path)
    if path.suffix.lower() not in TRANSCRIPTS:
        raise InputError(f"{path.suffix or 'this'} is no transcript format", path=path,
                         mend=f"Give it as one of {', '.join(TRANSCRIPTS)}.")  # fmt: skip
    source = files.read_text(path)
    lines = source.lines
    meta, top = _metadata(lines)
    names = speakers(lines[top:], meta)
    turns, counts = _turns(lines, top, names)
    if not turns:
        mend = "Begin each turn with the speaker's name and a colon, as in `Pewawancara: ...`."
        raise InputError("no turn found in this transcript", path=path, mend=mend)
    table = _table(turns, files.slug(path.name), source.name)
    table.attrs["metadata"] = meta
    table.attrs["report"] = _account(source, lines, turns, counts)
    return table


def _metadata(lines: list[str]) -> tuple[dict[str, str], int]:
    """The metadata at the top, and how many lines it takes (blank ones included)."""
    meta: dict[str, str] = {}
    for number, row in enumerate(lines):
        if not row.strip():
            continue
        match = META.match(row)
        if match is None and not row.startswith("#"):
            return meta, number
        if match:
            meta[match["key"].strip().lower()] = match["value"].strip()
    return meta, len(lines)


def speakers(lines: list[str], meta: dict[str, str]) -> set[str]:
    """The names that open turns: interviewers, the participant of the metadata, and names that open a paragraph or
    stand at the start of a line more than once."""
    opening, anywhere = set(), Counter[str]()
    blank = True
    for row in lines:
        match = LABEL.match(row)
        if match:
            anywhere[match["name"]] += 1
            if blank:
                opening.add(match["name"])
        blank = not row.strip()
    return {n for n, c in anywhere.items() if n in opening or c > 1 or is_interviewer(n) or n in meta.values()}


def is_interviewer(name: str, extra: Collection[str] = ()) -> bool:
    """Whether a speaker's name is one for interviewers (`Pewawancara 2` too)."""
    return re.sub(r"[\s\d.]+$", "", name).strip().lower() in (*INTERVIEWERS, *extra)


def _turns(lines: list[str], top: int, names: set[str]) -> tuple[list[Turn], dict[str, int]]:
    turns: list[Turn] = []
    counts = {"metadata": sum(bool(row.strip()) for row in lines[:top]), "empty line": 0, "before the first turn": 0}
    counts["empty line"] = top - counts["metadata"]
    for number, row in enumerate(lines[top:], top + 1):
        match = LABEL.match(row)
        if match and match["name"] in names:
            turns.append(Turn(match["name"], number, _seconds(match["time"]), [match["text"]]))
        elif not row.strip():
            counts["empty line"] += 1
        elif turns:
            turns[-1].words.append(row)
        else:
            counts["before the first turn"] += 1
    return turns, counts


def _seconds(written: str | None) -> float | None:
    if written is None:
        return None
    total = 0.0
    for part in written.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _table(turns: list[Turn], transcript: str, source: str) -> pd.DataFrame:
    starts = [turn.start for turn in turns]
    return pd.DataFrame(
        {
            "utterance_id": [f"{transcript}-{i:03d}" for i in range(1, len(turns) + 1)],
            "transcript": transcript,
            "turn": range(1, len(turns) + 1),
            "speaker": [turn.speaker for turn in turns],
            "role": ["interviewer" if is_interviewer(turn.speaker) else "participant" for turn in turns],
            "start_s": pd.array(starts, dtype="float64"),
            "end_s": pd.array([*starts[1:], None], dtype="float64"),
            "text": [" ".join(w.strip() for w in turn.words if w.strip()) for turn in turns],
            "source": source,
            "line": [turn.line for turn in turns],
        }
    )


def _account(source: files.Source, lines: list[str], turns: list[Turn], counts: dict[str, int]) -> report.Report:
    opening = {turn.line for turn in turns}
    skipped = sum(counts.values())
    return report.account(
        source=source.name,
        platform="transcript",
        size=source.size,
        lines=len(lines),
        headers=len(opening),
        continuation=len(lines) - len(opening) - skipped,
        undecodable=0,
        skipped=counts,
        encoding=source.encoding,
    )
