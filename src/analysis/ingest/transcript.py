"""Interview transcripts: turns of interviewer and participant, every line or paragraph accounted for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis import wording
from analysis.errors import InputError
from analysis.ingest import documents, files, report
from analysis.ingest.documents import Line, TranscriptFile

INTERVIEWERS = (
    "pewawancara", "interviewer", "peneliti", "researcher", "p", "i", "q", "t", "tanya", "penemu bual", "penemuduga",
    "interviewerin", "forscher", "forscherin", "entrevistador", "entrevistadora", "investigador", "investigadora",
    "pesquisador", "pesquisadora", "enquêteur", "enquêtrice", "enquêteuse", "intervieweur", "intervieweuse",
    "chercheur", "chercheuse", "intervistatore", "intervistatrice", "onderzoeker", "görüşmeci", "интервьюер",
)  # fmt: skip
SEVERAL = re.compile(r"[,;&/]|\s(?:dan|serta|and|und|et|y|e|en|ve|и)\s")  # between names in a line of the metadata
_TIME = r"[\[(]?(?P<{}>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:[.,]\d{{1,3}})?)[\])]?"
_NAME = r"(?P<name>[^\W\d_][^:\n*\[\]()]{0,39}?)(?:\s*[\[(](?P<remark>[^:\n*\[\]()]{1,40})[\])])?"
LABEL = re.compile(
    rf"^\s*(?:{_TIME.format('before')}\s+)?(?:\*\*|__)?{_NAME}\s*"
    rf"(?:{_TIME.format('after')}\s*)?(?:\*\*|__)?:(?:\*\*|__)?(?:\s+(?P<text>.*))?$"
)
OPENING = re.compile(rf"^\s*{_NAME}\s+{_TIME.format('after')}\s*$")
NUMBER = re.compile(r"[\s(]*(?:\d[\d.]*|\b[A-Z])\)?$|\s*\(.*\)$")  # at the end of a name: `Narasumber 2`, `Ibu (B)`
ROLES = ("narasumber", "informan", "informant", "participant", "partisipan", "peserta", "responden", "respondent",
         "subjek", "speaker", "moderator")  # fmt: skip
ENDS = (".", "?", "!", "…", '"', "”", ")", "]")  # of a sentence
META = re.compile(r"^#+\s*(?P<key>[^:]{1,40}?)\s*:\s*(?P<value>.*)$")
MOSTLY = 0.6  # of a speaker's turns that ask something, for a doubt whether that is the interviewer
SHORT = re.compile(r"\d+|[A-Za-z]")  # a remark that distinguishes speakers: `Narasumber (2)`


@dataclass(frozen=True)
class Label:
    """What could open a turn. name: the speaker's; words: what follows; time: as written; remark: in brackets behind
    the name; named: whether it is written as a name is; timed: whether its time shows that a turn begins; colon:
    whether there is one."""

    name: str
    words: str
    time: str | None
    remark: str
    named: bool
    timed: bool
    colon: bool


@dataclass
class Turn:
    """One turn as it is read. words: its lines; more: their numbers, but for the first."""

    speaker: str
    line: int
    start: float | None
    end: float | None
    words: list[str] = field(default_factory=list)
    more: list[int] = field(default_factory=list)


def read_transcript(path: str | Path) -> pd.DataFrame:
    """The turns of one interview (.txt, .md, .docx, .odt, .vtt, .srt).

    A turn begins with `Name: `, a time such as [00:12:30] or a remark such as (Ketua) before the colon if there is one,
    and continues to the next; a name that occurs only once and inside a sentence is text. Lines are joined by a blank.
    Lines beginning with # at the top are metadata (`# peserta: NAME`). Cues of one speaker in a row are one
    turn. Comments, deleted text and notes of a document are not speech.

    Returns a DataFrame: utterance_id, transcript, turn (1-based), speaker (as written), role (interviewer,
    participant), start_s, end_s (seconds, missing where not given), text, source, line (1-based; in .docx and .odt the
    paragraph). df.attrs["report"] accounts for every line, df.attrs["metadata"] holds the metadata.
    Raises InputError when no turn is found.
    """
    path = Path(path)
    document = documents.read(path)
    meta, spoken = _metadata(document)
    matches = [LABEL.match(line.text) or OPENING.match(line.text) for line in spoken]
    remarks: dict[str, set[str]] = {}
    for match in filter(None, matches):
        remarks.setdefault(match["name"], set()).add(match["remark"] or "")
    labels = [match and _label(match, remarks[match["name"]]) for match in matches]
    names = speakers(spoken, labels, meta)
    turns = _turns(document, spoken, [label if label and label.name in names else None for label in labels])
    if not turns:
        fix = "Begin each turn with the speaker's name and a colon, as in `Pewawancara: ...`."
        raise InputError("no turn found in this transcript", path=path, fix=fix)
    asking, warnings = interviewers(turns, [value for key, value in meta.items() if _names_interviewers(key)])
    warnings += _doubts(spoken, labels, names)
    table = _table(turns, asking, files.slug(path.name), document.name)
    table.attrs["metadata"] = meta
    table.attrs["report"] = _account(document, turns) | {"warnings": warnings}
    return table


def _metadata(document: TranscriptFile) -> tuple[dict[str, str], list[Line]]:
    """The metadata above the first line that could open a turn, and all other lines; metadata are counted as skipped.
    Lines that name interviewers are joined by semicolons; of any other key the last counts."""
    opens = (k for k, line in enumerate(document.lines) if LABEL.match(line.text) or OPENING.match(line.text))
    spoken = next(opens, len(document.lines))
    meta: dict[str, str] = {}
    others: list[Line] = []
    for line in document.lines[:spoken]:
        if not line.text.startswith("#"):
            others.append(line)
            continue
        document.skipped["metadata"] += 1
        if match := META.match(line.text):
            key, value = match["key"].strip().lower(), match["value"].strip()
            meta[key] = f"{meta[key]}; {value}" if key in meta and _names_interviewers(key) else value
    return meta, others + document.lines[spoken:]


def _label(match: re.Match[str], remarks: Collection[str]) -> Label:
    """remarks: what is in brackets behind the name anywhere, "" where nothing is.

    `Bu Sri (Ketua)` is Bu Sri. A number or letter is part of the name, and so are remarks that distinguish people of
    one name: several, and never none.
    """
    name, remark, parts = match["name"], match["remark"] or "", match.groupdict()
    side = "before" if parts.get("before") else "after"
    capital, words = name[0].isupper(), name.split()
    bracketed = bool(parts[side]) and match.string[max(0, match.start(side) - 1)] in "[("
    if short := SHORT.fullmatch(remark):
        remark, name = "", f"{name} ({remark})"
    elif remark and len(remarks) > 1 and "" not in remarks:
        name = f"{name} ({remark})"
    return Label(
        name=name, words=parts.get("text") or "", time=parts[side], remark=remark,
        named=capital and (not (remark or short) or all(word[0].isupper() or word[0].isdigit() for word in words)),
        timed="text" in parts and bool(parts[side]) and (bracketed or capital), colon="text" in parts,
    )  # fmt: skip


def speakers(lines: list[Line], labels: list[Label | None], meta: dict[str, str]) -> set[str]:
    """The names that open turns: interviewers, the participant of the metadata, roles such as `Narasumber`, names that
    are at the start of a line more than once or with a time, names that open a paragraph or, written as a name is,
    have a remark or follow the end of a sentence; and names that differ from such a one in their end only
    (`Narasumber 2`)."""
    opening, anywhere = set(meta.values()), Counter[str]()
    before, number = "", 0
    for line, label in zip(lines, labels, strict=True):
        if label:
            anywhere[label.name] += 1
            separate = (not before or line.number > number + 1) and not label.remark
            if separate or label.timed or (label.named and (label.remark or before.endswith(ENDS))):
                opening.add(label.name)
        before, number = line.text.strip(), line.number
    names = {n for n, c in anywhere.items() if n in opening or c > 1 or is_interviewer(n) or is_role(n)}
    stems = {_stem(name) for name in names} - {None}
    return names | {name for name in anywhere if _stem(name) in stems}


def _stem(name: str) -> str | None:
    """A name without the number, letter or remark at its end, None where there is none."""
    stem = NUMBER.sub("", name)
    return stem.lower() if stem != name else None


def is_role(name: str) -> bool:
    """Whether a speaker is called by what they are in the interview (`Narasumber`, `Narasumber 2`)."""
    return name[0].isupper() and NUMBER.sub("", name).strip().lower() in ROLES


def is_interviewer(name: str) -> bool:
    """Whether a speaker's name is one for interviewers (`Pewawancara 2` too)."""
    return re.sub(r"\s*\(.*\)$|[\s\d.]+$", "", name).strip().lower() in INTERVIEWERS


