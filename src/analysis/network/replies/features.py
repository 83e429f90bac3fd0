"""What the first pass of the reply model sees: features of a message, of one it may answer, and of the two together.

All are causal (a message is judged by what came before it), count time in whole minutes, since phones export no more,
and are made by NumPy for many messages at once. Each feature has its name: dicts keep them in the order of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.network.replies.overlap import Overlap, read_overlap
from analysis.network.replies.words import FLAG, NOBODY, Named, read_names, read_words, running

Floats = NDArray[np.float32]
Whole = NDArray[np.int32]
Features = dict[str, NDArray]

WINDOW = 20  # messages before that may be answered
EXTRA = 5  # and candidates from further back
CANDIDATES = WINDOW + EXTRA
NEVER_TURNS, NEVER_MINUTES = 300, 600  # stand for "never before"
PRIOR = 20  # messages' worth of doubt about how often names are used
GRID = np.float32(128)  # features are rounded to one in so many, so that sums of products are exact on every machine
WORDS_TOLD = ("question", "thanks", "greeting", "yes_no", "you", "me", "title", "asks", "calls", "exclaims", "trails",
              "smiles", "links", "counts", "star")  # fmt: skip
FIRST_WORD = WORDS_TOLD[:6]


@dataclass(frozen=True)
class Talk:
    """The messages of one channel's members in order, one place a message; -1 or NOBODY where there is none.

    speaker: codes of members. minute: whole minutes since the first message, never falling. explicit: the message
    answered by the export's own word. flags, first: bits of FLAG of all words and of the first. length: how many words.
    before, before2: the speaker's last message, and the one before. following: the speaker's next. run: the first of
    the messages that the speaker wrote in a row up to here. named_last, named_last2: the last messages of whom it
    addresses. calling: the last message that addresses the speaker. count: messages by the speaker before. pace: mean
    minutes between the messages before.
    """

    speaker: Whole
    minute: Floats
    explicit: Whole
    flags: Whole
    first: Whole
    length: Floats
    named: Named
    overlap: Overlap
    before: Whole
    before2: Whole
    following: Whole
    run: Whole
    named_last: Whole
    named_last2: Whole
    calling: Whole
    count: Whole
    pace: Floats

    @property
    def n(self) -> int:
        return len(self.speaker)


def read_talk(speaker: Whole, minute: NDArray, explicit: Whole, texts: pd.Series, members: pd.Index) -> Talk:
    """One channel's messages. speaker, explicit: as in Talk; minute: from any start; members: by code."""
    n = len(speaker)
    words = read_words(texts, members)
    named = read_names(words, speaker, members)
    flags, first = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
    np.bitwise_or.at(flags, words.message, words.flags)
    opens = words.place == 0
    first[words.message[opens]] = words.flags[opens]
    before, named_last = latest(speaker, speaker), latest(speaker, named.address)
    new = np.flatnonzero(np.diff(speaker, prepend=NOBODY))
    minute = np.maximum.accumulate(minute - minute[:1].sum()).astype(np.float32)
    return Talk(
        speaker=speaker, minute=minute, explicit=explicit, flags=flags, first=first,
        length=np.bincount(words.message, minlength=n).astype(np.float32),
        named=named, overlap=read_overlap(words, ~named.is_name, n, WINDOW),
        before=before, before2=at_or(before, before, -1), following=following(speaker),
        run=np.repeat(new, np.diff(new, append=n)).astype(np.int32),
        named_last=named_last, named_last2=at_or(before, named_last, -1),
        calling=latest(named.address, speaker),
        count=running(speaker), pace=_pace(minute),
    )  # fmt: skip


def _pace(minute: Floats) -> Floats:
    i = np.arange(len(minute))
    start = np.maximum(i - WINDOW, 0)
    span = minute[np.maximum(i - 1, 0)] - minute[start]
    return np.where(i > 0, span / np.maximum(i - 1 - start, 1), 1).astype(np.float32)


def latest(values: Whole, wanted: Whole) -> Whole:
    """For each place i the last place before it whose value is wanted[i] (0 or more), else -1: shape (n,)."""
    n = len(values)
    order = np.argsort(values, kind="stable")
    keys = values[order].astype(np.int64) * n + order
    found = order[np.maximum(np.searchsorted(keys, wanted.astype(np.int64) * n + np.arange(n)) - 1, 0)]
    return np.where((values[found] == wanted) & (found < np.arange(n)) & (wanted >= 0), found, -1).astype(np.int32)


def following(values: Whole) -> Whole:
    """For each place the next with the same value, else n: shape (n,)."""
    order = np.argsort(values, kind="stable")
    found = np.full(len(values), len(values), dtype=np.int32)
    same = values[order[1:]] == values[order[:-1]]
    found[order[:-1][same]] = order[1:][same]
    return found


