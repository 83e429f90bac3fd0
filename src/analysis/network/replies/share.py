"""The share of messages that answer another member, corrected by what people marked: a prediction-powered estimate.

A mean of probabilities is as biased as the model is, however small its spread over drawn graphs. Annotated
messages, drawn at random, show by how much: the difference estimator for a finite population (Särndal, Swensson and
Wretman 1992, chapter 6), which prediction-powered inference does with any model (Angelopoulos et al. 2023, Science 382,
669-674). It needs the annotators to be right on average, not the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Flags, Floats
from analysis.errors import InputError
from analysis.network.replies.adapt import FINER, Adaptation, Labels, fitted_in_folds, with_unlisted


@dataclass(frozen=True)
class ShareOfAnswers:
    """Share of messages that answer another member: value, low, high; by_model: by the model alone.

    messages: of members; explicit: those whose reply the app marks, which are known; annotated: those that correct the
    model's answer for the others.
    """

    value: float
    low: float
    high: float
    by_model: float
    messages: int
    explicit: int
    annotated: int


def share_of_answers(
    messages: pd.DataFrame,
    replies: pd.DataFrame,
    annotations: pd.DataFrame,
    labels: Labels,
    adaptation: Adaptation,
    *,
    confidence: float,
    seed: int,
) -> ShareOfAnswers:
    """The estimate from the adapted model's replies, and the annotations and labels to which it was adapted.

    value: mean of f over the messages whose reply is inferred, plus the mean of y - f over the annotated ones, where f
    is the model's probability that another member is answered (of an annotated message by a model that was not fitted
    to it; seed: of the folds), and y what the annotators marked, freed of their errors. Its variance is that of y - f
    over the annotated, times 1 - annotated / messages: the messages are a census, only the annotated are a sample. An
    answer to another member counts whether or not it is among the message's candidates.
    """
    spoken = messages[messages["member"].notna()]
    member, explicit = spoken.set_index("message_id")["member"], spoken["reply_to"].notna().to_numpy()
    to_other = replies["reply_to"].map(member).notna() & (
        replies["reply_to"].map(member) != replies["message_id"].map(member)
    )
    by_message = replies["probability"].where(to_other, 0.0).groupby(replies["message_id"]).sum()
    f = by_message.reindex(spoken["message_id"]).fillna(0.0).to_numpy(float)
    marked = marked_others(annotations, member)
    folds = fitted_in_folds(labels, adaptation, seed=seed)
    excess = np.concatenate(
        [_judged(held_out, marked[held_out.message_id].to_numpy(), used) for used, held_out in folds]
    )
    shift, error = difference(excess, int((~explicit).sum()))
    value, half = f[~explicit].mean() + shift, error * stats.norm.ppf((1 + confidence) / 2)
    known, inferred = f[explicit].sum() / f.size, (~explicit).mean()
    middle, low, high = (float(np.clip(known + inferred * each, 0, 1)) for each in (value, value - half, value + half))
    return ShareOfAnswers(middle, low, high, float(f.mean()), f.size, int(explicit.sum()), len(labels))


def difference(excess: Floats, messages: int) -> tuple[float, float]:
    """Correction to add to the model's mean, and its standard error. excess: y - f of the sampled messages, (n,).
    messages: how many they were drawn from. Raises InputError when there are fewer than two, or more than messages."""
    if not 2 <= excess.size <= messages:
        raise InputError(f"a share cannot be corrected by {excess.size} annotated messages of {messages}")
    return float(excess.mean()), float(np.sqrt(excess.var(ddof=1) / excess.size * (1 - excess.size / messages)))


def marked_others(annotations: pd.DataFrame, member: pd.Series) -> pd.Series:
    """By annotated message_id, the share of the annotators who marked a message by another member as its answer; those
    who marked several answers count by the share of these. member: who wrote each message, by message_id."""
    answered, own = (annotations[end].map(member) for end in ("reply_to", "message_id"))
    marks = annotations.assign(other=(answered.notna() & (answered != own)).astype(float))
    by_annotator = marks.groupby(["message_id", "annotator"])["other"].mean()
    return by_annotator.groupby("message_id").mean()


def others(labels: Labels) -> Flags:
    """Whether each answer is a message by another member, in the columns of labels.marked: (n, C + 2). Messages that
    are not candidates are taken to be by another member, as most are."""
    own = labels.kinds[:, :-1, FINER.index("own")] > 0
    listed = np.pad((labels.p[:, :-1] > 0) & ~own, ((0, 0), (0, 2)))
    listed[:, -1] = True
    return listed


def _judged(labels: Labels, marked: Floats, used: Adaptation) -> Floats:
    """y - f of each annotated message. marked: as marked_others, (n,)."""
    p, other = used.adapted(labels.p, labels.kinds_named(used.offsets)), others(labels)
    return freed(labels, marked, other, with_unlisted(p, 0.0), used.error) - (p * other[:, :-1]).sum(axis=1)


def freed(labels: Labels, marked: Floats, wanted: Flags, p: Floats, error: float) -> Floats:
    """The share of the annotators who marked a wanted answer, corrected for their errors: unbiased for the truth, (n,).

    An annotator who errs marks a guess (labels.guess, without the true answer): so a wanted answer is marked with
    probability 1 - error if the truth is one, plus error times the guess that falls on others that are wanted. marked:
    the uncorrected share, (n,). wanted, p: (n, C + 2); p: the probability of each true answer, over which the guesses
    are averaged.
    """
    guessed = (labels.guess * wanted).sum(axis=1, keepdims=True) - labels.guess * wanted
    by_error = error * (p * guessed / (1 - labels.guess)).sum(axis=1)
    return (marked - by_error) / (1 - error)
