"""Adaptation of the reply model to a study's own annotated messages: a conditional logit on the model's probabilities.

The log probability of each candidate is scaled, and candidates of some kinds (KINDS, or FINER) get an offset; a share
of the messages answers a message that is not a candidate. These numbers are shrunk to those of other communities, by
how they varied there and with each other (empirical Bayes; Efron and Morris 1975): their prior is normal with the mean
and covariance that benchmarks/train_ridge.py estimated. Annotators err: an answer that they mark is the true one, or
else one drawn half by the model's probabilities and half evenly (one error rate for all, after Dawid and Skene 1979; it
follows from how often annotators agree).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit

from analysis import wording
from analysis.arrays import Flags, Floats, Ints, Ints32, Objects
from analysis.errors import InputError
from analysis.network.replies.features import WINDOW, Stream, log

FEWEST = 30  # annotated messages needed for any adaptation
FOLDS = 5
KINDS = ("start", "own", "next")
FINER = (*KINDS, "own next", "near", "far", "minutes", "named", "start after a pause", "start named")
ELSEWHERE = Path(__file__).with_name("elsewhere.json")
AGREEMENT, AGREEMENT_WEIGHT = 0.77, 20.0  # of two annotators of chats, as published; its weight in messages
LEAST_AGREEMENT = 0.5  # agreement below which nothing is fitted to the annotators' answers
EVEN = 0.5  # share of the errors that fall evenly on the candidates
WITHIN = 8  # standard deviations of the ridge within which the offsets are searched, so that no exponential overflows
ROWS = 16384  # messages adapted at a time
FLOOR = 1e-9  # least probability before the logarithm is taken


@dataclass(frozen=True)
class Ridge:
    """Distribution of the parameters over other communities: log scale, offsets of these kinds, logit of unlisted.

    mean: (kinds + 2,); covariance: over communities, (kinds + 2, kinds + 2).
    """

    kinds: tuple[str, ...]
    mean: Floats
    covariance: Floats

    @property
    def unlisted(self) -> float:
        """Share of messages whose answer is not a candidate, at the mean."""
        return float(expit(self.mean[-1]))

    @property
    def spread(self) -> Floats:
        """Standard deviations over communities, in the order of the mean."""
        return np.sqrt(self.covariance.diagonal())

    @cached_property
    def precision(self) -> Floats:
        return np.linalg.inv(self.covariance).astype(np.float64)


@cache
def elsewhere(kinds: tuple[str, ...] = KINDS) -> Ridge:
    """The ridge of an adaptation with these kinds of offsets (KINDS or FINER)."""
    ridges = json.loads(ELSEWHERE.read_text(encoding="utf-8"))["ridges"]
    stored = next(ridge for ridge in ridges if tuple(ridge["kinds"]) == kinds)
    return Ridge(kinds, np.array(stored["mean"]), np.array(stored["covariance"]))


@dataclass(frozen=True)
class Labels:
    """Annotated messages and their candidates: n messages, A annotators, C candidates and "starts a thread".

    message_id: (n,). p: the model's probabilities (floored), (n, C + 1), 0 where there is no candidate. kinds: values
    of FINER, (n, C + 1, len(FINER)). marked: the answers that each annotator marked, (n, A, C + 2), the last column for
    a message that is not a candidate; none where the annotator did not annotate the message. explicit, unknown:
    annotated messages left out, because the app marks what they answer, or because they are not by a member of the
    study.
    """

    message_id: Objects
    p: Floats
    kinds: Floats
    marked: Flags
    explicit: int = 0
    unknown: int = 0

    def __len__(self) -> int:
        return len(self.p)

    def take(self, rows: Ints) -> Labels:
        """The labels of these messages only."""
        return Labels(self.message_id[rows], self.p[rows], self.kinds[rows], self.marked[rows])

    def kinds_named(self, names: Iterable[str]) -> Floats:
        """The values of these kinds only, (n, C + 1, names)."""
        return self.kinds[:, :, [FINER.index(name) for name in names]]

    @cached_property
    def annotated(self) -> Flags:
        """Whether each annotator annotated each message: (n, A)."""
        return np.logical_or.reduce(self.marked, axis=2)

    @cached_property
    def guess(self) -> Floats:
        """Probability of each answer where an annotator errs, before the true one is left out: (n, C + 2)."""
        listed = np.column_stack([self.p > 0, np.ones(len(self), dtype=bool)])
        even = listed / listed.sum(axis=1, keepdims=True)
        return (1 - EVEN) * with_unlisted(self.p, elsewhere().unlisted) + EVEN * even


@dataclass(frozen=True)
class Adaptation:
    """The fitted adaptation, and the data it was fitted to.

    scale: factor of the log probabilities. offsets: added to them, by kind (KINDS or FINER). unlisted: share of
    messages that answer no candidate; it is added to "starts a thread", so that it makes no tie. covariance: of log
    scale, the offsets by kind, and the logit of unlisted, in this order. messages, annotators: their numbers; double:
    messages that two or more annotated; same: the share of pairs of annotators who gave these the same answer (NaN
    without any); error: share of answers in which an annotator errs.
    """

    scale: float
    offsets: dict[str, float]
    unlisted: float
    covariance: tuple[tuple[float, ...], ...]
    messages: int
    annotators: int
    double: int
    same: float
    error: float

    @property
    def errors(self) -> tuple[float, ...]:
        """Standard errors, in the order of the covariance."""
        return tuple(np.sqrt(np.diag(np.array(self.covariance))).tolist()) if self.covariance else ()

    def drawn(self, rng: np.random.Generator) -> Adaptation:
        """The adaptation with parameters drawn from their posterior, normal about its mode (Laplace)."""
        mode = [np.log(self.scale), *self.offsets.values(), logit(self.unlisted)]
        scale, *offsets, unlisted = rng.multivariate_normal(mode, self.covariance, method="cholesky").tolist()
        named = dict(zip(self.offsets, offsets, strict=True))
        return replace(self, scale=float(np.exp(scale)), offsets=named, unlisted=float(expit(unlisted)))

    def apply(self, stream: Stream, candidate: Ints32, p: Floats) -> Floats:
        """Adapted probabilities of one channel's messages, as p: (n, C + 1). candidate: (n, C), -1 for none."""
        parts = [np.empty((0, p.shape[1]))]
        for first in range(0, stream.n, ROWS):
            rows = np.arange(first, min(first + ROWS, stream.n))
            kinds = kinds_of(stream, candidate, rows, tuple(self.offsets))
            parts.append(self.adapted(floored(p[rows], candidate[rows]), kinds))
        return np.concatenate(parts)

    def adapted(self, p: Floats, kinds: Floats) -> Floats:
        """Adapted probabilities, (n, C + 1). kinds: the values of the kinds of the offsets, (n, C + 1, offsets)."""
        shifted = _softmax(_shifted(p, kinds, self.scale, np.array([*self.offsets.values()])))
        both = with_unlisted(shifted, self.unlisted)
        both[:, -2] += both[:, -1]
        return both[:, :-1]