def at_or(values: NDArray, place: Whole, otherwise: float) -> NDArray:
    """values[place], and `otherwise` where place is -1."""
    return np.where(place >= 0, values[np.maximum(place, 0)], otherwise).astype(values.dtype)


def candidates(talk: Talk) -> Whole:
    """Messages each may answer, shape (n, CANDIDATES), -1 for none: the window, nearest first, then further ones.

    Further back: the last two of the speaker and of whom it addresses, the last that addresses the speaker; in the
    second of these places, what it answers by the export's own word.
    """
    i = np.arange(talk.n, dtype=np.int32)[:, None]
    window = np.maximum(i - np.arange(1, WINDOW + 1, dtype=np.int32), -1)
    further = np.column_stack([talk.before, talk.before2, talk.named_last, talk.named_last2, talk.calling])
    answered = (talk.explicit >= 0) & (i[:, 0] - talk.explicit > WINDOW)
    further[answered, 1] = talk.explicit[answered]
    further[i - further <= WINDOW] = -1
    for column in range(1, EXTRA):
        again = (further[:, :column] == further[:, column : column + 1]).any(axis=1)
        further[again, column] = -1
    return np.concatenate([window, further], axis=1)


# One message


def message_features(talk: Talk) -> Features:
    """What says how far a message answers at all, and how: shape (n,) each."""
    named, overlap = talk.named, talk.overlap
    before = np.maximum(talk.before, 0)
    return {
        "addresses": named.address >= 0,
        "mentions": named.mention >= 0,
        "names_used": _share_before((named.address >= 0) | (named.mention >= 0)),
        "address_wrote": talk.named_last >= 0,
        "turns_since_address": _turns_since(talk.named_last) / 3,
        "minutes_since_address": _minutes_since(talk, talk.named_last) / 3,
        **_said(talk.flags, WORDS_TOLD, "says_"),
        **_said(talk.first, FIRST_WORD, "opens_"),
        "length": log(talk.length) / 2,
        "wordless": talk.length == 0,
        "first": talk.before < 0,
        "turns_since_own": _turns_since(talk.before) / 3,
        "minutes_since_own": _minutes_since(talk, talk.before) / 3,
        "own_addressed": (talk.before >= 0) & (named.address[before] >= 0),
        "own_asked": (talk.before >= 0) & (talk.flags[before] & FLAG["asks"] > 0),
        "called_since_own": talk.calling > talk.before,
        "turns_since_call": _turns_since(talk.calling) / 3,
        "minutes_since_last": log(_gap(talk)) / 2,
        "pace": log(talk.pace),
        "pause_by_pace": _by_pace(_gap(talk), talk.pace),
        "own_count": log(talk.count) / 3,
        "so_far": log(np.arange(talk.n)) / 5,
        "shared": overlap.weight.max(axis=1, initial=0),
        "shared_share": overlap.weight.max(axis=1, initial=0) / overlap.whole,
        "shared_in_all": overlap.weight.sum(axis=1) / overlap.whole / 3,
        "rarity": overlap.rarity,
        "address_count": log(at_or(talk.count, talk.named_last, 0)) / 3,
    }


def answered_features(talk: Talk) -> Features:
    """What says how far a message calls for answers: shape (n,) each."""
    named, overlap = talk.named, talk.overlap
    return {
        "addresses": named.address >= 0,
        "mentions": named.mention >= 0,
        "address_wrote": talk.named_last >= 0,
        **_said(talk.flags, WORDS_TOLD, "says_"),
        "length": log(talk.length) / 2,
        "first": talk.before < 0,
        "turns_since_own": _turns_since(talk.before) / 3,
        "own_count": log(talk.count) / 3,
        "goes_on": talk.run < np.arange(talk.n),
        "called_since_own": talk.calling > talk.before,
        "turns_since_address": _turns_since(talk.named_last) / 3,
        "pause_by_pace": _by_pace(_gap(talk), talk.pace),
        "shared": overlap.weight.max(axis=1, initial=0),
        "shared_share": overlap.weight.max(axis=1, initial=0) / overlap.whole,
    }


def _share_before(holds: NDArray[np.bool_]) -> Floats:
    """In which share of the messages before it holds, PRIOR messages' worth of doubt counting as none."""
    return ((np.cumsum(holds) - holds) / (np.arange(len(holds)) + PRIOR)).astype(np.float32)


def _said(flags: Whole, names: tuple[str, ...], prefix: str) -> Features:
    return {prefix + name: flags & FLAG[name] > 0 for name in names}


def _gap(talk: Talk) -> Floats:
    return np.diff(talk.minute, prepend=talk.minute[:1])


