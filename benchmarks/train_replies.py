"""Trains the reply model on the annotated Ubuntu logs (Kummerfeld et al. 2019) and writes its weights.

    python benchmarks/train_replies.py --train --irc DIR              # all of DIR/train; about 10 CPU minutes, 4 GB
    python benchmarks/train_replies.py --train --irc DIR --chats 20   # a try
    python benchmarks/train_replies.py --train --irc DIR --causal     # two passes that do not look ahead

Every chat is seen plain and name-masked (nicknames deleted from the text), and both once more re-timed: its
conversations, as annotated, separated and slowed down at random, because chats on phones are slower and emptier than a
channel of hundreds. Every pass but the first learns on what passes before say that were trained without the chat in
question (four folds). Temperature and the offset of "starts a thread" are fitted to what such passes say of the train
part's plain and masked chats. The development part is scored once, at the end: nothing is chosen or fitted on it.

NumPy alone: softmax cross-entropy, minibatch Adam (Kingma & Ba 2015) with decoupled decay of weights (Loshchilov &
Hutter 2019), cosine decay of the rate, mean of the last weights.
"""

from __future__ import annotations

import argparse
import base64
import json
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
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
from threadpoolctl import threadpool_limits

from analysis.arrays import Floats32
from analysis.network.replies import infer as replies
from analysis.network.replies import model as reply_model
from analysis.network.replies.model import ReplyModel, Scorer, ScorerInputs
from analysis.network.replies.scores import counts, f_score, likeliest, score

HIDDEN = (48, 64, 64)  # units of each pass
EPOCHS = (7, 12, 12)
CAUSAL_PASSES = 2
LAST_SHARE = 0.75  # of the third pass in the scores, the second having the rest: by cross-validation
DECAY = (1e-5, 0.05, 0.05)  # of weights
FOLDS, BATCH, RATE = 4, 512, 5e-3
RESAMPLED = 1000  # times that dev's chats are drawn, for the interval of F
KEPT_SCORES = ("f", "f_low", "f_high", "cross_f", "calibration_error")
FLOOR = 2e-3  # probabilities below count as this in the log loss
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
    """One chat to learn from, plain or masked, and what its messages weigh. fold: whose networks do not see it."""

    chat: Chat
    text: str
    weight: float
    fold: int


def lessons(folder: Path, limit: int | None) -> Iterator[Lesson]:
    """Every chat plain and masked, and both again re-timed."""
    rng = np.random.default_rng(7)
    for text in ("plain", "masked"):
        for number, chat in enumerate(list(read_chats(folder, masked=text == "masked"))[:limit]):
            yield Lesson(chat, text, 1.0, number % FOLDS)
            again = retimed(chat, rng)
            if len(again.messages) > 30:
                yield Lesson(again, text, RETIMED_WEIGHT, number % FOLDS)


# Examples


Taught = tuple[Lesson, NDArray[np.intp], ScorerInputs]  # a lesson, the rows of its messages by members, a pass's inputs


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


def truth_of(chat: Chat, rows: NDArray[np.intp], inputs: ScorerInputs) -> NDArray[np.bool_]:
    """Which candidate each message answers as annotated, shape (n, C + 1); several, or none, may be."""
    place = {row: k for k, row in enumerate(rows.tolist())}
    truth = np.zeros((inputs.stream.n, inputs.candidates.place.shape[1] + 1), dtype=bool)
    for later, earlier in chat.links:
        if later in place and later == earlier:
            truth[place[later], -1] = True
        elif later in place and earlier in place:
            truth[place[later], :-1] |= inputs.candidates.place[place[later]] == place[earlier]
    return truth


def gather(seen: Sequence[Taught]) -> Examples:
    """Examples out of all lessons; messages whose annotated answer is no candidate teach nothing and are left out."""
    parts: dict[str, list[NDArray]] = {field.name: [] for field in fields(Examples)}
    base = 0
    for lesson, by_members, inputs in seen:
        truth = truth_of(lesson.chat, by_members, inputs)
        labelled = np.flatnonzero(truth.any(axis=1))
        candidate, rows = inputs.candidates.place[labelled], slice(int(labelled[0]), int(labelled[-1]) + 1)
        pairs = np.concatenate(inputs.pairs(rows)).astype(np.float16)
        parts["pairs"].append(pairs.T.reshape(-1, candidate.shape[1], len(pairs))[labelled - labelled[0]])
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


