"""The trained reply model: small neural networks in sequence, one a pass, in NumPy.

Each scores every candidate of a message, and "starts a thread", with one hidden layer; a softmax turns the scores into
probabilities. Every pass but the first also has the features of the threads that the links of the pass before form, for
the likeliest candidates of the first. The scores of the last two may be mixed; a temperature and an offset of "starts a
thread" calibrate the probabilities.

Trained by benchmarks/train_replies.py; the files of weights document the training data and scores on held-out chats.

Two models ship. The default has three passes and looks ahead: an answer depends on later messages too. The causal one
has two and does not, for streams.

Features and weights are rounded to grids of powers of two, so that every sum of products is exact in single precision:
the scores are the same on every machine, whatever the order of summation.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.arrays import Floats32, Ints32
from analysis.network.replies import ahead, features, threads
from analysis.network.replies.ahead import ReplyFlow
from analysis.network.replies.features import GRID, Candidates, Stream, matrix, on_grid, read_candidates
from analysis.network.replies.threads import Threads

WEIGHTS = {"ahead": Path(__file__).with_name("weights.json"), "causal": Path(__file__).with_name("weights-causal.json")}
FINE = 512  # weights are multiples of 1 / FINE
PAIRS = 4800  # of messages and candidates scored at a time, so that their features stay in the processor's cache


@dataclass(frozen=True)
class Scorer:
    """Weights of one network with H hidden units. pair, message, answered: (features, H); start: (features, H)."""

    pair: Floats32
    message: Floats32
    answered: Floats32
    bias: Floats32  # (H,)
    out: Floats32  # (H,)
    start: Floats32
    start_bias: Floats32  # (H,)
    start_out: Floats32  # (H,)
    offset: Floats32  # (1,)


@dataclass(frozen=True)
class ReplyModel:
    """The networks, one a pass; whether their features look ahead; the share of the last pass in the scores, the one
    before having the rest; and the calibration: the temperature, after start_offset is added to "starts a thread"."""

    scorers: tuple[Scorer, ...]
    looks_ahead: bool
    last_share: float = 1.0
    temperature: float = 1.0
    start_offset: float = 0.0


@dataclass(frozen=True)
class Links:
    """Inputs of a pass from the previous one. kept: features of the pairs alone, (features, n * KEPT)."""

    threads: Threads
    flow: ReplyFlow | None  # of a model that looks ahead
    kept: Floats32


@dataclass(frozen=True)
class ScorerInputs:
    """Inputs of a network for a channel of n messages. message, answered: (n, features); links: None in the first."""

    stream: Stream
    candidates: Candidates
    looks_ahead: bool
    message: Floats32
    answered: Floats32
    links: Links | None = None

    def pairs(self, rows: slice) -> list[Floats32]:
        """Features of the messages of these rows and their candidates: (features, rows * C), in one or two parts."""
        block = self.candidates.block(self.stream, rows)
        if self.links is None:
            pair = features.pair_features(self.stream, block)
            later = ahead.pair_features(self.stream, block) if self.looks_ahead else {}
            return [matrix(pair | later).reshape(len(pair | later), -1)]
        linked, flow = self.links.threads, self.links.flow
        pair = threads.thread_pair_features(self.stream, linked, block)
        later = ahead.thread_pair_features(self.stream, linked, flow, block) if flow else {}
        kept = self.links.kept[:, rows.start * threads.KEPT : rows.stop * threads.KEPT]
        return [kept, matrix(pair | later).reshape(len(pair | later), -1)]


def first_inputs(stream: Stream, *, looks_ahead: bool) -> ScorerInputs:
    """Inputs of the first pass."""
    message = features.message_features(stream)
    answered = features.answered_features(stream, message)
    later = ahead.message_features(stream) if looks_ahead else {}
    later_answered = ahead.answered_features(later) if looks_ahead else {}
    return ScorerInputs(
        stream, read_candidates(stream), looks_ahead,
        message=matrix(message | later).T, answered=matrix(answered | later_answered).T,
    )  # fmt: skip


def next_inputs(first: ScorerInputs, before: ScorerInputs, p: Floats32) -> ScorerInputs:
    """Inputs of the pass after `before`, whose probabilities are p, shape (n, C + 1). first: of the first pass."""
    stream, linked = first.stream, threads.read_threads(first.stream, before.candidates, p)
    if before.links is None:
        candidates = before.candidates.at(linked.slot)
        narrow = replace(first, candidates=candidates)
        kept = np.concatenate([narrow.pairs(rows)[0] for rows in blocks(candidates.place)], axis=1)
    else:
        candidates, kept = before.candidates, before.links.kept
    flow = ahead.read_flow(stream, candidates, linked) if first.looks_ahead else None
    message, answered = threads.thread_message_features(stream, linked), threads.thread_answered_features(linked)
    later = ahead.thread_message_features(stream, flow) if flow else {}
    later_answered = ahead.thread_answered_features(later) if flow else {}
    return replace(
        first,
        candidates=candidates,
        message=np.hstack([first.message, matrix(message | later).T]),
        answered=np.hstack([first.answered, matrix(answered | later_answered).T]),
        links=Links(linked, flow, kept),
    )


def blocks(place: Ints32) -> Iterator[slice]:
    """All messages with these candidates, in blocks of about PAIRS of both."""
    n, c = place.shape
    rows = max(PAIRS // c, 1)
    yield from (slice(first, min(first + rows, n)) for first in range(0, n, rows))


def scores(network: Scorer, inputs: ScorerInputs) -> Floats32:
    """Scores of each candidate, and of "starts a thread" last: shape (n, C + 1), -inf for no candidate."""
    place = inputs.candidates.place
    n, c = place.shape
    out = np.empty((n, c + 1), dtype=np.float32)
    message = (inputs.message @ network.message + network.bias) * GRID
    answered = inputs.answered @ network.answered * GRID
    pair, to_score = network.pair * GRID, network.out / GRID  # so that hidden units come in steps of the grid
    starting = on_grid(np.maximum(inputs.message @ network.start + network.start_bias, 0))
    out[:, c] = starting @ network.start_out + network.offset
    units, part_of_units = (np.empty((PAIRS + c, len(to_score)), dtype=np.float32) for _ in range(2))  # used again
    for rows in blocks(place):
        j = np.maximum(place[rows], 0)
        hidden, part_of_hidden = units[: j.size], part_of_units[: j.size]
        np.take(answered, j.ravel(), axis=0, out=hidden, mode="clip")
        hidden.reshape(*j.shape, -1)[...] += message[rows, None]
        first = 0
        for part in inputs.pairs(rows):
            hidden += np.matmul(part.T, pair[first : first + len(part)], out=part_of_hidden)
            first += len(part)
        np.rint(np.maximum(hidden, 0, out=hidden), out=hidden)
        out[rows, :c] = (hidden @ to_score).reshape(j.shape)
    out[:, :c][place < 0] = -np.inf
    return out


def softmax(score: Floats32, inputs: ScorerInputs) -> Floats32:
    """Probabilities from scores; an explicit reply has probability 1."""
    p = np.exp((score - score.max(axis=1, keepdims=True)).astype(np.float64))
    p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
    explicit = inputs.stream.explicit >= 0
    p[explicit, :-1] = inputs.candidates.place[explicit] == inputs.stream.explicit[explicit, None]
    p[explicit, -1] = 0
    return p


def probabilities(model: ReplyModel, stream: Stream) -> tuple[Ints32, Floats32]:
    """Candidates, (n, KEPT), -1 for none; probabilities, (n, KEPT + 1), the last column for "starts a thread"."""
    first = inputs = first_inputs(stream, looks_ahead=model.looks_ahead)
    before = score = scores(model.scorers[0], first)
    for scorer in model.scorers[1:]:
        inputs = next_inputs(first, inputs, softmax(score, inputs))
        before, score = score, scores(scorer, inputs)
    score = mixed(score, before, model.last_share)
    score[:, -1] += np.float32(model.start_offset)
    return inputs.candidates.place, softmax(score / np.float32(model.temperature), inputs)


def mixed(last: Floats32, before: Floats32, share: float) -> Floats32:
    """The weighted mean of the scores of the last pass and of the one before, of the same candidates."""
    return last if share == 1 else np.float32(share) * last + np.float32(1 - share) * before


# The files of weights


@cache
def shipped(name: Literal["ahead", "causal"] = "ahead") -> ReplyModel:
    """A model that ships with the package, in a file that benchmarks/train_replies.py wrote."""
    stored = json.loads(WEIGHTS[name].read_text(encoding="utf-8"))
    scorers = tuple(Scorer(**{part: decoded(array) for part, array in of.items()}) for of in stored["scorers"])
    settings = {name: stored[name] for name in ("looks_ahead", "last_share", "temperature", "start_offset")}
    return ReplyModel(scorers, **settings)


def decoded(stored: dict[str, Any]) -> Floats32:
    """An array stored in units of 1 / FINE, base 64."""
    flat = np.frombuffer(base64.b64decode(stored["data"]), dtype="<i2")
    return flat.reshape(stored["shape"]).astype(np.float32) / np.float32(FINE)
