"""Slack's export, as a zip archive or its unpacked folder: one folder per channel, one JSON file per day."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import records
from analysis.ingest.jsonstream import BrokenJSON, too_deep
from analysis.ingest.readers.export import Export

DAY = re.compile(r"\d{4}-\d\d-\d\d\.json")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
SPOKEN = (None, "bot_message", "file_share", "me_message", "thread_broadcast", "reply_broadcast", "file_comment")

Files = list[tuple[PurePosixPath, Callable[[], bytes]]]
Record = dict[str, Any]


def is_slack(names: list[str]) -> bool:
    """Whether the names of an archive's or a folder's files are those of a Slack export."""
    paths = [PurePosixPath(name) for name in names]
    return any(p.name in ("users.json", "channels.json") for p in paths) and any(DAY.fullmatch(p.name) for p in paths)


def fits(export: Export) -> bool:
    """Whether an archive or a folder is a Slack export."""
    return not export.single and is_slack(export.names)


def read_export(export: Export) -> pd.DataFrame:
    """The messages of all channels of an export. Raises InputError on a file that is not a list of messages, or is
    broken."""
    inside = [(part.name, part.load) for part in export.parts if part.name.suffix == ".json"]
    return read(export.path, inside, tz=export.tz, size=export.size)


def read(path: Path, inside: Files, *, tz: str, size: int) -> pd.DataFrame:
    """The messages of all channels of an export. Raises InputError when a file of it is broken.

    An answer in a thread answers the message that began it; mentions are written with the name shown.
    """
    table = records.Table(path.name, tz)
    users = _users(inside, path)
    channels = records.Channels()
    for place, load in inside:
        if not DAY.fullmatch(place.name):
            continue
        channel = channels.of(place.parent.name)
        for number, record in enumerate(_records(place, load, path), 1):
            row = _row(record, number, channel, users) if isinstance(record, dict) else None
            if row is None:
                table.skip("no message: no time")
            else:
                table.add(row)
    frame = table.frame()
    frame.attrs["report"] = table.account("slack", "Slack export", size) | {
        "channels": channels.names, "replies": int(frame["reply_to"].notna().sum()),
    }  # fmt: skip
    return frame


def _records(place: PurePosixPath, load: Callable[[], bytes], path: Path) -> Iterator[object]:
    where, fix = path / str(place), "Export the workspace again."
    try:
        elements = json.loads(load())
    except (ValueError, RecursionError) as error:
        raise BrokenJSON(f"broken JSON: {error}", path=where, fix=fix) from error
    if not isinstance(elements, list):
        raise InputError("this is not a list of messages", path=where, fix=fix)
    if any(map(too_deep, elements)):
        raise InputError("a record is nested too deep", path=where, fix=fix)
    yield from elements


def _users(inside: Files, path: Path) -> dict[str, str]:
    """The name shown of each user id."""
    users: dict[str, str] = {}
    for place, load in inside:
        for user in _records(place, load, path) if place.name == "users.json" else ():
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
