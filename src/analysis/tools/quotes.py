"""Approving quotations: a person reads each turn of an interview that the book would quote, with what a reader could
infer from it about its speaker, and decides to show or withhold it. The decisions are raw data
(data/raw/quotations.csv, with a hash of the text that was read), which the next run applies: a turn that has changed
since must be read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import approvals, study, tables, wording
from analysis.coding.anchors import text_hash
from analysis.errors import InputError
from analysis.identifiers import lexicon
from analysis.ingest.sheets import APPROVALS, read_approvals
from analysis.privacy import CLASSES
from analysis.tools import decisions

FILE = "quotations.csv"
COMMAND = "guyub quotes"
KEYS = {"s": "show", "w": "withhold"}
FEW = 5  # fewer members than this of one role and sector: these identify few people
RARE = 8  # most rare words listed
_WORD = re.compile(r"[^\W\d_]{4,}")
_PLACE_OR_TIME = re.compile(
    r"(?<=[^\W_] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*|\b(?:19|20)\d\d\b"
    r"|\b\d{1,2} (?:Jan|Feb|Mar|Apr|Mei|May|Jun|Jul|Agu|Aug|Sep|Okt|Oct|Nov|Des|Dec)\w*"
    r"|\b(?:desa|dusun|kecamatan|kampung|pasar|gang|RT|RW) \w+|\b\d+ (?:tahun|years|anak|karyawan|cabang|hektar|kali)\b"
)


@dataclass(frozen=True)
class QuotedTurn:
    """A turn that the book would quote. inferred: what a reader could infer from it, in sentences."""

    unit: str
    member: str
    place: str
    text: str
    inferred: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 of the text that is read, in hexadecimal digits."""
        return text_hash(self.text)


def of_study(paths: study.Paths) -> list[QuotedTurn]:
    """The turns of interviews that the book would quote, those chosen as quotations first. Raises InputError before the
    first run of themes."""
    ingest, themes = paths.processed("ingest"), paths.processed("themes")
    if not (themes / "passages.parquet").exists():
        raise _nothing_chosen(paths)
    utterances = tables.read(ingest / "utterances.parquet", tables.Utterances).set_index("utterance_id")
    members = tables.read(ingest / "members.parquet", tables.Members).set_index("member")
    messages = tables.read(ingest / "messages.parquet", tables.Messages)
    units = _units(themes, members)
    said = pd.concat([part[["member", "text"]] for part in (messages, utterances)])
    nobodys = _marks(members.index)
    speakers = _speakers_of_words(said, nobodys)
    return [_quote(unit, utterances.loc[unit], members, speakers, nobodys) for unit in units]


def _units(themes: Path, members: pd.DataFrame) -> list[str]:
    """The turns that the book would quote, those chosen as quotations first. members: by pseudonym."""
    passages, chosen = (tables.read(themes / f"{name}.parquet") for name in ("passages", "quotations"))
    quotable = passages["member"].isin(members.index[tables.agrees(members["consent"])])
    return [*dict.fromkeys([*chosen["unit_id"], *passages.loc[quotable, "unit_id"]])]


def left(paths: study.Paths) -> int:
    """The number of turns that wait for a decision, if study.yaml asks for approval; 0 before the first run of themes.
    Raises InputError where a table cannot be read."""
    ingest, themes = paths.processed("ingest"), paths.processed("themes")
    if not approvals.asked_for(paths.root / "study.yaml") or not (themes / "passages.parquet").exists():
        return 0
    utterances = tables.read(ingest / "utterances.parquet", tables.Utterances)
    members = tables.read(ingest / "members.parquet", tables.Members).set_index("member")
    settled = approvals.settled(read_approvals(paths.raw / FILE), utterances)
    return len({*_units(themes, members)} & {*utterances["utterance_id"]} - {*settled.index})


def _nothing_chosen(paths: study.Paths) -> InputError:
    """The error where no quotation was chosen: run the step, or do nothing if it ran and had nothing to quote."""
    if not paths.metrics("themes").exists():
        return InputError("no quotation is chosen yet", fix="Run the study first: dvc repro themes")
    reason = study.read_metrics(paths, "themes").get("reason", "no passage was chosen")
    return InputError(f"the book quotes nobody: {reason}", fix="Nothing is to be approved until this is otherwise.")


def _marks(people: Iterable[str]) -> re.Pattern[str]:
    """Pattern of what scrubbing puts in place of words: marks and the pseudonyms of these people."""
    marks = [rf"\[{kind}\]" for kind in CLASSES]
    return re.compile("|".join([*marks, *(rf"(?<![^\W_]){person}" for person in sorted(people))]))


