"""Slack's export, as a zip archive or its unpacked folder: one folder per channel, one JSON file per day."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.ingest.readers import records
from analysis.ingest.readers.export import Export, Part
from analysis.ingest.readers.jsonstream import BrokenJSON, Record, too_deep

DAY = re.compile(r"\d{4}-\d\d-\d\d\.json")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
SPOKEN = (None, "bot_message", "file_share", "me_message", "thread_broadcast", "reply_broadcast", "file_comment")


def fits(export: Export) -> bool:
    """Whether the names of an archive's or a folder's files are those of a Slack export."""
    names = [part.name.name for part in export.parts]
    listed = any(name in ("users.json", "channels.json") for name in names)
    return not export.single and listed and any(map(DAY.fullmatch, names))


def read(export: Export) -> pd.DataFrame:
    """The messages of all channels of an export. Raises InputError on a file that is not a list of messages, or is
    broken.

    An answer in a thread answers the message that began it; mentions are written with the name shown.
    """
    parts, path = [part for part in export.parts if part.name.suffix == ".json"], export.path
    table = records.Table(path.name, export.tz)
    users = _users(parts, path)
    channels = records.Channels()
    for part in parts:
        if not DAY.fullmatch(part.name.name):
            continue
        channel = channels.of(part.name.parent.name)
        for number, record in enumerate(_records(part, path), 1):
            row = _row(record, number, channel, users) if isinstance(record, dict) else None
            if row is None:
                table.skip("no message: no time")
            else:
                table.add(row)
    frame = table.frame()
    frame.attrs["report"] = table.account("slack", "Slack export", export.size) | {
        "channels": channels.names, "replies": int(frame["reply_to"].notna().sum()),
    }  # fmt: skip
    return frame


def _records(part: Part, path: Path) -> Iterator[object]:
    where, fix = path / str(part.name), "Export the workspace again."
    try:
        elements = json.loads(part.load())
    except (ValueError, RecursionError) as error:
        raise BrokenJSON(f"broken JSON: {error}", path=where, fix=fix) from error
    if not isinstance(elements, list):
        raise InputError("this is not a list of messages", path=where, fix=fix)
    if any(map(too_deep, elements)):
        raise InputError("a record is nested too deep", path=where, fix=fix)
    yield from elements


def _users(parts: list[Part], path: Path) -> dict[str, str]:
    """The name shown of each user id."""
    users: dict[str, str] = {}
    for part in parts:
        for user in _records(part, path) if part.name.name == "users.json" else ():
            if isinstance(user, Mapping) and user.get("id"):
                profile = user.get("profile")
                shown = profile if isinstance(profile, Mapping) else {}
                name = shown.get("display_name") or shown.get("real_name") or user.get("real_name") or user.get("name")
                users[str(user["id"])] = str(name or user["id"])
    return users


def _row(record: Record, line: int, channel: str, users: dict[str, str]) -> records.MessageRow | None:
    """The record as a row, None when it has no time. line: its place in its day's file."""
    stamp = record.get("ts")
    try:
        time = records.instant(float(str(stamp)))
    except ValueError:
        return None
    kind, thread = _kind(record), record.get("thread_ts")
    user, text = str(record.get("user") or record.get("bot_id") or ""), record.get("text")
    sender = users.get(user) or str(record.get("username") or user or "unknown")
    said = MENTION.sub(lambda m: f"@{users.get(m[1], m[1])}", text) if isinstance(text, str) else ""
    return records.MessageRow(
        channel=channel, id=str(stamp).replace(".", "-"), line=line, time=time,
        sender=None if kind == "system" else sender, text=html.unescape(said), kind=kind, edited="edited" in record,
        reply_to=str(thread).replace(".", "-") if thread and thread != stamp else None,
    )  # fmt: skip


def _kind(record: Record) -> str:
    if record.get("subtype") not in SPOKEN:
        return "deleted" if record.get("subtype") == "tombstone" else "system"
    return "media" if not record.get("text") and record.get("files") else "text"