def _names_interviewers(key: str) -> bool:
    """Whether a key of the metadata names who asks: a word for interviewers, of one or several (`interviewers`), and
    no letter, as P1 is a participant too."""
    word = re.sub(r"[\s\d]+$", "", key).removesuffix("s")
    return len(word) > 1 and word in INTERVIEWERS


def interviewers(turns: list[Turn], stated: Collection[str] = ()) -> tuple[set[str], list[str]]:
    """The speakers who interview, and a warning where only their questions show it. stated: their names in the
    metadata, one or several.

    P and I are used for either side. Where every speaker has a name for interviewers, the interviewer is the one who
    asks most.
    """
    names = {turn.speaker for turn in turns}
    called = [name.strip().casefold() for line in stated for name in SEVERAL.split(line) if name.strip()]
    if asking := {name for name in names for one in called if name.casefold() in (one, one.split()[0])}:
        return asking, []
    asking = {name for name in names if is_interviewer(name)}
    if len(names) == 2 and not asking and (doubt := _asks_nearly_always(turns, names)):
        return set(), [doubt]
    if len(names) < 2 or asking != names:
        return asking, []
    questions = Counter(turn.speaker for turn in turns if "?" in "".join(turn.words))
    share = {name: questions[name] / sum(turn.speaker == name for turn in turns) for name in sorted(names)}
    one = max(share, key=lambda name: share[name])
    return {one}, [f"{one} is taken for the interviewer, because {one} asks most questions"]


