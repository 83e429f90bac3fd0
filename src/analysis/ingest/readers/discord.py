"""DiscordChatExporter's JSON: one channel a file, times with their zone, explicit replies."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.ingest.files import slug
from analysis.ingest.readers import records
from analysis.ingest.readers.export import Export
from analysis.ingest.readers.jsonstream import Record, messages

SPOKEN = ("Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20", "23")
NICKNAMES = 50  # kept per sender


def fits(export: Export) -> bool:
    """Whether a file begins like an export of DiscordChatExporter."""
    head = export.head
    return head.startswith("{") and '"guild"' in head and '"channel"' in head


def read(export: Export) -> pd.DataFrame:
    """The messages of an export of one channel. Raises InputError when the JSON is broken.

    A sender is the account's unique name; nicknames are kept in the report, so that they are recognised in texts.
    """
    path, tz = export.path, export.tz
    table = records.Table(path.name, tz)
    channel = slug(path.name)
    nicknames: dict[str, list[str]] = {}
    for _, line, record in messages(path):
        row = None if record is None else _row(record, line, channel, tz)
        if row is None or record is None:
            table.skip("no message: no id or no time")
            continue
        table.add(row)
        nickname, own = _author(record, "nickname"), nicknames.setdefault(row.sender, []) if row.sender else []
        if row.sender and nickname not in (row.sender, "Deleted User", *own) and len(own) < NICKNAMES:
            own.append(nickname)
    frame = table.frame()
    frame.attrs["report"] = table.account("discord", "DiscordChatExporter JSON", path.stat().st_size) | {
        "channels": {channel: path.name}, "aliases": nicknames, "replies": int(frame["reply_to"].notna().sum()),
    }  # fmt: skip
    return frame


def _row(record: Record, line: int, channel: str, tz: str) -> records.MessageRow | None:
    try:
        time = records.moment(str(record.get("timestamp")), tz)
    except ValueError:
        return None
    number, kind, reference = record.get("id"), _kind(record), record.get("reference")
    if not isinstance(number, str | int) or not str(number):
        return None
    if not isinstance(reference, Mapping) or record.get("type") not in ("Reply", "19"):
        reference = {}
    sender = None if kind == "system" else _author(record, "name")
    content, poll = record.get("content"), record.get("poll")
    question = poll.get("question") if isinstance(poll, Mapping) and not content else None
    text = str(question.get("text", "")) if isinstance(question, Mapping) else content
    return records.MessageRow(
        channel=channel, id=str(number), line=line, time=time, sender=sender, kind=kind,
        text=text if isinstance(text, str) else "", edited=bool(record.get("timestampEdited")),
        reply_to=str(reference["messageId"]) if reference.get("messageId") else None,
    )  # fmt: skip


def _author(record: Record, key: str) -> str:
    author = record.get("author")
    return str((author.get(key) if isinstance(author, Mapping) else None) or "Deleted User")


def _kind(record: Record) -> str:
    if (written := str(record.get("type", "Default"))) not in SPOKEN:
        return "call" if written == "Call" else "system"
    if record.get("poll"):
        return "poll"
    return "media" if not record.get("content") and (record.get("attachments") or record.get("stickers")) else "text"
