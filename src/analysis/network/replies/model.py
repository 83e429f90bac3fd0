"""The trained reply model: two small neural networks in sequence, in NumPy.

Each scores every candidate of a message, and "starts a thread", with one hidden layer; a softmax turns the scores into
probabilities. The second has the features of the first and those of the threads that the first's links form. A
temperature and an offset of "starts a thread" calibrate the probabilities. Trained by benchmarks/train_replies.py;
weights.json documents the training data and the scores on held-out chats.

Features and weights are rounded to grids of powers of two, so that every sum of products is exact in single precision:
the scores are the same on every machine, whatever the order of summation.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arrays import Floats32, Ints32
from analysis.network.replies import features, threads
from analysis.network.replies.features import GRID, Stream, matrix, on_grid
from analysis.network.replies.threads import Threads

WEIGHTS = Path(__file__).with_name("weights.json")
FINE = 512  # weights are multiples of one in so many
ROWS = 192  # messages scored at a time, so that their features stay in the processor's cache


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
    """Both networks, and the calibration: the temperature, after start_offset is added to "starts a thread"."""

    first: Scorer
    second: Scorer
    temperature: float = 1.0
    start_offset: float = 0.0


@dataclass(frozen=True)
class ScorerInputs:
    """Inputs of a network for a channel. candidate: (n, C), -1 for none; message, answered: (n, features)."""

    stream: Stream
    candidate: Ints32
    message: Floats32
    answered: Floats32
    threads: Threads | None = None

    def pairs(self, first: int, last: int) -> Floats32:
        """Features of messages first to last (excluded) and their candidates: (features, rows, C)."""
        i, j = np.arange(first, last, dtype=np.int32)[:, None], np.maximum(self.candidate[first:last], 0)
        block = features.Block(i, j, self.stream.speaker[i], self.stream.speaker[j])
        pair = features.pair_features(self.stream, block)
        if self.threads is not None:
            second = threads.thread_pair_features(self.stream, self.threads, block)
            pair |= {f"thread_{name}": column for name, column in second.items()}
        return matrix(pair)


def first_inputs(stream: Stream) -> ScorerInputs:
    """Inputs of the first network."""
    message = features.message_features(stream)
    answered = matrix(features.answered_features(stream, message)).T
    return ScorerInputs(stream, features.candidates(stream), matrix(message).T, answered)


def second_inputs(first: ScorerInputs, p: Floats32) -> ScorerInputs:
    """Inputs of the second network. p: probabilities of the first, shape (n, CANDIDATES + 1)."""
    linked = threads.read_threads(first.stream, first.candidate, p)
    message = np.hstack([first.message, matrix(threads.thread_message_features(first.stream, linked)).T])
    answered = np.hstack([first.answered, matrix(threads.thread_answered_features(linked)).T])
    candidate = np.take_along_axis(first.candidate, linked.slot, axis=1)
    return replace(first, candidate=candidate, threads=linked, message=message, answered=answered)


def scores(network: Scorer, inputs: ScorerInputs) -> Floats32:
    """Scores of each candidate, and of "starts a thread" last: shape (n, C + 1), -inf for no candidate."""
    n, c = inputs.candidate.shape
    out = np.empty((n, c + 1), dtype=np.float32)
    message = (inputs.message @ network.message + network.bias) * GRID
    answered = inputs.answered @ network.answered * GRID
    pair, to_score = network.pair * GRID, network.out / GRID  # so that hidden units come in steps of the grid
    starting = on_grid(np.maximum(inputs.message @ network.start + network.start_bias, 0))
    out[:, c] = starting @ network.start_out + network.offset
    for first in range(0, n, ROWS):
        rows = slice(first, min(first + ROWS, n))
        pairs = inputs.pairs(rows.start, rows.stop)
        j = np.maximum(inputs.candidate[rows], 0)
        hidden = (pairs.reshape(len(pairs), -1).T @ pair).reshape(*j.shape, -1)
        hidden += answered[j]
        hidden += message[rows, None]
        np.rint(np.maximum(hidden, 0, out=hidden), out=hidden)
        out[rows, :c] = (hidden.reshape(-1, len(to_score)) @ to_score).reshape(j.shape)
    out[:, :c][inputs.candidate < 0] = -np.inf
    return out


def softmax(score: Floats32, stream: Stream, candidate: Ints32) -> Floats32:
    """Probabilities from scores; an explicit reply has probability 1."""
    p = np.exp((score - score.max(axis=1, keepdims=True)).astype(np.float64))
    p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
    explicit = stream.explicit >= 0
    p[explicit, :-1] = candidate[explicit] == stream.explicit[explicit, None]
    p[explicit, -1] = 0
    return p


def probabilities(model: ReplyModel, stream: Stream) -> tuple[Ints32, Floats32]:
    """Candidates, (n, SECOND), -1 for none; probabilities, (n, SECOND + 1), the last column for "starts a thread"."""
    inputs = first_inputs(stream)
    p = softmax(scores(model.first, inputs), stream, inputs.candidate)
    inputs = second_inputs(inputs, p)
    score = scores(model.second, inputs)
    score[:, -1] += np.float32(model.start_offset)
    return inputs.candidate, softmax(score / np.float32(model.temperature), stream, inputs.candidate)


# The file of weights


@cache
def shipped() -> ReplyModel:
    """The model that ships with the package, in a file that benchmarks/train_replies.py wrote."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    first, second = ({name: decoded(array) for name, array in stored[of].items()} for of in ("first", "second"))
    return ReplyModel(Scorer(**first), Scorer(**second), stored["temperature"], stored["start_offset"])


def decoded(stored: dict[str, Any]) -> Floats32:
    """An array stored in units of 1 / FINE, base 64."""
    flat = np.frombuffer(base64.b64decode(stored["data"]), dtype="<i2")
    return flat.reshape(stored["shape"]).astype(np.float32) / np.float32(FINE)
