"""Explicit replies to other members, hidden and inferred: how often the right message, and the right member, is found.

People mark a reply mostly where another member is answered and where it would be unclear, so these replies say nothing
about messages that start a thread or continue the member's own. That another member is answered is therefore taken as
given.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.arrays import Floats, Ints, Ints32
from analysis.errors import InputError, Missing
from analysis.network.replies.adapt import Adaptation
from analysis.network.replies.features import Stream
from analysis.network.replies.infer import adapted, checked, explicit_answers, scored_channels


def hidden_replies(messages: pd.DataFrame, *, adaptation: Adaptation | Missing | None = None) -> pd.DataFrame:
    """The explicit replies to other members, each inferred with all explicit replies hidden: one row per reply.

    Columns: message_id; stated, stated_member: probability of the likeliest message, and member, given that another
    member is answered; right, right_member: whether this message, this member is answered; last, last_member: whether
    the last message by another member is, and its member. Raises InputError when there are none. The parameters are
    those of infer_replies.
    """
    explicit, member = explicit_answers(messages), messages[checked(messages)]
    between = member.notna().to_numpy() & (member.to_numpy() != member.to_numpy()[explicit])
    marked = np.flatnonzero((explicit >= 0) & between & member.notna().to_numpy()[explicit])
    if not marked.size:
        raise InputError("the app marks no reply in these chats, so nothing shows how good the inferred replies are")
    parts = []
    for channel in scored_channels(messages.assign(reply_to=None), least=0):
        rows, p = channel.rows, adapted(channel, adaptation)
        at = np.flatnonzero(np.isin(rows, marked))
        answered = np.searchsorted(rows, explicit[rows[at]])
        part = _found(channel.stream, at, channel.candidate[at], p[at, :-1], answered)
        parts.append(part.assign(message_id=messages["message_id"].to_numpy()[rows[at]]))
    return pd.concat(parts, ignore_index=True)


def _found(stream: Stream, at: Ints, candidate: Ints32, p: Floats, answered: Ints) -> pd.DataFrame:
    """hidden_replies for the messages at these places of one channel. candidate, p: (messages, C); answered: places of
    the true answers."""
    j, each, speaker = np.maximum(candidate, 0), np.arange(len(at)), stream.speaker
    author = speaker[j]
    chance = np.where((candidate >= 0) & (author != speaker[at][:, None]), p, 0)
    chance /= np.maximum(chance.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    of_author = (chance[:, None] * (author[:, :, None] == author[:, None])).sum(axis=2)
    likeliest, likeliest_by = chance.argmax(axis=1), of_author.argmax(axis=1)
    last = stream.run[at] - 1
    return pd.DataFrame(
        {
            "stated": chance[each, likeliest],
            "right": j[each, likeliest] == answered,
            "last": last == answered,
            "stated_member": of_author[each, likeliest_by],
            "right_member": author[each, likeliest_by] == speaker[answered],
            "last_member": speaker[last] == speaker[answered],
        }
    )
