"""Approving quotations: a person reads each turn of an interview that the book would quote, with what a reader could
infer from it about its speaker, and says show or withhold. The decisions are raw data (data/raw/quotations.csv, with a
hash of the text that was read), which the next run applies: a turn that has changed since has to be read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import study, tables, wording
from analysis.coding.anchors import text_hash
from analysis.errors import InputError
from analysis.identifiers import lexicon
from analysis.ingest.sheets import APPROVALS, read_approvals
from analysis.tools import decisions

FILE = "quotations.csv"
KEYS = {"s": "show", "w": "withhold"}
FEW = 5  # members of one role and sector below which these lead to few people
RARE = 8  # rare words that are listed
_WORD = re.compile(r"[^\W\d_]{4,}")
_PLACE_OR_TIME = re.compile(
    r"(?<=[^\W_] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*|\b(?:19|20)\d\d\b"
    r"|\b\d{1,2} (?:Jan|Feb|Mar|Apr|Mei|May|Jun|Jul|Agu|Aug|Sep|Okt|Oct|Nov|Des|Dec)\w*"
    r"|\b(?:desa|dusun|kecamatan|kampung|pasar|gang|RT|RW) \w+|\b\d+ (?:tahun|years|anak|karyawan|cabang|hektar|kali)\b"
)


@dataclass(frozen=True)
class QuotedTurn:
    """A turn that the book would quote. inferred: what a reader could tell from it, in sentences."""

    unit: str
    member: str
    place: str
    text: str
    inferred: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Of the text that is read."""
        return text_hash(self.text)


def of_study(paths: study.Paths) -> list[QuotedTurn]:
    """The turns of interviews that the book would quote, those chosen as quotations first. Raises InputError before the
    first run of themes."""
    ingest, themes = paths.processed("ingest"), paths.processed("themes")
    if not (themes / "passages.parquet").exists():
        raise InputError("no quotation is chosen yet", path=themes, fix="Run the study first: dvc repro themes")
    utterances = tables.read(ingest / "utterances.parquet", tables.Utterances).set_index("utterance_id")
    members = tables.read(ingest / "members.parquet", tables.Members).set_index("member")
    messages = tables.read(ingest / "messages.parquet", tables.Messages)
    passages, chosen = (tables.read(themes / f"{name}.parquet") for name in ("passages", "quotations"))
    quotable = passages["member"].isin(members.index[members["consent"] == "quotes"])
    units = dict.fromkeys([*chosen["unit_id"], *passages.loc[quotable, "unit_id"]])
    speakers = _speakers_of_words(pd.concat([messages[["member", "text"]], utterances[["member", "text"]]]))
    return [_quote(unit, utterances.loc[unit], members, speakers) for unit in units]


def _speakers_of_words(said: pd.DataFrame) -> dict[str, set[str]]:
    """Who uses each word, in small letters."""
    speakers: dict[str, set[str]] = {}
    for row in said.dropna(subset=["member"]).itertuples(index=False):
        for word in set(_WORD.findall(row.text.casefold())):
            speakers.setdefault(word, set()).add(row.member)
    return speakers


def _quote(unit: str, turn: pd.Series, members: pd.DataFrame, speakers: dict[str, set[str]]) -> QuotedTurn:
    place = f"{turn['transcript']}, turn {turn['turn']}"
    inferred = [*_of_speaker(turn["member"], members), *_of_words(turn["text"], speakers)]
    return QuotedTurn(unit, turn["member"], place, turn["text"], tuple(inferred))


def _of_speaker(member: str, members: pd.DataFrame) -> Iterator[str]:
    """How many share the role and the sector that the book shows next to the code."""
    if member not in members.index:
        yield f"{member} is no member"
        return
    known = {name: members.loc[member, name] for name in ("role", "sector") if pd.notna(members.loc[member, name])}
    alike = members[[*known]].eq(pd.Series(known)).all(axis=1).sum() if known else len(members)
    what = ", ".join(f"{name} {value}" for name, value in known.items()) or "no role and no sector known"
    yield f"{member}: {what}, as {wording.count(int(alike), 'member')}{': few' if alike < FEW else ''}"


def _of_words(text: str, speakers: dict[str, set[str]]) -> Iterator[str]:
    """Words that nobody else uses, and places, times and numbers."""
    words = dict.fromkeys(_WORD.findall(text.casefold()))
    own = [word for word in words if len(speakers.get(word, ())) < 2]
    rare = sorted(own, key=lambda word: word in lexicon.words())[:RARE]
    if rare:
        yield f"words that nobody else uses: {', '.join(rare)}"
    if where := list(dict.fromkeys(_PLACE_OR_TIME.findall(text))):
        yield f"places, times and numbers: {', '.join(where)}"


def waiting(paths: study.Paths) -> list[QuotedTurn]:
    """The turns that nobody has decided on, or that have changed since."""
    before = read_approvals(paths.raw / FILE)
    settled = set(zip(before["unit_id"], before["text_sha256"], strict=True))
    return [quote for quote in of_study(paths) if (quote.unit, quote.sha256) not in settled]


def go_through(paths: study.Paths, reviewer: str, key: Callable[[QuotedTurn, int], str]) -> Path:
    """Ask for each turn that waits for a decision, and keep each at once, so that it can go on later."""
    path, left = paths.raw / FILE, {quote.unit: quote for quote in waiting(paths)}
    before = read_approvals(path)
    kept = before.loc[~before["unit_id"].isin(left), [*APPROVALS]]
    for made in decisions.decided([*left.values()], key, keys=KEYS, name=lambda quote: quote.unit):
        own = [(unit, left[unit].sha256, decision, reviewer) for unit, decision in made.items()]
        decisions.write(path, APPROVALS, [*kept.itertuples(index=False, name=None), *own])
    decisions.enter(paths, FILE)
    return path


def shown(quote: QuotedTurn) -> str:
    """A turn with what can be inferred from it, as lines."""
    return "\n".join([f"{quote.place}: “{quote.text}”", *(f"    {sentence}" for sentence in quote.inferred)])


def key_of_terminal(quote: QuotedTurn, done: int) -> str:
    """Shows a turn and waits for a key; q where there is no terminal to answer."""
    return decisions.asked(f"\n{done + 1}. {shown(quote)}\n  [s]how  [w]ithhold  [b]ack  [q]uit: ")


def table(quotes: list[QuotedTurn]) -> pd.DataFrame:
    """Turns as a table: unit_id, member, place, inferred, text."""
    rows = [(q.unit, q.member, q.place, "; ".join(q.inferred), q.text) for q in quotes]
    return pd.DataFrame(rows, columns=["unit_id", "member", "place", "inferred", "text"])
