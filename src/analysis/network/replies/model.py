"""The trained reply model: two small networks, one upon the other, in NumPy.

Each network scores every candidate of a message, and "starts a thread", with one hidden layer; a softmax makes
probabilities of the scores. The second sees, beside what the first sees, the threads of the first's links. A
temperature and an offset of "starts a thread" calibrate the outcome. Trained by benchmarks/train_replies.py;
reply_weights.json says on what, and how well it does.

Features and weights are rounded to grids of powers of two, so that every sum of products is exact in single precision:
the scores are the same on every machine, in whatever order it adds.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arrays import Floats32, Ints32
from analysis.network.replies.features import (
    GRID,
    Stream,
    answered_features,
    block_of,
    candidates,
    matrix,
    message_features,
    on_grid,
    pair_features,
)
from analysis.network.replies.threads import (
    Threads,
    read_threads,
    thread_answered_features,
    thread_message_features,
    thread_pair_features,
)

WEIGHTS = Path(__file__).with_name("weights.json")
FINE = 512  # weights are multiples of one in so many
ROWS = 192  # messages scored at a time, so that their features stay in the processor's cache


@dataclass(frozen=True)
class Scorer:
    """Weights of one pass; H hidden units. pair, message, answered: (features, H); start: (message features, H)."""

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
    """Both passes, and the calibration: what is added to the score of "starts a thread", and then the temperature."""

    first: Scorer
    second: Scorer
    temperature: float = 1.0
    start_offset: float = 0.0


@dataclass(frozen=True)
class ScorerInputs:
    """What a network sees of a channel. candidate: (n, C), -1 for none; message, answered: (n, features)."""

    stream: Stream
    candidate: Ints32
    message: Floats32
    answered: Floats32
    threads: Threads | None = None

    def pairs(self, first: int, last: int) -> Floats32:
        """Features of messages first to last (excluded) and their candidates: (features, rows, C)."""
        block = block_of(self.stream, self.candidate, first, last)
        features = pair_features(self.stream, block)
        if self.threads is not None:
            second = thread_pair_features(self.stream, self.threads, block)
            features |= {f"thread_{name}": column for name, column in second.items()}
        return matrix(features)


def first_inputs(stream: Stream) -> ScorerInputs:
    """What the first pass sees."""
    return ScorerInputs(
        stream, candidates(stream), matrix(message_features(stream)).T, matrix(answered_features(stream)).T
    )


def second_inputs(first: ScorerInputs, p: Floats32) -> ScorerInputs:
    """What the second pass sees. p: probabilities of the first, shape (n, CANDIDATES + 1)."""
    threads = read_threads(first.stream, first.candidate, p)
    message = matrix(thread_message_features(first.stream, threads)).T
    answered = matrix(thread_answered_features(threads)).T
    return replace(
        first,
        candidate=np.take_along_axis(first.candidate, threads.slot, axis=1),
        threads=threads,
        message=np.concatenate([first.message, message], axis=1),
        answered=np.concatenate([first.answered, answered], axis=1),
    )


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
    """Probabilities out of scores; what a message answers by the export's own word has probability 1."""
    p = np.exp((score - score.max(axis=1, keepdims=True)).astype(np.float64))
    p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
    known = stream.explicit >= 0
    p[known, :-1] = candidate[known] == stream.explicit[known, None]
    p[known, -1] = 0
    return p


def probabilities(model: ReplyModel, stream: Stream) -> tuple[Ints32, Floats32]:
    """What each message may answer, shape (n, SECOND) with -1 for none, and the probability of each.

    Probabilities: shape (n, SECOND + 1); the last column is "starts a thread".
    """
    inputs = first_inputs(stream)
    p = softmax(scores(model.first, inputs), stream, inputs.candidate)
    inputs = second_inputs(inputs, p)
    score = scores(model.second, inputs)
    score[:, -1] += np.float32(model.start_offset)
    return inputs.candidate, softmax(score / np.float32(model.temperature), stream, inputs.candidate)


# The file of weights


@cache
def shipped() -> ReplyModel:
    """The model that ships with the package."""
    return load(WEIGHTS)


def load(path: Path) -> ReplyModel:
    """The model in a file that `save` wrote."""
    held = json.loads(path.read_text(encoding="utf-8"))
    first, second = (
        Scorer(**{name: _decoded(array) for name, array in held[part].items()}) for part in ("first", "second")
    )
    return ReplyModel(first, second, held["temperature"], held["start_offset"])


def save(model: ReplyModel, provenance: dict[str, Any], path: Path) -> None:
    """Write the model with its provenance as JSON; weights as 16-bit numbers in units of 1 / FINE, base 64."""
    networks = {
        part: {field.name: _encoded(getattr(network, field.name)) for field in fields(Scorer)}
        for part, network in (("first", model.first), ("second", model.second))
    }
    calibration = {"temperature": model.temperature, "start_offset": model.start_offset}
    path.write_text(
        json.dumps({"provenance": provenance, **calibration, **networks}, indent=1) + "\n", encoding="utf-8"
    )


def rounded(network: Scorer) -> Scorer:
    """The network with its weights as `save` writes them."""
    return Scorer(**{f.name: _decoded(_encoded(getattr(network, f.name))) for f in fields(Scorer)})


def _encoded(array: Floats32) -> dict[str, Any]:
    whole = np.clip(np.rint(array * FINE), -32768, 32767).astype("<i2")
    return {"shape": list(array.shape), "data": base64.b64encode(whole.tobytes()).decode("ascii")}


def _decoded(held: dict[str, Any]) -> Floats32:
    flat = np.frombuffer(base64.b64decode(held["data"]), dtype="<i2")
    return flat.reshape(held["shape"]).astype(np.float32) / np.float32(FINE)