def kinds_of(stream: Stream, candidate: Ints32, rows: Ints, names: Sequence[str] = FINER) -> Floats:
    """Values of these kinds for the messages' candidates and "starts a thread" (last): shape (rows, C + 1, names).

    next, near, far: one line back, two to five, beyond the window. minutes: log minutes since the candidate, less 2;
    start after a pause: since the message before. named: the candidate is by the member whom the message names.
    """
    at, j, there = rows[:, None], np.maximum(candidate[rows], 0), candidate[rows] >= 0
    back, own, address = at - j, stream.speaker[at] == stream.speaker[j], stream.named.address[at]
    gap = stream.minute[rows] - stream.minute[np.maximum(rows - 1, 0)]
    of_candidates = {
        "own": own,
        "next": back == 1,
        "own next": own & (back == 1),
        "near": (back > 1) & (back <= 5),
        "far": back > WINDOW,
        "minutes": log(stream.minute[at] - stream.minute[j]) - 2,
        "named": (address >= 0) & (stream.speaker[j] == address),
    }
    of_start = {
        "start": np.ones(len(rows)),
        "start after a pause": log(gap) - 2,
        "start named": address[:, 0] >= 0,
    }
    kinds = np.zeros((len(rows), j.shape[1] + 1, len(names)))
    for place, name in enumerate(names):
        if name in of_candidates:
            kinds[:, :-1, place] = np.where(there, of_candidates[name], 0)
        else:
            kinds[:, -1, place] = of_start[name]
    return kinds


