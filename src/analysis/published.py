"""The pseudonyms of each published thing, and the smallest number of people who may share an attribute.

Chapters and a data set that used the same pseudonyms could be joined, and what each says about a person combined. So
each has pseudonyms of its own, by a keyed hash of the study's key and the thing's name: they are equal at every run,
and without the key nobody can link one to the other. No thing holds both. A study's tables keep its own pseudonyms;
ingest records the pseudonyms of each chapter, and these are put in after the chapter's notebook has run.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis import tables
from analysis.errors import InputError

FEWEST = 5  # least number of people who share what a published thing says about a person
OTHER = "other"
FILE = "chapters.parquet"  # of ingest: the pseudonyms of each chapter
PICTURE = r";base64,[\w+/=\\\s]+"  # bytes, in which a pseudonym could occur by chance

Chapters = pa.DataFrameSchema(  # the pseudonym of a person in each chapter of the book
    {
        "chapter": pa.Column(str),
        "member": pa.Column(str, pa.Check.str_matches(tables.PSEUDONYM)),
        "shown": pa.Column(str, pa.Check.str_matches(tables.PSEUDONYM), nullable=True),  # missing: in sums only
    },
    name="chapters", strict=True, ordered=True, coerce=True, unique=["chapter", "member"],
)  # fmt: skip


def pseudonyms(codes: Iterable[str], key: bytes, thing: str) -> dict[str, str]:
    """The pseudonyms that a published thing uses, by the study's own; each keeps its letter and its length, or is
    longer where two would collide. Raises InputError when no distinct ones are found.

    key: the study's. thing: its name, such as "data set".
    """
    listed = sorted(set(codes))
    own = hmac.new(key, f"guyub: published as {thing}".encode(), hashlib.sha256).digest()
    hashed = {code: base64.b32encode(hmac.new(own, code.encode(), hashlib.sha256).digest()).decode() for code in listed}
    for longer in range(len(next(iter(hashed.values()), ""))):
        found = {code: code[0] + hashed[code][: len(code) - 1 + longer] for code in listed}
        if len(set(found.values())) == len(listed) and not set(found.values()) & set(listed):
            return found
    raise InputError(f"no pseudonyms were found for {len(listed):,} people", fix="Publish fewer people at once.")


def chapters(members: pd.DataFrame, key: bytes, names: Iterable[str]) -> pd.DataFrame:
    """The pseudonyms of people in each chapter (Chapters); missing for those who may be counted in sums only.

    members: tables.Members. key: the study's. names: of the chapters, such as 03-sharing.
    """
    parts = []
    for chapter in names:
        shown = members["member"].map(pseudonyms(members["member"], key, f"chapter {chapter}"))
        shown = shown.where(tables.agrees(members["consent"])).astype("str")
        parts.append(pd.DataFrame({"chapter": chapter, "member": members["member"], "shown": shown}))
    return tables.conform(pd.concat(parts), Chapters)


def read_chapter(ingested: Path, chapter: str) -> tuple[dict[str, str], frozenset[str]]:
    """A chapter's pseudonyms by the study's own, and the study's pseudonyms of people whom it may not show.

    ingested: the folder of ingest's tables. Both are empty if it holds no members.
    """
    if not (ingested / "members.parquet").exists():
        return {}, frozenset()
    rows = tables.read(ingested / FILE, Chapters)
    own = rows[rows["chapter"] == chapter]
    named = own.dropna(subset="shown")
    hidden = own.loc[own["shown"].isna(), "member"]
    return dict(zip(named["member"], named["shown"], strict=True)), frozenset(hidden)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with its pseudonyms replaced. Suffixes joined to one stay: MABCDnya."""
    for pattern in _patterns(names):
        text = pattern.sub(lambda found: names.get(found[0], found[0]), text)
    return text


def named_in(text: str, people: Collection[str]) -> set[str]:
    """The pseudonyms, out of these people's, that a text contains."""
    return {code for pattern in _patterns(people) for code in pattern.findall(text) if code in people}


def _patterns(people: Iterable[str]) -> Iterator[re.Pattern[str]]:
    """Patterns of pseudonyms by length (a study and a chapter have one each), or of a picture's bytes."""
    for length in sorted({len(code) for code in people}):
        yield re.compile(rf"{PICTURE}|(?<![A-Z0-9])[MP][A-Z2-7]{{{length - 1}}}")


def counts(people: pd.DataFrame) -> pd.DataFrame:
    """How many people have each combination of attributes, none of them fewer than FEWEST; empty where there are fewer
    people than that.

    Rare attributes are merged (OTHER), from the last column on, so put the most important one first.
    people: one row per person, one column per attribute. Returns the columns and `people`.
    """
    merged = people.astype(object).where(people.notna(), "not stated").astype(str)
    for column in merged:
        merged[column] = merged[column].mask(merged[column].isin(small(merged[column])), OTHER)
    for column in [*reversed(merged.columns)]:
        few = merged.groupby(list(merged.columns))[column].transform("size") < FEWEST
        merged.loc[few, column] = OTHER
    table = merged.value_counts(sort=False).rename("people").reset_index()
    while len(table) > 1 and table["people"].min() < FEWEST:  # a remainder is merged with the smallest row left
        first, second = table["people"].nsmallest(2).index
        table.loc[second, "people"] += table.loc[first, "people"]
        table.loc[second, list(people.columns)] = OTHER
        table = table.drop(index=first)
    table = table[table["people"] >= FEWEST]
    return table.sort_values(list(people.columns)).reset_index(drop=True)


def small(values: pd.Series, least: int = FEWEST) -> list[str]:
    """The values that fewer than `least` people have, to be shown as one. If these people are still fewer, the next
    smallest value is added, so that no small group can be inferred from a total. values: one per person."""
    sizes = values.value_counts().sort_index().sort_values(kind="stable")
    few = int((sizes < least).sum())
    while 0 < few < len(sizes) and sizes.iloc[:few].sum() < least:
        few += 1
    return list(sizes.index[:few])
