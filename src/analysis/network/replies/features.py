"""Features used in every pass of the reply model: of a message, of a candidate that it may answer, and of the pair.

All are causal (computed from earlier messages only; those of later ones are in ahead.py), measure time in whole
minutes, the resolution of phone exports, and are vectorised over messages. Dicts keep the features by name in the order
of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.arrays import Floats32, Ints, Ints32
from analysis.network.replies.overlap import Overlap, read_overlap
from analysis.network.replies.words import FLAG, NOBODY, Named, read_names, running, tokenised

Features = dict[str, NDArray]

WINDOW = 20  # preceding messages that may be answered
EXTRA = 5  # candidates from further back
CANDIDATES = WINDOW + EXTRA
NEVER_TURNS, NEVER_MINUTES = 300, 600  # in place of "never before"
PRIOR = 20  # pseudo-messages without a name, added when computing the share of messages that use names
GRID = np.float32(128)  # features are multiples of its inverse, so that sums of products are exact on every machine
KINDS = ("question", "thanks", "greeting", "yes_no", "you", "me", "title", "asks", "calls", "exclaims", "trails",
         "smiles", "links", "counts", "star")  # fmt: skip
KINDS_OF_FIRST = KINDS[:6]
ANSWERED = (
    "addresses", "mentions", "address_wrote", *(f"says_{kind}" for kind in KINDS), "length", "first", "turns_since_own",
    "own_count", "goes_on", "called_since_own", "turns_since_address", "pauseby_pace", "shared", "shared_share",
)  # fmt: skip


@dataclass(frozen=True)
class Stream:
    """The messages of one channel's members in order, shape (n,) each; -1 or NOBODY where there is none.

    speaker: codes of members. minute: whole minutes since the first message, never falling. explicit: the message that
    it answers explicitly. flags, first: bits of FLAG of all words and of the first. length: number of words. before,
    before2: the speaker's last message, and the one before. following: the speaker's next. run: the first of the
    messages that the speaker wrote in a row up to this one. named_last, named_last2: the last two messages of the
    member it addresses. calling: the last message that addresses the speaker. count: earlier messages by the speaker.
    pace: mean minutes between the messages before.
    """

    speaker: Ints32
    minute: Floats32
    explicit: Ints32
    flags: Ints32
    first: Ints32
    length: Floats32
    named: Named
    overlap: Overlap
    before: Ints32
    before2: Ints32
    following: Ints32
    run: Ints32
    named_last: Ints32
    named_last2: Ints32
    calling: Ints32
    count: Ints32
    pace: Floats32

    @property
    def n(self) -> int:
        return len(self.speaker)


def read_stream(speaker: Ints32, minute: NDArray, explicit: Ints32, texts: pd.Series, members: pd.Index) -> Stream:
    """One channel's messages. speaker, explicit: as in Stream; minute: from any start; members: by code."""
    n = len(speaker)
    words = tokenised(texts, members)
    named = read_names(words, speaker, members)
    flags, first = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
    np.bitwise_or.at(flags, words.message, words.flags)
    opens = words.place == 0
    first[words.message[opens]] = words.flags[opens]
    before, named_last = latest(speaker, speaker), latest(speaker, named.address)
    new, i = np.flatnonzero(np.diff(speaker, prepend=NOBODY)), np.arange(n)
    minute = np.maximum.accumulate(minute - minute[:1].sum()).astype(np.float32)
    start = np.maximum(i - WINDOW, 0)
    pace = (minute[np.maximum(i - 1, 0)] - minute[start]) / np.maximum(i - 1 - start, 1)
    return Stream(
        speaker=speaker, minute=minute, explicit=explicit, flags=flags, first=first,
        length=np.bincount(words.message, minlength=n).astype(np.float32),
        named=named, overlap=read_overlap(words, ~named.is_name, n, WINDOW),
        before=before, before2=at_or(before, before, -1), following=following(speaker),
        run=np.repeat(new, np.diff(new, append=n)).astype(np.int32),
        named_last=named_last, named_last2=at_or(before, named_last, -1),
        calling=latest(named.address, speaker),
        count=running(speaker), pace=np.where(i > 0, pace, 1).astype(np.float32),
    )  # fmt: skip


def latest(values: Ints32, wanted: Ints32) -> Ints32:
    """For each place i the last place before it whose value is wanted[i] (0 or more), else -1: shape (n,)."""
    n = len(values)
    order, keys = _by_value(values)
    place = order[np.maximum(np.searchsorted(keys, wanted.astype(np.int64) * n + np.arange(n)) - 1, 0)]
    return np.where((values[place] == wanted) & (place < np.arange(n)) & (wanted >= 0), place, -1).astype(np.int32)


def soonest(values: Ints32, wanted: Ints32, after: Ints32) -> Ints32:
    """The first place after `after` whose value is `wanted`, else n: shape of wanted and after, broadcast."""
    n = len(values)
    order, keys = _by_value(values)
    rank = np.searchsorted(keys, wanted.astype(np.int64) * n + after, side="right")
    place = np.append(order, n)[rank]
    return np.where(np.append(values, NOBODY)[place] == wanted, place, n).astype(np.int32)


