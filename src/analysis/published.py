"""What each published thing calls people, and how few may share what is said of them.

A chapter and a data set that used the same pseudonyms could be joined, and what each says of somebody added up. So a
thing takes pseudonyms of its own, by a keyed hash of the study's key and the thing's name: equal bytes at every run,
and without the key nobody can lead one to the other. No thing holds both.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

import pandas as pd

from analysis.errors import InputError

FEWEST = 5  # people who share what a published thing says of somebody
OTHER = "other"


def pseudonyms(codes: Iterable[str], key: bytes, thing: str) -> dict[str, str]:
    """The pseudonyms that a published thing uses, by the study's own; each keeps its letter and its length, or is
    longer where two would be one.

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


def counts(people: pd.DataFrame) -> pd.DataFrame:
    """How many people have each combination of attributes, none of them fewer than FEWEST; empty where there are fewer
    people than that.

    Attributes of few are merged (OTHER), the last column first, so that put the one that matters most first.
    people: a row a person, a column an attribute. Returns the columns and `people`.
    """
    merged = people.fillna("not stated").astype(str)
    for column in merged:
        merged[column] = _merged(merged[column])
    for column in [*reversed(merged.columns)]:
        few = merged.groupby(list(merged.columns))[column].transform("size") < FEWEST
        merged.loc[few, column] = OTHER
    table = merged.value_counts(sort=False).rename("people").reset_index()
    while len(table) > 1 and table["people"].min() < FEWEST:  # the rest joins the smallest that is left
        first, second = table["people"].nsmallest(2).index
        table.loc[second, "people"] += table.loc[first, "people"]
        table.loc[second, list(people.columns)] = OTHER
        table = table.drop(index=first)
    table = table[table["people"] >= FEWEST]
    return table.sort_values(list(people.columns)).reset_index(drop=True)


def _merged(values: pd.Series) -> pd.Series:
    """Values with those of few people as one; should it be of few people too, the next smallest joins them."""
    sizes = values.value_counts()
    ranked = sorted(sizes.index, key=lambda value: (sizes[value], value))
    few = [value for value in ranked if sizes[value] < FEWEST]
    while few and len(few) < len(ranked) and sizes[few].sum() < FEWEST:
        few.append(ranked[len(few)])
    return values.where(~values.isin(few), OTHER)
