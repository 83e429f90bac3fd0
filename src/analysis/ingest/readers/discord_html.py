"""DiscordChatExporter's HTML: groups of one author's messages; a message's number holds its time (a snowflake)."""

from __future__ import annotations

import re

import pandas as pd

from analysis.ingest.readers.export import Chats, Export, Row, milliseconds, row
from analysis.ingest.readers.markup import Element, tree

EPOCH = 1_420_070_400_000  # milliseconds: the first of 2015, from which snowflakes count
ANSWERED = re.compile(r"scrollToMessage\(event,\s*['\"](\d+)['\"]\)")
AROUND = frozenset(("chatlog__edited-timestamp", "chatlog__reply", "chatlog__header", "chatlog__reactions"))


def fits(export: Export) -> bool:
    """Whether it is such a page."""
    return export.single and export.head.startswith("<") and b"chatlog__message" in export.parts[0].load()


def read(export: Export) -> pd.DataFrame:
    """The messages of the page. A sender is the account's unique name; nicknames are in the report. Raises InputError
    on a page that is too large to be read."""
    chats = Chats(export, "discord", "DiscordChatExporter HTML")
    root, channel = tree(export.parts[0].load().decode("utf-8", "replace")), chats.channels.of(export.path.name)
    nicknames: dict[str, list[str]] = {}
    for group in root.all("chatlog__message-group"):
        author = ""
        for node in (each for each in group.within() if "data-message-id" in each.attributes):
            if shown := node.first("chatlog__author", "chatlog__author-name"):
                author = shown.attributes.get("title") or shown.text().strip()
                nickname, known = shown.text().strip(), nicknames.setdefault(author, [])
                known += [nickname] * (nickname not in (author, *known))
            chats.add(_message(node, channel, author))
    return chats.frame(aliases=nicknames)


def _message(node: Element, channel: str, author: str) -> Row | None:
    number = node.attributes["data-message-id"]
    time = milliseconds((int(number) >> 22) + EPOCH) if number.isdecimal() and len(number) < 25 else None
    system = node.first("chatlog__system-notification-content")
    if system:
        return row(channel, time, None, system.text().strip(), "system", id=number)
    content = node.first("chatlog__content")
    text = content.text(AROUND).strip("\n ") if content else ""
    answered = ANSWERED.search(" ".join(each.attributes.get("onclick", "") for each in node.within()))
    media = node.first("chatlog__attachment", "chatlog__sticker", "chatlog__embed") is not None
    return row(
        channel, time, author, text, "media" if media and not text else "text", id=number,
        edited=node.first("chatlog__edited-timestamp") is not None, reply_to=answered[1] if answered else None,
    )  # fmt: skip
