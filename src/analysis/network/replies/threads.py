"""Features of every pass of the reply model but the first: threads and partners, by the links of the previous pass.

The features are causal; the previous pass's probabilities, on which they rest, are causal only in a causal model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Floats32, Ints32
from analysis.network.replies.features import Block, Candidates, Features, Stream, at_or, following, latest
from analysis.network.replies.words import NOBODY

KEPT = 8  # candidates of every pass but the first: those likeliest by the first
LEAST = 3e-4  # probabilities below count as this


@dataclass(frozen=True)
class Threads:
    """The links of n messages by the pass before, shape (n,) each where not given.

    p: probabilities of the candidates kept, shape (n, KEPT). starts: of "starts a thread". slot: columns of the KEPT
    likeliest candidates, shape (n, KEPT). entropy: of all the probabilities. surest: the greatest of them. answered:
    the first message that answers it, or n. root: first message of the thread. following: the thread's next message.
    partner: the other member it answers, or NOBODY. last_partner: that of the speaker's last message that had one;
    last_partner2: that of the one before; partner_now: the latest up to this message. own: probability that it answers
    one of the speaker's own messages.
    """

    p: Floats32
    starts: Floats32
    slot: Ints32
    entropy: Floats32
    surest: Floats32
    answered: Ints32
    root: Ints32
    following: Ints32
    partner: Ints32
    last_partner: Ints32
    last_partner2: Ints32
    partner_now: Ints32
    own: Floats32


def read_threads(stream: Stream, candidates: Candidates, p: Floats32) -> Threads:
    """Threads from the probabilities of the pass before: shape (n, C + 1), the last column for "starts a thread"."""
    i, count, top = np.arange(stream.n, dtype=np.int32), candidates.place.shape[1], p.argmax(axis=1)
    parent = np.where(top < count, candidates.place[i, np.minimum(top, count - 1)], -1)
    partner = at_or(stream.speaker, parent, NOBODY)
    partner[partner == stream.speaker] = NOBODY
    last = latest(np.where(partner >= 0, stream.speaker, NOBODY), stream.speaker)
    last_partner = at_or(partner, last, NOBODY)
    root = np.where(parent >= 0, parent, i).astype(np.int32)
    while not np.array_equal(root[root], root):  # pointer doubling
        root = root[root]
    slot = np.sort(np.argpartition(falling(p[:, :count]), KEPT - 1, axis=1)[:, :KEPT], axis=1).astype(np.int32)
    answered = np.full(stream.n + 1, stream.n, dtype=np.int32)  # the last element is for -1, no parent
    answered[parent[::-1]] = i[::-1]
    own = candidates.author == stream.speaker[:, None]
    return Threads(
        p=np.take_along_axis(p, slot, axis=1), starts=p[:, count], slot=slot,
        entropy=-(p * np.log(np.maximum(p, 1e-6))).sum(axis=1), surest=p.max(axis=1), answered=answered[:-1],
        root=root, following=following(root), partner=partner, last_partner=last_partner,
        last_partner2=at_or(last_partner, last, NOBODY),
        partner_now=np.where(partner >= 0, partner, last_partner), own=(p[:, :count] * own).sum(axis=1),
    )  # fmt: skip


def falling(p: Floats32) -> Floats:
    """Keys that put the likeliest column first, of equally likely ones the first."""
    return (np.arange(p.shape[1]) * 1e-12 - p).astype(np.float64, copy=False)


def thread_message_features(stream: Stream, threads: Threads) -> Features:
    """In addition to message_features: shape (n,) each."""
    return {
        "log_starts": log_of(threads.starts),
        "starts": threads.starts,
        "surest": threads.surest,
        "entropy": threads.entropy,
        "own_last_starts": at_or(threads.starts, stream.before, 0),
        "has_partner": threads.last_partner >= 0,
    }


def thread_answered_features(threads: Threads) -> Features:
    """In addition to answered_features: shape (n,) each."""
    return {"starts": threads.starts, "answers_own": threads.own, "has_partner": threads.partner >= 0}


def thread_pair_features(stream: Stream, threads: Threads, block: Block) -> Features:
    """In addition to pair_features: shape (rows, KEPT) each."""
    i, j, surest, its_root = block.i, block.j, threads.surest, threads.root[block.j]
    p = threads.p[i[:, 0]]
    return {
        "log_first": log_of(p),
        "first": p,
        "top": p == surest[i],
        "answers_speaker": (threads.partner[j] == block.speaker) * surest[j],
        "last_partner": threads.last_partner[i] == block.author,
        "last_partner2": threads.last_partner2[i] == block.author,
        "is_its_partner": threads.partner_now[j] == block.speaker,
        "answered": threads.answered[j] < i,
        "leaf": threads.following[j] >= i,
        "of_own_last": _in_thread(threads, stream.before[i], its_root),
        "of_address": _in_thread(threads, stream.named_last[i], its_root),
        "of_call": _in_thread(threads, stream.calling[i], its_root),
    }


def _in_thread(threads: Threads, place: Ints32, its_root: Ints32) -> np.ndarray:
    return at_or(threads.root, place, NOBODY) == its_root


def log_of(p: Floats32) -> Floats32:
    """The logarithm of a probability, cut off at LEAST and scaled."""
    return (np.log(np.maximum(p, np.float32(LEAST))) / 4).astype(np.float32)
