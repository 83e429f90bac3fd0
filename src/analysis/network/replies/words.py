"""Tokens of messages as the reply model reads them: kinds of words, and the members that messages name.

It needs little language-specific data: short lists of words (words.yaml), marks, and the names of the members. Causal:
nothing about a message depends on later ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from numpy.typing import NDArray

from analysis.arrays import Flags, Ints32

NOBODY = -1
NAME_MARKS = " \t:,;.!?@()\"'<>[]{}\u200e\u200f\u2068\u2069\u202a\u202c"  # fewer than MARKS: a nickname may end in _
MARKS = NAME_MARKS + "*~_-/\\|…“”‘’"  # stripped from a word before it is compared with others
LISTS = ("question", "thanks", "greeting", "yes_no", "you", "me", "title")  # of words.yaml
SIGNS = {
    "asks": r"\?",
    "calls": r"[:,]$",
    "at": r"^@.",
    "exclaims": r"!",
    "trails": r"\.\.|…",
    "smiles": r"[:;=]-?[)(dpo]|[\x{1F300}-\x{1FAFF}]|wkwk|haha|hehe|lol",
    "links": r"://|www\.|[/~].+/",
    "counts": r"\d",
    "star": r"^[*!]",
}
FLAG = {name: 1 << bit for bit, name in enumerate((*LISTS, *SIGNS))}
SHORTEST = 3  # letters of a word that may abbreviate a longer name
RECENT = 200  # messages back within which a member may be addressed by a part of their name
DOUBT = 3  # uses without a mark of address after which a word no longer counts as a name; a pseudonym always does
PSEUDONYM = r"[MP][A-Z2-7]{4,8}"


@dataclass(frozen=True)
class Tokens:
    """The words of n messages in order, shape (words,) each; words of marks alone are left out.

    message: the word's message; place: its position there; code: equal for equal words, marks stripped; name: the
    member of that name, or NOBODY; flags: bits of FLAG; spelled: the words by code, in lower case.
    """

    message: Ints32
    place: Ints32
    code: Ints32
    name: Ints32
    flags: Ints32
    spelled: pa.Array


@cache
def lists() -> dict[str, list[str]]:
    """The words of each kind, from words.yaml."""
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def tokenised(texts: pd.Series, members: pd.Index) -> Tokens:
    """The words of one channel's texts; members, in the order in which they first wrote, may be named in them."""
    split = pc.utf8_split_whitespace(pc.utf8_lower(pa.array(texts, pa.large_string())))
    encoded = split.flatten().dictionary_encode()
    spelled, use = encoded.dictionary, encoded.indices.to_numpy()
    bare = pc.utf8_trim(spelled, MARKS)
    at = np.repeat(np.arange(len(split), dtype=np.int32), np.diff(split.offsets.to_numpy()))
    full = pc.utf8_length(bare).to_numpy()[use] > 0
    at, use = at[full], use[full]
    place = (np.arange(at.size) - np.searchsorted(at, at)).astype(np.int32)
    names = _names(members)
    code = pc.index_in(pc.utf8_trim(spelled, NAME_MARKS), pa.array(list(names), pa.large_string()))
    name = np.array([*names.values(), NOBODY], dtype=np.int32)[pc.fill_null(code, -1).to_numpy()]
    kinds = [pc.is_in(bare, pa.array(lists()[kind], pa.large_string())) for kind in LISTS]
    kinds += [pc.match_substring_regex(spelled, pattern) for pattern in SIGNS.values()]
    flags = np.zeros(len(spelled), dtype=np.int32)
    for bit, column in enumerate(kinds):
        flags |= column.to_numpy(zero_copy_only=False).astype(np.int32) << bit
    words = bare.dictionary_encode()
    return Tokens(at, place, words.indices.to_numpy()[use], name[use], flags[use], words.dictionary)


def _names(members: pd.Index) -> dict[str, int]:
    """Members by the words that name them: the whole name, or each word of it but titles; the first member has it."""
    names: dict[str, int] = {}
    for member, name in enumerate(members):
        words = str(name).lower().split()
        parts = [w for w in words if len(w) >= SHORTEST and w not in lists()["title"]] if len(words) > 1 else words
        for word in parts:
            names.setdefault(word.strip(NAME_MARKS), member)
    return names


