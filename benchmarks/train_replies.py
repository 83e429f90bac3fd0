"""Trains the reply model on the annotated Ubuntu logs (Kummerfeld et al. 2019) and writes its weights.

    python benchmarks/train_replies.py --train --irc DIR              # all of DIR/train; about 5 CPU minutes, 4 GB
    python benchmarks/train_replies.py --train --irc DIR --chats 20   # a try

Every chat is seen plain and name-masked (nicknames deleted from the text), and both once more re-timed: its
conversations, as annotated, separated and slowed down at random, because chats on phones are slower and emptier than a
channel of hundreds. The second pass learns on what first passes say that were trained without the chat in question
(four folds). Temperature and the offset of "starts a thread" are fitted on the development part, which, like the test
part, was settled between several annotators and has fewer thread starts than the training part.

NumPy alone: softmax cross-entropy, minibatch Adam (Kingma & Ba 2015), cosine decay, mean of the last weights.
"""

from __future__ import annotations

import argparse
import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from irc import HOW, Chat, add_folder, annotated, read_chats, speakers
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from analysis.arrays import Floats32
from analysis.network.replies import infer as replies
from analysis.network.replies import model as reply_model
from analysis.network.replies.model import ReplyModel, Scorer, ScorerInputs
from analysis.network.replies.scores import score

HIDDEN = (48, 64)  # units of the first and of the second pass
EPOCHS = (10, 14)
FOLDS, BATCH, RATE, DECAY = 4, 256, 4e-3, 1e-5
TAIL = 0.15  # share of the last steps whose weights are averaged
RETIMED_WEIGHT = 0.5
SLOWER, EMPTIER = 6.0, 50.0  # at most: how much slower a conversation runs, and how much longer the gaps between them


# Chats, and the same chats re-timed


def retimed(chat: Chat, rng: np.random.Generator) -> Chat:
    """Some of the chat's annotated conversations, each slowed down, with longer gaps between them."""
    linked = nx.Graph()
    linked.add_nodes_from(later for later, _ in chat.links)
    linked.add_edges_from(chat.links)
    share, slower = rng.uniform(0.3, 1), np.exp(rng.uniform(0, np.log(SLOWER)))
    gap = slower * np.exp(rng.uniform(0, np.log(EMPTIER)))
    clock = chat.messages["time"]
    seconds = np.maximum.accumulate((clock - clock.iloc[0]).dt.total_seconds().to_numpy())
    rows, times = [], []
    for conversation in sorted(nx.connected_components(linked), key=min):
        row = np.array(sorted(conversation))
        if rng.random() < share:
            start = (seconds[row[0]] + rng.uniform(0, 60)) * gap
            rows.append(row)
            times.append(start + (seconds[row] - seconds[row[0]]) * slower + np.arange(len(row)) * 1e-3)
    return _rearranged(chat, np.concatenate([[], *rows]).astype(int), np.concatenate([[], *times]))


def _rearranged(chat: Chat, rows: NDArray[np.intp], seconds: NDArray) -> Chat:
    order = np.argsort(seconds, kind="stable")
    messages = chat.messages.iloc[rows[order]].reset_index(drop=True)
    messages["time"] = chat.messages["time"].iloc[0] + pd.to_timedelta(seconds[order], unit="s")
    place = {row: k for k, row in enumerate(rows[order].tolist())}
    return Chat(chat.name, messages, frozenset((place[a], place[b]) for a, b in chat.links if a in place))


@dataclass(frozen=True)
class Lesson:
    """One chat to learn from, and what its messages weigh. fold: which first pass did not see it."""

    chat: Chat
    weight: float
    fold: int


def lessons(folder: Path, limit: int | None) -> Iterator[Lesson]:
    """Every chat plain and masked, and both again re-timed."""
    rng = np.random.default_rng(7)
    for masked in (False, True):
        for number, chat in enumerate(list(read_chats(folder, masked=masked))[:limit]):
            yield Lesson(chat, 1.0, number % FOLDS)
            again = retimed(chat, rng)
            if len(again.messages) > 30:
                yield Lesson(again, RETIMED_WEIGHT, number % FOLDS)


# Examples


@dataclass
class Examples:
    """Annotated messages as a network sees them, N in all. pairs: (N, C, features); candidate: rows of
    answered, -1 for none; truth: (N, C + 1); weight, fold: (N,)."""

    pairs: NDArray[np.float16]
    message: Floats32
    answered: Floats32
    candidate: NDArray[np.int32]
    truth: NDArray[np.bool_]
    weight: Floats32
    fold: NDArray[np.intp]


