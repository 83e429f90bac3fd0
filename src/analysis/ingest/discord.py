"""DiscordChatExporter's JSON: one channel a file, times with their zone, explicit replies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.ingest import records
from analysis.ingest.files import slug
from analysis.ingest.jsonstream import Record, messages

SPOKEN = ("Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20", "23")
NICKNAMES = 50  # kept a sender


def is_discord(head: str) -> bool:
    """Whether a text begins like an export of DiscordChatExporter."""
    return head.startswith("{") and '"guild"' in head and '"channel"' in head


def read(path: Path, *, tz: str) -> pd.DataFrame:
    """The messages of an export of one channel. Raises InputError when the JSON is broken.

    A sender is the account's unique name; nicknames are kept in the report, so that they can be found in texts.
    """
    table = records.Table(path.name, tz)
    channel = slug(path.name)
    nicknames: dict[str, list[str]] = {}
    for _, line, record in messages(path):
        row = None if record is None else _row(record, line, channel, tz)
        if row is None or record is None:
            table.skip("no message: no id or no time")
            continue
        table.add(row)
        _learn(nicknames, row.sender, record)
    frame = table.frame()
    frame.attrs["report"] = table.account("discord", "DiscordChatExporter JSON", path.stat().st_size) | {
        "channels": {channel: path.name},
        "aliases": nicknames,
        "replies": int(frame["reply_to"].notna().sum()),
    }
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
    answered = reference.get("messageId")
    return records.MessageRow(
        channel=channel,
        id=str(number),
        line=line,
        time=time,
        sender=None if kind == "system" else _author(record, "name"),
        text=_text(record),
        kind=kind,
        edited=bool(record.get("timestampEdited")),
        reply_to=str(answered) if answered else None,
    )


def _author(record: Record, key: str) -> str:
    author = record.get("author")
    name = author.get(key) if isinstance(author, Mapping) else None
    return str(name or "Deleted User")


def _learn(nicknames: dict[str, list[str]], sender: str | None, record: Record) -> None:
    own = nicknames.setdefault(sender, []) if sender else []
    nickname = _author(record, "nickname")
    if sender and nickname not in (sender, "Deleted User", *own) and len(own) < NICKNAMES:
        own.append(nickname)


def _kind(record: Record) -> str:
    if str(record.get("type", "Default")) == "Call":
        return "call"
    if str(record.get("type", "Default")) not in SPOKEN:
        return "system"
    if record.get("poll"):
        return "poll"
    return "media" if not record.get("content") and (record.get("attachments") or record.get("stickers")) else "text"


def _text(record: Record) -> str:
    content = record.get("content")
    poll = record.get("poll")
    if not content and isinstance(poll, Mapping):
        question = poll.get("question")
        return str(question.get("text", "")) if isinstance(question, Mapping) else ""
    return content if isinstance(content, str) else ""
