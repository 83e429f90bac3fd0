"""Small chats among four members, for the tests of the network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import tables

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
    """Every second message informal, the others business."""
    written = messages.loc[messages["member"].notna(), "message_id"].reset_index(drop=True)
    code = np.where(written.index % 2 == 0, "informal_interaction", "partnership")
    coded = pd.DataFrame({"unit_id": written, "code": code, "value": 1, "probability": 0.9, "origin": "model"})
    return coded if len(coded) else tables.empty(tables.Coded)