def truth_of(chat: Chat, inputs: ScorerInputs, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which candidate each message answers as annotated, shape (n, C + 1); several, or none, may be."""
    place = {row: k for k, row in enumerate(rows.tolist())}
    truth = np.zeros((inputs.stream.n, inputs.candidate.shape[1] + 1), dtype=bool)
    for later, earlier in chat.links:
        if later in place and later == earlier:
            truth[place[later], -1] = True
        elif later in place and earlier in place:
            truth[place[later], :-1] |= inputs.candidate[place[later]] == place[earlier]
    return truth


def gather(seen: Sequence[tuple[Lesson, NDArray[np.intp], ScorerInputs]]) -> Examples:
    """Examples out of all lessons; messages whose annotated answer is no candidate teach nothing and are left out."""
    parts: dict[str, list[NDArray]] = {field.name: [] for field in fields(Examples)}
    base = 0
    for lesson, rows, inputs in seen:
        truth = truth_of(lesson.chat, inputs, rows)
        labelled = np.flatnonzero(truth.any(axis=1))
        pairs = inputs.pairs(int(labelled[0]), int(labelled[-1]) + 1).astype(np.float16).transpose(1, 2, 0)
        candidate = inputs.candidate[labelled]
        parts["pairs"].append(pairs[labelled - labelled[0]])
        parts["message"].append(inputs.message[labelled])
        parts["answered"].append(inputs.answered)
        parts["candidate"].append(np.where(candidate >= 0, candidate + base, -1))
        parts["truth"].append(truth[labelled])
        parts["weight"].append(np.full(labelled.size, lesson.weight, dtype=np.float32))
        parts["fold"].append(np.full(labelled.size, lesson.fold))
        base += inputs.stream.n
    return Examples(**{name: np.concatenate(part) for name, part in parts.items()})


# Learning


def fresh(examples: Examples, hidden: int, rng: np.random.Generator) -> dict[str, Floats32]:
    """Random weights to begin with."""

    def normal(*shape: int, scale: float = 1.0) -> Floats32:
        return (scale * rng.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)

    pair, message, answered = examples.pairs.shape[2], examples.message.shape[1], examples.answered.shape[1]
    zero = np.zeros(hidden, dtype=np.float32)
    return {
        "pair": normal(pair, hidden), "message": normal(message, hidden, scale=0.5),
        "answered": normal(answered, hidden, scale=0.5), "bias": zero.copy(), "out": normal(hidden),
        "start": normal(message, hidden), "start_bias": zero.copy(), "start_out": normal(hidden),
        "offset": np.zeros(1, dtype=np.float32),
    }  # fmt: skip


def slopes(w: dict[str, Floats32], examples: Examples, rows: NDArray[np.intp]) -> dict[str, Floats32]:
    """Gradient of the mean loss over these examples, -log of the probability of what is true."""
    candidate, message = examples.candidate[rows], examples.message[rows]
    pairs = examples.pairs[rows].astype(np.float32).reshape(candidate.size, -1)
    answered = examples.answered[np.maximum(candidate.ravel(), 0)]
    hidden = (pairs @ w["pair"] + answered @ w["answered"]).reshape(*candidate.shape, -1)
    hidden = np.maximum(hidden + (message @ w["message"] + w["bias"])[:, None], 0)
    starting = np.maximum(message @ w["start"] + w["start_bias"], 0)
    score = np.concatenate([hidden @ w["out"], (starting @ w["start_out"] + w["offset"])[:, None]], axis=1)
    score[:, :-1][candidate < 0] = -np.inf
    p = np.exp(score - score.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    true = p * examples.truth[rows]
    error = (p - true / (true.sum(axis=1, keepdims=True) + 1e-12)) * (examples.weight[rows] / len(rows))[:, None]
    return _back(w, error.astype(np.float32), hidden, starting, (pairs, answered, message))


def _back(
    w: dict[str, Floats32],
    error: Floats32,
    hidden: Floats32,
    starting: Floats32,
    inputs: tuple[Floats32, Floats32, Floats32],
) -> dict[str, Floats32]:
    pairs, answered, message = inputs
    of_pairs, of_start = error[:, :-1], error[:, -1]
    flat = hidden.reshape(-1, hidden.shape[2])
    into = of_pairs.reshape(-1, 1) * w["out"] * (flat > 0)
    into_message = into.reshape(hidden.shape).sum(axis=1)
    into_start = of_start[:, None] * w["start_out"] * (starting > 0)
    return {
        "pair": pairs.T @ into, "message": message.T @ into_message, "answered": answered.T @ into,
        "bias": into_message.sum(axis=0), "out": flat.T @ of_pairs.ravel(),
        "start": message.T @ into_start, "start_bias": into_start.sum(axis=0), "start_out": starting.T @ of_start,
        "offset": of_start.sum(keepdims=True),
    }  # fmt: skip


def learn(examples: Examples, rows: NDArray[np.intp], hidden: int, epochs: int, seed: int) -> Scorer:
    """A network fitted to these examples by Adam, its weights the mean of the last steps'."""
    rng = np.random.default_rng(seed)
    w = fresh(examples, hidden, rng)
    mean, square, tail = ({name: np.zeros_like(x) for name, x in w.items()} for _ in range(3))
    steps = epochs * (len(rows) // BATCH)
    batches = (b for _ in range(epochs) for b in _batches(rng.permutation(rows)))
    for step, batch in enumerate(batches, 1):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps)) * min(1, step / 100)
        for name, slope in slopes(w, examples, batch).items():
            mean[name] += 0.1 * (slope - mean[name])
            square[name] += 0.001 * (slope**2 - square[name])
            move = mean[name] / (1 - 0.9**step) / (np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8)
            w[name] = (w[name] - rate * (move + DECAY * w[name])).astype(np.float32)
            if step > (1 - TAIL) * steps:
                tail[name] += w[name]
    last = steps - int((1 - TAIL) * steps)
    return Scorer(**{name: (x / last).astype(np.float32) for name, x in tail.items()})


