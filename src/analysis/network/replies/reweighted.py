"""Reply probabilities under draws of the adaptation's parameters, so that their uncertainty is carried on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Ints
from analysis.errors import InputError
from analysis.network.replies.adapt import ROWS, Adaptation, floored, kinds_of
from analysis.network.replies.infer import Scored, explicit_answers, scored_channels, speaker_column
from analysis.network.replies.model import ReplyModel


def reweighted(
    messages: pd.DataFrame,
    replies: pd.DataFrame,
    adaptations: Sequence[Adaptation],
    *,
    model: ReplyModel | None = None,
    scored: Iterable[Scored] | None = None,
) -> Floats:
    """Probability of each row of replies under each of the adaptations: shape (adaptations, rows), sums as in replies.

    messages, model, scored: those that infer_replies made the replies of. Answers too improbable to be listed there
    stay out, and the rest are raised in proportion. All adaptations must have the same kinds of offsets; raises
    InputError when they do not, or a message of the replies is not among the messages.
    """
    if len(kinds := {tuple(each.offsets) for each in adaptations}) != 1:
        raise InputError(f"adaptations must have the same kinds of offsets, but these have {len(kinds)} sets of them")
    place = pd.Index(messages["message_id"])
    later, earlier = (place.get_indexer(replies[end]) for end in ("message_id", "reply_to"))
    if (later < 0).any():
        raise InputError(f"message {replies['message_id'].iloc[int(later.argmin())]} is not among the messages")
    certain = (explicit_answers(messages) >= 0) | messages[speaker_column(messages)].isna().to_numpy()
    inferred = np.flatnonzero(~certain[later])
    p = np.where(certain[later], replies["probability"].to_numpy(float), 0)[None].repeat(len(adaptations), axis=0)
    row = np.full(len(messages), -1)  # of each message within its channel
    for rows, stream, candidate, chance in scored or scored_channels(messages, model=model):
        row[rows] = np.arange(rows.size)
        own = inferred[np.isin(later[inferred], rows)]
        slot = _slots(candidate[row[later[own]]], np.where(earlier[own] < 0, -1, row[earlier[own]]))
        for first in range(0, rows.size, ROWS):
            part = np.arange(first, min(first + ROWS, rows.size))
            values, floor = kinds_of(stream, candidate, part, *kinds), floored(chance[part], candidate[part])
            here = (row[later[own]] >= first) & (row[later[own]] <= part[-1])
            for number, adaptation in enumerate(adaptations):
                adapted = adaptation.adapted(floor, values)
                p[number, own[here]] = adapted[row[later[own[here]]] - first, slot[here]]
    total = np.array([np.bincount(later, weights=each, minlength=len(messages)) for each in p])
    return p / total[:, later]


def _slots(candidate: Ints, answer: Ints) -> Ints:
    """The column of each answer (a row of its channel, -1: starts a thread) among its message's candidates, the last
    for "starts a thread". candidate: (answers, C)."""
    listed = (candidate == answer[:, None]) & (answer[:, None] >= 0)
    return np.where(answer < 0, candidate.shape[1], listed.argmax(axis=1))