def floored(p: Floats, candidate: Ints32) -> Floats:
    """p, 0 for candidates that are not listed; "starts a thread", always possible, is at least FLOOR: (n, C + 1).
    candidate: (n, C), -1 for none."""
    there = np.column_stack([(candidate >= 0) & (p[:, :-1] > 0), np.ones(len(p), dtype=bool)])
    return np.where(there, np.maximum(p, FLOOR), 0)


def with_unlisted(p: Floats, unlisted: float) -> Floats:
    """p, shape (n, C + 1), and a last column for a message that is not a candidate."""
    return np.column_stack([(1 - unlisted) * p, np.full(len(p), unlisted)])


# Its effect


def cross_fitted(labels: Labels, adaptation: Adaptation, *, seed: int) -> pd.DataFrame:
    """The adaptation's effect on held-out messages: one row per message.

    Each of FOLDS folds is judged by an adaptation with the same kinds of offsets, fitted to the others. Columns:
    message_id; annotators, answers: how many annotated it, and the answers they marked; and by the model before and
    after adaptation (before, after): stated, the probability of the likeliest answer; marked, the share of the
    annotators who marked it; right, the chance that it is right if annotators err as the adaptation says (unbiased for
    the mean of many messages, and beyond 0 to 1 for a single one).
    """
    parts = []
    for used, held_out in fitted_in_folds(labels, adaptation, seed=seed):
        columns = {"message_id": held_out.message_id, "annotators": held_out.annotated.sum(axis=1)}
        columns["answers"] = held_out.marked.sum(axis=(1, 2))
        adapted = used.adapted(held_out.p, held_out.kinds_named(used.offsets))
        for name, p in (("before", held_out.p), ("after", adapted)):
            judged = zip(("stated", "marked", "right"), _judged(held_out, p, adaptation.error), strict=True)
            columns |= {f"{what}_{name}": values for what, values in judged}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def fitted_in_folds(labels: Labels, adaptation: Adaptation, *, seed: int) -> Iterator[tuple[Adaptation, Labels]]:
    """For each of FOLDS folds, an adaptation with the same kinds of offsets, fitted to the others; and the fold."""
    for training, held_out in _split(labels, seed):
        yield fitted(training, elsewhere(tuple(adaptation.offsets))), held_out


def _judged(labels: Labels, p: Floats, error: float) -> tuple[Floats, Floats, Floats]:
    """stated, marked and right of each message, as in cross_fitted. p: (n, C + 1)."""
    at, top = np.arange(len(labels)), p.argmax(axis=1)
    marked = labels.marked[at, :, top].sum(axis=1) / labels.annotated.sum(axis=1)
    others = with_unlisted(p, 0.0)
    others[at, top] = 0
    by_chance = (others / (1 - labels.guess)).sum(axis=1) * labels.guess[
        at, top
    ]  # marked by error, another being right
    return p[at, top], marked, (marked - error * by_chance) / (1 - error)


def f_of_annotators(labels: Labels) -> float:
    """F of the annotators against each other, over the messages that both of a pair annotated; NaN without any."""
    both = marks = 0
    for one, other in combinations(range(labels.marked.shape[1]), 2):
        pair = labels.marked[labels.annotated[:, one] & labels.annotated[:, other]][:, [one, other]]
        both, marks = both + int(pair.all(axis=1).sum()), marks + int(pair.sum())
    return 2 * both / marks if marks else float("nan")


# The fit


def fit(labels: Labels, *, seed: int) -> Adaptation:
    """The adaptation fitted to these labels; seed: of the folds by which its offsets are chosen (chosen_kinds).

    Raises InputError when fewer than FEWEST messages are annotated, all have the same answer, or the annotators agree
    on fewer than LEAST_AGREEMENT of the messages.
    """
    _check(labels)
    return fitted(labels, elsewhere(chosen_kinds(labels, seed=seed)))


