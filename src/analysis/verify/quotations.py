"""Whether everything that the book quotes was said, by people who agreed to it, and nothing leads to a person.

A quotation is text between “ ” (in a page's prose also between straight ones), in a <mark>, or in a table's column
`quotation` or `text`. One that links its turn must be of that turn and of the person named there. A quotation from a
work is followed by its citation and is not checked. In addition, the book may hold no run of RUN words that only
members without that consent wrote.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from html.parser import HTMLParser

import pandas as pd

from analysis import scan, tables, wording
from analysis.errors import InputError
from analysis.verify.prose import plain
from analysis.verify.subject import AGAIN, Finding, Subject

RUN = 6  # words; shorter runs are common phrases
COLUMNS = ("quotation", "text")
FIX = "Quote what is in the data, of people who agreed to be quoted, by the notebook's own functions."
FOLDERS = ("metrics", "data/processed", "book/executed", "book/_build/html")
ABSENT = "Run it where the raw files are, or ask the authors to."
LET_THROUGH = "`guyub scan --show` shows what it is; fix what let it through, then dvc repro."
_QUOTED = re.compile(r"“([^”]+)”(?!\s?\{cite)")
_STRAIGHT = re.compile(r"\"([^\"\n]+)\"(?!\s?\{cite)")
_ATTRIBUTED = re.compile(r'“([^<]*)”</span>(?:<br><em[^>]*>[^<]*</em>)?<br><a href="#turn-([^"]*)">(\w+)')
_GAP = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?)\s*")


@dataclass(frozen=True)
class Said:
    """What was said. quotable: all that may be quoted, in one text; withheld: runs of words that none of it holds;
    turns: speaker and text of each turn of an interview."""

    quotable: str
    withheld: Set[tuple[str, ...]]
    turns: Mapping[str, tuple[str, str]]


def quotations_are_said_and_consented(subject: Subject) -> Iterator[Finding]:
    """Every quotation is in the data, of somebody who consents to it, and nobody else's words are shown."""
    said = what_was_said(subject)
    for place, data in _outputs(subject):
        for words, turn in misattributed(data.get("text/html", ""), said.turns):
            yield Finding(place, f"a quotation is not of {turn}, or not of the person it names: {words[:60]!r}", FIX)
    for place, text, quoted in _shown(subject):
        for words in quoted:
            if not is_quotable(words, said.quotable):
                yield Finding(place, f"a quotation is not in the data, or not consented to: {words[:60]!r}", FIX)
        if withheld := runs(text) & said.withheld:
            yield Finding(place, f"it holds words of members who did not agree to be quoted, {len(withheld)} runs", FIX)


def what_was_said(subject: Subject) -> Said:
    """Texts of messages and utterances, with their translations, separated by the members' consent."""
    folder = subject.paths.processed("ingest")
    if not folder.is_dir():
        raise InputError("there are no messages yet", path=folder, fix=AGAIN)
    members = tables.read(folder / "members.parquet", tables.Members)
    consenting = set(members.loc[members["consent"] == "quotes", "member"])
    utterances = _units(subject, "utterances", "utterance_id")
    units = pd.concat([_units(subject, "messages", "message_id"), utterances])
    free = units["member"].isin(consenting) | (units["role"] == "interviewer")
    codings = tables.read(folder / "codings.parquet", tables.Codings).dropna(subset="translation")
    translated = codings.loc[codings["unit_id"].isin(units.loc[free, "unit_id"]), "translation"].unique()
    unnamed = set(units["member"].dropna()) | set(members["member"])
    own = [wording.unnamed(text, unnamed - consenting) for text in (*units.loc[free, "text"], *translated)]
    others = units.loc[~free & units["member"].notna(), "text"]
    withheld = frozenset().union(*map(runs, others)).difference(*map(runs, own))
    spoken = (_one([wording.unnamed(text, unnamed - consenting)]) for text in utterances["text"])
    turns = dict(zip(utterances["unit_id"], zip(utterances["member"], spoken, strict=True), strict=True))
    return Said(_one(own), withheld, turns)


