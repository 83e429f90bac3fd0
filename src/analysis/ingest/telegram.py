"""Telegram Desktop's JSON export: messages with ids and explicit replies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.ingest import clock, frame, report
from analysis.ingest.files import Source, count_lines

MESSAGES = re.compile(r'"messages"\s*:\s*\[')
ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9a-fA-F]{2})")
GAP = re.compile(r"[\s,]*")
LATEST = 4_102_444_800  # seconds since 1970, the year 2100: no message is later

Record = dict[str, Any]


@dataclass
class Row:
    """A message as the table will hold it. time: seconds since 1970 in UTC."""

    id: int
    line: int
    time: int
    sender: str | None
    text: str
    kind: str
    edited: bool
    reply_to: int | None


def is_telegram(text: str) -> bool:
    """Whether a text looks like an export of Telegram Desktop."""
    start = text[:100_000].lstrip("\ufeff \r\n\t")
    return start.startswith("{") and '"messages"' in start and ('"date_unixtime"' in start or '"from_id"' in start)


def read(source: Source, *, channel: str, tz: str, path: object) -> pd.DataFrame:
    """The messages of an export of one chat. Raises InputError when the JSON is broken."""
    text = ESCAPE.sub(r"\1\\u00\2", source.text) if "\\x" in source.text else source.text
    rows: list[Row] = []
    skipped = {"no message: it has no id or date": 0}
    topics: set[int] = set()
    for line, record in _records(text, path):
        row = _row(record, line, tz)
        if row is None:
            skipped["no message: it has no id or date"] += 1
            continue
        rows.append(row)
        if record.get("action") == "topic_created":
            topics.add(row.id)
    table = _table(rows, topics, channel, source.name, tz)
    table.attrs["report"] = report.account(
        source=source.name,
        platform="telegram",
        size=source.size,
        lines=len(rows) + sum(skipped.values()),
        headers=len(rows),
        continuation=0,
        undecodable=0,
        skipped=skipped,
        unit="record",
        shape="Telegram Desktop JSON",
        encoding=source.encoding,
        file_lines=count_lines(source.text),
        replies=int(table["reply_to"].notna().sum()),
        topic_replies=sum(row.reply_to in topics for row in rows),
    )
    return table


def _records(text: str, path: object) -> Iterator[tuple[int, Record]]:
    """Each message record and the line on which it begins."""
    decoder = json.JSONDecoder(strict=False)
    start = MESSAGES.search(text)
    if start is None:
        raise InputError("no list of messages in this JSON", path=str(path))
    place, line, seen = start.end(), 1, 0
    while True:
        place = GAP.match(text, place).end()  # type: ignore[union-attr]
        line += text.count("\n", seen, place)
        seen = place
        if text[place : place + 1] == "]":
            return
        try:
            record, place = decoder.raw_decode(text, place)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"broken JSON: {getattr(error, 'msg', 'nested too deep')}", path=str(path), line=line,
                             mend="Export the chat again, as machine-readable JSON.") from error  # fmt: skip
        yield line, record if isinstance(record, dict) else {}


def _row(record: Record, line: int, tz: str) -> Row | None:
    """The record as a row, None when it has no id or no date."""
    number, time = record.get("id"), _time(record, tz)
    if not isinstance(number, int) or time is None:
        return None
    kind = _kind(record)
    service = record.get("type") == "service"
    reply = record.get("reply_to_message_id")
    return Row(
        id=number,
        line=line,
        time=time,
        sender=None if kind == "system" else _name(record, "actor" if service else "from"),
        text=_service_text(record) if service else _text(record),
        kind=kind,
        edited="edited_unixtime" in record or "edited" in record,
        reply_to=reply if isinstance(reply, int) and "reply_to_peer_id" not in record else None,
    )


def _time(record: Record, tz: str) -> int | None:
    unix = record.get("date_unixtime")
    try:
        if unix is not None:
            seconds = int(unix)
        else:
            wall = datetime.fromisoformat(str(record["date"]))
            seconds = int((wall if wall.tzinfo else wall.replace(tzinfo=clock.zone(tz))).timestamp())
    except (KeyError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < LATEST else None


def _name(record: Record, key: str) -> str:
    """The name shown, of a deleted account its id."""
    return str(record.get(key) or record.get(f"{key}_id") or "Deleted Account")


def _kind(record: Record) -> str:
    if record.get("type") == "service":
        return "call" if record.get("action") in ("phone_call", "group_call") else "system"
    for key, kind in (
        ("poll", "poll"),
        ("contact_information", "contact"),
        ("location_information", "location"),
        ("media_type", "media"),
        ("photo", "media"),
        ("file", "media"),
    ):
        if record.get(key) is not None:
            return kind
    return "text"


def _text(record: Record) -> str:
    """The message's text: a string, or a list of strings and of objects with a text. A poll's question and options."""
    text = _flat(record.get("text", ""))
    poll = record.get("poll")
    if isinstance(poll, Mapping):
        options = [str(answer.get("text", "")) for answer in poll.get("answers", []) if isinstance(answer, Mapping)]
        return "\n".join([part for part in (text, _flat(poll.get("question", ""))) if part] + options)
    return text


def _flat(text: object) -> str:
    if isinstance(text, list):
        return "".join(_flat(part) for part in text)
    if isinstance(text, Mapping):
        return str(text.get("text", ""))
    return str(text)


def _service_text(record: Record) -> str:
    """What a service line says: who did what to whom."""
    members = record.get("members") or []
    whom = ", ".join(str(m) for m in members if m) if isinstance(members, list) else ""
    words = (record.get("actor"), str(record.get("action", "")).replace("_", " "), whom, record.get("title"))
    return " ".join(str(word) for word in words if word)


def _table(rows: Sequence[Row], topics: set[int], channel: str, name: str, tz: str) -> pd.DataFrame:
    columns = frame.Rows(
        time=np.array([row.time for row in rows], dtype=np.int64) * 1_000_000_000,
        sender=[row.sender for row in rows],
        text=[row.text for row in rows],
        kind=[row.kind for row in rows],
        edited=np.array([row.edited for row in rows], dtype=bool),
        line=np.array([row.line for row in rows], dtype=np.int64),
        ids=[str(row.id) for row in rows],
        reply_to=[
            None if row.reply_to is None or row.reply_to in topics else f"{channel}-{row.reply_to}" for row in rows
        ],
    )
    return frame.build(columns, channel=channel, source=name, tz=tz)
