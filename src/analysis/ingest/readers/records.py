"""Exports that come as records (JSON, CSV): rows collected in batches, so that a long one fits into memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from analysis.ingest import clock, frame, report
from analysis.ingest.files import slug

BATCH = 50_000  # rows kept as Python objects
EARLIEST, LATEST = 0.0, 4_102_444_800.0  # seconds since 1970: until the year 2100
SECOND = 1_000_000_000  # in nanoseconds


@dataclass(slots=True)
class MessageRow:
    """A message as the table will hold it. id, reply_to: the export's own; time: nanoseconds since 1970 in UTC."""

    channel: str
    id: str | None
    line: int
    time: int
    sender: str | None
    text: str
    kind: str
    edited: bool
    reply_to: str | None


class Channels:
    """The channels of an export, one for each chat whatever the others are called. names: what the chat of each channel
    is called; of chats that would be one channel by their names, the later ones have a number behind it."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._of: dict[Hashable, str] = {}

    def of(self, name: str, key: Hashable = None) -> str:
        """The channel of a chat. key: what the export itself distinguishes chats by; without one, it is their names."""
        chat = name if key is None else key
        if chat not in self._of:
            shown, k = name, 2
            while slug(shown) in self.names:
                shown, k = f"{name} {k}", k + 1
            self._of[chat] = slug(shown)
            self.names[slug(shown)] = shown
        return self._of[chat]


class Table:
    """Collects rows, and counts records that are not messages."""

    def __init__(self, source: str, tz: str) -> None:
        self.source, self.tz = source, tz
        self._rows: list[MessageRow] = []
        self._frames: list[pd.DataFrame] = []
        self._seen: Counter[str] = Counter()
        self._minutes: Counter[tuple[str, int]] = Counter()
        self.skipped: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.messages = 0

    def add(self, row: MessageRow) -> None:
        """Take a row in."""
        self._rows.append(row)
        self.messages += 1
        if len(self._rows) >= BATCH:
            self._flush()

    def skip(self, reason: str) -> None:
        """Count a record that is not a message, by reason."""
        self.skipped[reason] += 1

    def count(self, what: str, happened: bool) -> None:
        """Count what else the report describes."""
        self.counts[what] += happened

    def frame(self) -> pd.DataFrame:
        """All rows as the table that every reader of chats returns."""
        if self._rows or not self._frames:
            self._flush()
        return self._frames[0] if len(self._frames) == 1 else pd.concat(self._frames, ignore_index=True)

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        columns = frame.Rows(
            time=np.array([row.time for row in rows], dtype=np.int64),
            sender=[row.sender for row in rows], text=[row.text for row in rows], kind=[row.kind for row in rows],
            edited=np.array([row.edited for row in rows], dtype=bool),
            line=np.array([row.line for row in rows], dtype=np.int64), ids=[self._id(row) for row in rows],
            reply_to=[None if row.reply_to is None else f"{row.channel}-{row.reply_to}" for row in rows],
        )  # fmt: skip
        self._frames.append(frame.build(columns, channel=[row.channel for row in rows], source=self.source, tz=self.tz))

    def _id(self, row: MessageRow) -> str:
        """The row's message id: the export's own; else, as everywhere, minute and place. A second use gets a number."""
        if row.id is None:
            minute = row.time // frame.MINUTE
            self._minutes[row.channel, minute] += 1
            stamp = str(np.datetime64(minute, "m")).replace("-", "").replace(":", "")
            return f"{row.channel}-{stamp}-{self._minutes[row.channel, minute]}"
        made = f"{row.channel}-{row.id}"
        self._seen[made] += 1
        return made if self._seen[made] == 1 else f"{made}-{self._seen[made]}"

    def account(self, platform: str, shape: str, size: int) -> report.Report:
        """The account of a file of records: its lines are the records."""
        return report.account(
            source=self.source, platform=platform, size=size, lines=self.messages + self.skipped.total(),
            headers=self.messages, continuation=0, undecodable=0, skipped=self.skipped, unit="record", shape=shape,
            **self.counts,
        )  # fmt: skip


def instant(seconds: float) -> int:
    """Seconds since 1970 as nanoseconds. Raises ValueError when no message can be that old or new."""
    if not EARLIEST <= seconds < LATEST:
        raise ValueError(f"not the time of a message: {seconds}")
    return round(seconds * 1000) * (SECOND // 1000)


def moment(written: str, tz: str) -> int:
    """An ISO 8601 date and time, without a zone in the zone tz, as nanoseconds since 1970.

    Raises ValueError when it is not one.
    """
    wall = datetime.fromisoformat(written)
    own = wall if wall.tzinfo else wall.replace(tzinfo=clock.zone(tz))
    try:
        if own.astimezone(UTC).astimezone(own.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None):  # is skipped
            return int(clock.instants(np.array([round(wall.replace(tzinfo=UTC).timestamp())]), tz)[0][0])
        return instant(own.timestamp())
    except OverflowError as error:
        raise ValueError(str(error)) from error
