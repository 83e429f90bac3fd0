"""One export, from its file to chats without names, written as Parquet: what a worker does."""

from __future__ import annotations

import hmac
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import privacy
from analysis.corpus.exports import code
from analysis.corpus.journal import ChatRecord
from analysis.errors import InputError
from analysis.ingest import identities
from analysis.ingest.chat import read_chat
from analysis.ingest.consent import withholding
from analysis.ingest.frame import nanoseconds
from analysis.ingest.gather import Raw, of_chats
from analysis.ingest.scrubbing import Scrubber, without_pasted

ATTEMPTS = 2000  # keys tried for the people of an export, before they are too many for pseudonyms of four characters
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
    """How exports are read, the same for all of a corpus. folder: of the exports; out: of the corpus; roster: as
    read_roster gives it; tz, date_order: as read_chat takes them."""

    folder: Path
    out: Path
    key: bytes
    roster: pd.DataFrame
    tz: str
    date_order: str | None


@dataclass(frozen=True)
class IngestedExport:
    """What the journal says of an export that was read."""

    format: str
    withheld: int
    lines: dict[str, int]
    marks: dict[str, int]
    chats: tuple[ChatRecord, ...]


def ingest(settings: ExportSettings, name: str) -> IngestedExport:
    """Read an export and put its chats in place, each whole or not at all.

    Raises InputError as read_chat does, and where its people are too many for their pseudonyms.
    """
    names = sorted({n for row in settings.roster.itertuples() for n in (row.name, *privacy.listed(row.aliases))})
    read = read_chat(settings.folder / name, tz=settings.tz, date_order=settings.date_order, senders=names)
    report = read.attrs["report"]
    messages, withheld, marks = without_names(read, settings, name)
    chats = tuple(_written(settings.out, chat, own) for chat, own in messages.groupby("channel", sort=True))
    return IngestedExport(report["format"], withheld, {kind: report[kind] for kind in LINES}, marks, chats)


def without_names(read: pd.DataFrame, settings: ExportSettings, name: str) -> tuple[pd.DataFrame, int, dict[str, int]]:
    """An export's messages with pseudonyms, codes for its chats and scrubbed texts; how many messages of members who
    withhold consent are left out; and the marks by class.

    A person has one pseudonym in all chats of an export, and another in every other export: nobody can be followed
    from group to group.
    """
    chats = {channel: f"chat-{number}" for number, channel in enumerate(read["channel"].unique())}
    read.attrs["report"] |= {"source": "export", "channels": chats}
    raw = of_chats([read], settings.roster)
    people = identities.pseudonymiser(raw, key_of(settings.key, name, raw))
    exports, scrubber = identities.exports(raw, people), Scrubber(people)
    (table,) = exports.tables
    none = withholding(identities.members(raw, people, tz=settings.tz)) if len(settings.roster) else set()
    kept = table[~table["member"].isin(none)]
    kept = kept.assign(text=[without_pasted(text) for text in scrubber.column(kept, "text")])
    coded = [
        _coded(kept[kept["channel"] == number], number, code(settings.key, name, str(channel)))
        for channel, number in chats.items()
    ]
    marks = Counter[str]()
    for (_, kind), count in (exports.marks + scrubber.marks).items():
        marks[kind] += count
    return pd.concat(coded, ignore_index=True), len(table) - len(kept), dict(sorted(marks.items()))


def _coded(chat: pd.DataFrame, name: str, public: str) -> pd.DataFrame:
    """A chat's messages with its code for its name, with which their ids begin, and numbered in its order."""
    writer = pd.Series(chat["member"].to_numpy(), index=chat["message_id"], dtype="str")
    replied = chat["reply_to"].where(chat["reply_to"].isin(chat["message_id"]))  # to what is left out is no reply
    ids, replies = (public + each.astype("str").str.slice(len(name)) for each in (chat["message_id"], replied))
    answered = writer.reindex(replied).to_numpy()
    return chat.assign(channel=public, place=range(len(chat)), message_id=ids, reply_to=replies, answered=answered)


def key_of(key: bytes, name: str, raw: Raw) -> bytes:
    """The key of an export's pseudonyms, made from the corpus's: the first under which no two people get the same one.

    Raises InputError when there is none.
    """
    for attempt in range(ATTEMPTS):
        own = hmac.digest(key, f"people of {name}, {attempt}".encode("utf-8", "surrogateescape"), "sha256")
        if all(len({privacy.pseudonym(n, own) for n in names}) == len(names) for names in raw.names):
            return own
    raise InputError(f"{len(raw.names[0]):,} people are too many for pseudonyms of four characters",
                     fix="Export a shorter time of this chat.")  # fmt: skip


def place_of(out: Path, chat: str) -> Path:
    """Where a chat's messages are."""
    return out / "messages" / f"chat={chat}" / "messages.parquet"


def _written(out: Path, chat: str, messages: pd.DataFrame) -> ChatRecord:
    """Put a chat's messages in place; returns what the journal says of it."""
    table = _table(messages)
    target, draft = place_of(out, chat), out / "drafts" / f"{chat}.{os.getpid()}"
    pq.write_table(table, draft, compression="zstd")
    target.parent.mkdir(exist_ok=True)
    draft.replace(target)
    first, last = (moment.isoformat() for moment in (messages["time"].min(), messages["time"].max()))
    return ChatRecord(chat, len(messages), int(messages["member"].nunique()), first, last)


def _table(messages: pd.DataFrame) -> pa.Table:
    stamps = nanoseconds(messages["time"])
    columns = {name: messages[name] for name in SCHEMA.names if name in messages}
    columns |= {"time": pa.array(stamps // 1000).cast(pa.timestamp("us", "UTC")), "second": stamps // 1_000_000_000}
    return pa.table({name: _array(columns[name], SCHEMA.field(name).type) for name in SCHEMA.names}, schema=SCHEMA)


def _array(values: pd.Series | pa.Array | np.ndarray, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, type=kind, from_pandas=True)
