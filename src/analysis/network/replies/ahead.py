"""Features of the reply model that look ahead: what the speaker, and the member answered, write after the message.

They depend on later messages, so the answers near the end of an export change when it grows; a causal model does not
use them. Dicts keep the features by name in the order of the weights, after those that every model has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats32, Ints32
from analysis.network.replies.features import (
    NEVER_MINUTES,
    NEVER_TURNS,
    Block,
    Candidates,
    Features,
    Stream,
    by_pace,
    log,
    shared_with,
    soonest,
)  # fmt: skip
from analysis.network.replies.threads import Threads, falling
from analysis.network.replies.words import NOBODY

SOON = 20  # messages within which a mention of the speaker counts as soon
REACTION = 50  # messages within which the author's next counts as a reaction
LIKELIEST = 4  # answers of each message that count in what other messages answer
ANSWERED = ("turns_to_own", "own_next", "turns_to_call", "called_soon", "called_before_own", "pause_after")
ANSWERED_THREADS = ("received", "received_from_others")


# The messages themselves


def message_features(stream: Stream) -> Features:
    """In addition to features.message_features, of the speaker's next message and the next that addresses the speaker:
    shape (n,) each."""
    n, i, own = stream.n, np.arange(stream.n, dtype=np.int32), stream.following
    call = soonest(stream.named.address, stream.speaker, i)
    gap = np.diff(stream.minute, append=stream.minute[-1:])
    return {
        "turns_to_own": _turns(i, own, n) / 3,
        "minutes_to_own": _minutes(stream, i, own) / 3,
        "own_next": own == i + 1,
        "own_next_addresses": np.append(stream.named.address, NOBODY)[own] >= 0,
        "turns_to_call": _turns(i, call, n) / 3,
        "called_soon": call - i <= SOON,
        "called_before_own": call < own,
        "pause_after": log(gap) / 2,
        "pause_after_by_pace": by_pace(gap, stream.pace),
        "last": i == n - 1,
    }


def answered_features(message: Features) -> Features:
    """In addition to features.answered_features; message: as message_features."""
    return {name: message[name] for name in ANSWERED}


def pair_features(stream: Stream, block: Block) -> Features:
    """In addition to features.pair_features, of the author's and the speaker's next: shape (rows, candidates) each."""
    n, i, j, speaker, author, reaction = stream.n, block.i, block.j, block.speaker, block.author, block.author_next
    own = stream.following[i]
    address, mention = np.append(stream.named.address, NOBODY), np.append(stream.named.mention, NOBODY)
    called, calls = address[reaction], address[own]
    return {
        "author_turns": _turns(i, reaction, n) / 3,
        "author_minutes": _minutes(stream, i, reaction) / 3,
        "author_next": reaction == i + 1,
        "author_addresses": called == speaker,
        "author_addresses_other": (called >= 0) & (called != speaker),
        "author_mentions": mention[reaction] == speaker,
        "author_before_own": (reaction < own) & (author != speaker),
        "own_addresses": calls == author,
        "own_addresses_other": (calls >= 0) & (calls != author),
        "author_shares": shared_with(stream, i, np.where(reaction < n, reaction, -1)),
        "own_shares": shared_with(stream, np.where(own < n, own, -1), j),
    }


def _turns(i: Ints32, later: Ints32, n: int) -> Floats32:
    return log(np.where(later < n, later - i, NEVER_TURNS))


def _minutes(stream: Stream, i: Ints32, later: Ints32) -> Floats32:
    minutes = stream.minute[np.minimum(later, stream.n - 1)] - stream.minute[i]
    return log(np.where(later < stream.n, minutes, NEVER_MINUTES))


# Answers by the previous pass


@dataclass(frozen=True)
class Answers:
    """The LIKELIEST answers of some messages by the pass before: shape (LIKELIEST, ...) each."""

    place: Ints32
    author: Ints32
    p: Floats32

    def of(self, later: Ints32) -> Answers:
        """Those of the messages at these places."""
        return Answers(self.place.take(later, 1), self.author.take(later, 1), self.p.take(later, 1))

    def to(self, earlier: Ints32) -> Floats32:
        """The probability that the message at this place is answered."""
        return (self.p * (self.place == earlier)).sum(axis=0)

    def to_member(self, member: Ints32) -> Floats32:
        """The probability that any message by this member is answered."""
        return (self.p * (self.author == member)).sum(axis=0)


@dataclass(frozen=True)
class ReplyFlow:
    """Answers that n messages give and receive, by the previous pass.

    answers: with one message more, the last, that answers nothing; the places n and -1 both mean it. starts, own:
    the probabilities that a message starts a thread and that it answers its speaker's own, shape (n + 1,). received,
    from_others: expected replies, from anybody and from other members, shape (n,).
    """

    answers: Answers
    starts: Floats32
    own: Floats32
    received: Floats32
    from_others: Floats32


def read_flow(stream: Stream, candidates: Candidates, threads: Threads) -> ReplyFlow:
    """The flow by the previous pass's probabilities of these candidates."""
    n, place, p = stream.n, candidates.place, threads.p
    top = np.argpartition(falling(p), LIKELIEST - 1, axis=1)[:, :LIKELIEST]
    by_other = candidates.author != stream.speaker[:, None]
    at = np.where(place >= 0, place, n).ravel()
    received, from_others = (
        np.bincount(at, weights=weight.ravel(), minlength=n + 1)[:n].astype(np.float32) for weight in (p, p * by_other)
    )
    parts = ((place, NOBODY), (candidates.author, NOBODY), (p, 0))
    return ReplyFlow(
        Answers(*(_padded(np.take_along_axis(part, top, axis=1), nothing) for part, nothing in parts)),
        starts=np.append(threads.starts, np.float32(1)),
        own=np.append(threads.own, np.float32(0)),
        received=received,
        from_others=from_others,
    )


