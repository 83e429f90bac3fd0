"""Interview transcripts: turns of interviewer and participant, every line or paragraph accounted for."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import documents, files, report
from analysis.ingest.documents import Document, Line

INTERVIEWERS = ("pewawancara", "interviewer", "peneliti", "researcher", "p", "i", "q", "t", "tanya")
_TIME = r"[\[(]?(?P<{}>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:[.,]\d{{1,3}})?)[\])]?"
LABEL = re.compile(
    rf"^\s*(?:{_TIME.format('before')}\s+)?(?:\*\*|__)?(?P<name>[^\W\d_][^:\n*\[\]()]{{0,39}}?)\s*"
    rf"(?:{_TIME.format('after')}\s*)?(?:\*\*|__)?:(?:\*\*|__)?(?:\s+(?P<text>.*))?$"
)
OPENING = re.compile(rf"^\s*(?P<name>[^\W\d_][^:\n*\[\]()]{{0,39}}?)\s+{_TIME.format('after')}\s*$")
ENDS = (".", "?", "!", "…", '"', "”", ")", "]")  # of a sentence
META = re.compile(r"^#+\s*(?P<key>[^:]{1,40}?)\s*:\s*(?P<value>.*)$")


@dataclass
class Turn:
    """One turn as it is read. words: its lines."""

    speaker: str
    line: int
    start: float | None
    end: float | None
    words: list[str] = field(default_factory=list)


def read_transcript(path: str | Path) -> pd.DataFrame:
    """The turns of one interview (.txt, .md, .docx, .odt, .vtt, .srt).

    A turn begins with `Name: `, a time such as [00:12:30] before the colon if there is one, and goes on to the next; a
    name that stands only once and inside a sentence is text. Lines are joined by a blank. Lines beginning with # at
    the top are metadata (`# peserta: Sri Wahyuni`). Cues of one speaker in a row are one turn.

    Returns a DataFrame: utterance_id, transcript, turn (1-based), speaker (as written), role (interviewer,
    participant), start_s, end_s (seconds, missing where not given), text, source, line (1-based; in .docx and .odt the
    paragraph). df.attrs["report"] accounts for every line, df.attrs["metadata"] holds the metadata.
    Raises InputError when no turn is found.
    """
    path = Path(path)
    document = documents.read(path)
    meta, spoken = _metadata(document)
    turns = _turns(document, spoken, speakers(spoken, meta))
    if not turns:
        mend = "Begin each turn with the speaker's name and a colon, as in `Pewawancara: ...`."
        raise InputError("no turn found in this transcript", path=path, mend=mend)
    asking, warnings = interviewers(turns)
    table = _table(turns, asking, files.slug(path.name), document.name)
    table.attrs["metadata"] = meta
    table.attrs["report"] = _account(document, turns) | {"warnings": warnings}
    return table


def _metadata(document: Document) -> tuple[dict[str, str], list[Line]]:
    """The metadata at the top, and the lines below it; what is above is counted as skipped."""
    meta: dict[str, str] = {}
    for place, line in enumerate(document.lines):
        match = META.match(line.text)
        if line.text.strip() and match is None and not line.text.startswith("#"):
            return meta, document.lines[place:]
        document.skipped["metadata" if line.text.strip() else "empty line"] += 1
        if match:
            meta[match["key"].strip().lower()] = match["value"].strip()
    return meta, []


def _label(text: str) -> re.Match[str] | None:
    return LABEL.match(text) or OPENING.match(text)


def speakers(lines: list[Line], meta: dict[str, str]) -> set[str]:
    """The names that open turns: interviewers, the participant of the metadata, names that stand at the start of a line
    more than once, and names that open a paragraph or, written as a name is, follow the end of a sentence."""
    opening, anywhere = set(), Counter[str]()
    before, number = "", 0
    for line in lines:
        match = _label(line.text)
        if match:
            anywhere[match["name"]] += 1
            apart = not before or line.number > number + 1
            if apart or (match["name"][0].isupper() and before.endswith(ENDS)):
                opening.add(match["name"])
        before, number = line.text.strip(), line.number
    return {n for n, c in anywhere.items() if n in opening or c > 1 or is_interviewer(n) or n in meta.values()}


def is_interviewer(name: str) -> bool:
    """Whether a speaker's name is one for interviewers (`Pewawancara 2` too)."""
    return re.sub(r"[\s\d.]+$", "", name).strip().lower() in INTERVIEWERS


def interviewers(turns: list[Turn]) -> tuple[set[str], list[str]]:
    """Which speakers ask, and a warning where only the questions tell.

    P and I are used for either side. Where every speaker has a name for interviewers, the one who asks most is it.
    """
    names = {turn.speaker for turn in turns}
    asking = {name for name in names if is_interviewer(name)}
    if len(names) < 2 or asking != names:
        return asking, []
    questions = Counter(turn.speaker for turn in turns if "?" in "".join(turn.words))
    share = {name: questions[name] / sum(turn.speaker == name for turn in turns) for name in sorted(names)}
    one = max(share, key=lambda name: share[name])
    return {one}, [f"{one} is taken for the interviewer, because {one} asks most questions"]


def _turns(document: Document, lines: list[Line], names: set[str]) -> list[Turn]:
    turns: list[Turn] = []
    for line in lines:
        match = _label(line.text)
        speaker = match["name"] if match and match["name"] in names else None
        words = (match.groupdict().get("text") or "") if match else ""
        times = match.groupdict() if match else {}
        written = times.get("before") or times.get("after")
        if speaker is None and not line.text.strip():
            document.skipped["empty line"] += 1
        elif speaker is None and not turns:
            document.skipped["before the first turn"] += 1
        elif speaker is None or (line.start is not None and turns and turns[-1].speaker == speaker):
            turns[-1].words.append(line.text if speaker is None else words)
            turns[-1].end = line.end
        else:
            start = documents.seconds(written) if written else line.start
            turns.append(Turn(speaker, line.number, start, line.end, [words]))
    return turns


def _table(turns: list[Turn], asking: set[str], transcript: str, source: str) -> pd.DataFrame:
    starts = [turn.start for turn in turns]
    ends = [turn.end if turn.end is not None else after for turn, after in zip(turns, [*starts[1:], None], strict=True)]
    return pd.DataFrame(
        {
            "utterance_id": [f"{transcript}-{i:03d}" for i in range(1, len(turns) + 1)],
            "transcript": transcript,
            "turn": range(1, len(turns) + 1),
            "speaker": [turn.speaker for turn in turns],
            "role": ["interviewer" if turn.speaker in asking else "participant" for turn in turns],
            "start_s": pd.array(starts, dtype="float64"),
            "end_s": pd.array(ends, dtype="float64"),
            "text": [" ".join(w.strip() for w in turn.words if w.strip()) for turn in turns],
            "source": source,
            "line": [turn.line for turn in turns],
        }
    )


def _account(document: Document, turns: list[Turn]) -> report.Report:
    opening = {turn.line for turn in turns}
    undecodable = len(document.undecodable - opening)
    return report.account(
        source=document.name,
        platform="transcript",
        size=document.size,
        lines=document.total,
        headers=len(opening),
        continuation=document.total - len(opening) - document.skipped.total() - undecodable,
        undecodable=undecodable,
        skipped=document.skipped,
        encoding=document.encoding,
    )
