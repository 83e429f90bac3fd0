"""Whether everything that the book quotes was said, by people who agreed to be quoted.

A quotation is text between “ ” (in a page's prose also between straight ones), in a <mark>, or in a table's column
`quotation` or `text`. One that links its turn must be of that turn and of the person named there. A quotation from a
work is followed by its citation and is not checked. In addition, the book may hold no run of RUN words that only
members without that consent wrote.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from html.parser import HTMLParser

import pandas as pd

from analysis import tables, wording
from analysis.errors import InputError
from analysis.verify.prose import plain
from analysis.verify.subject import AGAIN, Finding, Subject

RUN = 6  # words; shorter runs are common phrases
COLUMNS = ("quotation", "text")
FIX = "Quote what is in the data, of people who agreed to be quoted, by the notebook's own functions."
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
    for place, page in _html(subject):
        for words, turn in misattributed(page, said.turns):
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
    turns = {
        row["unit_id"]: (row["member"], _one([wording.unnamed(row["text"], unnamed - consenting)]))
        for row in utterances.to_dict("records")
    }
    return Said(_one(own), frozenset(_all_runs(others) - _all_runs(own)), turns)


def misattributed(page: str, turns: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Words and turn of each quotation in a piece of HTML that its turn does not hold, or another speaker said."""
    for words, turn, who in _ATTRIBUTED.findall(page):
        speaker, text = turns.get(turn, ("", ""))
        if who != speaker or not is_quotable(html.unescape(words), text):
            yield html.unescape(words), turn


def _units(subject: Subject, table: str, key: str) -> pd.DataFrame:
    frame = pd.read_parquet(subject.paths.processed("ingest") / f"{table}.parquet").rename(columns={key: "unit_id"})
    return frame.assign(role=frame.get("role", "member"))[["unit_id", "member", "role", "text"]]


def _html(subject: Subject) -> Iterator[tuple[str, str]]:
    """Place and text of each output in HTML."""
    for step, notebook in subject.executed.items():
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                place = f"{subject.name(subject.paths.executed(step))}, cell {cell.get('id')}"
                yield place, output.get("data", {}).get("text/html", "")


def _shown(subject: Subject) -> Iterator[tuple[str, str, list[str]]]:
    """Place, words and quotations of each page's prose and of each output."""
    for place, text in subject.prose.items():
        own = plain(text)
        yield place, own, [*_QUOTED.findall(own), *_STRAIGHT.findall(own)]
    for step, notebook in subject.executed.items():
        for cell in notebook.cells:
            place = f"{subject.name(subject.paths.executed(step))}, cell {cell.get('id')}"
            for output in cell.get("outputs", []):
                data = output.get("data", {})
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
        self._column = 0
        self._tag = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        if tag == "thead":
            self._heads = []
        elif tag == "tr":
            self._column = 0

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""
        self._column += tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._tag in ("script", "style"):
            return
        self.words.append(data)
        self.quoted += _quoted_in(data)
        if self._tag == "mark":
            self.quoted.append(data)
        elif self._tag == "th":
            self._heads.append(data.strip())
        elif self._tag == "td" and self._column < len(self._heads) and self._heads[self._column] in COLUMNS:
            self.quoted.append(data)


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
    parts = [_one([part]) for part in _GAP.split(words)]
    return all(part in quotable for part in parts)


def _one(texts: Iterable[str]) -> str:
    return "\n".join(" ".join(text.split()) for text in texts)


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of RUN words of a text, in small letters."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def _all_runs(texts: Iterable[str]) -> set[tuple[str, ...]]:
    return set().union(*map(runs, texts))
