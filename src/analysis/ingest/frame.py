"""The one table every reader of chats returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

COLUMNS = ("message_id", "channel", "time", "sender", "text", "kind", "edited", "reply_to", "source", "line")
MINUTE = 60_000_000_000  # in nanoseconds


@dataclass(frozen=True)
class Rows:
    """Messages as columns of equal length. time: nanoseconds since 1970 in UTC. ids, reply_to: may lack."""

    time: NDArray[np.int64]
    sender: Sequence[str | None]
    text: Sequence[str]
    kind: Sequence[str]
    edited: NDArray[np.bool_]
    line: NDArray[np.int64]
    ids: Sequence[str] | None = None
    reply_to: Sequence[str | None] | None = None


def build(rows: Rows, *, channel: str, source: str, tz: str) -> pd.DataFrame:
    """The table of a chat's messages, in file order, times in the zone tz.

    message_id is `{channel}-{minute in UTC}-{k}`, k counting the channel's messages of that minute, or `{channel}-{id}`
    where the export gives ids.
    """
    n = len(rows.text)
    ids = minute_ids(channel, rows.time) if rows.ids is None else [f"{channel}-{i}" for i in rows.ids]
    return pd.DataFrame(
        {
            "message_id": _strings(ids),
            "channel": _constant(channel, n),
            "time": pd.Series(rows.time.view("datetime64[ns]")).dt.tz_localize("UTC").dt.tz_convert(tz),
            "sender": _strings(rows.sender),
            "text": _strings(rows.text),
            "kind": _strings(rows.kind),
            "edited": rows.edited,
            "reply_to": _constant(None, n) if rows.reply_to is None else _strings(rows.reply_to),
            "source": _constant(source, n),
            "line": rows.line,
        }
    )


def minute_ids(channel: str, time: NDArray[np.int64]) -> list[str]:
    """An id a message: channel, UTC minute, and its place among the channel's messages of that minute."""
    if not len(time):
        return []
    minutes, inverse = np.unique(time // MINUTE, return_inverse=True)
    stamps = np.datetime_as_string(minutes.astype("datetime64[m]"))
    prefixes = [f"{channel}-{s[:4]}{s[5:7]}{s[8:10]}T{s[11:13]}{s[14:16]}-" for s in stamps]
    return [prefixes[i] + str(k) for i, k in zip(inverse.tolist(), _place(inverse).tolist(), strict=True)]


def _place(groups: NDArray[np.intp]) -> NDArray[np.int64]:
    """The 1-based place of each element among the equal ones, in order."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    run = np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = run + 1
    return place


def _strings(values: Sequence[str | None]) -> pd.Series:
    return pd.Series(pd.array(pa.array(values, pa.large_string()), dtype="str"))


def _constant(value: str | None, n: int) -> pd.Series:
    return pd.Series(pd.array(pa.repeat(pa.scalar(value, pa.large_string()), n), dtype="str"))
