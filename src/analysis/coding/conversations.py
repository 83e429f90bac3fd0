"""Conversations: stretches of a channel without a long silence. Codes of one conversation depend on each other."""

from __future__ import annotations

import pandas as pd

GAP_MINUTES = 60.0


def conversations(messages: pd.DataFrame, gap_minutes: float = GAP_MINUTES) -> pd.Series:
    """The conversation of each message, named after its first message.

    messages: message_id, channel, time. A silence of more than gap_minutes within a channel begins a new conversation.
    Returns a Series of names with the messages' index.
    """
    ordered = messages.sort_values(["channel", "time"], kind="stable")
    silence = ordered.groupby("channel")["time"].diff()
    begins = silence.isna() | (silence > pd.Timedelta(minutes=gap_minutes))
    return ordered["message_id"].where(begins).ffill().reindex(messages.index).rename("conversation")


def with_neighbours(texts: pd.DataFrame) -> pd.DataFrame:
    """The texts with columns before and after: the text of the neighbouring message in the same conversation, empty
    where it begins or ends. texts: message_id, conversation, time, text; only messages that are text."""
    ordered = texts.sort_values(["conversation", "time"], kind="stable")
    talk = ordered.groupby("conversation")["text"]
    around = pd.DataFrame({"before": talk.shift(1), "after": talk.shift(-1)}).fillna("")
    return texts.join(around)