def _turns_since(place: Whole) -> Floats:
    return log(np.where(place >= 0, np.arange(len(place)) - place, NEVER_TURNS))


def _minutes_since(talk: Talk, place: Whole) -> Floats:
    return log(np.where(place >= 0, talk.minute - talk.minute[np.maximum(place, 0)], NEVER_MINUTES))


def _by_pace(minutes: Floats, pace: Floats) -> Floats:
    """How long that is beside the pace of the talk, as a logarithm."""
    half = np.float32(0.5)
    return (half * np.log((minutes + half) / (pace + half))).astype(np.float32)


def log(x: ArrayLike) -> Floats:
    """log(1 + x), negative x counting as 0."""
    return np.log1p(np.maximum(np.asarray(x, dtype=np.float32), 0))


# A message and one it may answer


@dataclass(frozen=True)
class Block:
    """Some messages beside their candidates. i: shape (rows, 1); j: shape (rows, candidates), 0 where there is none;
    speaker, author: who wrote them."""

    i: Whole
    j: Whole
    speaker: Whole
    author: Whole


def block_of(talk: Talk, candidate: Whole, first: int, last: int) -> Block:
    """Messages first to last (excluded) beside their candidates."""
    i = np.arange(first, last, dtype=np.int32)[:, None]
    j = np.maximum(candidate[first:last], 0)
    return Block(i, j, talk.speaker[i], talk.speaker[j])


def pair_features(talk: Talk, block: Block) -> Features:
    """What says how far a message answers that one: shape (rows, candidates) each."""
    i, j = block.i, block.j
    back, minutes = i - j, talk.minute[i] - talk.minute[j]
    own, author_last = block.speaker == block.author, talk.following[j] >= i
    return {
        "log_turns": log(back) / 2,
        "next": back == 1,
        "second": back == 2,
        "far": back > WINDOW,
        "log_minutes": log(minutes) / 2,
        "same_minute": minutes <= 0,
        "minutes_by_pace": _by_pace(minutes, talk.pace[i]),
        "own": own,
        "own_next": own & (back == 1),
        "own_run": own & (talk.run[i] <= j),
        "author_last": author_last,
        "own_none_since": talk.before[i] <= j,
        "last_call": talk.calling[i] == j,
        **_naming(talk, block, author_last),
        **_sharing(talk, block),
    }


def _naming(talk: Talk, block: Block, author_last: NDArray[np.bool_]) -> Features:
    """Who names whom, both ways."""
    named, speaker, author = talk.named, block.speaker, block.author
    address, its_address = named.address[block.i], named.address[block.j]
    mention = named.mention[block.i]
    addresses = address == author
    return {
        "addresses": addresses,
        "addresses_last": addresses & author_last,
        "addresses_other": (address >= 0) & ~addresses,
        "mentions": mention == author,
        "mentions_other": (mention >= 0) & (mention != author),
        "addressed": its_address == speaker,
        "mentioned": named.mention[block.j] == speaker,
        "it_addresses_other": (its_address >= 0) & (its_address != speaker),
        "same_address": (address >= 0) & (address == its_address),
    }


def _sharing(talk: Talk, block: Block) -> Features:
    """Shared words: of the two, of i and all its author's messages in the window, of j and the speaker's last one."""
    shared, rows = _shared_with(talk, block.i, block.j), block.i[:, 0]
    with_author = np.zeros(block.j.shape, dtype=np.float32)
    for lag in range(1, WINDOW + 1):
        by_author = talk.speaker[np.maximum(block.i - np.int32(lag), 0)] == block.author
        with_author += by_author * talk.overlap.weight[rows, lag - 1 : lag]
    return {
        "shared": shared,
        "shared_share": shared / talk.overlap.whole[block.i],
        "shared_with_author": with_author,
        "shared_with_own_last": _shared_with(talk, talk.before[block.i], block.j),
    }


def _shared_with(talk: Talk, one: Whole, other: Whole) -> Floats:
    """Weight of the words that two messages share, 0 where they are one, or further apart than the window."""
    later, apart = np.maximum(one, other), np.abs(one - other)
    there = (one >= 0) & (apart > 0) & (apart <= WINDOW)
    return talk.overlap.weight.ravel()[np.where(there, later * WINDOW + apart - 1, 0)] * there


def matrix(features: Features) -> Floats:
    """Features as rows, on the grid: shape (features, ...)."""
    columns = list(features.values())
    out = np.empty((len(columns), *np.shape(columns[0])), dtype=np.float32)
    for row, column in zip(out, columns, strict=True):
        row[...] = column
    return on_grid(out)


def on_grid(x: Floats) -> Floats:
    """x, overwritten, in multiples of 1 / GRID."""
    x *= GRID
    np.rint(x, out=x)
    x /= GRID
    return x
