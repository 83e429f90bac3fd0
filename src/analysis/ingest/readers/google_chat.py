"""Google Chat, from Takeout: Groups/NAME/messages.json with group_info.json next to it. An answer in a thread answers
the message that began it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pandas as pd

from analysis.ingest.readers import records
from analysis.ingest.readers.export import Chats, Export, Part, Record, Row, listed, loaded, mapping, row, string

STAMP = re.compile(r"(?:[^\W\d_]+, )?([^\W\d_]+ \d{1,2}, \d{4}) at (\d{1,2}:\d\d:\d\d)\s?([AP]M) UTC")
MESSAGES = r"messages\.json"


def fits(export: Export) -> bool:
    """Whether it is such an export: a chat's file or folder, or the whole Takeout."""
    pages = _pages(export)
    return bool(pages) and b'"topic_id"' in (raw := pages[0].load()) and b'"created_date"' in raw


def _pages(export: Export) -> list[Part]:
    """The files with messages: by Takeout's name, or the one that was given under another."""
    given = export.parts if export.single and export.head.startswith("{") and '"creator"' in export.head else []
    return export.matching(MESSAGES) or given


def read(export: Export) -> pd.DataFrame:
    """The messages of all chats. Raises InputError on JSON that is broken or nested too deep."""
    chats = Chats(export, "google-chat", "Google Chat, Takeout")
    titles = {part.name.parent: string(mapping(loaded(part, export.path)).get("name"))
              for part in export.matching(r"group_info\.json")}  # fmt: skip
    for part in _pages(export):
        folder = part.name.parent
        name = titles.get(folder) or (folder.name if folder.name else export.path.parent.name) or export.path.name
        channel = chats.channels.of(name, folder)
        first: dict[str, str] = {}
        for record in listed(mapping(loaded(part, export.path)).get("messages")):
            topic, number = string(record.get("topic_id")), string(record.get("message_id"))
            chats.add(_message(record, channel, first.get(topic), number))
            first.setdefault(topic, number)
    return chats.frame()


def _message(record: Record, channel: str, opening: str | None, number: str) -> Row | None:
    creator, text = mapping(record.get("creator")), string(record.get("text"))
    deleted = record.get("message_state") == "DELETED" or "deletion_metadata" in record
    media = record.get("attached_files") and not text
    return row(
        channel, _time(record.get("created_date")), string(creator.get("name")) or string(creator.get("email")), text,
        "deleted" if deleted else "media" if media else "text", id=number.replace("/", "-") or None,
        edited="updated_date" in record, reply_to=opening.replace("/", "-") if opening else None,
    )  # fmt: skip


def _time(written: object) -> int | None:
    match = STAMP.fullmatch(re.sub(r"\s", " ", string(written)))
    try:
        moment = datetime.strptime(" ".join(match.groups()), "%B %d, %Y %I:%M:%S %p") if match else None
    except ValueError:
        return None
    return records.instant(moment.replace(tzinfo=UTC).timestamp()) if moment else None