def chosen_kinds(labels: Labels, *, seed: int) -> tuple[str, ...]:
    """The kinds of offsets to fit: FINER, which with shrinkage did better elsewhere from a hundred messages on; or
    KINDS if these have a higher cross-validated log likelihood, by more than a standard error of the difference
    (Breiman et al. 1984)."""
    gains = [
        _log_likelihood(fitted(training, elsewhere(KINDS)), held_out)
        - _log_likelihood(fitted(training, elsewhere(FINER)), held_out)
        for training, held_out in _split(labels, seed)
    ]
    gain = np.concatenate(gains)
    return KINDS if gain.mean() > gain.std(ddof=1) / np.sqrt(gain.size) else FINER


def _split(labels: Labels, seed: int) -> Iterator[tuple[Labels, Labels]]:
    """Each fold's labels for fitting, and those held out."""
    fold = folds(len(labels), seed)
    for number in range(FOLDS):
        yield labels.take(np.flatnonzero(fold != number)), labels.take(np.flatnonzero(fold == number))


def folds(n: int, seed: int) -> Ints:
    """The fold of each of n messages, at random, of equal size."""
    return np.random.default_rng(seed).permutation(n) % FOLDS


def _check(labels: Labels) -> None:
    if len(labels) < FEWEST:
        what = f"{wording.count(len(labels), 'message')} without a reply that the app marks"
        raise InputError(f"people annotated {what}, and {FEWEST} are the fewest to which a model is adapted")
    for column, answer in (("start", "starts a thread"), ("next", "answers the message just before")):
        kind = np.append(labels.kinds[:, :, FINER.index(column)] > 0, np.zeros((len(labels), 1), dtype=bool), axis=1)
        if (labels.marked <= kind[:, None]).all():
            raise InputError(f"by the annotations each message {answer}, so nothing shows when others are answered")
    double, same = agreement(labels)
    if _shrunk(double, same) < LEAST_AGREEMENT:
        share = f"{wording.percent(same)} of {wording.count(double, 'message')} that two annotated"
        raise InputError(f"the annotators gave the same answer to {share}, too few to learn from their answers")


def agreement(labels: Labels) -> tuple[int, float]:
    """Messages that two or more annotated, and the share of pairs of annotators who gave these the same answer."""
    pairs, same = 0, 0
    for one, other in combinations(range(labels.marked.shape[1]), 2):
        both = labels.annotated[:, one] & labels.annotated[:, other]
        pairs += int(both.sum())
        same += int((labels.marked[both, one] == labels.marked[both, other]).all(axis=1).sum())
    return int((labels.annotated.sum(axis=1) > 1).sum()), same / pairs if pairs else float("nan")


def _shrunk(double: int, same: float) -> float:
    """The agreement, shrunk to the published one."""
    return (AGREEMENT * AGREEMENT_WEIGHT + (same * double if double else 0)) / (AGREEMENT_WEIGHT + double)


def annotators_error(labels: Labels) -> float:
    """Share of answers in which an annotator errs, from the shrunk agreement: two agree where both are right, or where
    both err and mark the same answer, which the probabilities of answers say."""
    truth, guess = with_unlisted(labels.p, elsewhere().unlisted), labels.guess
    squares = (guess**2).sum(axis=1, keepdims=True) - guess**2
    coincidence = float((truth * squares / (1 - guess) ** 2).sum(axis=1).mean())
    agreed = _shrunk(*agreement(labels))  # (1 - error) ** 2 + coincidence * error ** 2
    root = np.sqrt(max(1 - (1 + coincidence) * (1 - agreed), 0))
    return float((1 - root) / (1 + coincidence))