def _asks_nearly_always(turns: list[Turn], names: Collection[str]) -> str:
    """A warning where one of two speakers asks in most turns, and is called by no name for interviewers."""
    own = {name: [turn for turn in turns if turn.speaker == name] for name in sorted(names)}
    asks = {name: sum("?" in "".join(turn.words) for turn in each) / len(each) for name, each in own.items()}
    one, other = sorted(asks, key=lambda name: -asks[name])
    if asks[one] < MOSTLY or asks[other] > 1 - MOSTLY:
        return ""
    fix = f"if that is the interviewer, write `# interviewer: {one}` at the top of the file"
    return f"{one} asks in most turns, and counts as a participant: {fix}"


def _turns(document: TranscriptFile, lines: list[Line], labels: list[Label | None]) -> list[Turn]:
    """The turns that the labels open; a line without one continues the turn above."""
    turns: list[Turn] = []
    for line, label in zip(lines, labels, strict=True):
        if label is None and not line.text.strip():
            document.skipped["empty line"] += 1
        elif label is None and not turns:
            document.skipped["before the first turn"] += 1
        elif label is None or (line.start is not None and turns and turns[-1].speaker == label.name):
            turns[-1].words.append(line.text if label is None else label.words)
            turns[-1].more.append(line.number)
            turns[-1].end = line.end
        else:
            start = documents.seconds(label.time) if label.time else line.start
            turns.append(Turn(label.name, line.number, start, line.end, [label.words]))
    return turns


def _doubts(lines: list[Line], labels: list[Label | None], names: set[str]) -> list[str]:
    """Warnings where words may have been given to the wrong speaker; without names, as warnings are published."""
    left = [line.number for line, label in zip(lines, labels, strict=True)
            if label and label.named and label.colon and label.name not in names]  # fmt: skip
    doubts = []
    if left:
        places = ", ".join(map(str, left[:3])) + (", ..." if len(left) > 3 else "")
        many = "begins" if len(left) == 1 else "begin"
        doubts.append(f"{wording.count(len(left), 'line')} {many} as turns do, but no turn was opened: line {places}")
    remarks: dict[str, set[str]] = {}
    for label in labels:
        if label and label.remark and label.name in names:
            remarks.setdefault(label.name.removesuffix(f" ({label.remark})"), set()).add(label.remark)
    for name in [name for name, several in remarks.items() if len(several) > 1]:
        how = "all are taken for one speaker" if name in names else "each is taken for a speaker of their own"
        doubts.append(f"a name has {len(remarks[name])} different remarks in brackets: {how}")
    return doubts


def _table(turns: list[Turn], asking: set[str], transcript: str, source: str) -> pd.DataFrame:
    starts = [turn.start for turn in turns]
    ends = [turn.end if turn.end is not None else after for turn, after in zip(turns, [*starts[1:], None], strict=True)]
    return pd.DataFrame({
        "utterance_id": [f"{transcript}-{i:03d}" for i in range(1, len(turns) + 1)], "transcript": transcript,
        "turn": range(1, len(turns) + 1), "speaker": [turn.speaker for turn in turns],
        "role": ["interviewer" if turn.speaker in asking else "participant" for turn in turns],
        "start_s": pd.array(starts, dtype="float64"), "end_s": pd.array(ends, dtype="float64"),
        "text": [" ".join(w.strip() for w in turn.words if w.strip()) for turn in turns], "source": source,
        "line": [turn.line for turn in turns],
    })  # fmt: skip


def _account(document: TranscriptFile, turns: list[Turn]) -> report.Report:
    more = [line for turn in turns for line in turn.more]
    undecodable = len(document.undecodable.intersection(more))
    return report.account(
        source=document.name, platform="transcript", size=document.size, lines=document.total, headers=len(turns),
        continuation=len(more) - undecodable, undecodable=undecodable, skipped=document.skipped,
        encoding=document.encoding,
    )  # fmt: skip
