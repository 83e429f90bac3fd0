"""Who answers whom: for each message, which earlier one it answers, and how sure that is.

The rule: an explicit reply is taken as it is. A message that names a member answers that member's last message; one
that names nobody answers the last message of another member; both only within the window, else it starts a thread.
The rule errs, so each message gets four answers with fixed shares: the shares in which people who annotated the Ubuntu
chats (Kummerfeld et al. 2019, training part, 59,217 messages) chose the same four. Answers of theirs to yet other
messages are counted with "starts a thread", so that they make no tie.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.errors import InputError

WINDOW_S = 3600.0  # seconds back in which a message may be answered
MARKS = ":,;.!?@()\"'<>[]{}"  # stripped from a word before it is compared with a name
# Shares of: the rule's answer; the last message by another member; the member's own last message; starts a thread
NAMED = (0.67, 0.01, 0.08, 0.24)
UNNAMED = (0.14, 0.0, 0.33, 0.53)


def infer_replies(messages: pd.DataFrame) -> pd.DataFrame:
    """Replies of every message: message_id, reply_to (missing: starts a thread), probability; sums to 1 a message.

    messages: message_id, channel, time, text, kind and who wrote, in column member or else sender; in order within a
    channel. An explicit reply, in column reply_to, has probability 1. Raises InputError when a column is missing.
    """
    return addressee_rule(messages)


def addressee_rule(messages: pd.DataFrame, *, window_s: float = WINDOW_S) -> pd.DataFrame:
    """Replies of every message by the rule above, with its shares as probabilities, in the shape of infer_replies."""
    who = _speaker_column(messages)
    rows = [row for _, channel in messages.groupby("channel", sort=False) for row in _channel(channel, who, window_s)]
    frame = pd.DataFrame(rows, columns=["message_id", "reply_to", "probability"])
    return frame.astype({"message_id": "str", "reply_to": "str", "probability": "float64"})


def _speaker_column(messages: pd.DataFrame) -> str:
    who = "member" if "member" in messages else "sender"
    missing = [column for column in ("message_id", "channel", "time", who, "text", "kind") if column not in messages]
    if missing:
        raise InputError(f"messages lack the columns {', '.join(missing)}")
    return who


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