def fitted(labels: Labels, ridge: Ridge, *, error: float | None = None) -> Adaptation:
    """Maximum a posteriori fit by L-BFGS; covariance by the curvature there (Laplace). Labels are not checked.

    error: share of answers in which an annotator errs; by default as annotators_error says.
    """
    error = annotators_error(labels) if error is None else error
    values, marks = labels.kinds_named(ridge.kinds), _likelihood_of_marks(labels, error)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        return _loss(parameters, labels.p, values, marks, ridge)

    limits = list(zip(ridge.mean - WITHIN * ridge.spread, ridge.mean + WITHIN * ridge.spread, strict=True))
    best = minimize(loss, ridge.mean, jac=True, method="L-BFGS-B", bounds=limits).x
    double, same = agreement(labels)
    return Adaptation(
        scale=float(np.exp(best[0])), offsets=dict(zip(ridge.kinds, best[1:-1].tolist(), strict=True)),
        unlisted=float(expit(best[-1])), covariance=_covariance(lambda x: loss(x)[1], best),
        messages=len(labels), annotators=int(labels.annotated.any(axis=0).sum()), double=double, same=same, error=error,
    )  # fmt: skip


def _likelihood_of_marks(labels: Labels, error: float) -> Floats:
    """Probability of what the annotators marked, given each true answer: (n, C + 2).

    Where one marked several answers, the true one is among them unless the annotator errs.
    """
    marked, guess = labels.marked, labels.guess[:, None]
    count = np.maximum(marked.sum(axis=2, keepdims=True), 1)
    wrong = error * (guess * marked).sum(axis=2, keepdims=True) / count / (1 - guess)
    each = np.where(marked, 1 - error, wrong)
    return np.where(labels.annotated[:, :, None], each, 1).prod(axis=1)


def _loss(parameters: Floats, p: Floats, kinds: Floats, marks: Floats, ridge: Ridge) -> tuple[float, Floats]:
    """Negative log posterior and its gradient. parameters: log scale, offsets, logit of unlisted."""
    scale, unlisted = np.exp(parameters[0]), expit(parameters[-1])
    shifted = _softmax(_shifted(p, kinds, scale, parameters[1:-1]))
    joint = with_unlisted(shifted, unlisted) * marks
    whole = joint.sum(axis=1, keepdims=True)
    posterior = joint / whole
    slope = posterior[:, :-1] - (1 - posterior[:, -1:]) * shifted
    off = parameters - ridge.mean
    prior = ridge.precision @ off
    of_marks = [
        -scale * (slope * _log_of(p)).sum(),
        *(-np.einsum("nc,nck->k", slope, kinds)),
        len(p) * unlisted - posterior[:, -1].sum(),
    ]
    return float(off @ prior / 2 - np.log(whole).sum()), np.array(of_marks) + prior


def _covariance(
    gradient: Callable[[Floats], Floats], best: Floats, step: float = 1e-4
) -> tuple[tuple[float, ...], ...]:
    """Covariance by the curvature of the log posterior at its maximum."""
    sides = [gradient(best + shift) - gradient(best - shift) for shift in step * np.eye(len(best))]
    curvature = np.array(sides) / (2 * step)
    inverse = np.linalg.inv((curvature + curvature.T) / 2)
    return tuple(map(tuple, ((inverse + inverse.T) / 2).tolist()))


def _log_of(p: Floats) -> Floats:
    """log p, 0 where there is no candidate."""
    return np.log(np.where(p > 0, p, 1))


def _shifted(p: Floats, kinds: Floats, scale: float, offsets: Floats) -> Floats:
    """Scores: (n, C + 1), -inf where there is no candidate."""
    return np.where(p > 0, scale * _log_of(p) + kinds @ offsets, -np.inf)


def _softmax(score: Floats) -> Floats:
    p = np.exp(score - score.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _log_likelihood(adaptation: Adaptation, labels: Labels) -> Floats:
    """Log likelihood of the annotators' marks on each message, with the error rate of the adaptation: (n,)."""
    kinds = labels.kinds_named(adaptation.offsets)
    shifted = _softmax(_shifted(labels.p, kinds, adaptation.scale, np.array([*adaptation.offsets.values()])))
    joint = with_unlisted(shifted, adaptation.unlisted) * _likelihood_of_marks(labels, adaptation.error)
    return np.log(joint.sum(axis=1))
