"""Who answers whom: for each message, which earlier one of its channel it answers, and how sure that is.

`infer_replies` asks the trained model (reply_model.py). `addressee_rule`, a plain rule, stands beside it: a message
that names a member answers that member's last message; one that names nobody answers the last message of another
member; both only within the window, else it starts a thread. The rule errs, so each message gets four answers with
fixed shares: those in which people who annotated the Ubuntu chats (Kummerfeld et al. 2019, training part, 59,217
messages) chose the same four. Answers of theirs to yet other messages are counted with "starts a thread", so that they
make no tie. Either way an explicit reply is taken as it is, and a system line answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from analysis import wording
from analysis.errors import InputError
from analysis.network.replies import model as reply_model
from analysis.network.replies.features import Talk, read_talk
from analysis.network.replies.model import Model

LEAST = 0.01  # candidates less probable are dropped, and the others raised in proportion
DIGITS = 6  # of probabilities
WINDOW_S = 3600.0  # seconds back in which a message may be answered, by the rule
MARKS = ":,;.!?@()\"'<>[]{}"  # stripped from a word before it is compared with a name
# Shares of: the rule's answer; the last message by another member; the member's own last message; starts a thread
NAMED = (0.67, 0.01, 0.08, 0.24)
UNNAMED = (0.14, 0.0, 0.33, 0.53)


def infer_replies(messages: pd.DataFrame, *, model: Model | None = None) -> pd.DataFrame:
    """Replies of every message: message_id, reply_to (missing: starts a thread), probability; sums to 1 a message.

    messages: message_id, channel, time, text, kind and who wrote, in column member or else sender; in order within a
    channel. An explicit reply, in column reply_to, to an earlier message of the channel has probability 1. model: the
    one that ships unless given. Answers follow the messages' order, the likeliest first. Raises InputError when a
    column is missing, a message has no channel, or a message_id stands twice.
    """
    who = _checked(messages)
    model = model or reply_model.shipped()
    explicit = _explicit(messages)
    known = (explicit >= 0) | messages[who].isna().to_numpy()
    later, earlier, chance = [np.flatnonzero(known)], [explicit[known]], [np.ones(known.sum())]
    with _blas().limit(limits=1):  # a second thread only spins in products this small: CPU time up to fivefold
        for rows, talk in read_channels(messages):
            candidate, p = reply_model.probabilities(model, talk)
            kept = _rounded(p)
            kept[known[rows]] = 0
            i, slot = np.nonzero(kept)
            later.append(rows[i])
            earlier.append(np.append(rows, -1)[np.insert(candidate, candidate.shape[1], -1, axis=1)[i, slot]])
            chance.append(kept[i, slot])
    at, to, probability = (np.concatenate(part) for part in (later, earlier, chance))
    order = np.lexsort((-to, -probability, at))
    ids = pd.array(messages["message_id"], dtype="str")
    answered = ids.take(to[order], allow_fill=True)
    return pd.DataFrame({"message_id": ids[at[order]], "reply_to": answered, "probability": probability[order]})


@cache
def _blas() -> ThreadpoolController:
    """NumPy's linear algebra; found once, as looking for it takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")


