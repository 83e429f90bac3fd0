"""The addressee rule: a plain alternative to the reply model.

A message that names a member answers that member's last message; one that names nobody answers the last message of
another member; both only within the window, else it starts a thread. The rule makes errors, so each message gets four
answers with fixed shares: the shares in which the annotators of the Ubuntu chats (Kummerfeld et al. 2019, training
part, 59,217 messages) chose the same four. Their answers to other messages are counted with "starts a thread", so that
they make no tie.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.network.replies.infer import checked, explicit_answers

WINDOW_S = 3600.0  # seconds back in which a message may be answered
MARKS = ":,;.!?@()\"'<>[]{}"  # stripped from a word before it is compared with a name
# Shares of: the rule's answer; the last message by another member; the member's own last message; starts a thread
NAMED = (0.67, 0.01, 0.08, 0.24)
UNNAMED = (0.14, 0.0, 0.33, 0.53)


def addressee_rule(messages: pd.DataFrame, *, window_s: float = WINDOW_S) -> pd.DataFrame:
    """Replies of every message by the rule, with its shares as probabilities, in the shape of infer_replies."""
    who = checked(messages)
    rows = [row for _, channel in messages.groupby("channel", sort=False) for row in _channel(channel, who, window_s)]
    frame = pd.DataFrame(rows, columns=["message_id", "reply_to", "probability"])
    return frame.astype({"message_id": "str", "reply_to": "str", "probability": "float64"})


def _channel(messages: pd.DataFrame, who: str, window_s: float) -> Iterator[tuple[str, str | None, float]]:
    seconds = (messages["time"] - messages["time"].min()).dt.total_seconds().to_numpy()
    explicit = explicit_answers(messages).tolist()
    last: dict[str, int] = {}  # each member's last message, the members in the order in which they last wrote
    ids, speakers = messages["message_id"].tolist(), messages[who].tolist()
    for i, (speaker, text, answered) in enumerate(zip(speakers, messages["text"], explicit, strict=True)):
        if pd.isna(speaker):
            yield ids[i], None, 1.0
            continue
        if answered >= 0:
            yield ids[i], ids[answered], 1.0
        else:
            recent = {name: j for name, j in last.items() if seconds[i] - seconds[j] <= window_s}
            yield from ((ids[i], None if j is None else ids[j], p) for j, p in _answers(speaker, text, recent))
        last.pop(speaker, None)
        last[speaker] = i


def _answers(speaker: str, text: str, recent: dict[str, int]) -> list[tuple[int | None, float]]:
    """Possible answers (None: it starts a thread) and their probabilities. recent: members' last messages, in order."""
    others = [name for name in recent if name != speaker]
    lower = {name.lower(): name for name in others}
    named = next((lower[word] for word in (w.strip(MARKS).lower() for w in text.split()) if word in lower), None)
    shares = NAMED if named else UNNAMED
    last = recent[others[-1]] if others else None
    choices = (recent[named] if named else last, last, recent.get(speaker), None)
    summed: dict[int | None, float] = {}
    for choice, share in zip(choices, shares, strict=True):
        summed[choice] = summed.get(choice, 0.0) + share
    return [(choice, float(np.round(p, 12))) for choice, p in summed.items() if p > 0]