def _by_value(values: Ints32) -> tuple[Ints, Ints]:
    """The places sorted by value and place, and their ascending keys: value * n + place."""
    order = np.argsort(values, kind="stable")
    return order, values[order].astype(np.int64) * len(values) + order


def following(values: Ints32) -> Ints32:
    """For each place the next with the same value, else n: shape (n,)."""
    order = np.argsort(values, kind="stable")
    place = np.full(len(values), len(values), dtype=np.int32)
    same = values[order[1:]] == values[order[:-1]]
    place[order[:-1][same]] = order[1:][same]
    return place


def at_or(values: NDArray, place: Ints32, otherwise: float) -> NDArray:
    """values[place], and `otherwise` where place is -1."""
    return np.where(place >= 0, values[np.maximum(place, 0)], otherwise).astype(values.dtype)


@dataclass(frozen=True)
class Candidates:
    """Candidates of n messages, C of each: shape (n, C).

    place: -1 for none. author: who wrote it. author_next: the author's first message after the one that may answer, or
    n. shared, shared_with_author: weight of the words that the message shares with the candidate and with all of the
    author's messages in the window.
    """

    place: Ints32
    author: Ints32
    author_next: Ints32
    shared: Floats32
    shared_with_author: Floats32

    def at(self, slot: Ints32) -> Candidates:
        """The candidates in these columns, shape (n, fewer)."""
        return Candidates(*(np.take_along_axis(getattr(self, f.name), slot, axis=1) for f in fields(self)))

    def block(self, stream: Stream, rows: slice) -> Block:
        """The messages of these rows with their candidates."""
        i = np.arange(rows.start, rows.stop, dtype=np.int32)[:, None]
        return Block(
            i, np.maximum(self.place[rows], 0), stream.speaker[i], self.author[rows], self.author_next[rows],
            self.shared[rows], self.shared_with_author[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Block:
    """Messages i, shape (rows, 1), by speaker; candidates j, shape (rows, C), 0 where there is none; see Candidates."""

    i: Ints32
    j: Ints32
    speaker: Ints32
    author: Ints32
    author_next: Ints32
    shared: Floats32
    shared_with_author: Floats32


def read_candidates(stream: Stream) -> Candidates:
    """The CANDIDATES of each message."""
    place = candidate_places(stream)
    author = stream.speaker[np.maximum(place, 0)]
    i = np.arange(stream.n, dtype=np.int32)[:, None]
    return Candidates(
        place, author, soonest(stream.speaker, author, i), np.pad(stream.overlap.weight, ((0, 0), (0, EXTRA))),
        _shared_with_author(stream, author),
    )  # fmt: skip


def candidate_places(stream: Stream) -> Ints32:
    """Candidates of each message, shape (n, CANDIDATES), -1 for none: the window, nearest first, then EXTRA.

    EXTRA: the last two messages of the speaker and of the member addressed, and the last that addresses the speaker; an
    explicit reply to a message before the window takes the second place.
    """
    i = np.arange(stream.n, dtype=np.int32)[:, None]
    window = np.maximum(i - np.arange(1, WINDOW + 1, dtype=np.int32), -1)
    further = np.column_stack([stream.before, stream.before2, stream.named_last, stream.named_last2, stream.calling])
    answered = (stream.explicit >= 0) & (i[:, 0] - stream.explicit > WINDOW)
    further[answered, 1] = stream.explicit[answered]
    further[i - further <= WINDOW] = -1
    for column in range(1, EXTRA):
        again = (further[:, :column] == further[:, column : column + 1]).any(axis=1)
        further[again, column] = -1
    return np.concatenate([window, further], axis=1)


def _shared_with_author(stream: Stream, author: Ints32) -> Floats32:
    shared = np.zeros(author.shape, dtype=np.float32)
    i, lag = np.nonzero(stream.overlap.weight)
    if i.size:
        by_author = stream.speaker[i - lag - 1][:, None] == author[i]
        first = np.flatnonzero(np.diff(i, prepend=-1))
        shared[i[first]] = np.add.reduceat(by_author * stream.overlap.weight[i, lag][:, None], first)
    return shared


# One message


def message_features(stream: Stream) -> Features:
    """Features of the answering message: shape (n,) each."""
    named, overlap, before, i = stream.named, stream.overlap, np.maximum(stream.before, 0), np.arange(stream.n)
    names = (named.address >= 0) | (named.mention >= 0)
    gap, shared = np.diff(stream.minute, prepend=stream.minute[:1]), overlap.weight.max(axis=1, initial=0)
    return {
        "addresses": named.address >= 0,
        "mentions": named.mention >= 0,
        "names_used": ((np.cumsum(names) - names) / (i + PRIOR)).astype(np.float32),  # share of the earlier messages
        "address_wrote": stream.named_last >= 0,
        "turns_since_address": _turns_since(stream.named_last) / 3,
        "minutes_since_address": _minutes_since(stream, stream.named_last) / 3,
        **{f"says_{kind}": stream.flags & FLAG[kind] > 0 for kind in KINDS},
        **{f"opens_{kind}": stream.first & FLAG[kind] > 0 for kind in KINDS_OF_FIRST},
        "length": log(stream.length) / 2,
        "wordless": stream.length == 0,
        "first": stream.before < 0,
        "turns_since_own": _turns_since(stream.before) / 3,
        "minutes_since_own": _minutes_since(stream, stream.before) / 3,
        "own_addressed": (stream.before >= 0) & (named.address[before] >= 0),
        "own_asked": (stream.before >= 0) & (stream.flags[before] & FLAG["asks"] > 0),
        "called_since_own": stream.calling > stream.before,
        "turns_since_call": _turns_since(stream.calling) / 3,
        "minutes_since_last": log(gap) / 2,
        "pace": log(stream.pace),
        "pauseby_pace": by_pace(gap, stream.pace),
        "own_count": log(stream.count) / 3,
        "so_far": log(i) / 5,
        "shared": shared,
        "shared_share": shared / overlap.whole,
        "shared_in_all": overlap.weight.sum(axis=1) / overlap.whole / 3,
        "rarity": overlap.rarity,
        "address_count": log(at_or(stream.count, stream.named_last, 0)) / 3,
    }


def answered_features(stream: Stream, message: Features) -> Features:
    """Features of the message answered, shape (n,) each; message: as message_features."""
    features = message | {"goes_on": stream.run < np.arange(stream.n)}
    return {name: features[name] for name in ANSWERED}


def _turns_since(place: Ints32) -> Floats32:
    return log(np.where(place >= 0, np.arange(len(place)) - place, NEVER_TURNS))


def _minutes_since(stream: Stream, place: Ints32) -> Floats32:
    return log(np.where(place >= 0, stream.minute - stream.minute[np.maximum(place, 0)], NEVER_MINUTES))


def by_pace(minutes: Floats32, pace: Floats32) -> Floats32:
    """Minutes relative to the pace of the channel, as a logarithm."""
    half = np.float32(0.5)
    return (half * np.log((minutes + half) / (pace + half))).astype(np.float32)


def log(x: ArrayLike) -> Floats32:
    """log(1 + x), negative x counting as 0."""
    return np.log(np.maximum(np.asarray(x, dtype=np.float32), 0) + 1)


# A message and a candidate


def pair_features(stream: Stream, block: Block) -> Features:
    """Features of a message and a candidate: shape (rows, candidates) each."""
    i, j = block.i, block.j
    back, minutes = i - j, stream.minute[i] - stream.minute[j]
    own, author_last = block.speaker == block.author, stream.following[j] >= i
    return {
        "log_turns": log(back) / 2,
        "next": back == 1,
        "second": back == 2,
        "far": back > WINDOW,
        "log_minutes": log(minutes) / 2,
        "same_minute": minutes <= 0,
        "minutesby_pace": by_pace(minutes, stream.pace[i]),
        "own": own,
        "own_next": own & (back == 1),
        "own_run": own & (stream.run[i] <= j),
        "author_last": author_last,
        "own_none_since": stream.before[i] <= j,
        "last_call": stream.calling[i] == j,
        **_naming(stream, block, author_last),
        **_sharing(stream, block),
    }


def _naming(stream: Stream, block: Block, author_last: NDArray[np.bool_]) -> Features:
    """Features of names, in both directions."""
    named, speaker, author = stream.named, block.speaker, block.author
    address, its_address, mention = named.address[block.i], named.address[block.j], named.mention[block.i]
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


def _sharing(stream: Stream, block: Block) -> Features:
    """Shared words: of the two, of i and the author's messages in the window, of j and the speaker's last message."""
    return {
        "shared": block.shared,
        "shared_share": block.shared / stream.overlap.whole[block.i],
        "shared_with_author": block.shared_with_author,
        "shared_with_own_last": shared_with(stream, stream.before[block.i], block.j),
    }


def shared_with(stream: Stream, one: Ints32, other: Ints32) -> Floats32:
    """Weight of the words that two messages share, 0 for a message and itself, beyond the window, or for none (-1)."""
    later, lag = np.maximum(one, other), np.abs(one - other)
    within = (np.minimum(one, other) >= 0) & (lag > 0) & (lag <= WINDOW)
    return np.take(stream.overlap.weight, (later * WINDOW + lag - 1) * within) * within


def matrix(features: Features) -> Floats32:
    """Features as rows, on the grid: shape (features, ...)."""
    columns = list(features.values())
    out = np.empty((len(columns), *columns[0].shape), dtype=np.float32)
    for row, column in zip(out, columns, strict=True):
        row[...] = column
    return on_grid(out)


def on_grid(x: Floats32) -> Floats32:
    """x, overwritten, in multiples of 1 / GRID."""
    x *= GRID
    np.rint(x, out=x)
    x /= GRID
    return x
