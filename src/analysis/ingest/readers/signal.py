"""Signal: what its Desktop app exports (main.jsonl, the frames of a backup as JSON), what signal-export makes
(data.json, one object per line), and messages of its database as JSON (sigtop and others)."""

from __future__ import annotations

import pandas as pd

from analysis.ingest.readers.export import (
    Chats,
    Export,
    Part,
    Record,
    Row,
    iso,
    listed,
    loaded,
    mapping,
    milliseconds,
    objects,
    row,
    string,
)  # fmt: skip

SPOKEN = ("incoming", "outgoing")
MAIN, OTHERS = r"main\.jsonl", r".*\.(json|jsonl)"


def fits(export: Export) -> bool:
    """Whether it is one of the three."""
    head = export.head if export.single else ""
    lines = head.startswith("{") and '"sender"' in head and '"body"' in head and '"quote"' in head
    database = head.startswith("[") and '"conversationId"' in head and '"sent_at"' in head
    return bool(export.matching(MAIN)) or _is_backup(head) or lines or database


def _is_backup(head: str) -> bool:
    return head.startswith("{") and '"backupTimeMs"' in head.partition("\n")[0]


def read(export: Export) -> pd.DataFrame:
    """The messages of all chats. Raises InputError on JSON that is broken or nested too deep."""
    chats = Chats(export, "signal", "Signal JSON")
    part = (export.matching(MAIN) or export.parts)[0]
    if part.name.name == "main.jsonl" or _is_backup(export.head):
        _frames(chats, part)
    elif export.head.startswith("["):
        _database(chats, part)
    else:
        channel = chats.channels.of(export.path.parent.name if part.name.name == "data.json" else export.path.name)
        for _, record in objects(part, export.path):
            chats.add(_line(record, channel, export.tz))
    return chats.frame()


def _line(record: Record, channel: str, tz: str) -> Row | None:
    text, sticker = string(record.get("body")), string(record.get("sticker"))
    kind = "media" if not text and (record.get("attachments") or sticker) else "text"
    return row(channel, iso(record.get("date"), tz), string(record.get("sender")), text or sticker, kind)


def _database(chats: Chats, part: Part) -> None:
    """Messages as the Desktop app's database holds them."""
    messages = listed(loaded(part, chats.export.path))
    names = {str(m.get("sourceServiceId") or m.get("source")): string(m.get("sourceName")) for m in messages
             if m.get("sourceName")}  # fmt: skip
    several = len({m.get("conversationId") for m in messages}) > 1
    for record in messages:
        chat = f"{record.get('conversationId')}" if several else chats.export.path.name
        source = str(record.get("sourceServiceId") or record.get("source") or "")
        sender = "Me" if record.get("type") == "outgoing" else names.get(source) or source
        text, quote = string(record.get("body")), mapping(record.get("quote"))
        chats.add(row(
            chats.channels.of(chat), milliseconds(record.get("sent_at") or record.get("timestamp")), sender, text,
            _kind(record, text), id=str(record.get("sent_at") or "") or None, edited=bool(record.get("editHistory")),
            reply_to=str(quote["id"]) if quote.get("id") else None,
        ))  # fmt: skip


def _kind(record: Record, text: str) -> str:
    if record.get("type") == "call-history":
        return "call"
    if record.get("type") not in SPOKEN:
        return "system"
    if record.get("deletedForEveryone"):
        return "deleted"
    media = record.get("attachments") or record.get("sticker")
    return "contact" if record.get("contact") and not text else "media" if media and not text else "text"


def _frames(chats: Chats, part: Part) -> None:
    """The frames of a backup: people, chats, and the items of chats."""
    people: dict[str, str] = {}
    titles: dict[str, str] = {}
    for _, frame in objects(part, chats.export.path):
        if person := mapping(frame.get("recipient")):
            people[str(person.get("id"))] = _name(person)
        elif chat := mapping(frame.get("chat")):
            titles[str(chat.get("id"))] = people.get(str(chat.get("recipientId"))) or f"chat {chat.get('id')}"
        elif item := mapping(frame.get("chatItem")):
            number = str(item.get("chatId"))
            chats.add(_item(item, chats.channels.of(titles.get(number) or "chat", number), people))


def _name(person: Record) -> str:
    contact, group = mapping(person.get("contact")), mapping(person.get("group"))
    title = mapping(mapping(group.get("snapshot")).get("title"))
    names = [contact.get(key) for key in ("nickname", "systemGivenName", "profileGivenName")]
    given = next((str(name) for name in names if isinstance(name, str) and name), "")
    family = string(contact.get("profileFamilyName") or contact.get("systemFamilyName"))
    number = str(contact.get("e164") or "")
    return string(title.get("title")) or f"{given} {family}".strip() or number or ("Me" if "self" in person else "")


def _item(item: Record, channel: str, people: dict[str, str]) -> Row | None:
    sent, said = str(item.get("dateSent") or ""), mapping(item.get("standardMessage"))
    text, quote = string(mapping(said.get("text")).get("body")), mapping(said.get("quote"))
    kinds = {"updateMessage": "system", "remoteDeletedMessage": "deleted", "stickerMessage": "media",
             "contactMessage": "contact", "poll": "poll", "viewOnceMessage": "media"}  # fmt: skip
    kind = next((kind for key, kind in kinds.items() if key in item), "media" if said.get("attachments") else "text")
    if "updateMessage" in item and {"individualCall", "groupCall"} & set(mapping(item["updateMessage"])):
        kind = "call"
    sender = people.get(str(item.get("authorId"))) or str(item.get("authorId"))
    return row(
        channel, milliseconds(sent), sender, text, "text" if text else kind, id=sent or None,
        edited=bool(item.get("revisions")),
        reply_to=str(quote["targetSentTimestamp"]) if quote.get("targetSentTimestamp") else None,
    )  # fmt: skip