def _padded(columns: np.ndarray, nothing: float) -> np.ndarray:
    """Rows and columns exchanged, with one more column."""
    return np.pad(columns.T, ((0, 0), (0, 1)), constant_values=nothing)


def thread_message_features(stream: Stream, flow: ReplyFlow) -> Features:
    """In addition to threads.thread_message_features: shape (n,) each."""
    return {
        "received": log(flow.received),
        "received_from_others": log(flow.from_others),
        "own_next_starts": flow.starts[stream.following],
        "own_next_answers_own": flow.own[stream.following],
    }


def thread_answered_features(message: Features) -> Features:
    """In addition to threads.thread_answered_features; message: as thread_message_features."""
    return {name: message[name] for name in ANSWERED_THREADS}


def thread_pair_features(stream: Stream, threads: Threads, flow: ReplyFlow, block: Block) -> Features:
    """In addition to threads.thread_pair_features: shape (rows, candidates) each."""
    i, j, speaker, author = block.i, block.j, block.speaker, block.author
    p = threads.p[i[:, 0]]
    reaction = np.where(block.author_next - i <= REACTION, block.author_next, stream.n)
    places = (reaction, stream.following[i], stream.before[i], j)
    of_reaction, of_own_next, of_own_last, of_it = (flow.answers.of(place) for place in places)
    by_other = author != speaker
    return {
        "author_answers": of_reaction.to(i),
        "author_answers_speaker": of_reaction.to_member(speaker) * by_other,
        "own_next_answers_author": of_own_next.to_member(author),
        "own_next_answers_it": of_own_next.to(j),
        "own_next_goes_on": of_own_next.to(i),
        "received": log(flow.received[j] - p),
        "received_from_others": log(flow.from_others[j] - p * by_other),
        "own_last_answers_it": of_own_last.to(j),
        "own_last_answers_author": of_own_last.to_member(author),
        "it_answers_speaker": of_it.to_member(speaker) * by_other,
    }
