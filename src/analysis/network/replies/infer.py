"""Who answers whom: the probability that each message answers an earlier one of its channel, by the reply model.

An explicit reply is kept, and a system line answers nothing. The default model looks ahead: an answer depends on later
messages too, so those near an export's end change when it grows. The causal model, for streams, does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from analysis import wording
from analysis.arrays import Floats, Floats32, Ints32
from analysis.errors import InputError, Missing
from analysis.network.replies import model as reply_model
from analysis.network.replies.adapt import Adaptation
from analysis.network.replies.features import Stream, read_stream
from analysis.network.replies.model import ReplyModel

LEAST = 0.001  # answers less probable by the model are dropped, and the others raised in proportion
DIGITS = 6  # to which probabilities are rounded


class Scored(NamedTuple):
    """A channel's messages with their possible answers: rows in the table of messages, (n,); candidates, (n, C), -1 for
    none; and p, the model's probabilities of the candidates and of "starts a thread", (n, C + 1)."""

    rows: NDArray[np.intp]
    stream: Stream
    candidate: Ints32
    p: Floats


def infer_replies(
    messages: pd.DataFrame,
    *,
    model: ReplyModel | None = None,
    adaptation: Adaptation | Missing | None = None,
    scored: Iterable[Scored] | None = None,
) -> pd.DataFrame:
    """Replies of every message: message_id, reply_to (missing: starts a thread), probability; sums to 1 per message.

    messages: message_id, channel, time, text, kind and the writer, in column member or else sender; in order within a
    channel. An explicit reply, in column reply_to, to an earlier message of the channel has probability 1. model: the
    shipped one that looks ahead by default; reply_model.shipped("causal") does not. adaptation: to the study's
    annotations, if there are enough of them (adapt.fit). scored: the result of scored_channels for the messages, if
    available. Rows follow the messages' order, the likeliest answer first.
    Raises InputError when a column is missing, a message has no channel, or two messages have the same message_id.
    """
    who = checked(messages)
    explicit = explicit_answers(messages)
    certain = (explicit >= 0) | messages[who].isna().to_numpy()
    later, earlier, chance = [np.flatnonzero(certain)], [explicit[certain]], [np.ones(certain.sum())]
    for channel in scored or scored_channels(messages, model=model):
        rows, candidate = channel.rows, channel.candidate
        kept = np.round(adapted(channel, adaptation), DIGITS)
        top = np.arange(len(kept)), kept.argmax(axis=1)  # the largest absorbs the rounding error
        kept[top] = np.round(kept[top] + 1 - kept.sum(axis=1), DIGITS)
        kept[certain[rows]] = 0
        i, slot = np.nonzero(kept)
        later.append(rows[i])
        earlier.append(np.append(rows, -1)[np.insert(candidate, candidate.shape[1], -1, axis=1)[i, slot]])
        chance.append(kept[i, slot])
    at, to, probability = (np.concatenate(part) for part in (later, earlier, chance))
    order = np.lexsort((-to, -probability, at))
    ids = pd.array(messages["message_id"], dtype="str")
    answered = ids.take(to[order], allow_fill=True)
    return pd.DataFrame({"message_id": ids[at[order]], "reply_to": answered, "probability": probability[order]})


def scored_channels(
    messages: pd.DataFrame, *, model: ReplyModel | None = None, least: float = LEAST
) -> Iterator[Scored]:
    """Each channel's messages with their possible answers; p is 0 for what is less probable than `least`.

    Answers are dropped before any adaptation, as that was fitted to the listed ones: dropped after it, they would make
    the others more probable than was fitted. messages, model: as for infer_replies.
    """
    model = model or reply_model.shipped()
    with _blas().limit(limits=1):  # a second thread only spins in products this small: CPU time up to fivefold
        for rows, stream in read_channels(messages):
            candidate, p = reply_model.probabilities(model, stream)
            yield Scored(rows, stream, candidate, _listed(p, least))


def adapted(channel: Scored, adaptation: Adaptation | Missing | None) -> Floats:
    """The channel's probabilities, by the adaptation if there is one: (n, C + 1)."""
    if isinstance(adaptation, Adaptation):
        return adaptation.apply(channel.stream, channel.candidate, channel.p)
    return channel.p


def _listed(p: Floats32, least: float) -> Floats:
    """p, shape (n, C + 1), without what is less probable than `least`, the rest raised in proportion."""
    kept = np.where(p >= least, p, 0).astype(np.float64)
    total = kept.sum(axis=1, keepdims=True)  # 0 where an explicit reply is not to a candidate
    return np.divide(kept, total, out=kept, where=total > 0)


@cache
def _blas() -> ThreadpoolController:
    """The thread pools of NumPy's linear algebra, looked up once, as that takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")


def explicit_answers(messages: pd.DataFrame) -> NDArray[np.intp]:
    """Row of the message that each answers explicitly: an earlier one of its channel, else -1."""
    answered = np.full(len(messages), -1)
    if "reply_to" in messages and messages["reply_to"].notna().any():
        marked = np.flatnonzero(messages["reply_to"].notna())
        channel = messages["channel"].to_numpy()
        rows = pd.Index(messages["message_id"]).get_indexer(messages["reply_to"].iloc[marked])
        earlier = (rows >= 0) & (rows < marked) & (channel[rows] == channel[marked])
        answered[marked[earlier]] = rows[earlier]
    return answered


def read_channels(messages: pd.DataFrame) -> Iterator[tuple[NDArray[np.intp], Stream]]:
    """Each channel's messages by members as the model reads them, and their rows in the table of messages."""
    who, explicit = messages[speaker_column(messages)], explicit_answers(messages)
    time = pd.to_datetime(messages["time"], utc=True).astype("datetime64[s, UTC]")
    minute = time.astype("int64").to_numpy() // 60
    wrote = who.notna().to_numpy()
    for within in messages.groupby("channel", sort=False).indices.values():
        rows = np.sort(within[wrote[within]])
        if rows.size:
            place = np.full(len(messages) + 1, -1, dtype=np.int32)  # the last element is for -1, no row
            place[rows] = np.arange(rows.size)
            speaker, members = pd.factorize(who.iloc[rows])
            texts = messages["text"].iloc[rows]
            yield rows, read_stream(speaker.astype(np.int32), minute[rows], place[explicit[rows]], texts, members)


def checked(messages: pd.DataFrame) -> str:
    """The name of the column of writers. Raises InputError as infer_replies does."""
    who = speaker_column(messages)
    missing = [column for column in ("message_id", "channel", "time", who, "text", "kind") if column not in messages]
    if missing:
        raise InputError(f"messages lack the columns {', '.join(missing)}")
    if not messages["message_id"].is_unique:
        raise InputError("several messages have the same message_id")
    if without := int(messages["channel"].isna().sum()):
        fix = "Name the chat of each in column channel; where there is one chat, use one name for all."
        raise InputError(f"{wording.count(without, 'message')} without a channel", fix=fix)
    return who


def speaker_column(messages: pd.DataFrame) -> str:
    """The name of the column of speakers: member, else sender."""
    return "member" if "member" in messages else "sender"
