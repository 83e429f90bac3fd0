"""The table that every reader of chats returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

COLUMNS = ("message_id", "channel", "time", "sender", "text", "kind", "edited", "reply_to", "source", "line")
MINUTE = 60_000_000_000  # in nanoseconds
CLOCK = pa.array([f"{minute // 60:02d}{minute % 60:02d}" for minute in range(1440)], pa.large_string())


@dataclass(frozen=True)
class Rows:
    """Messages as columns of equal length. time: nanoseconds since 1970 in UTC. ids, reply_to: may be missing."""

    time: NDArray[np.int64]
    sender: Sequence[str | None]
    text: Sequence[str]
    kind: Sequence[str]
    edited: NDArray[np.bool_]
    line: NDArray[np.int64]
    ids: Sequence[str] | None = None
    reply_to: Sequence[str | None] | None = None


def build(rows: Rows, *, channel: str | Sequence[str], source: str, tz: str) -> pd.DataFrame:
    """The table of a chat's messages, in file order, times in the zone tz.

    channel: one for all rows, or, if there are rows.ids, one per row. Without rows.ids a message_id is
    `{channel}-{minute in UTC}-{k}`, k counting the channel's messages of that minute.
    """
    n = len(rows.text)
    ids = minute_ids(str(channel), rows.time) if rows.ids is None else rows.ids
    return pd.DataFrame({
        "message_id": _strings(ids),
        "channel": _constant(channel, n) if isinstance(channel, str) else _strings(channel),
        "time": pd.Series(rows.time.view("datetime64[ns]")).dt.tz_localize("UTC").dt.tz_convert(tz),
        "sender": _strings(rows.sender), "text": _strings(rows.text), "kind": _strings(rows.kind),
        "edited": rows.edited,
        "reply_to": _constant(None, n) if rows.reply_to is None else _strings(rows.reply_to),
        "source": _constant(source, n), "line": rows.line,
    })  # fmt: skip


def nanoseconds(times: pd.Series) -> NDArray[np.int64]:
    """Zone-aware times as nanoseconds since 1970 in UTC."""
    return times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[ns]").view(np.int64)


def minute_ids(channel: str, time: NDArray[np.int64]) -> pa.Array:
    """One id per message: channel, UTC minute, and its place among the channel's messages of that minute."""
    minutes, inverse = np.unique(time // MINUTE, return_inverse=True)
    days, day = np.unique(minutes // 1440, return_inverse=True)
    dates = [f"{channel}-{date.replace('-', '')}T" for date in np.datetime_as_string(days.astype("datetime64[D]"))]
    day_of = pa.array(dates, pa.large_string()).take(pa.array(day))
    minute_of = CLOCK.take(pa.array(minutes % 1440))
    prefix = pc.binary_join_element_wise(day_of, minute_of, pa.scalar("", pa.large_string()))
    place = pc.cast(pa.array(_place(inverse)), pa.large_string())
    return pc.binary_join_element_wise(prefix.take(pa.array(inverse)), place, pa.scalar("-", pa.large_string()))


def _place(groups: NDArray[np.intp]) -> NDArray[np.int64]:
    """The 1-based place of each element among the equal ones, in order."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    run = np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = run + 1
    return place


def _strings(values: Sequence[str | None] | pa.Array) -> pd.Series:
    if isinstance(values, pa.Array):
        return pd.Series(pd.array(values, dtype="str"))
    try:
        column = pa.array(values, pa.large_string())
    except UnicodeEncodeError:  # JSON can hold halves of surrogate pairs, which are no characters
        column = pa.array([v and v.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for v in values])
    return pd.Series(pd.array(column, dtype="str"))


def _constant(value: str | None, n: int) -> pd.Series:
    return pd.Series(pd.array(pa.repeat(pa.scalar(value, pa.large_string()), n), dtype="str"))