def _batches(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    yield from (rows[k : k + BATCH] for k in range(0, len(rows) - BATCH + 1, BATCH))


# Both passes


def train(taught: Sequence[Lesson], log: Callable[[str], None]) -> ReplyModel:
    """Both passes, the second on cross-fitted first ones; not calibrated yet."""
    seen = [(lesson, *first_inputs(lesson.chat)) for lesson in taught]
    examples = gather(seen)
    log(f"{len(examples.truth):,} examples of the first pass, {examples.pairs.shape[2]} features of a pair")
    rows = np.arange(len(examples.truth))
    folds = [learn(examples, rows[examples.fold != f], HIDDEN[0], EPOCHS[0], seed=f) for f in range(FOLDS)]
    first = learn(examples, rows, HIDDEN[0], EPOCHS[0], seed=FOLDS)
    log("first passes are trained")
    del examples
    again = [(lesson, rows, _second(folds[lesson.fold], inputs)) for lesson, rows, inputs in seen]
    examples = gather(again)
    second = learn(examples, np.arange(len(examples.truth)), HIDDEN[1], EPOCHS[1], seed=FOLDS + 1)
    log("second pass is trained")
    return ReplyModel(first, second)


def first_inputs(chat: Chat) -> tuple[NDArray[np.intp], ScorerInputs]:
    """Rows of the chat's messages by members, and what the first pass sees of them."""
    rows, stream = next(replies.read_channels(chat.messages))
    return rows, reply_model.first_inputs(stream)


def _second(network: Scorer, inputs: ScorerInputs) -> ScorerInputs:
    p = reply_model.softmax(reply_model.scores(network, inputs), inputs.stream, inputs.candidate)
    return reply_model.second_inputs(inputs, p)


Judged = tuple[NDArray, NDArray]  # scores of a chat's annotated messages, and which answers are true; same shape


def judged(model: ReplyModel, chat: Chat) -> Judged:
    """What the calibration is fitted to."""
    rows, inputs = first_inputs(chat)
    inputs = _second(model.first, inputs)
    judged = np.isin(rows, [later for later, _ in chat.links])
    return reply_model.scores(model.second, inputs)[judged].astype(float), truth_of(chat, inputs, rows)[judged]


def calibrated(model: ReplyModel, chats: Iterable[Judged]) -> ReplyModel:
    """The model with the offset of "starts a thread" and the temperature that fit these chats' annotations.

    The offset makes the annotated answers likeliest; the temperature then the outcomes, right or wrong, of the
    likeliest answers, messages whose annotated answer is no candidate among them.
    """
    scores, truth = (np.concatenate(part) for part in zip(*chats, strict=True))
    labelled = truth.any(axis=1)

    def softmax(log_temperature: float, offset: float) -> NDArray:
        z = scores.copy()
        z[:, -1] += offset
        z = (z - z.max(axis=1, keepdims=True)) / np.exp(log_temperature)
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    def of_truth(x: NDArray) -> float:
        return -float(np.log((softmax(*x) * truth).sum(axis=1)[labelled]).mean())

    def of_likeliest(log_temperature: float) -> float:
        p = softmax(log_temperature, offset)
        hit = truth[np.arange(len(p)), p.argmax(axis=1)]
        top = (p.max(axis=1) / np.where(p >= replies.LEAST, p, 0).sum(axis=1)).clip(max=1 - 1e-6)
        return -float(np.log(np.where(hit, top, 1 - top)).mean())

    _, offset = minimize(of_truth, np.zeros(2), method="Nelder-Mead").x
    log_temperature = minimize_scalar(of_likeliest, bounds=(-0.5, 1), method="bounded").x
    return replace(model, temperature=round(float(np.exp(log_temperature)), 3), start_offset=round(float(offset), 3))


def dev_scores(
    model: ReplyModel, chats: Mapping[bool, Sequence[Chat]], seen: Mapping[tuple[str, bool], Judged]
) -> dict:
    """F, cross-speaker F and calibration error on dev, plain and masked, each chat under the calibration of the others.

    chats: by whether they are masked; seen: of each chat, by name and whether it is masked.
    """
    result = {}
    for masked, each in chats.items():
        inferred, links, speaker = [], [], []
        for chat in each:
            used = calibrated(model, (scored for (name, _), scored in seen.items() if name != chat.name))
            inferred.append(replies.infer_replies(chat.messages, model=used))
            links.append(annotated(chat))
            speaker.append(speakers(chat))
        scores = score(*(pd.concat(parts) for parts in (inferred, links, speaker)))
        name = "masked" if masked else "plain"
        result |= {f"{name}_{key}": round(scores[key], 4) for key in ("f", "cross_f", "calibration_error")}
    return result


def finished(model: ReplyModel, dev: Path, chats_seen: int) -> tuple[ReplyModel, dict]:
    """The trained model with weights as they are kept, calibrated on dev, and what its file says of itself."""
    model = replace(model, first=rounded(model.first), second=rounded(model.second))
    chats = {masked: list(read_chats(dev, masked=masked)) for masked in (False, True)}
    seen = {(chat.name, masked): judged(model, chat) for masked, each in chats.items() for chat in each}
    provenance = {
        "what": "weights of the reply model, analysis.network.replies.model",
        "data": "Kummerfeld et al. (2019), A Large-Scale Corpus for Conversation Disentanglement: #ubuntu, train part",
        "source": "https://github.com/jkkummerfeld/irc-disentanglement",
        "licence": "CC BY 4.0",
        "script": "benchmarks/train_replies.py --train",
        "date": date.today().isoformat(),
        "seen": f"{chats_seen} chats: each plain, name-masked, and both re-timed",
        "calibrated_on": "dev part, plain and masked: temperature and start_offset",
        "dev": dev_scores(model, chats, seen),
    }
    return calibrated(model, seen.values()), provenance


# The file of weights


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
    return Scorer(**{f.name: reply_model.decoded(_encoded(getattr(network, f.name))) for f in fields(Scorer)})


def _encoded(array: Floats32) -> dict[str, Any]:
    whole = np.clip(np.rint(array * reply_model.FINE), -32768, 32767).astype("<i2")
    return {"shape": list(array.shape), "data": base64.b64encode(whole.tobytes()).decode("ascii")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true", help="train and write the weights")
    parser.add_argument("--chats", type=int, help="learn from that many chats alone: a try")
    parser.add_argument("--out", type=Path, default=reply_model.WEIGHTS, help="file of weights")
    add_folder(parser)
    args = parser.parse_args()
    if not args.train:
        print("This trains the reply model anew. Give --train to do so, --help to read more.")
        return
    if args.irc is None:
        parser.error(f"no annotated Ubuntu logs: {HOW}")
    taught = list(lessons(args.irc / "train", args.chats))
    model = train(taught, lambda said: print(f"{time.process_time():6.0f} CPU s  {said}", flush=True))
    model, provenance = finished(model, args.irc / "dev", len({lesson.chat.name for lesson in taught}))
    print(f"temperature {model.temperature}, start_offset {model.start_offset}, {provenance['dev']}")
    save(model, provenance, args.out)
    print(f"{args.out.name}: {args.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
