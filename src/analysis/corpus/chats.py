"""Ingest one export, in a worker: from its file to chats without names, written as Parquet."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import privacy
from analysis.corpus.exports import code
from analysis.corpus.journal import ChatRecord
from analysis.errors import InputError
from analysis.ingest import identities, keys
from analysis.ingest.chat import read_chat
from analysis.ingest.consent import withholding
from analysis.ingest.frame import nanoseconds
from analysis.ingest.gather import Raw, of_chats
from analysis.ingest.readers.whatsapp import textstream, windows
from analysis.ingest.scrubbing import Scrubber, without_pasted

SCHEMA = pa.schema([  # of a chat's messages; no dictionaries and no nanoseconds, which not every engine reads
    ("message_id", pa.string()),
    ("channel", pa.string()),
    ("place", pa.int64()),  # in the chat's order, from 0
    ("time", pa.timestamp("us", "UTC")),
    ("second", pa.int64()),  # the same since 1970: not every engine subtracts times alike
    ("member", pa.string()),
    ("text", pa.string()),
    ("kind", pa.string()),
    ("edited", pa.bool_()),
    ("reply_to", pa.string()),
    ("answered", pa.string()),  # the member who wrote what it explicitly replies to
    ("line", pa.int64()),
])  # fmt: skip
LINES = ("lines", "headers", "continuation", "undecodable", "skipped")


@dataclass(frozen=True)
class ExportSettings:
    """The settings under which all exports of a corpus are read. folder: of the exports; out: of the corpus; roster: as
    read_roster gives it; tz, date_order: as read_chat takes them."""

    folder: Path
    out: Path
    key: bytes
    roster: pd.DataFrame
    tz: str
    date_order: str | None

    @cached_property
    def roster_hash(self) -> str:
        """SHA-256 of what the roster says, in whichever columns and lines of members.csv; empty without a member."""
        said = "" if self.roster.empty else self.roster.drop(columns="row").to_csv(index=False)
        return said and hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class IngestedExport:
    """The record in the journal of an export that was read."""

    format: str
    withheld: int
    lines: dict[str, int]
    marks: dict[str, int]
    chats: tuple[ChatRecord, ...]


def ingest(settings: ExportSettings, name: str) -> IngestedExport:
    """Read an export and put its chats in place, each whole or not at all; a text too large to be held part by part.

    Raises InputError as read_chat does, where its people are too many for their pseudonyms, and where its name is not
    UTF-8, which no table can hold.
    """
    if any("\ud800" <= sign <= "\udfff" for sign in name):
        raise InputError("the name of this file is not UTF-8", path=name, fix="Rename it.")
    names = sorted({n for row in settings.roster.itertuples() for n in (row.name, *privacy.listed(row.aliases))})
    path, tz, order = settings.folder / name, settings.tz, settings.date_order
    parts: dict[str, Iterable[pd.DataFrame]]
    if stream := textstream.large(path):
        chat = windows.read(stream, tz=tz, date_order=order, listed=names)
        people = ExportPeople(chat.senders, settings, name)
        parts = {people.codes[chat.channel]: map(people.without_names, chat.tables())}
        report = chat.report
    else:
        read = read_chat(path, tz=tz, date_order=order, senders=names)
        people, report = ExportPeople(read, settings, name), read.attrs["report"]
        parts = {chat: [own] for chat, own in people.without_names(read).groupby("channel", sort=True)}
    chats = tuple(filter(None, (_written(settings.out, chat, tables) for chat, tables in parts.items())))
    lines = {kind: report[kind] for kind in LINES}
    return IngestedExport(report["format"], people.withheld, lines, dict(sorted(people.marks.items())), chats)


class ExportPeople:
    """The people of an export, by whose pseudonyms its messages are read, all at once or part by part.

    A person has one pseudonym in all chats of an export, and another in every other export: nobody can be followed
    from group to group. senders: a row for each person's first message at least, with the export's report; codes: of
    its chats; withheld: messages left out, of members who withhold consent; marks: of what was scrubbed, by class.
    """

    def __init__(self, senders: pd.DataFrame, settings: ExportSettings, name: str) -> None:
        channels = [str(channel) for channel in senders["channel"].unique()]
        self.chats = {channel: f"chat-{number}" for number, channel in enumerate(channels)}
        self.codes = {channel: code(settings.key, name, channel) for channel in channels}
        self.report = senders.attrs["report"] | {"source": "export", "channels": self.chats}
        self.raw = of_chats([senders], settings.roster)
        self.people = identities.pseudonymiser(self.raw, key_of(settings.key, name, self.raw))
        members = identities.members(self.raw, self.people, tz=settings.tz)
        self.none = withholding(members) if len(settings.roster) else set()
        self.withheld, self.marks, self.placed = 0, Counter[str](), Counter[str]()

    def without_names(self, read: pd.DataFrame) -> pd.DataFrame:
        """Messages with pseudonyms, codes for their chats and scrubbed texts, numbered on from those before. Raises
        InputError, with file and line, on a sender's name that several people go by."""
        read.attrs["report"] = self.report
        exports = identities.exports(replace(self.raw, chats=[read]), self.people)
        scrubber, (table,) = Scrubber(self.people), exports.tables
        kept = table[~table["member"].isin(self.none)]
        kept = kept.assign(text=[without_pasted(text) for text in scrubber.column(kept, "text")])
        self.withheld += len(table) - len(kept)
        for (_, kind), times in (exports.marks + scrubber.marks).items():
            self.marks[kind] += times
        coded = [self._coded(kept[kept["channel"] == number], channel) for channel, number in self.chats.items()]
        return pd.concat(coded, ignore_index=True)

    def _coded(self, chat: pd.DataFrame, channel: str) -> pd.DataFrame:
        """A chat's messages with its code for its name, with which their ids begin, and numbered in its order."""
        name, public, start = self.chats[channel], self.codes[channel], self.placed[channel]
        self.placed[channel] += len(chat)
        writer = pd.Series(chat["member"].to_numpy(), index=chat["message_id"], dtype="str")
        replied = chat["reply_to"].where(
            chat["reply_to"].isin(chat["message_id"])
        )  # a reply to a dropped message is none
        ids, replies = (public + each.astype("str").str.slice(len(name)) for each in (chat["message_id"], replied))
        return chat.assign(
            channel=public, place=range(start, start + len(chat)), message_id=ids, reply_to=replies,
            answered=writer.reindex(replied).to_numpy(),
        )  # fmt: skip


