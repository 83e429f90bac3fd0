"""Telegram Desktop's JSON export, of one chat or of many: messages with ids and explicit replies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.ingest.files import slug
from analysis.ingest.readers import records
from analysis.ingest.readers.export import Export
from analysis.ingest.readers.jsonstream import Record, messages

NAME = re.compile(r'"name"\s*:\s*("(?:[^"\\]|\\.)*"|null)')
GENERIC = re.compile(r"result(s)?([ _-]?\(?\d+\)?)?")  # names of files that Telegram gives itself
MEDIA = (
    ("poll", "poll"), ("contact_information", "contact"), ("location_information", "location"),
    ("media_type", "media"), ("photo", "media"), ("file", "media"),
)  # fmt: skip
CALLS = ("phone_call", "group_call", "group_call_scheduled", "invite_to_group_call")


def fits(export: Export) -> bool:
    """Whether a file begins like an export of Telegram Desktop."""
    head = export.head
    many = '"about"' in head and ('"chats"' in head or '"personal_information"' in head)
    return head.startswith("{") and ('"messages"' in head or many)


def read(export: Export) -> pd.DataFrame:
    """The messages of all chats of an export, each chat a channel. Raises InputError when the JSON is broken.

    A reply to the message that opened a forum topic is no reply, nor is one to a message in another chat.
    """
    path, tz = export.path, export.tz
    table = records.Table(path.name, tz)
    channels = records.Channels()
    chats: dict[str, str] = {}
    forwarded: dict[str, str] = {}
    topics, named = set[str](), set[str]()
    for context, line, record in messages(path):
        if context not in chats:
            chats[context] = channels.of(_name(context, path, first=not chats), context)
        row = None if record is None else _row(record, line, chats[context], tz)
        if row is None or record is None:
            table.skip("no message: no id or no date")
            continue
        table.add(row)
        table.count("forwards", "forwarded_from" in record or "saved_from" in record)
        if author := record.get("forwarded_from") or record.get("saved_from"):
            forwarded[f"{row.channel}-{row.id}"] = str(author)
        if row.kind == "system":
            named.update([str(record["actor"])] if record.get("actor") else [], _members(record))
        if record.get("action") == "topic_created":
            topics.add(f"{row.channel}-{row.id}")
    frame = table.frame()
    to_topic = frame["reply_to"].isin(topics)
    frame["reply_to"] = frame["reply_to"].mask(to_topic)
    frame.attrs["report"] = table.account("telegram", "Telegram Desktop JSON", export.path.stat().st_size) | {
        "channels": channels.names, "topic_replies": int(to_topic.sum()),
        "replies": int(frame["reply_to"].notna().sum()), "named": sorted(named), "forwarded": forwarded,
    }  # fmt: skip
    return frame


def _name(context: str, path: Path, *, first: bool) -> str:
    """The name of a chat: the file's, or in an export of many chats the chat's own. first: no chat came before."""
    shown = NAME.findall(context)
    try:
        own = json.loads(shown[-1], strict=False) if shown else None
    except ValueError:
        own = None
    many = '"chats"' in context or not first
    return own if own and isinstance(own, str) and (many or GENERIC.fullmatch(slug(path.name))) else path.name


def _row(record: Record, line: int, channel: str, tz: str) -> records.MessageRow | None:
    """The record as a row, None when it has no id or no date."""
    number, time = record.get("id"), _time(record, tz)
    if not isinstance(number, int) or isinstance(number, bool) or time is None:
        return None
    kind = _kind(record)
    service = record.get("type") == "service"
    reply = record.get("reply_to_message_id")
    answers = isinstance(reply, int) and "reply_to_peer_id" not in record
    key = "actor" if service else "from"
    name = str(record.get(key) or record.get(f"{key}_id") or "Deleted Account")  # of a deleted account the id
    return records.MessageRow(
        channel=channel, id=str(number), line=line, time=time, sender=None if kind == "system" else name,
        text=_service_text(record) if service else _text(record), kind=kind,
        edited="edited_unixtime" in record or "edited" in record, reply_to=str(reply) if answers else None,
    )  # fmt: skip


def _time(record: Record, tz: str) -> int | None:
    """Nanoseconds since 1970 in UTC: from the instant where it is given and one, else from the local time."""
    for key, read in (("date_unixtime", lambda unix: records.instant(float(unix))),
                      ("date", lambda written: records.moment(written, tz))):  # fmt: skip
        try:
            return read(str(record.get(key)))
        except ValueError:
            continue
    return None


def _kind(record: Record) -> str:
    if record.get("type") == "service":
        return "call" if record.get("action") in CALLS else "system"
    if record.get("type") == "unsupported":  # by the exporter: neither sender nor text
        return "system"
    return next((kind for key, kind in MEDIA if record.get(key) is not None), "text")


def _text(record: Record) -> str:
    """The message's text: a string, or a list of strings and of objects with a text. A poll's question and options."""
    text, poll = _flat(record.get("text") or record.get("text_entities") or ""), record.get("poll")
    if not isinstance(poll, Mapping):
        return text
    answers = poll.get("answers")
    listed = answers if isinstance(answers, list) else []
    options = [_flat(answer.get("text", "")) for answer in listed if isinstance(answer, Mapping)]
    return "\n".join([part for part in (text, _flat(poll.get("question", ""))) if part] + options)


def _flat(text: object) -> str:
    if isinstance(text, list):
        return "".join(_flat(part) for part in text)
    if isinstance(text, Mapping):
        return _flat(text.get("text", ""))
    return text if isinstance(text, str) else ""


def _service_text(record: Record) -> str:
    """What a service line says: who did what, to which members."""
    action, members = str(record.get("action", "")).replace("_", " "), ", ".join(_members(record))
    return " ".join(str(word) for word in (record.get("actor"), action, members, record.get("title")) if word)


def _members(record: Record) -> list[str]:
    members = record.get("members")
    return [str(member) for member in members if member] if isinstance(members, list) else []