def misattributed(page: str, turns: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Words and turn of each quotation in a piece of HTML that its turn does not hold, or another speaker said."""
    for words, turn, who in _ATTRIBUTED.findall(page):
        speaker, text = turns.get(turn, ("", ""))
        if who != speaker or not is_quotable(html.unescape(words), text):
            yield html.unescape(words), turn


def _units(subject: Subject, table: str, key: str) -> pd.DataFrame:
    frame = pd.read_parquet(subject.paths.processed("ingest") / f"{table}.parquet").rename(columns={key: "unit_id"})
    return frame.assign(role=frame.get("role", "member"))[["unit_id", "member", "role", "text"]]


def _outputs(subject: Subject) -> Iterator[tuple[str, dict[str, str]]]:
    """Place and data of each output of the notebooks."""
    for step, notebook in subject.executed.items():
        for cell in notebook.cells:
            place = f"{subject.name(subject.paths.executed(step))}, cell {cell.get('id')}"
            yield from ((place, output.get("data", {})) for output in cell.get("outputs", []))


def _shown(subject: Subject) -> Iterator[tuple[str, str, list[str]]]:
    """Place, words and quotations of each page's prose and of each output."""
    for place, text in subject.prose.items():
        own = plain(text)
        yield place, own, [*_QUOTED.findall(own), *_STRAIGHT.findall(own)]
    for place, data in _outputs(subject):
        if "text/html" in data:
            page = _Page(data["text/html"])
            yield place, " ".join(page.words), page.quoted
        elif "text/markdown" in data:
            text = re.sub(r"\\(\W)", r"\1", html.unescape(data["text/markdown"]))
            yield place, text, _QUOTED.findall(text)


class _Page(HTMLParser):
    """A piece of HTML: its words, and the quotations in it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.quoted: list[str] = []
        self._heads: list[str] = []
        self._column, self._tag = 0, ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self._heads = [] if tag == "thead" else self._heads
        self._column = 0 if tag == "tr" else self._column

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""
        self._column += tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._tag in ("script", "style"):
            return
        self.words.append(data)
        self.quoted += _quoted_in(data)
        head = "".join(self._heads[self._column : self._column + 1])
        if self._tag == "mark" or (self._tag == "td" and head in COLUMNS):
            self.quoted.append(data)
        elif self._tag == "th":
            self._heads.append(data.strip())


def _quoted_in(text: str) -> list[str]:
    """Quotations in a run of text; one that holds marks of its own is taken whole."""
    start, end = text.find("“"), text.rfind("”")
    if start < 0 or end < start:
        return []
    inner = text[start + 1 : end]
    nested = inner.count("“") != inner.count("”") or inner.find("“") < inner.find("”")
    return [inner] if nested else _QUOTED.findall(text)


def is_quotable(words: str, quotable: str) -> bool:
    """Whether each part of a quotation, cut at its omissions, was said as it stands."""
    return all(_one([part]) in quotable for part in _GAP.split(words))


def _one(texts: Iterable[str]) -> str:
    return "\n".join(" ".join(text.split()) for text in texts)


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of RUN words of a text, in small letters."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def nothing_leads_to_a_person(subject: Subject) -> Iterator[Finding]:
    """No file that a step made holds a name, number or address of a person, nor the key of the pseudonyms."""
    if not subject.paths.raw.is_dir():
        yield Finding("data/raw", "the raw files are not here, so nobody's name can be searched for", ABSENT)
    watching = scan.watchlist(subject.paths)
    for folder in (subject.root / name for name in FOLDERS if (subject.root / name).is_dir()):
        places = defaultdict(list)
        for hit in scan.survey(subject.paths, folder, watching).hits:
            places[subject.name(folder / hit.file), hit.kind].append(hit.place)
        for (file, kind), where in places.items():
            yield Finding(file, f"{kind}, {len(where)} times, first at {where[0]}", LET_THROUGH)