def key_of(key: bytes, name: str, raw: Raw) -> bytes:
    """The key of an export's pseudonyms, made from the corpus's: the first under which no two people get the same one.

    Raises InputError as keys.first_distinct does.
    """
    words = (f"people of {name}, {attempt}".encode("utf-8", "surrogateescape") for attempt in count())
    return keys.first_distinct(raw, (hmac.digest(key, each, "sha256") for each in words))


def place_of(out: Path, chat: str) -> Path:
    """Where a chat's messages are."""
    return out / "messages" / f"chat={chat}" / "messages.parquet"


def _written(out: Path, chat: str, tables: Iterable[pd.DataFrame]) -> ChatRecord | None:
    """Put a chat's messages in place, whole or not at all; returns what the journal says of it, None without any."""
    target, draft = place_of(out, chat), out / "drafts" / f"{chat}.{os.getpid()}"
    members, times, n = set[str](), list[pd.Timestamp](), 0
    try:
        with pq.ParquetWriter(draft, SCHEMA, compression="zstd") as writer:
            for messages in filter(len, tables):
                writer.write_table(_table(messages))
                members.update(messages["member"].dropna().unique())
                times = [min((*times, messages["time"].min())), max((*times, messages["time"].max()))]
                n += len(messages)
        if not n:
            return None
        target.parent.mkdir(exist_ok=True)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return ChatRecord(chat, n, len(members), *(moment.isoformat() for moment in times))


def _table(messages: pd.DataFrame) -> pa.Table:
    stamps = nanoseconds(messages["time"])
    columns = {name: messages[name] for name in SCHEMA.names if name in messages}
    columns |= {"time": pa.array(stamps // 1000).cast(pa.timestamp("us", "UTC")), "second": stamps // 1_000_000_000}
    return pa.table({name: _array(columns[name], SCHEMA.field(name).type) for name in SCHEMA.names}, schema=SCHEMA)


def _array(values: pd.Series | pa.Array | np.ndarray, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, type=kind, from_pandas=True)
