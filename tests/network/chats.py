"""Small chats among four members, for the tests of the network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import tables
from analysis.network.replies import infer_replies

ANA, BEN, CUT, DED = "MAAAA", "MBBBB", "MCCCC", "MDDDD"


def chat(*lines, channel="umkm"):
    """Messages from (minute, member, text) or (minute, member, text, explicit reply to line number)."""
    rows = []
    for number, (minute, member, text, *reply) in enumerate(lines):
        time = pd.Timestamp("2024-07-24 09:00", tz="UTC") + pd.Timedelta(minutes=minute)
        reply_to = f"{channel}-{reply[0]}" if reply else None
        kind = "text" if member else "system"
        rows.append((f"{channel}-{number}", channel, time, member, text, kind, False, reply_to, "chat.txt", number + 1))
    return tables.conform(pd.DataFrame(rows, columns=list(tables.Messages.columns)), tables.Messages)


def certain(*pairs, channel="umkm"):
    rows = [(f"{channel}-{later}", f"{channel}-{earlier}", p) for later, earlier, p in pairs]
    return pd.DataFrame(rows, columns=["message_id", "reply_to", "probability"])


def lively(days=6, seed=0):
    """Four members who write in two chats by day and night, explicit replies among them."""
    rng = np.random.default_rng(seed)
    chats = []
    for channel in ("umkm", "pengurus"):
        lines = []
        for day in range(days):
            for minute in np.sort(rng.integers(0, 600, size=30)):
                who = [ANA, BEN, CUT, DED][rng.choice(4, p=[0.5, 0.3, 0.15, 0.05])]
                back = [int(len(lines) - 1)] if lines and rng.random() < 0.4 else []
                lines.append((1440 * day + int(minute), who, "halo", *back))
        chats.append(chat(*lines, channel=channel))
    return pd.concat(chats, ignore_index=True)


def coded_by_turns(messages):
    """Every second message informal, the others business: each code of every message."""
    written = messages.loc[messages["member"].notna(), "message_id"].reset_index(drop=True)
    parts = []
    for code, rest in (("informal_interaction", 0), ("partnership", 1)):
        value = (written.index % 2 == rest).astype(int)
        parts.append(pd.DataFrame({"unit_id": written, "code": code, "value": value, "probability": 0.9 * value}))
    coded = pd.concat(parts, ignore_index=True).assign(origin="model")
    return coded if len(coded) else tables.empty(tables.Coded)


def drawn_truth(messages, adaptation=None, seed=0):
    """A true answer of each message, drawn from the model's probabilities."""
    replies = infer_replies(messages, adaptation=adaptation)
    upto = replies.groupby("message_id", sort=False)["probability"].cumsum()
    codes = pd.factorize(replies["message_id"])[0]
    u = np.random.default_rng(seed).random(codes.max() + 1)[codes]
    chosen = replies[(upto - replies["probability"] <= u) & (u < upto)].drop_duplicates("message_id")
    return chosen.set_index("message_id")["reply_to"].reindex(messages["message_id"])


def annotations(truth, *, size, annotators=2, error=0.0, seed=0):
    """Answers of annotators to messages drawn at random; where they err they mark one of the five before, or none."""
    rng = np.random.default_rng(seed)
    ids = truth.index.to_numpy()
    rows = []
    for place in np.sort(rng.choice(np.arange(6, len(ids)), size, replace=False)):
        for number in range(annotators):
            wrong = [None, *ids[place - 5 : place]]
            answer = wrong[rng.integers(6)] if rng.random() < error else truth.iloc[place]
            rows.append((f"annotator-{number}", ids[place], answer))
    return tables.conform(pd.DataFrame(rows, columns=list(tables.Annotations.columns)), tables.Annotations)
