"""Microsoft Teams: the download of a personal account (messages.json, which Skype's is too), and lists of messages as
Microsoft Graph gives them (chats/ID/messages)."""

from __future__ import annotations

import re

import pandas as pd

from analysis.ingest.readers.export import Chats, Export, Record, Row, iso, listed, loaded, mapping, row, string
from analysis.ingest.readers.markup import plain

SPOKEN = ("RichText", "Text", "RichText/Html", "message")
KINDS = {"Poll": "poll", "RichText/Contacts": "contact", "RichText/Location": "location", "Event/Call": "call",
         "RichText/Media_CallRecording": "call", "RichText/ScheduledCallInvite": "call"}  # fmt: skip
QUOTE, NUMBER = re.compile(r"<quote\b[^>]*>.*?</quote>", re.DOTALL), re.compile(r"messageid=\"(\d+)\"")


def fits(export: Export) -> bool:
    """Whether it is either of the two."""
    if not export.single or not export.head.startswith("{"):
        return any(b'"MessageList"' in part.load() for part in export.matching(r"messages\.json")[:1])
    return '"MessageList"' in export.head or ('"createdDateTime"' in export.head and '"messageType"' in export.head)


def read(export: Export) -> pd.DataFrame:
    """The messages of all conversations. Raises InputError on JSON that is broken or nested too deep."""
    chats = Chats(export, "teams", "Microsoft Teams JSON")
    whole = mapping(loaded((export.matching(r"messages\.json") or export.parts)[0], export.path))
    for conversation in listed(whole.get("conversations")):
        number = string(conversation.get("id"))
        channel = chats.channels.of(string(conversation.get("displayName")) or number or "chat", number or None)
        messages = listed(conversation.get("MessageList"))
        names = {str(m.get("from")): m["displayName"] for m in messages if m.get("displayName")}
        names = _named(messages) | names
        for record in reversed(messages):
            chats.add(_downloaded(record, channel, names, export.tz))
    if "value" in whole:
        channel = chats.channels.of(export.path.name)
        for record in listed(whole["value"]):
            chats.add(_of_graph(record, channel, export.tz))
    return chats.frame()


def _named(messages: list[Record]) -> dict[str, str]:
    """Names that quotations give to accounts whose messages have none: `author`, `authorname`."""
    found = {}
    for record in messages:
        for author, name in re.findall(r'author="([^"]+)" authorname="([^"]+)"', string(record.get("content"))):
            found[f"8:{author}"] = name
    return found


def _downloaded(record: Record, channel: str, names: dict[str, str], tz: str) -> Row | None:
    kind, content = string(record.get("messagetype")), string(record.get("content"))
    properties = mapping(record.get("properties"))
    quote = QUOTE.search(content)
    quoted = NUMBER.search(quote[0]) if quote else None
    made = "deleted" if properties.get("deletetime") or (kind in SPOKEN and not content) else KINDS.get(kind)
    made = made or ("text" if kind in SPOKEN else "media" if kind.startswith("RichText/") else "system")
    account = str(record.get("from") or "")
    return row(
        channel, iso(record.get("originalarrivaltime"), "UTC"), names.get(account) or account.partition(":")[2],
        plain(QUOTE.sub("", content)) if made in ("text", "poll") else "", made, id=str(record.get("id") or "") or None,
        edited=bool(properties.get("edittime")), reply_to=quoted[1] if quoted else None,
    )  # fmt: skip


def _of_graph(record: Record, channel: str, tz: str) -> Row | None:
    sender, body = mapping(record.get("from")), mapping(record.get("body"))
    who = mapping(sender.get("user") or sender.get("application"))
    content = string(body.get("content"))
    text = plain(content) if body.get("contentType") == "html" else content
    spoken = record.get("messageType") == "message"
    media = bool(record.get("attachments")) and not text
    kind = "system" if not spoken else "deleted" if record.get("deletedDateTime") else "media" if media else "text"
    return row(
        channel, iso(record.get("createdDateTime"), tz), string(who.get("displayName")) or string(who.get("id")), text,
        kind, id=str(record.get("id") or "") or None, edited=bool(record.get("lastEditedDateTime")),
        reply_to=str(record["replyToId"]) if record.get("replyToId") else None,
    )  # fmt: skip