def hidden_replies(messages: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Explicit replies as message_id and reply_to, and what is inferred for these messages when all are hidden."""
    told = (_explicit(messages) >= 0) & messages[_checked(messages)].notna().to_numpy()
    links = messages.loc[told].reindex(columns=["message_id", "reply_to"])
    inferred = infer_replies(messages.drop(columns="reply_to", errors="ignore") if told.any() else messages.iloc[:0])
    return links, inferred[inferred["message_id"].isin(links["message_id"])]


def _rounded(p: NDArray) -> NDArray[np.float64]:
    """Probabilities of at least LEAST, rounded, each row summing to 1; the greatest takes what rounding leaves."""
    kept = np.where(p >= LEAST, p, 0).astype(np.float64)
    kept = np.round(kept / kept.sum(axis=1, keepdims=True), DIGITS)
    top = np.arange(len(kept)), kept.argmax(axis=1)
    kept[top] = np.round(kept[top] + 1 - kept.sum(axis=1), DIGITS)
    return kept


def _explicit(messages: pd.DataFrame) -> NDArray[np.intp]:
    """Row of the message that each answers by the export's own word: an earlier one of its channel, else -1."""
    found = np.full(len(messages), -1)
    if "reply_to" in messages:
        said = np.flatnonzero(messages["reply_to"].notna())
        if not said.size:
            return found
        channel = messages["channel"].to_numpy()
        rows = pd.Index(messages["message_id"]).get_indexer(messages["reply_to"].iloc[said])
        earlier = (rows >= 0) & (rows < said) & (channel[rows] == channel[said])
        found[said[earlier]] = rows[earlier]
    return found


def read_channels(messages: pd.DataFrame) -> Iterator[tuple[NDArray[np.intp], Talk]]:
    """Each channel's messages by members as the model reads them, and their rows among all messages."""
    who, explicit = messages[_speaker_column(messages)], _explicit(messages)
    time = pd.to_datetime(messages["time"], utc=True).astype("datetime64[s, UTC]")
    minute = time.astype("int64").to_numpy() // 60
    wrote = who.notna().to_numpy()
    for within in messages.groupby("channel", sort=False).indices.values():
        rows = np.sort(within[wrote[within]])
        if rows.size:
            place = np.full(len(messages) + 1, -1, dtype=np.int32)  # the last for -1, no row
            place[rows] = np.arange(rows.size)
            speaker, members = pd.factorize(who.iloc[rows])
            texts = messages["text"].iloc[rows]
            yield rows, read_talk(speaker.astype(np.int32), minute[rows], place[explicit[rows]], texts, members)


def addressee_rule(messages: pd.DataFrame, *, window_s: float = WINDOW_S) -> pd.DataFrame:
    """Replies of every message by the rule above, with its shares as probabilities, in the shape of infer_replies."""
    who = _checked(messages)
    rows = [row for _, channel in messages.groupby("channel", sort=False) for row in _channel(channel, who, window_s)]
    frame = pd.DataFrame(rows, columns=["message_id", "reply_to", "probability"])
    return frame.astype({"message_id": "str", "reply_to": "str", "probability": "float64"})


def _checked(messages: pd.DataFrame) -> str:
    """The column of who wrote. Raises InputError as infer_replies does."""
    who = _speaker_column(messages)
    missing = [column for column in ("message_id", "channel", "time", who, "text", "kind") if column not in messages]
    if missing:
        raise InputError(f"messages lack the columns {', '.join(missing)}")
    if not messages["message_id"].is_unique:
        raise InputError("several messages have the same message_id")
    if messages["channel"].isna().any():
        raise InputError(
            f"{wording.count(int(messages['channel'].isna().sum()), 'message')} without a channel",
            fix="Name the chat of each in column channel; one name for all will do where there is one chat.",
        )
    return who


def _speaker_column(messages: pd.DataFrame) -> str:
    return "member" if "member" in messages else "sender"


def _channel(messages: pd.DataFrame, who: str, window_s: float) -> Iterator[tuple[str, str | None, float]]:
    seconds = (messages["time"] - messages["time"].min()).dt.total_seconds().to_numpy()
    explicit = messages["reply_to"] if "reply_to" in messages else pd.Series(None, index=messages.index, dtype="str")
    known = set(messages["message_id"])
    last: dict[str, int] = {}  # each member's last message, the members in the order in which they last wrote
    ids, speakers = messages["message_id"].tolist(), messages[who].tolist()
    for i, (speaker, text, answered) in enumerate(zip(speakers, messages["text"], explicit, strict=True)):
        if pd.isna(speaker):
            yield ids[i], None, 1.0
            continue
        if isinstance(answered, str) and answered in known:
            yield ids[i], answered, 1.0
        else:
            recent = {name: j for name, j in last.items() if seconds[i] - seconds[j] <= window_s}
            yield from ((ids[i], None if j is None else ids[j], p) for j, p in _answers(speaker, text, recent))
        last.pop(speaker, None)
        last[speaker] = i


def _answers(speaker: str, text: str, recent: dict[str, int]) -> list[tuple[int | None, float]]:
    """What the message may answer, None for nothing, with probabilities; recent: members' last messages in order."""
    others = [name for name in recent if name != speaker]
    lower = {name.lower(): name for name in others}
    named = next((lower[word] for word in (w.strip(MARKS).lower() for w in text.split()) if word in lower), None)
    shares = NAMED if named else UNNAMED
    choices: list[int | None] = [
        recent[named] if named else (recent[others[-1]] if others else None),
        recent[others[-1]] if others else None,
        recent.get(speaker),
        None,
    ]
    summed: dict[int | None, float] = {}
    for choice, share in zip(choices, shares, strict=True):
        summed[choice] = summed.get(choice, 0.0) + share
    return [(choice, float(np.round(p, 12))) for choice, p in summed.items() if p > 0]