def _words(text: str, nobodys: re.Pattern[str]) -> list[str]:
    """The words that somebody said in a text, in lower case. nobodys: pattern of what nobody said."""
    return _WORD.findall(nobodys.sub(" ", text).casefold())


def _speakers_of_words(said: pd.DataFrame, nobodys: re.Pattern[str]) -> dict[str, set[str]]:
    """The speakers of each word. nobodys: as in _words."""
    speakers: dict[str, set[str]] = {}
    for row in said.dropna(subset=["member"]).itertuples(index=False):
        for word in _words(row.text, nobodys):
            speakers.setdefault(word, set()).add(row.member)
    return speakers


def _quote(
    unit: str, turn: pd.Series, members: pd.DataFrame, speakers: dict[str, set[str]], nobodys: re.Pattern[str]
) -> QuotedTurn:
    place = f"{turn['transcript']}, turn {turn['turn']}"
    said = _of_words(_words(turn["text"], nobodys), speakers)
    inferred = [*_of_speaker(turn["member"], members), *said, *_of_places(turn["text"])]
    return QuotedTurn(unit, turn["member"], place, turn["text"], tuple(inferred))


def _of_speaker(member: str, members: pd.DataFrame) -> Iterator[str]:
    """Sentences on how many share the role and the sector that the book shows next to the code."""
    if member not in members.index:
        yield f"{member} is not a member"
        return
    known = {name: members.loc[member, name] for name in ("role", "sector") if pd.notna(members.loc[member, name])}
    if not known:
        yield f"{member}: role and sector are unknown"
        return
    others = int(members[[*known]].eq(pd.Series(known)).all(axis=1).sum()) - 1
    shared = f"{wording.count(others, 'other member')} {'has' if others == 1 else 'have'}" if others else "no other has"
    few = ", so a reader may guess who this is" if others + 1 < FEW else ""
    yield f"{member}: {wording.listed(f'{name} {value}' for name, value in known.items())}, which {shared}{few}"


def _of_words(words: list[str], speakers: dict[str, set[str]]) -> Iterator[str]:
    """Sentences on words that nobody else uses, those in no dictionary first."""
    own = [word for word in dict.fromkeys(words) if len(speakers.get(word, ())) < 2]
    if rare := sorted(own, key=lambda word: word in lexicon.words())[:RARE]:
        yield f"words that nobody else uses: {', '.join(rare)}"


def _of_places(text: str) -> Iterator[str]:
    if where := list(dict.fromkeys(_PLACE_OR_TIME.findall(text))):
        yield f"places, times and numbers: {', '.join(where)}"


def waiting(quotes: Iterable[QuotedTurn], before: pd.DataFrame) -> dict[str, QuotedTurn]:
    """The turns, by unit, that nobody has decided on, or that have changed since. before: as read_approvals gives."""
    settled = set(zip(before["unit_id"], before["text_sha256"], strict=True))
    return {quote.unit: quote for quote in quotes if (quote.unit, quote.sha256) not in settled}


def go_through(paths: study.Paths, reviewer: str, key: Callable[[QuotedTurn, str], str]) -> decisions.Decided:
    """Ask for a decision on each waiting turn, and save each at once, so that it can be continued later. Raises
    InputError where the table of approvals cannot be read."""
    path, quotes, made = paths.raw / FILE, of_study(paths), dict[str, str]()
    before = read_approvals(path)
    left = waiting(quotes, before)
    kept = before.loc[~before["unit_id"].isin(left), [*APPROVALS]]
    done = len(quotes) - len(left)
    for made in decisions.decided([*left.values()], key, before=done, keys=KEYS, name=lambda quote: quote.unit):
        own = [(unit, left[unit].sha256, decision, reviewer) for unit, decision in made.items()]
        decisions.write(path, APPROVALS, [*kept.itertuples(index=False, name=None), *own], COMMAND)
    return decisions.Decided(path, len(made), len(left) - len(made))


def shown(quote: QuotedTurn) -> str:
    """A turn with what can be inferred from it, as lines."""
    return "\n".join([f"{quote.place}: “{quote.text}”", *(f"    {sentence}" for sentence in quote.inferred)])


def key_of_terminal(quote: QuotedTurn, place: str) -> str:
    """Show a turn and wait for a key; q without a terminal."""
    return decisions.asked(f"\n{place}: {shown(quote)}\n  [s]how  [w]ithhold  [b]ack  [q]uit: ")


def table(quotes: list[QuotedTurn]) -> pd.DataFrame:
    """Turns as a table: unit_id, member, place, inferred, text."""
    rows = [(q.unit, q.member, q.place, "; ".join(q.inferred), q.text) for q in quotes]
    return pd.DataFrame(rows, columns=["unit_id", "member", "place", "inferred", "text"])
