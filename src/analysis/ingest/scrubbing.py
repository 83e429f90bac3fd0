"""Scrubbing of every text: whatever identifies a person is replaced by a mark, and counted by file and class."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis import tables
from analysis.codebook import Codebook
from analysis.identifiers import pasted
from analysis.ingest.annotations import annotations_table
from analysis.ingest.consent import Consented
from analysis.ingest.files import ENDINGS, slug
from analysis.ingest.sheets import WORDS
from analysis.privacy import CLASSES, Mark, Pseudonymiser

Marks = Counter[tuple[str, str]]  # how many marks the texts of a file got, by the file's public name and class

WITHHELD = "[WITHHELD]"  # in the place of who withholds consent, and of what they said
KEPT = 50_000  # texts whose scrubbed form is cached

# Columns that researchers write, where a word with an underscore is a code's name
RESEARCHERS = frozenset(("coder", "memo", "definition", "include", "exclude"))


@dataclass(frozen=True)
class Scrubbed:
    """Tables whose texts may leave the step (schemas in analysis.tables), and how many marks they got."""

    messages: pd.DataFrame
    utterances: pd.DataFrame
    codings: pd.DataFrame
    annotations: pd.DataFrame
    codebook: pd.DataFrame
    marks: Marks


class Scrubber:
    """Scrubs texts and counts the marks. gone: pseudonyms that earlier runs put into texts, of members who withdrew."""

    def __init__(self, people: Pseudonymiser, gone: Iterable[str] = ()) -> None:
        self.people = people
        self.marks: Marks = Counter()
        self._gone = pseudonyms_of(gone)
        self._scrub = lru_cache(KEPT)(self._scrubbed)  # what is said again and again, or stands in many rows of a sheet

    def _scrubbed(self, text: str, *, talk: bool) -> tuple[str, list[Mark]]:
        clean, marks = self.people.scrub(text, talk=talk)
        clean, times = self._gone.subn(WITHHELD, clean)
        return clean, [*marks, ("WITHHELD", times)] if times else marks

    def text(self, text: str, source: str, *, talk: bool = True) -> str:
        """A text of a file without what identifies people. talk: as of Pseudonymiser.spans."""
        clean, marks = self._scrub(text, talk=talk)
        for kind, count in marks:
            self.marks[source, kind] += count
        return clean

    def column(self, rows: pd.DataFrame, name: str) -> list[str]:
        """A column of texts without what identifies people, counted under the rows' sources."""
        talk = name not in RESEARCHERS
        return [self.text(text, source, talk=talk) for text, source in zip(rows[name], rows["source"], strict=True)]

    def without_unlisted(self, text: str, names: Iterable[str], source: str) -> str:
        """A text with a mark in place of each of these names that is on no list; the longest name first."""
        for name in sorted({name for name in names if not self.people.owners(name)}, key=len, reverse=True):
            if name in text:
                text, times = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", "[NAME]", text)
                self.marks[source, "NAME"] += times
        return text


def pseudonyms_of(gone: Iterable[str]) -> re.Pattern[str]:
    """Finds these pseudonyms in a text; suffixes behind them are left."""
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(gone)) or '(?!)'})")


def public_name(people: Pseudonymiser, name: str) -> str:
    """A file's or chat's name without names of people."""
    spaced = people.scrub(name.replace("_", " ").replace("-", " "), talk=False)
    return spaced[0] if spaced[1] else people.scrub(name, talk=False)[0]


def file_name(people: Pseudonymiser, name: str, kind: str) -> str:
    """A file's or chat's name as pages show it: as it is where it names nobody, and else its kind and a code, as in
    `chat-k3f9.txt`. So chats named after two people stay two. No pseudonym of the study's own: each chapter has others,
    and a name that stands in several would join them."""
    spaced = name.replace("_", " ").replace("-", " ")
    if not any(people.scrub(each, talk=False)[1] for each in (spaced, name)):
        return name
    ending = Path(name).suffix
    return f"{kind}-{people.code(slug(name))}{ending if ending.lower() in ENDINGS else ''}"


def scrubbed(consented: Consented, book: Codebook | None, people: Pseudonymiser) -> Scrubbed:
    """The units, codings, annotations and codebook without what identifies people. Raises InputError as
    annotations.annotations_table does."""
    scrubber = Scrubber(people, consented.none)
    messages = _units(consented.messages, scrubber, tables.Messages)
    utterances = _units(consented.utterances, scrubber, tables.Utterances)
    codings = _codings(consented.codings, scrubber)
    answered = messages["reply_to"].isin(messages["message_id"])  # a reply to what is not in the table is none
    messages = messages.assign(reply_to=messages["reply_to"].where(answered))
    annotations = annotations_table(consented.annotations)
    return Scrubbed(messages, utterances, codings, annotations, _codebook(book, scrubber), scrubber.marks)


def _units(rows: pd.DataFrame, scrubber: Scrubber, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Messages or utterances in the schema's columns, without what a reader noted on them: Parquet would carry names
    out with it."""
    table = rows.assign(text=[without_pasted(t) for t in scrubber.column(rows, "text")])[list(schema.columns)]
    table.attrs = {}
    return tables.conform(table, schema)


def without_pasted(text: str) -> str:
    """A scrubbed text without what somebody who withholds consent said, where it was copied in with its header."""
    for start, end in sorted(pasted.said_by(text, WITHHELD), reverse=True) if WITHHELD in text else ():
        text = f"{text[:start]} {WITHHELD}{text[end:]}"
    return text


def _codings(codings: pd.DataFrame, scrubber: Scrubber) -> pd.DataFrame:
    public = {name: public_name(scrubber.people, name) for name in codings["source"].unique()}
    rows = codings.assign(source=codings["source"].map(public))
    for name in ("coder", *WORDS):
        written = rows[rows[name].notna()]
        rows[name] = pd.Series(scrubber.column(written, name), index=written.index, dtype="str").reindex(rows.index)
    return tables.conform(rows[list(tables.Codings.columns)], tables.Codings)


def _codebook(book: Codebook | None, scrubber: Scrubber) -> pd.DataFrame:
    """The codebook as a table; its examples are quoted from the chats. Empty where there is none."""
    if book is None:
        return tables.empty(tables.Codebook)
    rows = book.table().assign(source="codebook.yaml")
    texts = {name: scrubber.column(rows, name) for name in ("definition", "include", "exclude", "example")}
    texts["introduced"] = [name and slug(file_name(scrubber.people, name, "interview")) for name in rows["introduced"]]
    return tables.conform(rows.assign(**texts).drop(columns="source"), tables.Codebook)


def marks_table(marks: Marks) -> pd.DataFrame:
    """Marks by source and class: source, class, count."""
    rows = sorted(((*place, count) for place, count in marks.items()), key=lambda r: (r[0], CLASSES.index(r[1])))
    table = pd.DataFrame(rows, columns=["source", "class", "count"])
    return table.astype({"source": "str", "class": "str", "count": "int64"})
