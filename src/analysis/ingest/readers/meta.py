"""Instagram and Messenger, from *Download your information* in JSON: inbox/NAME/message_1.json, the newest first.

Meta writes each byte of UTF-8 as a character of its own (`\\u00f0\\u009f\\u0099\\u008f` for one emoji): texts are put
together again where that gives text. Messenger exports end-to-end encrypted chats as one file per chat, texts intact.
"""

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
)

PAGES = r"message_\d+\.json"
MEDIA = ("photos", "videos", "audio_files", "gifs", "files", "sticker", "media")
EVENTS = ("Subscribe", "Unsubscribe")
EVENT = re.compile(  # what follows the sender's own name in a text that the app wrote
    r" (?:named the group|changed the (?:theme|group photo|group name|chat theme)|created the group|left the group|"
    r"added .+ to the group|removed .+ from the group|set (?:the|your) (?:quick reaction|nickname|emoji)|joined the|"
    r"started (?:a|an) |ended the|pinned a message|unpinned a message|set the nickname|turned (?:on|off) )"
)

REACTION = re.compile(r"Liked a message|Reacted \S+ to your message ?")  # which Instagram writes as a message
SENT = re.compile(r" sent (?:an attachment|a (?:photo|video|voice message|sticker|GIF|link|live location))\.")


def fits(export: Export) -> bool:
    """Whether it is such an export: a page, a chat's folder, the whole download as folder or archive. Raises InputError
    on a page of broken JSON."""
    if export.matching(PAGES):
        return any(_is_chat(loaded(part, export.path)) for part in export.matching(PAGES)[:1])
    return (
        export.single and export.head.startswith("{") and '"sender' in export.head and '"participants"' in export.head
    )


def _is_chat(value: object) -> bool:
    return isinstance(value, dict) and "messages" in value and "participants" in value


def read(export: Export) -> pd.DataFrame:
    """The messages of all chats, in the order of their times. Raises InputError on JSON that is broken or nested too
    deep."""
    chats = Chats(export, "meta", "Meta, Download your information")
    for part in export.matching(PAGES) or export.parts:
        chat = mapping(loaded(part, export.path))
        title = decoded(string(chat.get("title") or chat.get("threadName"))) or export.path.name
        channel = chats.channels.of(title, part.name.parent.name)  # inbox/siti_1 may go on in e2ee_cutover/siti_1
        for record in reversed(listed(chat.get("messages"))):
            chats.add(_message(record, channel))
    return chats.frame()


def decoded(text: str) -> str:
    """A text of which each byte was written as a character, put together; another as it is."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _message(record: Record, channel: str) -> Row | None:
    sender = decoded(string(record.get("sender_name") or record.get("senderName")))
    text = decoded(string(record.get("content") or record.get("text")))
    time = milliseconds(record.get("timestamp_ms", record.get("timestamp")))
    return row(channel, time, sender, text, _kind(record, sender, text))


def _kind(record: Record, sender: str, text: str) -> str:
    if record.get("is_unsent") or record.get("isUnsent"):
        return "deleted"
    if record.get("call_duration") or record.get("type") == "Call":
        return "call"
    said = next((text[len(name) :] for name in (sender, "You") if text.startswith(f"{name} ")), "")
    if record.get("type") in EVENTS or EVENT.match(said) or REACTION.fullmatch(text):
        return "system"
    if SENT.fullmatch(said):
        return "media"
    share = mapping(record.get("share"))
    media = any(record.get(key) for key in MEDIA) or (share and "link" not in share)
    return "media" if media and not text else "text"
