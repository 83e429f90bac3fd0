"""A study's own annotations as labels of the candidates of the reply model, to which it is adapted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Ints, Ints32
from analysis.errors import InputError
from analysis.network.replies.adapt import Labels, floored, kinds_of
from analysis.network.replies.infer import Scored, scored_channels
from analysis.network.replies.model import ReplyModel


def read_labels(
    messages: pd.DataFrame,
    annotations: pd.DataFrame,
    *,
    model: ReplyModel | None = None,
    scored: Iterable[Scored] | None = None,
) -> Labels:
    """The annotated messages with their candidates. messages, model, scored: as for infer_replies; annotations: as the
    table Annotations has them.

    A message whose answer the app marks is not a label: people mark unclear replies, so these links are unlike the
    others, and they are known anyway. Raises InputError when no message of the study is annotated.
    """
    if annotations.empty:
        raise InputError("nobody has annotated messages of this study")
    annotators = pd.Index(sorted(annotations["annotator"].unique()))
    parts, explicit, seen = [], 0, 0
    for rows, stream, candidate, p in scored or scored_channels(messages, model=model):
        place = pd.Index(messages["message_id"].iloc[rows])
        at = place.get_indexer(annotations["message_id"])
        found = annotations[at >= 0].assign(at=at[at >= 0])
        seen += found["at"].nunique()
        explicit += int((stream.explicit[found["at"].unique()] >= 0).sum())
        found = found[stream.explicit[found["at"]] < 0]
        chosen, row = np.unique(found["at"], return_inverse=True)
        answer = place.get_indexer(found["reply_to"])
        answer[found["reply_to"].isna()] = STARTS
        marked = np.zeros((len(chosen), len(annotators), candidate.shape[1] + 2), dtype=bool)
        listed = np.where(p[chosen, :-1] > 0, candidate[chosen], -1)
        marked[row, annotators.get_indexer(found["annotator"]), _slot(listed[row], answer)] = True
        kinds = kinds_of(stream, candidate, chosen)
        parts.append((place[chosen].to_numpy(object), floored(p[chosen], candidate[chosen]), kinds, marked))
    unknown = annotations["message_id"].nunique() - seen
    if not sum(len(part[0]) for part in parts):
        raise InputError("the annotated messages are none of this study, or the app marks what all of them answer")
    message_id, probability, kinds, marked = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Labels(message_id, probability, kinds, marked, explicit, unknown)


STARTS = -2  # stands for "starts a thread" in place of the row of an answer


def _slot(candidate: Ints32, answer: Ints) -> Ints:
    """The column of each answer (a row of the channel) among its message's candidates, "starts a thread" and "no
    candidate": shape (marks,). candidate: (marks, C)."""
    listed: Flags = (candidate == answer[:, None]) & (candidate >= 0)
    slot = np.where(listed.any(axis=1), listed.argmax(axis=1), candidate.shape[1] + 1)
    return np.where(answer == STARTS, candidate.shape[1], slot)
