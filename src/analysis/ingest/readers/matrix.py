"""Matrix: the JSON that Element exports of a room, its events in order. A correction changes what it corrects."""

from __future__ import annotations

import re

import pandas as pd

from analysis.ingest.readers.export import (
    Chats,
    Export,
    Record,
    Row,
    listed,
    loaded,
    mapping,
    milliseconds,
    row,
    string,
)  # fmt: skip

KINDS = {"m.image": "media", "m.video": "media", "m.audio": "media", "m.file": "media", "m.location": "location"}
SILENT = ("m.reaction", "m.room.redaction")
POLL = ("m.poll.start", "org.matrix.msc3381.poll.start")
FALLBACK = re.compile(r"(?:> .*\n)+\n")  # the quotation that older clients put before an answer


def fits(export: Export) -> bool:
    """Whether it is a room's export."""
    return export.single and all(mark in export.head for mark in ('"room_name"', '"exported_by"', '"messages"'))


def read(export: Export) -> pd.DataFrame:
    """The messages of the room. A sender is the account; names shown are in the report. Raises InputError on JSON that
    is broken or nested too deep."""
    chats = Chats(export, "matrix", "Element JSON")
    whole = mapping(loaded(export.parts[0], export.path))
    channel = chats.channels.of(string(whole.get("room_name")) or export.path.name)
    made: dict[str, Row] = {}
    names: dict[str, list[str]] = {}
    for event in listed(whole.get("messages")):
        content = mapping(event.get("content"))
        if event.get("type") == "m.room.member" and content.get("displayname"):
            names[str(event.get("state_key") or event.get("sender"))] = [string(content["displayname"])]
        relation = mapping(content.get("m.relates_to"))
        corrected = made.get(string(relation.get("event_id"))) if relation.get("rel_type") == "m.replace" else None
        if corrected:
            corrected.text, corrected.edited = string(mapping(content.get("m.new_content")).get("body")), True
        if corrected or event.get("type") in SILENT or relation.get("rel_type") == "m.replace":
            chats.add(None, "a correction, reaction or deletion of another message")
            continue
        each = _message(event, content, relation, channel)
        chats.add(each)
        if each:
            made[string(event.get("event_id"))] = each
    return chats.frame(aliases=names)


def _message(event: Record, content: Record, relation: Record, channel: str) -> Row | None:
    kind, written = _kind(event, content), string(event.get("type"))
    poll = next((mapping(content[key]) for key in POLL if key in content), {})
    text = _poll(poll) if poll else string(content.get("body"))
    answered = string(mapping(relation.get("m.in_reply_to")).get("event_id"))
    said = FALLBACK.sub("", text, count=1) if answered and kind == "text" else text
    return row(
        channel, milliseconds(event.get("origin_server_ts")), string(event.get("sender")),
        said or (written if kind == "system" else ""), kind, id=string(event.get("event_id")) or None,
        reply_to=answered or None,
    )  # fmt: skip


def _kind(event: Record, content: Record) -> str:
    written = event.get("type")
    if written in POLL:
        return "poll"
    if written == "m.sticker":
        return "media"
    if written in ("m.room.message", "m.room.encrypted"):
        return KINDS.get(string(content.get("msgtype")), "text") if content.get("msgtype") else "deleted"
    return "call" if written == "m.call.invite" else "system"


def _poll(poll: Record) -> str:
    def said(part: Record) -> str:
        return next((string(value) for key, value in part.items() if key.endswith(".text")), string(part.get("body")))

    return "\n".join([said(mapping(poll.get("question"))), *map(said, listed(poll.get("answers")))])