def learn(examples: Examples, rows: NDArray[np.intp], number: int, seed: int) -> Scorer:
    """The network of this pass fitted to these examples by Adam, its weights the mean of the last steps'."""
    rng, epochs, decay = np.random.default_rng(seed), EPOCHS[number], DECAY[number]
    w = fresh(examples, HIDDEN[number], rng)
    mean, square, tail = ({name: np.zeros_like(x) for name, x in w.items()} for _ in range(3))
    steps = epochs * (len(rows) // BATCH)
    batches = (b for _ in range(epochs) for b in _batches(rng.permutation(rows)))
    for step, batch in enumerate(batches, 1):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps)) * min(1, step / 100)
        for name, slope in slopes(w, examples, batch).items():
            mean[name] += 0.1 * (slope - mean[name])
            square[name] += 0.001 * (slope**2 - square[name])
            move = mean[name] / (1 - 0.9**step) / (np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8)
            w[name] = (w[name] - rate * (move + decay * w[name])).astype(np.float32)
            if step > (1 - TAIL) * steps:
                tail[name] += w[name]
    last = steps - int((1 - TAIL) * steps)
    return Scorer(**{name: (x / last).astype(np.float32) for name, x in tail.items()})


def _batches(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    yield from (rows[k : k + BATCH] for k in range(0, len(rows) - BATCH + 1, BATCH))


# All passes


def train(lessons: Iterable[Lesson], passes: int, *, looks_ahead: bool, log: Callable[[str], None]) -> ReplyModel:
    """The passes, each but the first on cross-fitted ones before, calibrated on the cross-fitted last."""
    first = [_first(lesson, looks_ahead=looks_ahead) for lesson in lessons]
    taught, scorers, scored, before = first, [], [], []
    for number in range(passes):
        if number:
            taught, before = [_next(*of) for of in zip(first, taught, scored, strict=True)], scored
        examples = gather(taught)
        rows = np.arange(len(examples.truth))
        log(f"pass {number + 1}: {rows.size:,} examples, {examples.pairs.shape[2]} features of a pair")
        seeds = [number * (FOLDS + 1) + f for f in range(FOLDS + 1)]
        folds = [rounded(learn(examples, rows[examples.fold != f], number, seeds[f])) for f in range(FOLDS)]
        scorers.append(rounded(learn(examples, rows, number, seeds[FOLDS])))
        del examples
        scored = [reply_model.scores(folds[lesson.fold], inputs) for lesson, _, inputs in taught]
        log(f"cross-fitted: {_quality(scored, taught)}")
    if (share := LAST_SHARE if looks_ahead else 1.0) < 1:
        scored = [reply_model.mixed(*pair, share) for pair in zip(scored, before, strict=True)]
        log(f"cross-fitted, the last two passes mixed: {_quality(scored, taught)}")
    model = ReplyModel(tuple(scorers), looks_ahead, share)
    return calibrated(model, *judged_by(scored, taught, ("plain", "masked")))


def _quality(scored: Sequence[Floats32], taught: Sequence[Taught]) -> str:
    """How well scores fit the annotation: the share of likeliest answers that are right, and the mean log loss."""
    described = []
    for text in ("plain", "masked"):
        z, truth = judged_by(scored, taught, (text,))
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        right = truth[np.arange(len(p)), p.argmax(axis=1)].mean()
        loss = -np.log(np.maximum((p * truth).sum(axis=1), FLOOR)).mean()
        described.append(f"{text}: right {right:.4f}, log loss {loss:.4f}")
    return "; ".join(described)


def _first(lesson: Lesson, *, looks_ahead: bool) -> Taught:
    rows, stream = next(replies.read_channels(lesson.chat.messages))
    return lesson, rows, reply_model.first_inputs(stream, looks_ahead=looks_ahead)


def _next(first: Taught, before: Taught, score: Floats32) -> Taught:
    lesson, rows, inputs = before
    return lesson, rows, reply_model.next_inputs(first[2], inputs, reply_model.softmax(score, inputs))


def judged_by(scored: Sequence[Floats32], taught: Sequence[Taught], texts: Container[str]) -> tuple[NDArray, NDArray]:
    """Scores of the annotated messages of chats with these texts, not re-timed, and which answers are true."""
    scores, truths = [], []
    for of_chat, (lesson, rows, inputs) in zip(scored, taught, strict=True):
        if lesson.weight == 1 and lesson.text in texts:
            judged = np.isin(rows, [later for later, _ in lesson.chat.links])
            scores.append(of_chat[judged].astype(float))
            truths.append(truth_of(lesson.chat, rows, inputs)[judged])
    return np.concatenate(scores), np.concatenate(truths)


def calibrated(model: ReplyModel, scores: NDArray, truth: NDArray) -> ReplyModel:
    """The model with the offset of "starts a thread" and the temperature that fit annotations, as judged_by gives them.

    The offset makes the annotated answers likeliest; the temperature then the outcomes, right or wrong, of the
    likeliest answers, messages whose annotated answer is no candidate among them.
    """
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


def dev_scores(model: ReplyModel, dev: Path) -> dict[str, float]:
    """F with its interval over resampled chats, cross-speaker F and calibration error, plain and masked."""
    result = {}
    for name in ("plain", "masked"):
        chats = list(read_chats(dev, masked=name == "masked"))
        inferred = [replies.infer_replies(chat.messages, model=model) for chat in chats]
        links, speaker = [annotated(chat) for chat in chats], [speakers(chat) for chat in chats]
        scores = score(*(pd.concat(parts) for parts in (inferred, links, speaker)))
        each = [
            counts(likeliest(one, link), link, who) for one, link, who in zip(inferred, links, speaker, strict=True)
        ]
        table, rng = pd.DataFrame(each), np.random.default_rng(0)
        again = [f_score(table.iloc[rng.integers(len(each), size=len(each))].sum()) for _ in range(RESAMPLED)]
        low, high = np.quantile(again, (0.025, 0.975))
        scores |= {"f_low": float(low), "f_high": float(high)}
        result |= {f"{name}_{key}": round(scores[key], 4) for key in KEPT_SCORES}
    return result


def provenance_of(model: ReplyModel, dev: Path, chats_seen: int) -> dict[str, Any]:
    """What the file of weights says of itself."""
    return {
        "what": "weights of the reply model, analysis.network.replies.model",
        "data": "Kummerfeld et al. (2019), A Large-Scale Corpus for Conversation Disentanglement: #ubuntu, train part",
        "source": "https://github.com/jkkummerfeld/irc-disentanglement",
        "licence": "CC BY 4.0",
        "script": f"benchmarks/train_replies.py --train{'' if model.looks_ahead else ' --causal'}",
        "date": date.today().isoformat(),
        "seen": f"{chats_seen} chats: each plain, name-masked, and both re-timed",
        "calibrated_on": "train part, plain and masked, scored by passes that did not see the chat: temperature and "
        "start_offset",
        "dev": dev_scores(model, dev),
    }


# The file of weights


def save(model: ReplyModel, provenance: dict[str, Any], path: Path) -> None:
    """Write the model with its provenance as JSON; weights as 16-bit numbers in units of 1 / FINE, base 64."""
    stored = {
        "provenance": provenance,
        "looks_ahead": model.looks_ahead,
        "last_share": model.last_share,
        "temperature": model.temperature,
        "start_offset": model.start_offset,
        "scorers": [
            {field.name: _encoded(getattr(network, field.name)) for field in fields(Scorer)}
            for network in model.scorers
        ],
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


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
    parser.add_argument("--causal", action="store_true", help="two passes that do not look ahead")
    parser.add_argument("--out", type=Path, help="file of weights; by default the one that ships")
    add_folder(parser)
    args = parser.parse_args()
    if not args.train:
        print("This trains the reply model anew. Give --train to do so, --help to read more.")
        return
    if args.irc is None:
        parser.error(f"no annotated Ubuntu logs: {HOW}")
    taught = list(lessons(args.irc / "train", args.chats))
    with threadpool_limits(1, "blas"):  # a second thread only spins in products this small
        model = train(
        taught, CAUSAL_PASSES if args.causal else len(HIDDEN), looks_ahead=not args.causal,
        log=lambda said: print(f"{time.process_time():6.0f} CPU s  {said}", flush=True),
    )  # fmt: skip
    provenance = provenance_of(model, args.irc / "dev", len({lesson.chat.name for lesson in taught}))
    print(f"temperature {model.temperature}, start_offset {model.start_offset}, {provenance['dev']}")
    out = args.out or reply_model.WEIGHTS["causal" if args.causal else "ahead"]
    save(model, provenance, out)
    print(f"{out.name}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