@dataclass(frozen=True)
class Named:
    """The member that each message names, or NOBODY, and never the speaker: shape (n,) each.

    address: a member addressed (at the start, by `@`, or after Pak, Bu, Mbak ...); mention: one named in passing; both
    have written before. is_name: whether each word names such a member, shape (words,).
    """

    address: Ints32
    mention: Ints32
    is_name: Flags


def read_names(words: Tokens, speaker: Ints32, members: pd.Index) -> Named:
    """The members that one channel's messages name. speaker: codes of the members who wrote them, shape (n,)."""
    n, first = len(speaker), np.full(len(members), len(speaker), dtype=np.int32)
    np.minimum.at(first, speaker, np.arange(n, dtype=np.int32))
    met = (words.name >= 0) & (first[words.name] < words.message)
    name = np.where(met, words.name, NOBODY)
    for row, member in _short_names(words, met, speaker, members):
        name[row] = member
    rows = np.flatnonzero(name >= 0)
    at, who, before = words.message[rows], name[rows], np.maximum(rows - 1, 0)
    titled = (words.flags[before] & FLAG["title"] > 0) & (words.message[before] == at) & (before < rows)
    colon, sign = words.flags[rows] & FLAG["calls"] > 0, words.flags[rows] & FLAG["at"] > 0
    called = titled | ((words.place[rows] <= 1) & colon) | sign  # `Pak name`, `name:`, `@name`
    sure = pd.Series(members, dtype="str").str.fullmatch(PSEUDONYM).to_numpy(bool)
    counts = called | sure[who] | ~_is_common(who, colon | sign)
    other = who != speaker[at]
    call = counts & other & (called | (words.place[rows] == 0))
    passing = counts & other & ~call
    return Named(_first(n, at[call], who[call]), _first(n, at[passing], who[passing]), name >= 0)


def _short_names(words: Tokens, met: Flags, speaker: Ints32, members: pd.Index) -> Iterator[tuple[int, int]]:
    """Words that address a member at the start by a part of the name, and the member (the last to write if several)."""
    listed = FLAG["asks"] - 1
    calls = (words.place == 0) & ((words.flags & FLAG["calls"]) > 0) & ((words.flags & listed) == 0) & ~met
    rows = np.flatnonzero(calls)
    beginning = defaultdict(list)  # members by the first letters of their names
    for member, name in enumerate(str(member).lower().strip(MARKS) for member in members):
        if len(name) >= SHORTEST:
            beginning[name[:SHORTEST]].append((member, name))
    for code in np.unique(words.code[rows]):
        part = words.spelled[code].as_py()
        fits = [m for m, name in beginning.get(part[:SHORTEST], ()) if name.startswith(part) or part.startswith(name)]
        wrote = np.flatnonzero(np.isin(speaker, fits)) if fits else np.empty(0, dtype=np.intp)
        for row in rows[words.code[rows] == code]:
            last = int(np.searchsorted(wrote, words.message[row])) - 1
            if last >= 0 and words.message[row] - wrote[last] <= RECENT:
                yield int(row), int(speaker[wrote[last]])


def _is_common(who: Ints32, marked: Flags) -> Flags:
    """Whether a name has been used without a mark of address too often so far to be more than a common word."""
    order = np.argsort(who, kind="stable")
    start = np.searchsorted(who[order], who[order])
    so_far: NDArray[np.int64] = np.cumsum(marked[order]) - marked[order]
    with_mark: NDArray[np.int64] = so_far - so_far[start] if who.size else so_far
    common = np.empty(who.size, dtype=bool)
    common[order] = np.arange(who.size) - start - with_mark > DOUBT + 2 * with_mark
    return common


def _first(n: int, at: Ints32, values: Ints32) -> Ints32:
    """The first value of each of n messages, NOBODY where there is none."""
    first = np.full(n, NOBODY, dtype=np.int32)
    first[at[::-1]] = values[::-1]
    return first


def running(groups: NDArray) -> Ints32:
    """The 0-based place of each element among the equal ones, in order."""
    order = np.argsort(groups, kind="stable")
    place = np.empty(len(groups), dtype=np.int32)
    place[order] = np.arange(len(groups)) - np.searchsorted(groups[order], groups[order])
    return place
